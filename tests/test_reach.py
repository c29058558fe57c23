"""What a change reaches: `check --changed` says of the buckets that a change can touch what the audit of everything says."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.cli import main

ROLE = "arn:aws:iam::258327614892:role/external_s3"


def bucket(name: str, policy: str) -> str:
    return f"""resource "aws_s3_bucket" "{name}" {{
  bucket = "acme-{name}"
}}
resource "aws_s3_bucket_policy" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  policy = {policy}
}}
"""


def document(name: str, *actions: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": actions, "Resource": f"arn:aws:s3:::acme-{name}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def template(name: str, *actions: str, more: str = "") -> str:
    return f"""AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: acme-{name}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument: {document(name, *actions)}
{more}"""


READ_WRITE = ("s3:GetObject", "s3:PutObject")
LITERAL = f"jsonencode({document('a', *READ_WRITE)})"
NESTING = "Resources:\n  Child:\n    Type: {}\n    Properties:\n      {}: {}\n"

# Where a name is computed, what it names is audited as a document of its own too, as it is in the audit of everything.
# What is there, which files change (those that are not there are gone), the roots that the change reaches.
CASES: dict[str, tuple[Mapping[str, str], tuple[str, ...], set[str]]] = {
    "a policy that a module reads": (
        {
            "infra/main.tf": bucket("a", 'file("${path.module}/policies/a.json")'),
            "infra/policies/a.json": document("a", *READ_WRITE),
        },
        ("infra/policies/a.json",),
        {"infra"},
    ),
    "one of two policies that are merged": (
        {
            "infra/main.tf": 'data "aws_iam_policy_document" "a" {\n  source_policy_documents = [file("r.json"), file("w.json")]\n}\n'
            + bucket("a", "data.aws_iam_policy_document.a.json"),
            "infra/r.json": document("a", "s3:GetObject"),
            "infra/w.json": document("a", "s3:PutObject"),
        },
        ("infra/r.json",),
        {"infra"},
    ),
    "a module that a root calls": (
        {
            "live/prod/main.tf": 'module "a" {\n  source = "../../modules/a"\n}\n',
            "live/test/main.tf": 'resource "aws_s3_bucket" "t" {}\n',
            "modules/a/main.tf": bucket("a", LITERAL),
        },
        ("modules/a/main.tf",),
        {"live/prod"},
    ),
    "a module at depth": (
        {
            "main.tf": 'module "a" {\n  source = "./modules/a"\n}\n',
            "modules/a/main.tf": 'module "b" {\n  source = "../b"\n}\n',
            "modules/b/main.tf": bucket("a", LITERAL),
            "other/main.tf": bucket("b", LITERAL),
        },
        ("modules/b/main.tf",),
        {"."},
    ),
    "a file of a called module that is gone": (
        {"r/main.tf": 'module "a" {\n  source = "../m"\n}\n', "m/main.tf": bucket("a", LITERAL)},
        ("m/policy.tf",),
        {"r"},
    ),
    "a called module that is gone": (
        {"r/main.tf": 'module "a" {\n  source = "../m"\n}\n' + bucket("a", LITERAL), "o/main.tf": bucket("b", LITERAL)},
        ("m/main.tf",),
        {"r"},
    ),
    "a policy that code reads and that is gone": (
        {"r/main.tf": bucket("a", 'file("${path.module}/a.json")'), "o/main.tf": bucket("b", LITERAL)},
        ("r/a.json",),
        {"r"},
    ),
    "values beside the code": (
        {
            "r/main.tf": 'variable "n" {}\n' + bucket("a", LITERAL),
            "r/a.auto.tfvars": 'n = "x"\n',
            "o/main.tf": bucket("b", LITERAL),
        },
        ("r/a.auto.tfvars",),
        {"r"},
    ),
    "values in a directory without code": (
        {
            "r/main.tf": 'variable "n" {}\n' + bucket("a", LITERAL),
            "r/envs/prod.tfvars": 'n = "x"\n',
            "o/main.tf": bucket("b", LITERAL),
        },
        ("r/envs/prod.tfvars",),
        {"r"},
    ),
    "values above all code": (
        {"r/main.tf": bucket("a", LITERAL), "envs/prod.tfvars": 'n = "x"\n', "o/main.tf": bucket("b", LITERAL)},
        ("envs/prod.tfvars",),
        {"r", "o"},
    ),
    "a template of Terraform": (
        {
            "r/main.tf": bucket("a", 'templatefile("${path.module}/a.json.tftpl", {n = "a"})'),
            "r/a.json.tftpl": document("${n}", *READ_WRITE),
            "o/main.tf": bucket("b", LITERAL),
        },
        ("r/a.json.tftpl",),
        {"r"},
    ),
    "YAML that a called module reads": (
        {
            "r/main.tf": 'module "a" {\n  source = "../m"\n}\n',
            "m/main.tf": bucket("a", 'jsonencode(yamldecode(file("${path.module}/a.yaml")))'),
            "m/a.yaml": document("a", *READ_WRITE),
            "o/main.tf": bucket("b", LITERAL),
        },
        ("m/a.yaml",),
        {"r"},
    ),
    "a file whose name is computed": (
        {
            "r/main.tf": 'variable "n" {\n  default = "a"\n}\n' + bucket("a", 'file("${path.module}/p/${var.n}.json")'),
            "r/p/a.json": document("a", *READ_WRITE),
            "o/main.tf": bucket("b", 'file("${path.module}/p/${var.n}.json")'),
        },
        ("r/p/a.json",),
        {"r"},
    ),
    "a file of a set": (
        {
            "r/main.tf": 'locals {\n  p = [for f in fileset(path.module, "p/*.json") : file("${path.module}/${f}")]\n}\n'
            + bucket("a", "local.p[0]"),
            "r/p/a.json": document("a", *READ_WRITE),
            "o/main.tf": bucket("b", LITERAL),
        },
        ("r/p/a.json",),
        {"r"},
    ),
    "a file that only a comment and a description mention": (
        {
            "r/main.tf": '# policy = file(var.old)\nvariable "n" {\n  description = "The file (JSON) with \\"it\\"."\n}\n'
            + bucket("a", LITERAL),
            "p/a.json": document("a", *READ_WRITE),
        },
        ("p/a.json",),
        {"p/a.json"},
    ),
    "a local value that names another file": (
        {
            "r/main.tf": 'locals {\n  p = var.n == "x" ? "${path.module}/x.json" : "${path.module}/y.json"\n}\nvariable "n" {}\n'
            + bucket("a", "file(local.p)"),
            "r/x.json": document("a", *READ_WRITE),
            "r/y.json": document("a", *READ_WRITE),
            "o/main.tf": 'locals {\n  d = "${path.module}/p"\n}\nvariable "n" {}\n'
            + bucket("b", 'file("${local.d}/${var.n}.json")'),
        },
        ("r/x.json",),
        {"r"},
    ),
    "an attribute that names the file": (
        {
            "r/main.tf": 'module "a" {\n  source = "../m"\n  role   = { policy_file = "p/a.json", name = "a" }\n}\n',
            "s/main.tf": 'module "a" {\n  source = "../n"\n  role   = {\n    policy_file = "p/b.json" # another\n  }\n}\n',
            "m/main.tf": 'variable "role" {}\n' + bucket("a", "file(var.role.policy_file)"),
            "n/main.tf": 'variable "role" {\n  type = object({\n    policy_file = optional(string)\n  })\n}\n'
            + bucket("b", "file(var.role.policy_file)"),
            "r/p/a.json": document("a", *READ_WRITE),
            "s/p/b.json": document("b", *READ_WRITE),
        },
        ("r/p/a.json",),
        {"r"},
    ),
    "an attribute that data gives": (
        {
            "r/main.tf": 'locals {\n  roles = yamldecode(file("${path.module}/roles.yaml"))\n}\n'
            + bucket("a", "[for one in local.roles : file(one.policy_file)][0]"),
            "r/roles.yaml": "- policy_file: r/p/a.json\n",
            "r/p/a.json": document("a", *READ_WRITE),
            "o/main.tf": bucket("b", LITERAL),
        },
        ("r/p/a.json",),
        {"r", "r/p/a.json"},
    ),
    "an attribute that is computed": (
        {
            "r/main.tf": 'variable "n" {\n  default = "a"\n}\nlocals {\n  role = {\n    policy_file = join("/", ["r", "p", var.n])\n  }\n}\n'
            + bucket("a", "file(local.role.policy_file)"),
            "r/p/a": document("a", *READ_WRITE),
            "o/main.tf": bucket("b", LITERAL),
        },
        ("r/p/a",),
        {"r"},
    ),
    "a nested template": (
        {
            "parent.yaml": NESTING.format("AWS::CloudFormation::Stack", "TemplateURL", "./child.yaml"),
            "child.yaml": template("a", *READ_WRITE),
            "other.yaml": template("b", *READ_WRITE),
        },
        ("child.yaml",),
        {"parent.yaml"},
    ),
    "a nested application of SAM": (
        {
            "sam/parent.yaml": "Transform: AWS::Serverless-2016-10-31\n"
            + NESTING.format("AWS::Serverless::Application", "Location", "../apps/child.yaml"),
            "apps/child.yaml": template("a", *READ_WRITE),
            "apps/other.yaml": template("b", *READ_WRITE),
        },
        ("apps/child.yaml",),
        {"sam/parent.yaml"},
    ),
    "one document of several": (
        {
            "live/policy.json": document("a", *READ_WRITE),
            "live/cors.json": '{"CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]}',
            "other/policy.json": document("b", *READ_WRITE),
        },
        ("live/cors.json",),
        {"live/*.json"},
    ),
    "a module below a hidden directory": (
        {"r/main.tf": 'module "a" {\n  source = "../.modules/a"\n}\n', ".modules/a/main.tf": bucket("a", LITERAL)},
        (".modules/a/main.tf",),
        {"r"},
    ),
    "nothing that is read": (
        {"r/main.tf": bucket("a", LITERAL), "package.json": '{"name": "a"}', "values.yaml": "a: b\n"},
        ("package.json", "values.yaml"),
        set(),
    ),
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], catch_exceptions=False)


def planted(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def verdicts(result: Result) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """The verdicts by root and bucket."""
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for one in json.loads(result.stdout)["verdicts"]:
        found.setdefault((one["root"], one["bucket"]), []).append((one["need"], one["status"], one["reason"]))
    return found


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", CASES)
def test_a_change_reaches_its_roots_and_no_others(here: Path, name: str) -> None:
    files, changed, roots = CASES[name]
    planted(here, files)
    everything = verdicts(run(".", "--all-buckets", "--format", "json"))
    told = verdicts(run("--changed", *changed, "--all-buckets", "--format", "json"))
    assert told == {key: found for key, found in everything.items() if key[0] in roots}
    assert {root for root, _ in told} == {root for root, _ in everything if root in roots}


def test_a_policy_that_code_reads_is_no_policy_of_its_own(here: Path) -> None:
    files, changed, _ = CASES["one of two policies that are merged"]
    planted(here, files)
    said = [
        [line for line in run(*arguments).stdout.splitlines() if "auditor explain" not in line]
        for arguments in (("--changed", *changed), (".",))
    ]
    assert said[0] == said[1], "but for the command that explains a finding of it"
    assert "✓ s3:PutObject  " in run("--changed", *changed).stdout


COMPUTED = {
    "a variable": ('file("${path.module}/p/${var.n}.json")', {"p/a.json": True, "p/q/a.json": False, "a.json": False}),
    "a variable beside the code": ('file("${path.module}/${var.n}.json")', {"a.json": True, "p/a.json": False}),
    "a part of a name": (
        'file("p/bucket-${var.n}.json")',
        {"p/bucket-a.json": True, "x/p/bucket-a.json": True, "p/key-a.json": False},
    ),
    "a set": (
        '[for f in fileset(path.module, "p/*.json") : file("${path.module}/${f}")][0]',
        {"p/a.json": True, "q/a.json": False},
    ),
    "a deep set": (
        '[for f in fileset("${path.module}/p", "**/*.json") : file("p/${f}")][0]',
        {"p/q/a.json": True, "q/a.json": False},
    ),
    "a directory beside the module": ('file("${path.module}/../o/p/${var.n}.json")', {"p/a.json": False}),
    "anything": ("file(var.n)", {"a.json": False}),
    "anything with an extension": ('file("${var.n}.json")', {"a.json": False}),
}


@pytest.mark.parametrize("name", COMPUTED)
def test_a_policy_whose_name_code_computes_is_no_policy_of_its_own(here: Path, name: str) -> None:
    expression, files = COMPUTED[name]
    planted(here, {f"r/{path}": document(f"bucket-{at}", *READ_WRITE) for at, path in enumerate(files)})
    planted(here, {"r/main.tf": 'variable "n" {}\n' + bucket("a", expression), "o/p/a.json": document("o", *READ_WRITE)})
    found = {bucket for _, bucket in verdicts(run(".", "--all-buckets", "--format", "json"))}
    assert found == {
        "aws_s3_bucket.a",
        *(() if "/../o/" in expression else ("acme-o",)),
        *(f"acme-bucket-{at}" for at, is_read in enumerate(files.values()) if not is_read),
    }


def test_a_file_of_values_that_is_given_reaches_everything(here: Path) -> None:
    planted(here, {"a/main.tf": bucket("a", LITERAL), "b/main.tf": bucket("b", LITERAL), "a/x.tfvars": "", "p.json": "[]"})
    for option, path in (("--var-file", "a/x.tfvars"), ("--parameter-file", "p.json")):
        told = run("--changed", path, option, path, "--all-buckets", "--format", "json")
        assert {root for root, _ in verdicts(told)} == {"a", "b"}


def test_what_is_linked_is_reached_through_its_links(here: Path) -> None:
    planted(
        here,
        {
            "r/main.tf": 'module "a" {\n  source = "./shared"\n}\n',
            "common/main.tf": bucket("a", LITERAL),
            "policies/b.tf": bucket("b", LITERAL),
            "s/main.tf": "locals {}\n",
        },
    )
    (here / "r" / "shared").symlink_to("../common")
    (here / "s" / "b.tf").symlink_to("../policies/b.tf")
    told = verdicts(run("--changed", "common/main.tf", "policies/b.tf", "--all-buckets", "--format", "json"))
    assert {root for root, _ in told} == {"r", "common", "policies", "s"}


def test_the_way_goes_up_to_the_top_of_the_repository(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(here, {".git/HEAD": "", **CASES["a module that a root calls"][0]})
    monkeypatch.chdir(here / "modules")
    monkeypatch.setattr("auditor.changes.revisions.changed_files", lambda *_, **__: ())
    told = run("--changed", "a/main.tf", "--format", "json")
    assert set(verdicts(told)) == {("../live/prod", "module.a.aws_s3_bucket.a")}


@pytest.mark.process
def test_what_git_says_has_changed(here: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
        subprocess.run(["git", *who, *arguments], check=True, capture_output=True)

    assert run("--changed").exit_code == 2
    planted(here, {"a/main.tf": bucket("a", 'file("${path.module}/a.json")'), "a/a.json": document("a", *READ_WRITE)})
    planted(here, {"b/main.tf": bucket("b", LITERAL), "c/main.tf": bucket("c", LITERAL)})
    git("init", "--quiet")
    assert {root for root, _ in verdicts(run("--changed", "--all-buckets", "--format", "json"))} == {"a", "b", "c"}
    git("add", "--all")
    git("commit", "--quiet", "--message", "a")
    assert verdicts(run("--changed", "--format", "json")) == {}
    git("mv", "a/a.json", "a/b.json")
    (here / "b" / "new.tf").write_text("locals {}\n")
    assert {root for root, _ in verdicts(run("--changed", "--all-buckets", "--format", "json"))} == {"a", "a/b.json", "b"}
    # pre-commit names the files that are there, never those that are gone
    assert {root for root, _ in verdicts(run("--changed", "c/main.tf", "--all-buckets", "--format", "json"))} == {
        "a",
        "a/b.json",
        "c",
    }


NAMES = ("a", "b", "c", "d")


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str]:
    """Modules that call each other and read each other's files, templates that nest each other, and documents."""
    files: dict[str, str] = {}
    for at, name in enumerate(NAMES):
        kind = draw(st.sampled_from(("file", "template", "literal", "computed", "local", "attribute")))
        place = draw(st.sampled_from((name, "shared", *NAMES)))
        path = f"../{place}/{name}.json"
        policy = {
            "file": f'file("${{path.module}}/{path}")',
            "template": f'templatefile("{path}", {{}})',
            "literal": f"jsonencode({document(name, *READ_WRITE)})",
            "computed": f'file("${{path.module}}/../{place}/${{var.n}}.json")',
            "local": "file(local.path)",
            "attribute": "file(local.role.policy_file)",
        }[kind]
        given = f'locals {{\n  path = "${{path.module}}/{path}"\n  role = {{\n    policy_file = var.n == "a" ? "{path}" : local.path\n  }}\n}}\n'
        calls = draw(st.sets(st.sampled_from(NAMES[:at]), max_size=2)) if at else set()
        modules = "".join(f'module "{one}" {{\n  source = "../{one}"\n}}\n' for one in sorted(calls))
        if draw(st.booleans()):
            files[f"{name}/main.tf"] = f'variable "n" {{\n  default = "{name}"\n}}\n{given}{modules}{bucket(name, policy)}'
        if draw(st.booleans()):
            files[f"{place}/{name}.json"] = document(name, *draw(st.sets(st.sampled_from(READ_WRITE), min_size=1)))
        if draw(st.booleans()):
            child = draw(st.sampled_from(NAMES))
            more = f"  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: ../{child}/stack.yaml\n"
            files[f"{name}/stack.yaml"] = template(f"cfn-{name}", "s3:GetObject", more=more if draw(st.booleans()) else "")
    return files


