"""The tree is the border: nothing beyond it is read, wherever it leads and however it is named, unless a person opens it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

import auditor
from auditor.api.functions import Given
from auditor.cli import main
from auditor.foundation.border import Disk, Reads, border_of, digest, tree_around, walked_once
from auditor.settings.find import territories
from auditor.sources.walk import find

ROLE = "arn:aws:iam::258327614892:role/external_s3"
POLICY = (
    f'{{"Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{ROLE}"}}, "Action": "s3:*", '
    '"Resource": ["arn:aws:s3:::acme", "arn:aws:s3:::acme/*"], "Sid": "BEYOND"}]}'
)
BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme"\n}\n'
ATTACHED = 'resource "aws_s3_bucket_policy" "p" {\n  bucket = "acme"\n  policy = %s\n}\n'
CALL = 'module "m" {\n  source = "%s"\n  bucket = aws_s3_bucket.b.id\n}\n'
TEMPLATE = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: acme}}\n"
NESTED = TEMPLATE + "  N: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: %s, Parameters: {B: !Ref B}}}\n"

Make = Callable[[Path, Path], None]


def linked(name: str, beyond: str, content: str) -> Make:
    """A file that is a link to one beyond, beside a bucket."""

    def make(tree: Path, outside: Path) -> None:
        (tree / "main.tf").write_text(BUCKET)
        (outside / beyond).write_text(content)
        (tree / name).symlink_to(outside / beyond)

    return make


def written(text: str, name: str = "main.tf", **beside: str) -> Make:
    """Code that leads to files beyond; `@` stands for where they are, from the tree, `%` for the same in full."""

    def make(tree: Path, outside: Path) -> None:
        (tree / name).write_text(text.replace("@", os.path.relpath(outside, tree)).replace("%%", str(outside)))
        for other, content in beside.items():
            (outside / other.replace("_", ".")).write_text(content)

    return make


def by_manifest(directory: str) -> Make:
    def make(tree: Path, outside: Path) -> None:
        (tree / "main.tf").write_text(BUCKET + CALL % "acme/m/aws")
        (outside / "m.tf").write_text(ATTACHED % f"<<E\n{POLICY}\nE\n")
        (tree / ".terraform/modules").mkdir(parents=True)
        where = directory.replace("@", os.path.relpath(outside, tree)).replace("%%", str(outside))
        (tree / ".terraform/modules/modules.json").write_text(f'{{"Modules": [{{"Key": "m", "Dir": "{where}"}}]}}')

    return make


def by_link_to_directory(tree: Path, outside: Path) -> None:
    (tree / "main.tf").write_text(BUCKET + CALL % "./m")
    (outside / "m.tf").write_text(ATTACHED % f"<<E\n{POLICY}\nE\n")
    (tree / "m").symlink_to(outside)


def by_git(tree: Path, _: Path) -> None:
    (tree / "main.tf").write_text(BUCKET + ATTACHED % 'file(".git/policy.json")')
    (tree / ".git/policy.json").write_text(POLICY)


MODULE = ATTACHED % f"<<E\n{POLICY}\nE\n"
SET = 'jsonencode({ Statement = [for one in fileset("@", "*") : { Effect = "Deny", Principal = "*", Action = "s3:*", Resource = one }] })'
WAYS: dict[str, Make] = {
    "file-of-terraform": linked("x.tf", "x.tf", MODULE),
    "file-of-json": linked("x.tf.json", "x.tf.json", '{"locals": {"BEYOND": 1}}'),
    "override": linked("override.tf", "x.tf", MODULE),
    "values": linked("x.auto.tfvars", "x.tfvars", 'BEYOND = "1"\n'),
    "template": linked("x.yaml", "x.yaml", TEMPLATE + "# BEYOND\n"),
    "documents": linked("policy.json", "policy.json", POLICY),
    "link-to-nothing": written(BUCKET + ATTACHED % 'file("@/none.json")'),
    "module": written(BUCKET + CALL % "@", m_tf=MODULE),
    "module-below": written(BUCKET + CALL % "./../tree/@", m_tf=MODULE),
    "module-by-link": by_link_to_directory,
    "manifest": by_manifest("@"),
    "manifest-in-full": by_manifest("%%"),
    "file": written(BUCKET + ATTACHED % 'file("@/p.json")', p_json=POLICY),
    "file-in-full": written(BUCKET + ATTACHED % 'file("%%/p.json")', p_json=POLICY),
    "template-file": written(BUCKET + ATTACHED % 'templatefile("${path.module}/@/p.json", {})', p_json=POLICY),
    "set-of-files": written(BUCKET + ATTACHED % SET, BEYOND_json=POLICY),
    "nested-stack": written(NESTED % "@/n.yaml", "main.yaml", n_yaml=TEMPLATE + "# BEYOND\n"),
    "include": written(
        TEMPLATE
        + "  P:\n    Type: AWS::S3::BucketPolicy\n    Fn::Transform: {Name: AWS::Include, Parameters: {Location: @/i.yaml}}\n",
        "main.yaml",
        i_yaml="BEYOND: 1\n",
    ),
    "git": by_git,
}


class Opened:
    """What this process opens and lists, as Python itself reports it."""

    seen: list[str] | None = None
    hooked = False

    @classmethod
    def hook(cls, event: str, arguments: tuple[object, ...]) -> None:
        if (
            cls.seen is not None
            and event in ("open", "os.listdir", "os.scandir")
            and isinstance(arguments[0], str | bytes | os.PathLike)
        ):
            path = os.fsdecode(arguments[0])
            if event == "open" and int(str(arguments[2])) & getattr(os, "O_NOFOLLOW", 0) and os.path.islink(path):
                return  # which fails
            cls.seen.append(path)

    @classmethod
    @contextmanager
    def watched(cls) -> Iterator[list[str]]:
        if not cls.hooked:
            sys.addaudithook(cls.hook)
            cls.hooked = True
        cls.seen = seen = []
        try:
            yield seen
        finally:
            cls.seen = None


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    (tree / ".git").mkdir(parents=True)
    outside.mkdir()
    return tree, outside


NAMED = ("here", "relative", "in-full", "by-link", "file")


@pytest.mark.parametrize(
    ("way", "named"),
    [
        *((way, "relative") for way in WAYS),
        *((way, named) for way in ("file-of-terraform", "module", "nested-stack", "file") for named in NAMED),
    ],
)
def test_nothing_beyond_the_tree_is_read(places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, way: str, named: str) -> None:
    tree, outside = places
    WAYS[way](tree, outside)
    (tree.parent / "link").symlink_to(tree)
    monkeypatch.chdir(tree if named == "here" else tree.parent)
    main = next(tree.glob("main.*"))
    path = {"here": ".", "relative": "tree", "in-full": str(tree), "by-link": str(tree.parent / "link"), "file": str(main)}[named]
    with Opened.watched() as seen:
        report = auditor.audit(path, all_buckets=True, suppressions=True)
        shown = "".join(auditor.format_report(report, form, explain=True) for form in ("human", "json"))
    beyond = [str(outside), str(tree / ".git")]
    assert [one for one in map(os.path.realpath, seen) if one.startswith(tuple(beyond))] == []
    assert "BEYOND" not in shown
    if way not in ("values", "template", "documents"):  # which say nothing about the bucket
        assert {verdict.status.value for verdict in report.verdicts if verdict.need.id == "s3:GetObject"} == {"unknown"}
    assert ("allow it to be read with --also-read DIR" if way == "include" else "lies outside the scanned tree") in shown


@pytest.mark.parametrize("way", ["module", "module-by-link", "manifest", "file", "nested-stack", "file-of-terraform"])
def test_a_person_can_open_what_lies_beyond(places: tuple[Path, Path], way: str) -> None:
    tree, outside = places
    WAYS[way](tree, outside)
    report = auditor.audit(tree, all_buckets=True, given=Given(also_read=(outside,)))
    assert "outside the scanned tree" not in auditor.format_report(report, "human", explain=True)
    assert report.errors == ()


def test_where_there_is_no_repository_the_tree_is_the_directory_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tree/inner").mkdir(parents=True)
    (tmp_path / "tree/link").symlink_to("/etc")
    (tmp_path / "tree/inner/main.tf").write_text("")
    monkeypatch.chdir(tmp_path)
    real = os.path.realpath(tmp_path)
    assert tree_around("tree") == f"{real}/tree"
    assert tree_around("tree/inner/main.tf") == f"{real}/tree/inner"
    assert tree_around("tree/inner/../inner") == f"{real}/tree/inner"
    assert tree_around("tree/gone/gone.tf") == f"{real}/tree/gone"
    assert tree_around("tree/link") == f"{real}/tree"
    assert tree_around("tree/link/x.tf") == f"{real}/tree"
    assert tree_around(".") == real


def test_in_a_repository_it_is_the_repository_and_no_link_changes_that(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, outside = places
    (outside / ".git").mkdir()
    (tree / "inner").mkdir()
    (tree / "infra").symlink_to(outside)
    (tree / "same").symlink_to(tree / "inner")
    (tree.parent / "mine").symlink_to(tree)
    real = os.path.realpath(tree)
    for path in ("", "/inner", "/inner/main.tf", "/infra", "/infra/x.tf", "/same"):
        assert tree_around(f"{tree}{path}") == real
        assert tree_around(f"{tree.parent}/mine{path}") == real
    monkeypatch.chdir(tree / "inner")
    assert tree_around("../infra") == real
    assert not border_of([f"{tree}/infra"]).holds(os.path.realpath(outside))
    assert border_of([f"{tree}/infra"], [str(outside)]).holds(os.path.realpath(outside))


def test_a_directory_that_was_put_in_the_place_of_the_named_one_is_not_read(places: tuple[Path, Path]) -> None:
    tree, outside = places
    (outside / "main.tf").write_text(BUCKET)
    (tree / "infra").symlink_to(outside)
    report = auditor.audit(tree / "infra", all_buckets=True)
    assert [error.message for error in report.errors][:1] == [
        "cannot be listed: it lies outside the scanned tree: allow its directory with --also-read DIR"
    ]
    assert report.verdicts == ()


@pytest.mark.parametrize("kind", ["--var-file", "--baseline", "--contract", "--parameter-file"])
def test_a_file_that_a_person_names_is_read_but_not_where_a_link_of_the_tree_leads(places: tuple[Path, Path], kind: str) -> None:
    tree, outside = places
    (tree / "main.tf").write_text(BUCKET)
    (tree / "main.yaml").write_text(TEMPLATE)
    (outside / "x.yaml").write_text("BEYOND")
    (tree / "x.yaml").symlink_to(outside / "x.yaml")

    def told(path: Path) -> str:
        given: dict[str, dict[str, object]] = {
            "--var-file": {"given": Given(variable_files=(path,))},
            "--parameter-file": {"given": Given(parameter_files=(path,))},
            "--baseline": {"baseline": path},
            "--contract": {"contract": str(path)},
        }
        try:
            return "".join(map(str, auditor.audit(tree, all_buckets=True, **given[kind]).errors))  # type: ignore[arg-type]
        except auditor.AuditError as error:
            return str(error)

    assert "outside the scanned tree" in told(tree / "x.yaml")
    assert "outside" in told(outside / "x.yaml").replace(str(outside), "outside")
    assert "scanned tree" not in told(outside / "x.yaml")


def test_nothing_is_written_where_a_link_of_the_tree_leads(places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    tree, outside = places
    (tree / "main.tf").write_text(BUCKET)
    (outside / "r.json").write_text("precious")
    (tree / "r.json").symlink_to(outside / "r.json")
    (tree / "out").symlink_to(outside)
    (tree.parent / "link").symlink_to(outside)
    monkeypatch.chdir(tree)
    for file in ("r.json", "out/r.json", "out/new.json"):
        ran = CliRunner().invoke(main, ["check", "--all-buckets", "--format", f"json={file}", "main.tf"])
        assert (ran.exit_code, ran.stderr) == (
            2,
            f"error: {file}: cannot be written: a link leads out of the tree around it; name the place that it leads to\n",
        )
    assert [path.name for path in outside.iterdir()] == ["r.json"]
    assert (outside / "r.json").read_text() == "precious"
    for file in (f"{tree.parent}/link/r.json", "mine.json"):
        assert CliRunner().invoke(main, ["check", "--all-buckets", "--format", f"json={file}", "main.tf"]).exit_code == 1
        assert Path(file).read_text().startswith("{")


def test_settings_and_contracts_of_the_tree_name_nothing_beyond(places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    tree, outside = places
    (tree / "main.tf").write_text(BUCKET)
    (outside / "x.tfvars").write_text("a = 1")
    (outside / "own.yaml").write_text("id: BEYOND")
    (tree / ".auditor/contracts").mkdir(parents=True)
    (tree / ".auditor/contracts/own.yaml").symlink_to(outside / "own.yaml")
    (tree / "x.tfvars.link").symlink_to(outside / "x.tfvars")
    monkeypatch.chdir(tree)
    for settings, message in {
        'paths: [{match: ".", var-files: [../outside/x.tfvars]}]': "'../outside/x.tfvars' leads out of the repository",
        'paths: [{match: ".", var-files: [x.tfvars.link]}]': "'x.tfvars.link' leads out of the repository",
        "contracts: [{name: ../outside/own.yaml}]": "'../outside/own.yaml' leads out of the repository",
        "contracts: [{name: own}]": "it lies outside the scanned tree",
    }.items():
        (tree / ".auditor.yaml").write_text(settings)
        with Opened.watched() as seen, pytest.raises(auditor.AuditError, match=message):
            auditor.audit(".")
        assert [one for one in map(os.path.realpath, seen) if one.startswith(str(outside))] == []


def test_a_walk_lists_directories_of_code_for_whoever_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("main.tf", "a/main.tf", "a/.hidden", "a/node_modules/x.json", "a/b/c.tofu", "d/data.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "a" / "link").symlink_to(tmp_path / "d")
    monkeypatch.chdir(tmp_path)
    for top in (".", "a", str(tmp_path)):
        border = border_of((top,))
        fresh, walked = Disk(border), Disk(border)
        modules = [*find([top], [], walked).modules]
        expected = [(fresh.names(directory), fresh.files(directory)) for directory in modules]
        assert len(expected) == (2 if top == "a" else 3)
        assert any("link" in names and "link" not in files for names, files in expected)
        with monkeypatch.context() as patched:
            patched.setattr("os.scandir", None)
            assert [(walked.names(directory), walked.files(directory)) for directory in modules] == expected


@pytest.mark.parametrize(("option", "times"), [((), 1), (("--diff",), 3)])
def test_a_run_that_changes_nothing_walks_a_tree_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...], times: int
) -> None:
    for name in ("a", "a/b", "a.d"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text('resource "aws_s3_bucket" "b" {}\n')
    (tmp_path / "a" / "link").symlink_to(tmp_path / "a.d")
    listed: list[str] = []
    scan = os.scandir
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(os.path.relpath(os.path.realpath(path))) or scan(path))
    CliRunner().invoke(main, ["check", "a", "a.d/", "--no-cache", "--all-buckets", *option])
    assert Disk.walked is None
    assert sorted(one for one in listed if one[0] == "a") == sorted(["a", "a/b", "a.d"] * times)


def test_a_walk_sees_what_came_meanwhile_and_within_a_run_what_was_there(tmp_path: Path) -> None:
    disk = Disk(border_of([str(tmp_path)]))

    def walked() -> list[tuple[str, list[str], list[str]]]:
        return [(os.path.relpath(directory, tmp_path), below, files) for directory, below, files in disk.walk(str(tmp_path))]

    assert walked() == [(".", [], [])]
    with walked_once():
        (tmp_path / "new").mkdir()
        assert walked() == [(".", ["new"], []), ("new", [], [])]
        (tmp_path / "new" / "file").touch()
        assert walked() == [(".", ["new"], []), ("new", [], [])]
    assert walked() == [(".", ["new"], []), ("new", [], ["file"])]


@pytest.mark.parametrize("changed", [True, False])
@pytest.mark.parametrize(("link", "path"), [("x.tf", "x.tf"), ("d", "d"), ("d", "d/x.tf"), ("d", "./d/sub"), ("a/x.tf", "a/x.tf")])
@pytest.mark.parametrize("repository", [True, False])
def test_settings_are_not_looked_for_where_a_link_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str, path: str, changed: bool, repository: bool
) -> None:
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    for directory in (tree / "a", outside / "sub", *([tree / ".git"] if repository else [])):
        directory.mkdir(parents=True)
    for directory in (outside, outside / "sub"):
        (directory / ".auditor.yaml").write_text("exclude: ['*']\n")
        (directory / "x.tf").touch()
    (tree / "a/.auditor.yaml").write_text("{}\n")
    (tree / link).symlink_to(outside if link == "d" else outside / "x.tf")
    monkeypatch.chdir(tree)
    found = {territory.directory for territory in territories((path,), changed=changed)}
    assert found <= {str(tree / "a")}
    assert found or not (changed or link == "a/x.tf")


def test_a_content_that_was_two_while_it_was_read_does_not_last() -> None:
    reads = Reads(lambda content: b"now" not in content)
    reads.note("/same", b"a")
    reads.note("/same", b"a")
    reads.take({"/same": digest(b"a"), "/other": digest(b"b")})
    reads.note("/other", b"c")
    reads.note("/time", b"now")
    reads.take({"/time": digest(b"now")})
    assert reads.digests == {"/same": digest(b"a"), "/other": Reads.NOT_LASTING, "/time": Reads.NOT_LASTING}
