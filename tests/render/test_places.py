from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.render.parts.places import Places, Region


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "infra" / "a b").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "repo" / "infra")
    return tmp_path / "repo"


def test_paths_are_relative_to_the_directory_with_git(repository: Path) -> None:
    places = Places(Texts())
    assert places.path("main.tf") == "infra/main.tf"
    assert places.path("./a b/../main.tf") == "infra/main.tf"
    assert places.path("../x.json") == "x.json"
    assert places.path(str(repository / "x.json")) == "x.json"


def test_without_git_paths_are_relative_to_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Places(Texts()).path("infra/main.tf") == "infra/main.tf"


def test_a_given_root_wins(repository: Path) -> None:
    assert Places(Texts(), str(repository / "infra")).path("main.tf") == "main.tf"


def test_what_lies_outside_has_a_path_of_its_own(repository: Path) -> None:
    places = Places(Texts(), str(repository))
    assert places.path("../../elsewhere/main.tf") == "_parent/elsewhere/main.tf"
    assert places.path("-") == "_standard-input"
    assert not places.inside("../../elsewhere/main.tf")
    assert not places.inside("-")
    assert not places.inside(".terraform/modules/x/main.tf")
    assert places.inside("main.tf")


def test_symbolic_links_are_resolved_inside_the_repository_only(repository: Path) -> None:
    (repository / "real.tf").write_text("")
    (repository / "inner.tf").symlink_to(repository / "real.tf")
    (repository.parent / "elsewhere" / "out.tf").write_text("")
    (repository / "outer.tf").symlink_to(repository.parent / "elsewhere" / "out.tf")
    places = Places(Texts(), str(repository))
    assert places.path("../inner.tf") == "real.tf"
    assert places.path("../outer.tf") == "outer.tf"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b.tf", "a%20b.tf"),
        ("100%.tf", "100%25.tf"),
        ("c:d.tf", "c%3Ad.tf"),
        ("a#b?c.tf", "a%23b%3Fc.tf"),
        ("[x]/é.tf", "%5Bx%5D/%C3%A9.tf"),
        ("日本.tf", "%E6%97%A5%E6%9C%AC.tf"),
        ("a\\b.tf", "a%5Cb.tf"),
    ],
)
def test_uris_are_encoded_and_decode_again(repository: Path, path: str, uri: str) -> None:
    places = Places(Texts(), str(repository / "infra"))
    assert places.uri(path) == uri
    assert unquote(uri) == path


def test_a_name_that_is_no_text_still_decodes(repository: Path) -> None:
    assert unquote(Places(Texts(), str(repository / "infra")).uri("a\udcff.tf"), errors="strict") == "a?.tf"


def test_columns_count_utf16_code_units() -> None:
    places = Places(Texts({"x": 'é = "😀😀" # 日\n'.encode()}))
    assert places.region(Location("x", 1, 5, 1, 9)) == Region(1, 5, 1, 11)
    assert places.region(Location("x", 1, 10, 1, 11)) == Region(1, 12, 1, 13)


def test_a_byte_order_mark_has_no_column() -> None:
    assert Places(Texts({"x": b"\xef\xbb\xbfab\n"})).region(Location("x", 1, 1, 1, 3)) == Region(1, 1, 1, 3)


def test_an_empty_region_becomes_the_rest_of_its_line() -> None:
    places = Places(Texts({"x": "ab😀\n\n".encode()}))
    assert places.region(Location("x")) == Region(1, 1, 1, 5)
    assert places.region(Location("x", 2, 1, 2, 1)) == Region(2, 1, 2, 2)
    assert places.region(Location("x", 9, 4, 9, 4)) == Region(9, 4, 9, 5)


def test_a_file_that_cannot_be_read_keeps_its_columns() -> None:
    assert Places(Texts()).region(Location("gone.tf", 3, 2, 3, 7)) == Region(3, 2, 3, 7)
