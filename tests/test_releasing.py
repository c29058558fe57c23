"""What a release changes: everything that names the version, on the repository as it is."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from tests import releasing
from tests.own_code import PROJECT

DAY = dt.date(2027, 3, 1)
TEXTS = {path: (PROJECT / path).read_text(encoding="utf-8") for path in (releasing.VERSION, releasing.CHANGELOG, *releasing.PAGES)}
NEXT = TEXTS | {releasing.CHANGELOG: "# Changelog\n\n## 9.8.7 (unreleased)\n\n### Added\n\nx\n\n## 0.1.0 (2026-11-30)\n"}


def test_a_release_names_its_version_everywhere_and_its_day() -> None:
    made = releasing.prepared(NEXT, "9.8.7", DAY)
    assert made[releasing.CHANGELOG] == "# Changelog\n\n## 9.8.7 (2027-03-01)\n\n### Added\n\nx\n\n## 0.1.0 (2026-11-30)\n"
    assert '__version__ = "9.8.7"' in made[releasing.VERSION]
    assert {version for path in releasing.PAGES for version in releasing.NAMED.findall(made[path])} == {"9.8.7"}
    assert "not tagged yet" not in made[releasing.README]
    assert [path for path in made if made[path] != NEXT[path]] == [
        releasing.VERSION,
        releasing.CHANGELOG,
        *(path for path in releasing.PAGES if releasing.NAMED.search(TEXTS[path])),
    ]


def test_a_release_without_a_version_or_a_section_is_refused() -> None:
    with pytest.raises(releasing.UnpreparedError, match=r"^'9\.8' is not a version such as 1\.2\.3$"):
        releasing.prepared(NEXT, "9.8", DAY)
    with pytest.raises(releasing.UnpreparedError, match=r"^CHANGELOG\.md needs one section '## 9\.8\.6 \(unreleased\)'$"):
        releasing.prepared(NEXT, "9.8.6", DAY)


def test_the_readme_is_pinned_to_the_commit_of_a_release_until_the_next_one() -> None:
    readme = releasing.pinned(TEXTS[releasing.README], "0.1.0", "a" * 40)
    (line,) = re.findall(r"uses: auditor-dev/.*", readme)
    assert line == f"uses: auditor-dev/auditor@{'a' * 40} # v0.1.0"
    made = releasing.prepared(NEXT | {releasing.README: readme}, "9.8.7", DAY)[releasing.README]
    (line,) = re.findall(r"uses: auditor-dev/.*", made)
    assert line == f"uses: auditor-dev/auditor@{'0' * 40} # the commit of v9.8.7, in place of the zeros"
