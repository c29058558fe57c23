"""Units of Terragrunt: each is a root with what it gives to its module; what Terragrunt finds out only when it runs is unknown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main
from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.sources.options import Assignment, SourceOptions
from tests.asked import ROLE, ask
from tests.changes.said import said
from tests.changes.test_repository import committed
from tests.terraform.trees import tree

OTHER = "arn:aws:iam::111122223333:role/other"
MODULE = f"""\
variable "role" {{
  default = "{OTHER}"
}}
variable "prefix" {{
  default = "*"
}}
resource "aws_s3_bucket" "b" {{
  bucket = "acme-b"
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{
    Effect    = "Allow"
    Principal = {{ AWS = var.role }}
    Action    = "s3:GetObject"
    Resource  = "${{aws_s3_bucket.b.arn}}/${{var.prefix}}"
  }}] }})
}}
"""
SOURCE = 'terraform {\n  source = "../../modules/b"\n}\n'
OURS, THEIRS = f'inputs = {{\n  role = "{ROLE}"\n}}\n', f'inputs = {{\n  role = "{OTHER}"\n}}\n'
ROOT = 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n'
HOLDS = ("holds", "statement 1 grants it for every key")
FAILS = ("fails", "no statement allows s3:GetObject")


def reading(
    directory: Path, files: Mapping[str, str], options: SourceOptions | None = None
) -> dict[tuple[str, str], tuple[str, str]]:
    """Status and reason of reading, by the root and the address of each bucket; nothing may be unreadable."""
    tree(directory, {**files, ".git/HEAD": ""})
    report = audit(
        Request((str(directory),), (load("v7-darwin", {}),), every_bucket=True, options=options or SourceOptions()), Texts()
    )
    assert report.errors == ()
    return {
        (Path(one.subject.root).relative_to(directory).as_posix(), one.subject.address): (one.status.value, one.reason)
        for one in report.verdicts
        if one.need.id == "s3:GetObject"
    }


def why_unknown(directory: Path, unit: str) -> set[str]:
    """What would resolve the verdict on reading the bucket of a unit."""
    tree(directory, {"modules/b/main.tf": MODULE, "live/a/terragrunt.hcl": unit})
    report = audit(Request((str(directory),), (load("v7-darwin", {}),), every_bucket=True), Texts())
    assert report.errors == ()
    (verdict,) = (one for one in report.verdicts if one.need.id == "s3:GetObject")
    assert verdict.status.value == "unknown"
    return {one.reason for one in verdict.resolved_by}


def of_unit(directory: Path, files: Mapping[str, str], options: SourceOptions | None = None) -> tuple[str, str]:
    """That of the only bucket, which a unit makes."""
    ((root, address), told), *others = reading(directory, {"modules/b/main.tf": MODULE, **files}, options).items()
    assert (root, address, others) == ("live/a", "aws_s3_bucket.b", [])
    return told


def test_each_unit_is_a_root_with_its_inputs_and_the_module_is_none(tmp_path: Path) -> None:
    files = {"modules/b/main.tf": MODULE, "live/dev/terragrunt.hcl": SOURCE + THEIRS, "live/prod/terragrunt.hcl": SOURCE + OURS}
    assert reading(tmp_path, files) == {("live/dev", "aws_s3_bucket.b"): FAILS, ("live/prod", "aws_s3_bucket.b"): HOLDS}


@pytest.mark.parametrize(
    "source",
    [
        "../../modules/b",
        "../..//modules/b",
        "../../modules//b",
        "../../modules/b//.",
        "${get_terragrunt_dir()}/../../modules/b",
        "${get_repo_root()}/modules/b",
        "${get_path_to_repo_root()}//modules/b",
        '${dirname(find_in_parent_folders("root.hcl"))}/../modules/b',
        "${local.modules}//b",
        "../../${local.name}/b",
    ],
)  # fmt: skip
def test_a_module_is_found_however_its_source_is_written(tmp_path: Path, source: str) -> None:
    written = 'locals {\n  modules = "../../modules"\n  name = basename(local.modules)\n}\n'
    written += f'terraform {{\n  source = "{source}"\n}}\n{OURS}'
    assert of_unit(tmp_path, {"live/a/terragrunt.hcl": written, "live/root.hcl": ""}) == HOLDS


def test_a_unit_beside_terraform_gives_its_variables_less_than_the_files_of_these(tmp_path: Path) -> None:
    beside = {"live/a/main.tf": MODULE, "live/a/terragrunt.hcl": OURS}
    assert reading(tmp_path / "a", beside) == {("live/a", "aws_s3_bucket.b"): HOLDS}
    for number, name in enumerate(("terraform.tfvars", "x.auto.tfvars")):
        files = {**beside, f"live/a/{name}": f'role = "{OTHER}"\n'}
        assert reading(tmp_path / str(number), files) == {("live/a", "aws_s3_bucket.b"): FAILS}
    given = {"TF_VAR_role": OTHER}
    assert reading(tmp_path / "b", beside, SourceOptions(environment=given)) == {("live/a", "aws_s3_bucket.b"): FAILS}


def test_what_the_user_gives_wins_and_is_declared_by_the_module(tmp_path: Path) -> None:
    given = SourceOptions(assignments=(Assignment("role", ROLE),))
    assert of_unit(tmp_path, {"live/a/terragrunt.hcl": SOURCE + THEIRS}, given) == HOLDS


@pytest.mark.parametrize(
    ("included", "child", "expected"),
    [
        (OURS, "", HOLDS),
        (OURS, 'inputs = { prefix = "*" }\n', HOLDS),
        (OURS, THEIRS, FAILS),
        (THEIRS, OURS, HOLDS),
        ('inputs = merge({ role = local.role }, {})\nlocals { role = "' + ROLE + '" }\n', "", HOLDS),
        ("", "", FAILS),
    ],
)  # fmt: skip
def test_inputs_of_an_included_file_are_given_where_the_unit_gives_none(
    tmp_path: Path, included: str, child: str, expected: tuple[str, str]
) -> None:
    assert of_unit(tmp_path, {"live/root.hcl": included, "live/a/terragrunt.hcl": ROOT + SOURCE + child}) == expected


def test_an_included_file_may_say_which_module_it_is_from_where_the_unit_is(tmp_path: Path) -> None:
    files = {"live/terragrunt.hcl": SOURCE, "live/a/terragrunt.hcl": f"include {{\n  path = find_in_parent_folders()\n}}\n{OURS}"}
    # what is included could be run by itself, and then would find its module elsewhere
    assert of_unit(tmp_path, files) == HOLDS


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        # an include that is not there, that is computed, and inputs that are
        ('include "root" {\n  path = find_in_parent_folders("gone.hcl")\n}\n', "include.root.inputs is given by Terragrunt when it runs"),
        ('include "root" {\n  path = get_env("ROOT")\n}\n', "include.root.inputs is given by Terragrunt when it runs"),
        ('inputs = read_terragrunt_config("gone.hcl").inputs\n',
         'read_terragrunt_config("gone.hcl") is given by Terragrunt when it runs'),
        ("inputs = { role = dependency.iam.outputs.role }\n", "dependency is given by Terragrunt when it runs"),
        ('inputs = { role = get_env("ROLE", "x") }\n', 'get_env("ROLE", "x") is given by Terragrunt when it runs'),
        ('inputs = { role = try(include.root.locals.role, "x") }\n', "include is given by Terragrunt when it runs"),
        ('inputs = { role = run_cmd("whoami") }\n', 'run_cmd("whoami") is given by Terragrunt when it runs'),
        ("inputs = { role = local.gone }\n", "local.gone is given by Terragrunt when it runs"),
        # variables that are given by other means
        ('terraform {\n  source = "../../modules/b"\n  extra_arguments "vars" {\n    commands = ["plan"]\n    arguments = ["-var", "role=x"]\n  }\n}\n',
         "extra_arguments.vars gives variables that are not read"),
        ('terraform {\n  source = "../../modules/b"\n  extra_arguments "vars" {\n    required_var_files = ["${get_env("DIR")}/a.tfvars"]\n  }\n}\n',
         "extra_arguments.vars gives variables that are not read"),
    ],
)  # fmt: skip
def test_a_default_decides_nothing_that_terragrunt_may_give(tmp_path: Path, unit: str, reason: str) -> None:
    written = unit if "source" in unit else SOURCE + unit
    assert why_unknown(tmp_path, written) == {reason}


def test_what_is_given_beside_an_include_that_is_not_there_decides(tmp_path: Path) -> None:
    unit = f'include "root" {{\n  path = find_in_parent_folders("gone.hcl")\n}}\n{SOURCE}inputs = {{\n  role = "{ROLE}"\n  prefix = "*"\n}}\n'
    assert of_unit(tmp_path, {"live/a/terragrunt.hcl": unit}) == HOLDS


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("shallow", ["child"]),
        ("deep", ["parent", "child"]),
        ("no_merge", ["child"]),
    ],
)
def test_lists_of_a_unit_and_what_it_includes_are_joined_where_it_says_so(
    tmp_path: Path, strategy: str, expected: list[str]
) -> None:
    module = 'variable "tags" {\n  type = list(string)\n}\nresource "aws_s3_bucket" "b" {\n  bucket = join("-", var.tags)\n}\n'
    include = f'include "root" {{\n  path = find_in_parent_folders("root.hcl")\n  merge_strategy = "{strategy}"\n}}\n'
    files = {
        "modules/b/main.tf": module,
        "live/root.hcl": 'inputs = { tags = ["parent"] }\n',
        "live/a/terragrunt.hcl": f'{include}{SOURCE}inputs = {{ tags = ["child"] }}\n',
    }
    told = ask(tmp_path, files)
    assert told.verdicts["aws_s3_bucket.b", "bucket:name"] == ("holds", f"the name '{'-'.join(expected)}' is as required")


def test_the_last_include_wins_and_locals_of_exposed_ones_can_be_read(tmp_path: Path) -> None:
    files = {
        "live/one.hcl": THEIRS,
        "live/two.hcl": f'locals {{\n  env = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals\n}}\n{THEIRS}',
        "live/a/env.hcl": "",
        "live/env.hcl": f'locals {{\n  role = "{ROLE}"\n}}\n',
        "live/a/terragrunt.hcl": 'include "one" {\n  path = "../one.hcl"\n}\ninclude "two" {\n  path = "${get_terragrunt_dir()}/../two.hcl"\n'
        f"  expose = true\n}}\n{SOURCE}inputs = {{\n  role = include.two.locals.env.role\n}}\n",
    }
    assert of_unit(tmp_path, files) == HOLDS


def test_files_of_variables_in_extra_arguments_win(tmp_path: Path) -> None:
    arguments = """extra_arguments "vars" {
    commands           = get_terraform_commands_that_need_vars()
    optional_var_files = ["${get_terragrunt_dir()}/../common.tfvars", "${get_terragrunt_dir()}/gone.tfvars"]
    arguments          = ["-lock-timeout=5m"]
  }