def edits(before: Mapping[str, str]) -> st.SearchStrategy[dict[str, str | None]]:
    """Files that are changed or, with None, removed."""
    edited = {
        ".tf": st.one_of(st.none(), st.sampled_from(NAMES).map(lambda name: bucket(name, LITERAL))),
        ".json": st.one_of(st.none(), st.sampled_from(NAMES).map(lambda name: document(name, "s3:GetObject"))),
        ".yaml": st.one_of(st.none(), st.sampled_from(NAMES).map(lambda name: template(name, "s3:PutObject"))),
    }
    return st.fixed_dictionaries({}, optional={path: edited[os.path.splitext(path)[1]] for path in sorted(before)})


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    return (tmp_path_factory.mktemp("tree") for _ in iter(int, 1))


@settings(max_examples=20)
@given(data=st.data())
def test_of_what_is_reached_the_verdicts_are_those_of_everything_and_the_rest_is_as_before(
    places: Iterator[Path], data: st.DataObject
) -> None:
    before = data.draw(trees())
    edit = data.draw(edits(before))
    place = next(places)
    planted(place, before)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        old = verdicts(run(".", "--all-buckets", "--format", "json"))
        for path, text in edit.items():
            (place / path).unlink()
            if text is not None:
                planted(place, {path: text})
        new = verdicts(run(".", "--all-buckets", "--format", "json"))
        told = verdicts(run("--changed", *edit, "--all-buckets", "--format", "json")) if edit else {}
    assert told == {key: found for key, found in new.items() if key in told}
    # what is new and not told is a module that nobody calls any more: it is a root now, and is what it was
    assert {key: found for key, found in new.items() if key not in told and old.get(key, found) != found} == {}


@pytest.mark.parametrize("where", ["an option", "the environment"])
def test_an_attribute_that_the_user_gives_may_be_any_file(here: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    code = 'variable "role" {\n  type = object({ policy_file = string })\n}\n' + bucket("a", "file(var.role.policy_file)")
    planted(here, {"r/main.tf": code, "p/a.json": document("a", *READ_WRITE)})
    assert {root for root, _ in verdicts(run("--changed", "p/a.json", "--all-buckets", "--format", "json"))} == {"p/a.json"}
    given = '{policy_file="p/a.json"}'
    if where == "the environment":
        monkeypatch.setenv("TF_VAR_role", given)
    told = run(
        "--changed", "p/a.json", "--all-buckets", "--format", "json", *(("--var", f"role={given}") if where == "an option" else ())
    )
    assert {root for root, _ in verdicts(told)} == {"r", "p/a.json"}
