"""What a release changes in the repository, written by `make release VERSION=1.2.3`, and its commit in the README, by `make pin` once it is tagged.

`python -m tests.releasing prepare VERSION` before the tag; `python -m tests.releasing pin` after it.
"""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys

from tests.own_code import PROJECT

VERSION = "auditor/foundation/version.py"
CHANGELOG = "CHANGELOG.md"
README = "README.md"
PAGES = (README, *sorted(f"docs/{page.name}" for page in (PROJECT / "docs").glob("*.md")), "ci/auditor.gitlab-ci.yml")
"""What names the version that is installed."""
NAMED = re.compile(r"(?<=auditor/v)\d+\.\d+\.\d+|(?<=tags/v)\d+\.\d+\.\d+|(?<=rev: v)\d+\.\d+\.\d+|(?<=commit of v)\d+\.\d+\.\d+")
"""The version in a line that installs it."""
UNTAGGED = re.compile(r"^Version \d+\.\d+\.\d+ is not tagged yet: .*\n\n", re.MULTILINE)
PIN = re.compile(r"(?<=uses: auditor-dev/auditor@)[0-9a-f]{40} # .*")


class UnpreparedError(Exception):
    """The repository is not as a release needs it; says what to write."""


def prepared(texts: dict[str, str], version: str, day: dt.date) -> dict[str, str]:
    """The files as they are in the commit that is tagged.

    Args:
        texts: the content of VERSION, CHANGELOG and PAGES by path.
        version: the one that is released, `1.2.3`.
        day: of the release.

    Raises:
        UnpreparedError: that is not a version, or the changelog has no section for it.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise UnpreparedError(f"'{version}' is not a version such as 1.2.3")
    changelog, dated = re.subn(
        rf"^## {re.escape(version)} \(unreleased\)$", f"## {version} ({day.isoformat()})", texts[CHANGELOG], flags=re.MULTILINE
    )
    if dated != 1:
        raise UnpreparedError(f"CHANGELOG.md needs one section '## {version} (unreleased)'")
    made = {path: NAMED.sub(version, text) for path, text in texts.items()}
    made[README] = PIN.sub(f"{'0' * 40} # the commit of v{version}, in place of the zeros", UNTAGGED.sub("", made[README]))
    made[VERSION] = re.sub(r'(?<=__version__ = ")[^"]+', version, texts[VERSION])
    return made | {CHANGELOG: changelog}


def pinned(readme: str, version: str, commit: str) -> str:
    """The README with the commit of a release where the action is used."""
    return PIN.sub(f"{commit} # v{version}", readme)


def _text(path: str) -> str:
    return (PROJECT / path).read_text(encoding="utf-8")


def main() -> None:
    """Writes the files."""
    try:
        match sys.argv[1:]:
            case ["prepare", version]:
                texts = {path: _text(path) for path in (VERSION, CHANGELOG, *PAGES)}
                made = prepared(texts, version.removeprefix("v"), dt.datetime.now(dt.UTC).date())
            case ["pin"]:
                (version,) = re.findall(r'__version__ = "([^"]+)"', _text(VERSION))
                asked = ["git", "rev-parse", "--verify", "--quiet", f"v{version}^{{commit}}"]
                found = subprocess.run(asked, cwd=PROJECT, capture_output=True, text=True, check=False).stdout.strip()
                if not found:
                    sys.exit(f"there is no tag v{version}")
                made = {README: pinned(_text(README), version, found)}
            case _:
                sys.exit(__doc__)
    except UnpreparedError as error:
        sys.exit(str(error))
    for path, text in made.items():
        (PROJECT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