"""
    unit = f'terraform {{\n  source = "../../modules/b"\n  {arguments}}}\n{THEIRS}'
    told = ask(tmp_path, {"modules/b/main.tf": MODULE, "live/common.tfvars": f'role = "{ROLE}"\n', "live/a/terragrunt.hcl": unit})
    assert (told.verdicts["aws_s3_bucket.b", "s3:GetObject"], told.errors) == (HOLDS, ())


ORDER = "it depends on 'the order of aws_s3_bucket_policy.{} and aws_s3_bucket_policy.{}': in one case, no statement allows s3:GetObject"


@pytest.mark.parametrize(
    ("generate", "expected"),
    [
        ('contents = <<EOF\nprovider "aws" {\n  region = "${get_env("REGION")}"\n}\nEOF\n', HOLDS),
        ('contents = <<EOF\nresource "aws_s3_bucket_policy" "other" {\n  bucket = "acme-b"\n  policy = "{}"\n}\nEOF\n',
         ("unknown", ORDER.format("b", "other"))),
        ('contents = <<EOF\nresource "aws_s3_bucket_policy" "other" {\n  bucket = "${get_env("BUCKET")}"\n}\nEOF\n',
         ("unknown", "what generate.extra writes is not read")),
        ('contents = get_env("CODE")\n', ("unknown", "what generate.extra writes is not read")),
        ('contents = file("../extra.txt")\n',
         ("unknown", ORDER.format("other", "b"))),
    ],
)  # fmt: skip
def test_what_is_generated_is_read_or_told(tmp_path: Path, generate: str, expected: tuple[str, str]) -> None:
    extra = 'resource "aws_s3_bucket_policy" "other" {\n  bucket = "acme-b"\n  policy = "{}"\n}\n'
    unit = f'{SOURCE}{OURS}generate "extra" {{\n  path = "extra.tf"\n  if_exists = "overwrite"\n  {generate}}}\n'
    assert of_unit(tmp_path, {"live/a/terragrunt.hcl": unit, "live/extra.txt": extra}) == expected


def test_what_is_generated_and_not_read_says_how_to_have_it_read(tmp_path: Path) -> None:
    unit = f'{SOURCE}{OURS}generate "extra" {{\n  path = "extra.tf"\n  if_exists = "overwrite"\n  contents = get_env("CODE")\n}}\n'
    tree(tmp_path, {"modules/b/main.tf": MODULE, "live/a/terragrunt.hcl": unit})
    report = audit(Request((str(tmp_path),), (load("v7-darwin", {}),), every_bucket=True), Texts())
    (verdict,) = (one for one in report.verdicts if one.need.id == "s3:PutObject")
    ((name, hint),) = {(one.name, one.hint) for one in verdict.resolved_by}
    assert name.startswith("generate.extra (")
    assert hint == "run 'terragrunt plan -out=tfplan && terragrunt show -json tfplan > plan.json' and audit plan.json"


S3 = 'terraform {\n  source = "tfr:///terraform-aws-modules/s3-bucket/aws?version=4.1.2"\n}\n'
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": ["s3:GetObject", "s3:PutObject"],
                     "Resource": "arn:aws:s3:::acme-r/*"}]})  # fmt: skip
OF_REGISTRY = f'inputs = {{\n  bucket        = "acme-r"\n  attach_policy = true\n  policy        = jsonencode({POLICY})\n}}\n'


def test_a_module_of_the_registry_makes_what_the_unit_gives_it(tmp_path: Path) -> None:
    assert reading(tmp_path, {"live/terragrunt.hcl": S3 + OF_REGISTRY}) == {("live", "aws_s3_bucket.this[0]"): HOLDS}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("tfr://registry.terraform.io/terraform-aws-modules/s3-bucket/aws?version=4.1.2", True),
        ("git::https://github.com/terraform-aws-modules/terraform-aws-s3-bucket.git//.?ref=v4.1.2", True),
        ("tfr:///terraform-aws-modules/s3-bucket/aws?version=99.0.0", False),
        ("tfr://modules.acme.com/terraform-aws-modules/s3-bucket/aws?version=4.1.2", False),
        ("git::https://github.com/acme/modules.git//bucket?ref=v1", False),
        ('${get_env("MODULES")}//bucket', False),
    ],
)
def test_which_module_it_is_that_is_not_here(tmp_path: Path, source: str, told: bool) -> None:
    told_of = ask(
        tmp_path,
        {"live/terragrunt.hcl": S3.replace("tfr:///terraform-aws-modules/s3-bucket/aws?version=4.1.2", source) + OF_REGISTRY},
    )
    assert bool(told_of.verdicts) is told
    assert any(note.startswith("1 module of a unit of Terragrunt was skipped because the source is not available locally: ")
               for note in told_of.notes) is not told  # fmt: skip


def test_a_module_beyond_the_border_is_told_with_what_opens_it(tmp_path: Path) -> None:
    unit = f'terraform {{\n  source = "../../../elsewhere/b"\n}}\n{OURS}'
    tree(tmp_path, {"elsewhere/b/main.tf": MODULE})
    told = ask(
        tmp_path / "here", {".git/HEAD": "", "main.tf": 'resource "aws_s3_bucket" "own" {}\n', "live/a/terragrunt.hcl": unit}
    )
    said = "1 module of a unit of Terragrunt was skipped because the source is not in the scanned tree: ../../../elsewhere/b (1); "
    assert [note for note in told.notes if note.startswith(said + "allow it with --also-read DIR")] != []
    assert told.errors == ()


def test_a_source_that_is_one_of_several_is_told_with_all_of_them(tmp_path: Path) -> None:
    remote = 'git::https://github.com/acme/modules.git//b?ref=v${get_env("VERSION")}'
    unit = f'terraform {{\n  source = get_env("STAGE") == "production" ? "{remote}" : "../../modules//b"\n}}\n{OURS}'
    told = ask(tmp_path, {"modules/b/main.tf": MODULE, "live/a/terragrunt.hcl": unit})
    said = "either git::https://github.com/acme/modules.git//b or ../../modules//b (1); run 'terragrunt plan"
    assert [note for note in told.notes if said in note] != []


def test_what_an_undescribed_input_of_the_unit_does_is_unknown_and_one_for_all_units_is_no_input_of_it(tmp_path: Path) -> None:
    unit = f"{ROOT}{S3}{OF_REGISTRY}"
    own = unit.replace("inputs = {", "inputs = {\n  brand_new = true")
    for name, text, expected in (("a", unit, "holds"), ("b", own, "unknown")):
        files = {"live/root.hcl": 'inputs = { environment = "prod" }\n', "live/a/terragrunt.hcl": text}
        ((status, _),) = reading(tmp_path / name, files).values()
        assert status == expected


def fixed(directory: Path, files: Mapping[str, str]) -> dict[str, str]:
    """The files that safe fixes change, with what they are then."""
    tree(directory, {**files, ".git/HEAD": ""})
    CliRunner().invoke(main, ["check", str(directory), "--all-buckets", "--fix"], catch_exceptions=False)
    now = {name: (directory / name).read_text() for name in files}
    return {name: text for name, text in now.items() if text != files[name]}


def test_a_fix_gives_the_module_an_input(tmp_path: Path) -> None:
    cors = """
  cors_rule = [
    {
      allowed_origins = ["https://darwin.v7labs.com"]
      allowed_methods = ["GET", "PUT"]
      allowed_headers = ["*"]
    }
  ]
}
"""
    files = {"live/terragrunt.hcl": S3 + OF_REGISTRY}
    assert fixed(tmp_path, files) == {"live/terragrunt.hcl": S3 + OF_REGISTRY.removesuffix("}\n") + cors}


@pytest.mark.parametrize("unit", [f'{S3}locals {{\n  all = {{ bucket = "acme-r" }}\n}}\ninputs = local.all\n', f"{ROOT}{S3}"])
def test_nothing_is_written_into_a_unit_that_does_not_write_its_inputs_out(tmp_path: Path, unit: str) -> None:
    assert fixed(tmp_path, {"live/root.hcl": 'inputs = { bucket = "acme-r" }\n', "live/a/terragrunt.hcl": unit}) == {}


TWO = {
    "modules/b/main.tf": MODULE,
    "live/root.hcl": f'inputs = {{\n  role = "{OTHER}"\n}}\n',
    "live/dev/terragrunt.hcl": ROOT + SOURCE,
    "live/prod/terragrunt.hcl": ROOT + SOURCE + OURS,
}


@pytest.mark.process
@pytest.mark.parametrize("changed", ["live/root.hcl", "live/prod/terragrunt.hcl", "modules/b/main.tf"])
def test_a_change_reaches_the_units_that_rest_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    monkeypatch.chdir(tree(tmp_path, TWO))
    committed()

    def told(*arguments: str) -> object:
        ran = CliRunner().invoke(main, ["check", *arguments, "--all-buckets", "--format", "json"], catch_exceptions=False)
        return json.loads(ran.stdout)["verdicts"]

    assert told(changed, "--changed") == told(".") != []


@pytest.mark.process
def test_a_comparison_tells_which_unit_a_change_of_an_included_file_lets_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree(tmp_path, TWO))
    committed()
    (tmp_path / "live/root.hcl").write_text(f'inputs = {{\n  role = "{ROLE}"\n}}\n')
    assert [(one["root"], one["need"], one["change"]) for one in said("HEAD")["verdicts"] if one["change"] == "better"] == [
        ("live/dev", "s3:GetObject", "better")
    ]


def test_a_kept_answer_rests_on_included_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDITOR_CACHE", str(tmp_path / "kept"))
    place = tmp_path / "tree"
    before = ask(place, {**TWO, ".git/HEAD": ""}).verdicts
    assert ask(place, {}).verdicts == before
    assert ask(place, {"live/root.hcl": OURS}).statuses("s3:G") == {"holds"}


def test_many_processes_read_what_one_reads(tmp_path: Path) -> None:
    files = TWO | {f"live/u{number}/terragrunt.hcl": ROOT + SOURCE + OURS for number in range(9)}
    tree(tmp_path, files)
    one, many = (
        audit(Request((str(tmp_path),), (load("v7-darwin", {}),), every_bucket=True, options=SourceOptions(jobs=jobs)), Texts())
        for jobs in (1, 2)
    )
    assert one.verdicts == many.verdicts


def test_a_plan_in_the_directory_of_a_unit_answers_for_it(tmp_path: Path) -> None:
    change = {"actions": ["create"], "before": None, "after": {"bucket": "acme-b"}, "after_unknown": {"id": True}}
    address = {"address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket", "name": "b"}
    policy = {**address, "address": "aws_s3_bucket_policy.b", "type": "aws_s3_bucket_policy"}
    said_ = {"bucket": "acme-b", "policy": POLICY.replace("acme-r", "acme-b").replace(', "s3:PutObject"', "")}
    planned = [{**address, "values": {"bucket": "acme-b"}}, {**policy, "values": said_}]
    plan = {
        "format_version": "1.2", "terraform_version": "1.9.0", "variables": {"role": {"value": ROLE}},
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": [{**address, "change": change}, {**policy, "change": {**change, "after": said_}}],
        "configuration": {"root_module": {"resources": [
            {**address, "expressions": {"bucket": {"constant_value": "acme-b"}}}, {**policy, "expressions": {"bucket": {"references": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]}, "policy": {}}}]}},
    }  # fmt: skip
    unit = f'{SOURCE}inputs = {{\n  role = get_env("ROLE")\n}}\n'
    told = ask(tmp_path, {"modules/b/main.tf": MODULE, "live/a/terragrunt.hcl": unit, "live/a/plan.json": json.dumps(plan)})
    assert told.verdicts["aws_s3_bucket.b", "s3:GetObject"] == HOLDS
    assert (told.errors, told.notes[0]) == ((), "read 1 root, found 1 bucket")


def test_a_file_that_is_only_there_to_be_included_is_no_unit(tmp_path: Path) -> None:
    told = ask(tmp_path, {**TWO, "terragrunt.hcl": "locals {\n  a = 1\n}\n", "live/a/root.hcl": ""})
    assert told.notes[0] == "read 2 roots, found 2 buckets"


def test_what_units_below_include_is_no_unit_of_the_code_beside_it(tmp_path: Path) -> None:
    """It writes that very code beside the module of each of them, which Terraform would refuse here."""
    written = 'generate "common" {\n  path = "common.tf"\n  if_exists = "overwrite"\n  contents = file("variables.tf")\n}\n'
    files = {"live/terragrunt.hcl": written, "live/variables.tf": 'variable "stage" {}\n', "modules/b/main.tf": MODULE}
    unit = "include {\n  path = find_in_parent_folders()\n}\n" + SOURCE + OURS
    told = ask(tmp_path / "included", {**files, "live/a/terragrunt.hcl": unit})
    assert (told.errors, told.notes[0], told.statuses("s3:G")) == ((), "read 2 roots, found 1 bucket", {"holds"})
    assert ask(tmp_path / "alone", files).errors == (
        'live/variables.tf:1:1: Duplicate variable: variable "stage" is already declared in live/variables.tf:1',
    )


def test_a_unit_that_cannot_be_read_leaves_its_variables_open(tmp_path: Path) -> None:
    unit = SOURCE + OURS + 'generate "x" {\n'
    told = ask(tmp_path, {"modules/b/main.tf": MODULE, "live/a/terragrunt.hcl": unit})
    assert told.errors == ("live/a/terragrunt.hcl:7:14: '{' is never closed",)
    assert told.statuses("s3:G") == {"unknown"}


def test_a_module_that_is_not_there_is_an_error_of_the_unit(tmp_path: Path) -> None:
    told = ask(tmp_path, {"modules/c/main.tf": MODULE, "live/a/terragrunt.hcl": SOURCE + OURS})
    assert told.errors == ("live/a/terragrunt.hcl:4:1: there is no module in modules/b",)


def test_terraform_beside_a_unit_is_copied_over_its_module(tmp_path: Path) -> None:
    files = {
        "live/a/terragrunt.hcl": SOURCE,
        "live/a/main.tf": MODULE.replace(OTHER, ROLE),
        "modules/b/more.tf": 'resource "aws_s3_bucket" "c" {}\n',
    }
    assert reading(tmp_path, {"modules/b/main.tf": MODULE, **files})["live/a", "aws_s3_bucket.b"] == HOLDS


def test_terraform_beside_a_unit_whose_module_is_not_here_is_read(tmp_path: Path) -> None:
    unit = f'terraform {{\n  source = "git::https://github.com/acme/modules.git//bucket"\n}}\n{OURS}'
    told = reading(tmp_path, {"live/a/terragrunt.hcl": unit, "live/a/main.tf": MODULE})
    assert told == {("live/a", "aws_s3_bucket.b"): ("unknown", "the module of the unit is not here")}


def test_files_that_read_each_other_come_to_an_end(tmp_path: Path) -> None:
    each = 'locals {{\n  a = read_terragrunt_config("{0}").locals\n  b = read_terragrunt_config("{0}").locals\n}}\n'
    files = {"live/a/one.hcl": each.format("two.hcl"), "live/a/two.hcl": each.format("one.hcl")}
    unit = f'{SOURCE}locals {{\n  x = read_terragrunt_config("one.hcl").locals\n}}\ninputs = {{\n  role = local.x.a.b.role\n}}\n'
    told = ask(tmp_path, {"modules/b/main.tf": MODULE, "live/a/terragrunt.hcl": unit, **files})
    assert told.statuses("s3:G") == {"unknown"}


BUCKET = (
    'variable "name" {}\nresource "aws_s3_bucket" "b" {\n  bucket = var.name\n}\noutput "id" {\n  value = aws_s3_bucket.b.id\n}\n'
)
POLICY_OF = f"""\
variable "bucket" {{}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = var.bucket
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{
    Effect    = "Allow"
    Principal = {{ AWS = "{ROLE}" }}
    Action    = "s3:GetObject"
    Resource  = "arn:aws:s3:::${{var.bucket}}/*"
  }}] }})
}}
"""
DEPENDENCY = 'dependency "b" {\n  config_path = "../bucket"\n}\n'


@pytest.mark.parametrize(
    ("name", "dependency", "expected"),
    [
        ('"acme-b"', DEPENDENCY, HOLDS),
        ('"acme-b"', DEPENDENCY.replace("}", '  mock_outputs = { id = "mock" }\n}'), HOLDS),
        ('"acme-${get_env("STAGE")}"', DEPENDENCY, HOLDS),
        ("null", DEPENDENCY, HOLDS),
        ('"acme-b"', DEPENDENCY.replace('"../bucket"', 'get_env("BUCKET")'), ("fails", "the bucket has no policy, so nothing lets another account in")),
    ],
)  # fmt: skip
def test_a_policy_in_one_unit_is_that_of_the_bucket_in_another(
    tmp_path: Path, name: str, dependency: str, expected: tuple[str, str]
) -> None:
    files = {
        "modules/bucket/main.tf": BUCKET,
        "modules/policy/main.tf": POLICY_OF,
        "live/bucket/terragrunt.hcl": f'terraform {{\n  source = "../../modules/bucket"\n}}\ninputs = {{\n  name = {name}\n}}\n',
        "live/policy/terragrunt.hcl": f'terraform {{\n  source = "../../modules/policy"\n}}\n{dependency}'
        "inputs = {\n  bucket = dependency.b.outputs.id\n}\n",
    }
    assert reading(tmp_path, files)["live/bucket", "aws_s3_bucket.b"] == expected


def test_a_bucket_of_a_unit_that_is_not_audited_is_called_by_its_name(tmp_path: Path) -> None:
    configured = (
        POLICY_OF
        + 'resource "aws_s3_bucket_versioning" "b" {\n  bucket = "acme-b"\n  versioning_configuration {\n    status = "Enabled"\n  }\n}\n'
    )
    tree(tmp_path, {
        ".git/HEAD": "",
        "bucket/main.tf": BUCKET,
        "bucket/terragrunt.hcl": 'inputs = {\n  name = "acme-b"\n}\n',
        "policy/main.tf": configured,
        "policy/terragrunt.hcl": f"{DEPENDENCY}inputs = {{\n  bucket = dependency.b.outputs.id\n}}\n",
    })  # fmt: skip
    report = audit(Request((str(tmp_path / "policy"),), (load("v7-darwin", {}),), every_bucket=True), Texts())
    assert {one.subject.address for one in report.verdicts} == {"acme-b"}


@pytest.mark.parametrize(
    "bucket",
    [
        "dependency.b.outputs.whole.id",
        "dependency.b.outputs.each[0].id",
        "dependency.b.outputs.named.b.bucket",
        "try(dependency.b.outputs.whole.id, null)",
        # Which attributes a resource has is not listed.
        'can(dependency.b.outputs.whole.other) ? dependency.b.outputs.whole.id : "other"',
    ],
)
def test_a_resource_that_is_an_output_is_known_by_its_attributes(tmp_path: Path, bucket: str) -> None:
    outputs = {"whole": "aws_s3_bucket.b", "each": "aws_s3_bucket.b[*]", "named": "{ b = aws_s3_bucket.b }"}
    told = reading(tmp_path, {
        "modules/bucket/main.tf": BUCKET + "".join(f'output "{name}" {{\n  value = {value}\n}}\n' for name, value in outputs.items()),
        "modules/policy/main.tf": POLICY_OF,
        "live/bucket/terragrunt.hcl": 'terraform {\n  source = "../../modules/bucket"\n}\ninputs = {\n  name = get_env("NAME")\n}\n',
        "live/policy/terragrunt.hcl": f'terraform {{\n  source = "../../modules/policy"\n}}\n{DEPENDENCY}inputs = {{\n  bucket = {bucket}\n}}\n',
    })  # fmt: skip
    assert told["live/bucket", "aws_s3_bucket.b"] == HOLDS


ENCRYPTED = """\
variable "key" {}
resource "aws_s3_bucket" "b" {
  bucket = "acme-b"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.key
    }
  }
}
"""
KEYS = f"""\
variable "role" {{}}
resource "aws_kms_key" "ours" {{
  bypass_policy_lockout_safety_check = true
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{
    Effect = "Allow", Principal = {{ AWS = var.role }}, Action = "kms:*", Resource = "*"
  }}] }})
}}
resource "aws_kms_key" "theirs" {{
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{
    Effect = "Allow", Principal = {{ AWS = "{OTHER}" }}, Action = "kms:*", Resource = "*"
  }}] }})
}}
resource "aws_kms_alias" "ours" {{
  name          = "alias/ours"
  target_key_id = aws_kms_key.ours.key_id
}}
resource "aws_kms_key" "default" {{}}
output "arns" {{
  value = {{ ours = aws_kms_key.ours.arn, theirs = aws_kms_key.theirs.arn, default = aws_kms_key.default.arn, alias = aws_kms_alias.ours.arn }}
}}
"""
OF_KEY = ("holds", "statement 1 grants it through aws_kms_key.ours")


@pytest.mark.parametrize(
    ("key", "role", "expected"),
    [
        ("ours", f'"{ROLE}"', OF_KEY),
        ("alias", f'"{ROLE}"', OF_KEY),
        ("ours", f'get_env("X") == "" ? "{ROLE}" : "{OTHER}"', ("unknown", """it depends on 'get_env("X") == "" (live/keys)': in one case, no statement allows kms:Decrypt""")),
        ("theirs", f'"{ROLE}"', ("fails", "no statement allows kms:Decrypt")),
        ("default", f'"{ROLE}"', ("fails", "aws_kms_key.default (live/keys) has no key policy, and the default one lets in only its own account")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("between", [False, True])
def test_a_key_of_another_unit_is_known_by_its_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, role: str, expected: tuple[str, str], *, between: bool
) -> None:
    tree(tmp_path, {
        ".git/HEAD": "",
        "modules/bucket/main.tf": ENCRYPTED,
        "modules/keys/main.tf": KEYS,
        "modules/between/main.tf": 'variable "arns" {\n  type = map(string)\n}\noutput "arns" {\n  value = var.arns\n}\n',
        "live/keys/terragrunt.hcl": f'terraform {{\n  source = "../../modules/keys"\n}}\ninputs = {{\n  role = {role}\n}}\n',
        "live/between/terragrunt.hcl": 'terraform {\n  source = "../../modules/between"\n}\n'
        'dependency "k" {\n  config_path = "../keys"\n}\ninputs = {\n  arns = dependency.k.outputs.arns\n}\n',
        "live/bucket/terragrunt.hcl": 'terraform {\n  source = "../../modules/bucket"\n}\n'
        f'dependency "k" {{\n  config_path = "../{"between" if between else "keys"}"\n}}\n'
        f"inputs = {{\n  key = dependency.k.outputs.arns.{key}\n}}\n",
    })  # fmt: skip
    monkeypatch.chdir(tmp_path)
    report = audit(Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts())
    assert report.errors == ()
    assert [(one.status.value, one.reason) for one in report.verdicts if one.need.id == "kms:Decrypt"] == [expected]


def test_a_key_of_a_unit_that_is_not_audited_is_called_as_that_unit_calls_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, {
        ".git/HEAD": "",
        "keys/main.tf": 'resource "aws_kms_key" "k" {}\noutput "arn" {\n  value = aws_kms_key.k.arn\n}\n',
        "keys/terragrunt.hcl": "",
        "bucket/main.tf": ENCRYPTED,
        "bucket/terragrunt.hcl": 'dependency "k" {\n  config_path = "../keys"\n}\ninputs = {\n  key = dependency.k.outputs.arn\n}\n',
    })  # fmt: skip
    monkeypatch.chdir(tmp_path)
    report = audit(Request(("bucket",), (load("v7-darwin", {}),), every_bucket=True), Texts())
    (told,) = [one for one in report.verdicts if one.need.id == "kms:Decrypt"]
    said = "the key 'aws_kms_key.k (keys)' is not in the code: the provider configuration does not resolve the region"
    assert (told.status.value, told.reason) == ("unknown", said)


@pytest.mark.parametrize(
    "dependency",
    ['dependency "r" {\n  config_path = "../role"\n  skip_outputs = true\n}\n', 'dependency "r" {\n  config_path = "../a"\n}\n'],
)
def test_outputs_that_are_mocked_or_lead_back_are_unknown(tmp_path: Path, dependency: str) -> None:
    unit = f"{SOURCE}{dependency}inputs = {{\n  role = dependency.r.outputs.role\n}}\n"
    role = f'output "role" {{\n  value = "{ROLE}"\n}}\n'
    told = ask(tmp_path, {"modules/b/main.tf": MODULE + role, "live/a/terragrunt.hcl": unit, "live/role/main.tf": role,
                          "live/role/terragrunt.hcl": ""})  # fmt: skip
    assert (told.verdicts["aws_s3_bucket.b", "s3:GetObject"][0], told.errors) == ("unknown", ())


def test_an_output_of_a_unit_beside_terraform_is_given(tmp_path: Path) -> None:
    unit = f'{SOURCE}dependency "r" {{\n  config_path = "../role"\n}}\ninputs = {{\n  role = dependency.r.outputs.role\n}}\n'
    files = {
        "live/role/main.tf": f'output "role" {{\n  value = "{ROLE}"\n}}\n',
        "live/role/terragrunt.hcl": "",
        "live/a/terragrunt.hcl": unit,
    }
    assert of_unit(tmp_path, files) == HOLDS


def test_a_comment_in_a_unit_suppresses_what_is_found_there(tmp_path: Path) -> None:
    def found(unit: str) -> list[str]:
        tree(tmp_path, {"live/terragrunt.hcl": unit})
        ran = CliRunner().invoke(main, ["check", str(tmp_path), "--all-buckets", "--format", "json"], catch_exceptions=False)
        return [one["rule"] for one in json.loads(ran.stdout)["findings"] if not one.get("suppressed")]

    ignored = OF_REGISTRY.replace("inputs = {", "# auditor: ignore[cors-request-refused] -- told elsewhere\ninputs = {")
    assert found(S3 + OF_REGISTRY) == ["cors-request-refused"]
    assert found(S3 + ignored) == []


@pytest.mark.parametrize(
    ("given", "file", "expected"),
    [
        ("null", "terraform.tfvars", HOLDS),
        ("null", "x.auto.tfvars", FAILS),
        (f'"{ROLE}"', "terraform.tfvars", FAILS),
    ],
)
def test_an_input_that_is_null_is_given_before_other_files_that_are_read_by_themselves(
    tmp_path: Path, given: str, file: str, expected: tuple[str, str]
) -> None:
    module = MODULE.replace(f'default = "{OTHER}"', f'default  = "{ROLE}"\n  nullable = false')
    files = {
        "modules/b/main.tf": module,
        "live/a/terragrunt.hcl": f"{SOURCE}inputs = {{\n  role = {given}\n}}\n",
        f"live/a/{file}": f'role = "{OTHER}"\n',
    }
    assert reading(tmp_path, files)["live/a", "aws_s3_bucket.b"] == expected


def test_the_account_that_terragrunt_runs_for_is_not_that_of_the_platform(tmp_path: Path) -> None:
    unit = f'{SOURCE}inputs = {{\n  role = "arn:aws:iam::${{get_aws_account_id()}}:role/external_s3"\n}}\n'
    assert of_unit(tmp_path, {"live/a/terragrunt.hcl": unit}) == FAILS


def test_the_path_of_a_dependency_may_be_a_local_value(tmp_path: Path) -> None:
    role = {"live/role/main.tf": f'output "role" {{\n  value = "{ROLE}"\n}}\n', "live/role/terragrunt.hcl": ""}
    unit = f'{SOURCE}locals {{\n  name = "role"\n  kept = local.name\n}}\ndependency "r" {{\n  config_path = "../${{local.kept}}"\n}}\n'
    unit += "inputs = {\n  role = dependency.r.outputs.role\n}\n"
    assert of_unit(tmp_path, {**role, "live/a/terragrunt.hcl": unit}) == HOLDS


@pytest.mark.parametrize(
    ("read", "files", "expected"),
    [
        ('file("role.txt")', {"modules/b/role.txt": ROLE}, HOLDS),
        ('file("${path.root}/role.txt")', {"modules/b/role.txt": OTHER, "live/a/role.txt": ROLE}, HOLDS),
        ('file("${path.module}/../role.txt")', {"modules/role.txt": ROLE}, HOLDS),
        ('fileexists("role.txt") ? "x" : "*"', {"modules/b/role.txt": ""}, FAILS),
        (f'length(fileset(".", "*.txt")) == 2 ? "{ROLE}" : "x"', {"modules/b/a.txt": "", "live/a/b.txt": ""}, HOLDS),
        ("module.inner.role", {"modules/b/inner/main.tf": f'output "role" {{\n  value = "{ROLE}"\n}}\n'}, HOLDS),
    ],
)  # fmt: skip
def test_a_module_reads_its_own_files_with_those_of_the_unit_copied_over_them(
    tmp_path: Path, read: str, files: dict[str, str], expected: tuple[str, str]
) -> None:
    module = MODULE.replace("var.role", read) + ('module "inner" {\n  source = "./inner"\n}\n' if "inner" in read else "")
    ((_, told),) = reading(tmp_path, {"modules/b/main.tf": module, "live/a/terragrunt.hcl": SOURCE, **files}).items()
    assert told[0] == expected[0]


def test_files_of_variables_beside_the_module_win_over_inputs_and_those_of_the_unit_over_them(tmp_path: Path) -> None:
    files = {"live/a/terragrunt.hcl": SOURCE + OURS, "modules/b/terraform.tfvars": f'role = "{OTHER}"\n'}
    assert of_unit(tmp_path / "a", files) == FAILS
    assert of_unit(tmp_path / "b", {**files, "live/a/terraform.tfvars": f'role = "{ROLE}"\n'}) == HOLDS
