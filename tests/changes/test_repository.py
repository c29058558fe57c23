"""`auditor diff` of a repository reads only what the change reaches, and says what the comparison of everything says."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.changes.revisions import AtRevision, changed_files
from auditor.cli import main
from auditor.sources.large import LARGE
from tests.changes.said import said
from tests.test_reach import CASES, LITERAL, READ_WRITE, bucket, document, edits, planted, trees

pytestmark = pytest.mark.process


def git(*arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def committed() -> None:
    git("init", "--quiet")
    git("add", "--all", "--force")
    git("commit", "--quiet", "--allow-empty", "--message", "a")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(found: Any) -> Any:
    """What a comparison says, without what the sides are called, and without modules that nobody calls any more or that nobody called."""
    roots = [one for one in found["verdicts"] if one["change"] in ("worse", "better")]
    return roots, found["access"], found["cors"], found["settings"]


def check(place: Path, before: Mapping[str, str], after: Mapping[str, str | None]) -> None:
    """The comparison of revisions, and of the work tree, with that of two whole directories."""
    planted(place / "whole" / "a", before)
    planted(place / "whole" / "b", before)
    for folder in ("git", "whole/a", "whole/b"):
        (place / folder).mkdir(parents=True, exist_ok=True)
    planted(place / "git", before)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place / "git")
        committed()
        for folder in (place / "git", place / "whole" / "b"):
            for path, text in after.items():
                (folder / path).unlink(missing_ok=True)
                if text is not None:
                    planted(folder, {path: text})
        of_work_tree = said("HEAD")
        git("add", "--all", "--force")
        git("commit", "--quiet", "--allow-empty", "--message", "b")
        of_revisions = said("HEAD~1", "HEAD")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place / "whole")
        whole = said("a", "b")
    assert told(of_work_tree) == told(of_revisions)
    new, expected = told(of_revisions), told(whole)
    assert new[0] == expected[0]
    assert new[2:] == expected[2:]
    shared = [one for one in expected[1] if one["old_location"] and one["new_location"]]
    assert [one for one in new[1] if one["old_location"] and one["new_location"]] == shared
    shutil.rmtree(place)


@pytest.mark.parametrize("name", CASES)
def test_what_a_change_reaches_is_compared(tmp_path: Path, name: str) -> None:
    files, changed, _ = CASES[name]
    edited: dict[str, str | None] = {
        path: files[path].replace("s3:PutObject", "s3:DeleteObject") if path in files else None for path in changed
    }
    gone = {
        path: bucket("a", LITERAL) if path.endswith(".tf") else document("a", "s3:GetObject")
        for path in changed
        if path not in files
    }
    check(tmp_path / "x", {**files, **gone}, edited)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    return (tmp_path_factory.mktemp("repository") for _ in iter(int, 1))


@settings(max_examples=8)
@given(data=st.data())
def test_any_change_is_compared_as_in_the_comparison_of_everything(places: Iterator[Path], data: st.DataObject) -> None:
    before = data.draw(trees())
    check(next(places), before, data.draw(edits(before)))


def test_only_what_a_change_reaches_is_read(here: Path) -> None:
    planted(here, {"a/main.tf": bucket("a", LITERAL), "b/main.tf": "resource {{{", "c/main.tf": bucket("c", LITERAL)})
    committed()
    planted(here, {"a/main.tf": bucket("a", f"jsonencode({document('a', 's3:GetObject')})")})
    found = said("HEAD")
    assert (found["errors"], found["old_errors"], [one["resource"] for one in found["access"]]) == ([], [], ["aws_s3_bucket.a"])


def test_from_below_the_top_and_narrowed_to_a_path(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(here, {f"{name}/main.tf": bucket(name, f"jsonencode({document(name, *READ_WRITE)})") for name in "ab"})
    committed()
    planted(here, {f"{name}/main.tf": bucket(name, f"jsonencode({document(name, 's3:GetObject')})") for name in "ab"})
    everything = [("a", "narrower"), ("b", "narrower")]
    monkeypatch.chdir(here / "a")
    for arguments, expected in (
        (("HEAD",), everything),
        (("HEAD", "."), everything[:1]),
        (("HEAD", "../b/main.tf"), everything[1:]),
    ):
        found = said(*arguments)["access"]
        assert [(one["resource"].removeprefix("aws_s3_bucket."), one["relation"]) for one in found] == expected
    assert [one["relation"] for one in said(".", "HEAD")["access"]] == ["wider"]


def test_what_git_ignores_is_the_same_on_both_sides(here: Path) -> None:
    code = 'variable "name" {\n}\nmodule "a" {\n  source  = "acme/bucket/aws"\n}\n' + bucket("a", LITERAL).replace(
        '"acme-a"', "var.name"
    )
    installed = {"Modules": [{"Key": "a", "Source": "registry.terraform.io/acme/bucket/aws", "Dir": ".terraform/modules/a"}]}
    planted(here, {".gitignore": "*.tfvars\n.terraform\n", "r/main.tf": code})
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "a")
    planted(here, {"r/terraform.tfvars": 'name = "acme"\n', "r/.terraform/modules/modules.json": json.dumps(installed)})
    planted(here, {"r/.terraform/modules/a/main.tf": bucket("x", 'file("${path.module}/x.json")')})
    planted(here, {"r/.terraform/modules/a/x.json": document("x", *READ_WRITE)})
    planted(here, {"r/main.tf": code + "# a comment\n"})
    assert said("HEAD")["equal"]


def test_links_are_followed_on_both_sides(here: Path) -> None:
    planted(here, {"r/main.tf": 'module "a" {\n  source = "./shared"\n}\n', "common/main.tf": bucket("a", LITERAL)})
    planted(here, {"policies/b.tf": bucket("b", LITERAL), "s/main.tf": "locals {}\n"})
    (here / "r" / "shared").symlink_to("../common")
    (here / "s" / "b.tf").symlink_to("../policies/b.tf")
    committed()
    planted(
        here, {f: (here / f).read_text().replace("s3:PutObject", "s3:DeleteObject") for f in ("common/main.tf", "policies/b.tf")}
    )
    expected = [
        ("aws_s3_bucket.a", "incomparable"),
        ("aws_s3_bucket.b", "incomparable"),
        ("module.a.aws_s3_bucket.a", "incomparable"),
        ("aws_s3_bucket.b", "incomparable"),
    ]
    assert [(one["resource"], one["relation"]) for one in said("HEAD")["access"]] == expected
    git("add", "--all")
    git("commit", "--quiet", "--message", "b")
    assert [(one["resource"], one["relation"]) for one in said("HEAD~1", "HEAD")["access"]] == expected


def test_a_file_of_values_that_is_given_is_read_as_it_was(here: Path) -> None:
    planted(
        here,
        {
            "r/main.tf": 'variable "n" {\n}\n' + bucket("a", "var.n"),
            "r/x/prod.tfvars": f"n = {json.dumps(document('a', *READ_WRITE))}\n",
        },
    )
    committed()
    planted(here, {"r/x/prod.tfvars": f"n = {json.dumps(document('a', 's3:GetObject'))}\n"})
    assert [one["relation"] for one in said("HEAD", "--var-file", "r/x/prod.tfvars")["access"]] == ["narrower"]


def test_a_file_of_values_that_one_side_lacks_is_told_by_its_path(here: Path) -> None:
    """An environment that a change adds: no path of a copy is shown."""
    planted(here, {"r/main.tf": 'variable "n" {\n}\n' + bucket("a", "var.n")})
    committed()
    planted(here, {"r/new.tfvars": f"n = {json.dumps(document('a', 's3:GetObject'))}\n"})
    found = said("HEAD", "--var-file", "r/new.tfvars")
    assert [one["path"] for one in found["old_errors"]] == ["r/new.tfvars"]
    assert found["errors"] == []
    assert [one["reason"] for one in found["access"]] == ["it depends on r/new.tfvars:1:1"]


def test_keys_and_roles_without_a_bucket(here: Path) -> None:
    role = 'resource "aws_iam_role" "r" {\n  name = "r"\n  assume_role_policy = jsonencode({Statement = [{Effect = "Allow", Action = "sts:AssumeRole", Principal = {Service = "%s"}}]})\n}\n'
    key = 'resource "aws_kms_key" "k" {\n  policy = jsonencode({Statement = [{Effect = "Allow", Action = "kms:%s", Principal = "*", Resource = "*"}]})\n}\n'
    planted(here, {"r/main.tf": role % "ec2.amazonaws.com" + key % "Decrypt"})
    committed()
    planted(here, {"r/main.tf": role % "lambda.amazonaws.com" + key % "*"})
    assert [(one["resource"], one["kind"], one["relation"]) for one in said("HEAD")["access"]] == [
        ("aws_kms_key.k", "key", "wider"),
        ("aws_iam_role.r", "trust", "incomparable"),
    ]


def test_without_a_work_tree(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(here, {"a/main.tf": bucket("a", LITERAL)})
    committed()
    planted(here, {"a/main.tf": bucket("a", f"jsonencode({document('a', 's3:GetObject')})")})
    git("add", "--all")
    git("commit", "--quiet", "--message", "b")
    expected = said("main~1", "main")
    git("clone", "--quiet", "--bare", ".", "bare")
    monkeypatch.chdir("bare")
    assert said("main~1", "main") == expected
    assert refusal("main~1") == "error: git does not read this repository: this operation must be run in a work tree\n"


def refusal(*arguments: str) -> str:
    ran = CliRunner().invoke(main, ["diff", *arguments], catch_exceptions=False)
    assert ran.exit_code == 2
    return ran.stderr


def test_a_clone_that_lacks_something_says_so(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("locals {}\n", "\n"):
        planted(here, {"r/main.tf": text})
        committed()
    git("config", "uploadpack.allowFilter", "true")
    git("clone", "--quiet", "--depth", "1", f"file://{here}", "shallow")
    git("clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{here}", "partial")
    monkeypatch.chdir("shallow")
    assert refusal("HEAD~1") == (
        "error: 'HEAD~1' is neither a path that exists nor a git revision; this clone is shallow: 'git fetch --unshallow' brings the "
        "commits that it lacks\n"
    )
    monkeypatch.chdir("../partial")
    assert refusal("HEAD~1", "HEAD") == (
        "error: this clone is partial and lacks files of the revision: 'git fetch --refetch --no-filter' brings them\n"
    )


def test_a_repository_that_git_refuses_to_read_is_told_in_its_words(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(here, {"main.tf": "locals {}\n"})
    committed()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    for arguments in ((), ("HEAD",), ("HEAD", "HEAD")):
        assert refusal(*arguments).startswith(
            "error: git does not read this repository: detected dubious ownership in repository at"
        )


def test_a_large_file_is_there_at_a_revision(here: Path) -> None:
    planted(here, {"main.tf": bucket("a", LITERAL)})
    committed()
    planted(here, {"main.tf": bucket("a", LITERAL) + f"# {'x' * (9 << 20)}\n"})
    committed()
    assert said("HEAD~1", "HEAD")["equal"]


def test_a_large_file_of_a_revision_is_read_alone_and_not_held(here: Path) -> None:
    texts = {"a.json": b"{}", "b.json": b"[" + b" " * LARGE + b"]", "c.json": b"[1]"}
    for name, text in texts.items():
        (here / name).write_bytes(text)
    committed()
    revision = AtRevision(here, "HEAD")
    assert revision.read("a.json") == b"{}"
    assert revision._contents == {"a.json": b"{}", "b.json": None, "c.json": b"[1]"}
    assert revision.read("b.json") == texts["b.json"]
    assert revision._contents["b.json"] is None
    assert revision.contents([*texts, "d.json"]) == {**texts, "d.json": None}
    assert dict(revision.files()) == texts


def test_submodules_are_read_at_the_commit_that_each_side_names(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "lib").mkdir()
    monkeypatch.chdir(here / "lib")
    planted(here / "lib", {"main.tf": bucket("a", LITERAL)})
    committed()
    planted(here, {"app/main.tf": 'module "a" {\n  source = "./lib"\n}\n'})
    monkeypatch.chdir(here / "app")
    git("init", "--quiet")
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", f"file://{here}/lib", "lib")
    committed()
    narrower = [("module.a.aws_s3_bucket.a", "narrower")]

    def told(*arguments: str) -> list[tuple[str, str]]:
        found = said(*arguments)
        assert (found["errors"], found["old_errors"]) == ([], [])
        return [(one["resource"], one["relation"]) for one in found["access"]]

    planted(here / "app", {"lib/main.tf": bucket("a", f"jsonencode({document('a', 's3:GetObject')})")})
    assert told("HEAD") == narrower
    assert changed_files(".", gone=False) == ("lib/main.tf",)
    for place in ("lib", "."):
        monkeypatch.chdir(here / "app" / place)
        git("add", "--all")
        git("commit", "--quiet", "--message", "b")
    monkeypatch.chdir(here / "app")
    assert told("HEAD") == []
    assert told("HEAD~1") == told("HEAD~1", "HEAD") == narrower
    git("rm", "--quiet", "lib")
    git("commit", "--quiet", "--message", "c")
    assert "Git submodule lib is not checked out" in said("HEAD~1", "HEAD")["old_errors"][0]["message"]


def test_a_link_that_changes_is_what_it_led_to(here: Path) -> None:
    narrow = bucket("a", f"jsonencode({document('a', 's3:GetObject')})")
    planted(here, {"policies/wide.txt": bucket("a", LITERAL), "policies/narrow.txt": narrow, "m/main.tf": "locals {}\n"})
    planted(here, {"n/b.tf": bucket("b", LITERAL), "r/main.tf": 'module "m" {\n  source = "./m"\n}\n'})
    link, module = here / "r" / "a.tf", here / "r" / "m"
    states = (
        lambda: (link.symlink_to("../policies/wide.txt"), module.symlink_to("../m")),
        lambda: planted(here, {"r/a.tf": bucket("a", LITERAL), "r/m/main.tf": "locals {}\n"}),
        lambda: (link.symlink_to("../policies/narrow.txt"), module.symlink_to("../n")),
    )
    for state in states:
        link.unlink(missing_ok=True)
        if module.is_symlink():
            module.unlink()
        shutil.rmtree(module, ignore_errors=True)
        state()
        committed()

    def told(old: str, new: str | None = None) -> list[tuple[str, str]]:
        found = said(*filter(None, (old, new)))
        assert (found["errors"], found["old_errors"]) == ([], [])
        return [(one["resource"], one["relation"]) for one in found["access"]]

    changed = [("aws_s3_bucket.a", "narrower"), ("module.m.aws_s3_bucket.b", "wider")]
    assert told("HEAD~2", "HEAD~1") == []
    assert sorted(told("HEAD~1", "HEAD")) == sorted(told("HEAD~2", "HEAD")) == sorted(told("HEAD~2")) == changed
