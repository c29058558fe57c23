"""`.auditor.yaml`: which file speaks for what, what it says, what is told of it, and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from auditor.cli import main
from auditor.contract.load import names as contracts
from auditor.foundation.location import Location
from auditor.foundation.path_pattern import PathPattern, Territory
from auditor.settings.apply import with_settings
from auditor.settings.find import territories
from auditor.settings.read import read_settings, schema
from auditor.sources.options import SourceOptions
from auditor.sources.reach import reached

BUCKET = 'resource "aws_s3_bucket" "{0}" {{\n  bucket = "acme-{0}"\n}}\n'
VARIABLE = 'variable "env" {}\n'
NAMED = VARIABLE + 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-${var.env}"\n}\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "repo/.git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repo")
    return tmp_path / "repo"


def write(path: Path | str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def check(*arguments: str) -> dict[str, Any]:
    result = run("check", "--format", "json", *arguments)
    assert result.stdout, result.stderr
    report: dict[str, Any] = json.loads(result.stdout)
    return report | {"exit": result.exit_code, "stderr": result.stderr}


def verdicts(report: dict[str, Any], need: str) -> dict[str, str]:
    return {f"{one['root']}:{one['bucket']}": one["status"] for one in report["verdicts"] if one["need"] == need}


def notes(report: dict[str, Any]) -> list[str]:
    return [note for note in report["notes"] if not note.startswith("read ")]


def names(path: str = ".") -> dict[str, str]:
    """The names of the buckets that are read, by root."""
    return {one["root"]: one["name"] for one in json.loads(run("inspect", path, "--format", "json").stdout)["buckets"]}


# Which file


def test_the_nearest_file_above_a_root_speaks_for_it_alone() -> None:
    write(".auditor.yaml", "contracts: [{name: v7-darwin, with: {access: read-only}, which: all}]\n")
    write("a/main.tf", BUCKET.format("a"))
    write("team/b/main.tf", BUCKET.format("b"))
    write("team/.auditor.yaml", "contracts: [{name: segment, which: all}]\n")
    both = check(".")
    assert {(one["contract"], one["root"]) for one in both["verdicts"]} == {("v7-darwin", "a"), ("segment", "team/b")}
    # whatever is named, a root is audited alike
    assert [one for one in both["verdicts"] if one["root"] == "team/b"] == check("team/b")["verdicts"]
    assert notes(both) == ["v7-darwin: every bucket (.auditor.yaml:1)", "segment: every bucket (team/.auditor.yaml:1)"]


def test_the_search_ends_at_the_top_of_the_repository() -> None:
    write("../.auditor.yaml", "rules: {acls-enabled: off}\n")
    write("infra/main.tf", BUCKET.format("a"))
    assert territories(["infra"], changed=False) == ()
    # a repository within another one is its own
    write(".auditor.yaml", "rules: {acls-enabled: off}\n")
    write("vendored/.git", "gitdir: elsewhere\n")
    write("vendored/main.tf", BUCKET.format("v"))
    settings = read_settings(["."])
    assert settings.of("infra") is not None
    assert settings.of("vendored") is None
    assert read_settings(["vendored"]).of("vendored") is None


def test_without_a_repository_the_search_ends_at_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / ".auditor.yaml", "rules: {acls-enabled: off}\n")
    write(tmp_path / "work/infra/main.tf", BUCKET.format("a"))
    monkeypatch.chdir(tmp_path / "work")
    assert read_settings(["infra"]).files == ()
    monkeypatch.chdir(tmp_path)
    assert [file.path for file in read_settings(["work/infra"]).files] == [".auditor.yaml"]


def test_a_change_is_audited_with_every_file_of_the_repository() -> None:
    write(".auditor.yaml", "paths: [{match: root, var-files: [root/prod.tfvars]}]\n")
    write("module/main.tf", BUCKET.format("m"))
    write("root/main.tf", 'module "m" {\n  source = "../module"\n}\n')
    write("root/prod.tfvars", "")
    write("root/.auditor.yaml", "contracts: [{name: segment, which: all}]\n")
    settings = read_settings(["module/main.tf"], changed=True)
    assert [file.path for file in settings.files] == [".auditor.yaml", "root/.auditor.yaml"]
    # what they say of themselves and the files that they name reach everything
    options = with_settings(SourceOptions(changed=True), settings)
    for path in ("root/.auditor.yaml", "gone/.auditor.yaml", "root/prod.tfvars"):
        assert reached([path], options).everything == ["."], path
    assert reached(["module/main.tf"], options).everything == []


@pytest.mark.parametrize(
    ("text", "path", "covered"),
    [
        ("infra/prod", "infra/prod", True),
        ("infra/prod", "infra/prod/eu", True),
        ("infra/prod", "infra/production", False),
        ("infra/*", "infra/prod/eu", True),
        ("infra/*", "infra", False),
        ("**/prod", "prod", True),
        ("**/prod", "a/b/prod", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**", "a", True),
        ("stack?.yaml", "stack1.yaml", True),
        ("*.yaml", "a/stack.yaml", False),
        (".", "anything/at/all", True),
        ("./infra/", "infra", True),
        ("a.b", "aXb", False),
        ("**", "a", True),
        ("a*b*c", "aXbbXc", True),
        ("a*b*c", "aXbbX", False),
        ("**/a/**/b", "x/a/a/y/b/z", True),
        ("**/a/**/b", "x/a/y", False),
        ("*", ".", False),
        ("*a" * 40, "a" * 200, True),
        ("*a" * 40 + "b", "a" * 200, False),
    ],
)
def test_patterns(here: Path, text: str, path: str, covered: bool) -> None:
    pattern = PathPattern(text, Territory(str(here.resolve())), Location(".auditor.yaml"))
    assert pattern.covers(path) is covered


# What it says


def test_values_are_given_by_path_and_a_later_pattern_wins() -> None:
    for root in ("prod", "dev", "other"):
        write(f"{root}/main.tf", NAMED)
    write("prod.tfvars", 'env = "file"\n')
    write(
        ".auditor.yaml",
        """
paths:
  - match: "*"
    vars: {env: any}
  - match: prod
    var-files: [prod.tfvars]
  - match: dev
    vars: {env: dev}
""",
    )
    assert names() == {"dev": "acme-dev", "other": "acme-any", "prod": "acme-file"}
    assert json.loads(run("inspect", ".", "--var", "env=cli", "--format", "json").stdout)["buckets"][2]["name"] == "acme-cli"
    assert json.loads(run("inspect", ".", "--no-config", "--format", "json").stdout)["buckets"][0]["name"] == {
        "template": "acme-${var.env}"
    }


def test_workspace_account_and_region_are_given_by_path() -> None:
    write("prod/main.tf", 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-${terraform.workspace}"\n}\n')
    write(".auditor.yaml", "paths: [{match: prod, workspace: live, account: '123456789012', region: eu-west-1}]\n")
    (bucket,) = json.loads(run("inspect", "--format", "json").stdout)["buckets"]
    assert (bucket["name"], bucket["region"]) == ("acme-live", "eu-west-1")
    (bucket,) = json.loads(run("inspect", "--workspace", "cli", "--region", "us-east-1", "--format", "json").stdout)["buckets"]
    assert (bucket["name"], bucket["region"]) == ("acme-cli", "us-east-1")


def test_parameters_of_templates_are_given_by_path() -> None:
    template = (
        "Parameters: {Name: {Type: String}}\nResources: {B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Ref Name}}}\n"
    )
    write("a.yaml", template)
    write("b.yaml", template)
    write("b.json", '[{"ParameterKey": "Name", "ParameterValue": "from-file"}]')
    write(".auditor.yaml", "paths:\n- {match: a.yaml, parameters: {Name: given}}\n- {match: b.yaml, parameter-files: [b.json]}\n")
    assert names() == {"a.yaml": "given", "b.yaml": "from-file"}


def test_contracts_have_their_parameters_and_buckets() -> None:
    write("main.tf", BUCKET.format("a") + BUCKET.format("b") + BUCKET.format("c"))
    write("contracts/mine.yaml", "id: mine\ntitle: Mine\nneeds: [{id: ownership, why: w}]\n")
    write(
        ".auditor.yaml",
        """
contracts:
  - name: v7-darwin
    with: {access: read-only}
    buckets: [aws_s3_bucket.a]
  - name: v7-darwin
    buckets: [aws_s3_bucket.b]
  - name: contracts/mine.yaml
    buckets: [aws_s3_bucket.c]
""",
    )
    report = check()
    assert verdicts(report, "s3:PutObject") == {".:aws_s3_bucket.b": "fails"}
    assert verdicts(report, "s3:GetObject") == {".:aws_s3_bucket.a": "fails", ".:aws_s3_bucket.b": "fails"}
    assert verdicts(report, "ownership") == {f".:aws_s3_bucket.{name}": "unknown" for name in "abc"}
    assert notes(report) == [
        "v7-darwin: named (.auditor.yaml:3)",
        "v7-darwin: named (.auditor.yaml:6)",
        "mine: named (.auditor.yaml:8)",
    ]
    # the command line wins: a contract, a parameter, a bucket
    assert {one["contract"] for one in check("--contract", "segment", "--bucket", "aws_s3_bucket.a")["verdicts"]} == {"segment"}
    assert verdicts(check("--with", "access=read-only"), "s3:PutObject") == {}
    assert {one["bucket"] for one in check("--bucket", "aws_s3_bucket.c")["verdicts"]} == {"aws_s3_bucket.c"}


def test_a_name_of_no_bucket_is_an_error_where_all_was_read() -> None:
    write("a/main.tf", BUCKET.format("a"))
    write("b/main.tf", BUCKET.format("b"))
    write(".auditor.yaml", "contracts: [{name: segment, buckets: [aws_s3_bucket.a, aws_s3_bucket.bb]}]\n")
    report = check(".")
    assert report["exit"] == 2
    assert report["stderr"] == "error: .auditor.yaml:1:20: there is no bucket 'aws_s3_bucket.bb'; did you mean 'aws_s3_bucket.b'?\n"
    assert check("a")["errors"] == []
    result = run("check", "--bucket", "nobody")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, "error: there is no bucket 'nobody'; buckets found:")


def test_a_parameter_of_no_contract_is_an_error() -> None:
    write("main.tf", BUCKET.format("a"))
    write(".auditor.yaml", "contracts: [{name: v7-darwin, with: {acces: read-only}}]\n")
    expected = (
        "contract 'v7-darwin' has no parameter 'acces'; did you mean 'access'? (it has: access, origin, mirax, prefix, principal)"
    )
    assert run("check").stderr == f"error: .auditor.yaml:1:20: {expected}\n"
    write(".auditor.yaml", "contracts: [{name: v7-darwin}]\n")
    assert run("check", "--with", "acces=read-only").stderr == f"error: {expected}\n"


def test_what_is_assumed_is_told_by_the_verdicts_that_rely_on_it() -> None:
    write("main.tf", BUCKET.format("a"))
    write(".auditor.yaml", "assume: [new-buckets]\n")
    report = check()
    assumption = (
        "Every bucket was made after April 2023, so that S3 gave it Object Ownership BucketOwnerEnforced and all four settings of "
        "Block Public Access (.auditor.yaml:1)."
    )
    assert verdicts(report, "ownership") == {".:aws_s3_bucket.a": "holds"}
    assert {one["need"] for one in report["verdicts"] if assumption in one["assumptions"]} == {"ownership"}
    assert assumption in report["assumptions"]
    assert verdicts(check("--no-config"), "ownership") == {".:aws_s3_bucket.a": "unknown"}


# What is told


def test_what_is_switched_off_is_told_in_one_line() -> None:
    for root in ("a", "examples/x"):
        write(f"{root}/main.tf", BUCKET.format("b"))
    write(
        ".auditor.yaml",
        "rules: {access-grant-missing: off, cors-request-refused: warning, acls-enabled: off}\nexclude: [examples, old/**]\n",
    )
    line = (
        "excluded by .auditor.yaml: examples (1 root), old/** (0 roots), rule access-grant-missing (1 finding), "
        "rule acls-enabled (0 findings), the severity of cors-request-refused (1 finding lowered)"
    )
    report = check()
    assert {one["root"] for one in report["verdicts"]} == {"a"}
    assert [(one["rule"], one["severity"]) for one in report["findings"]] == [("cors-request-refused", "warning")]
    assert (report["exit"], notes(report)[-1], report["stderr"]) == (0, line, f"note: {line}\n")
    human = run("check").stdout
    assert " ".join(f"note: {line}".split()) in " ".join(human.split())
    # the command line wins
    assert [one["rule"] for one in check("--select", "access-grant-missing")["findings"]] == ["access-grant-missing"]
    assert check("--no-config", "--all-buckets")["exit"] == 1


def test_a_severity_that_is_raised_fails() -> None:
    write("main.tf", "# auditor: ignore[acls-enabled]\n" + BUCKET.format("b"))
    write(".auditor.yaml", "rules: {access-grant-missing: off, cors-request-refused: off, suppression-unused: error}\n")
    report = check()
    assert ([(one["rule"], one["severity"]) for one in report["findings"]], report["exit"]) == (
        [("suppression-unused", "error")],
        1,
    )


def test_where_everything_is_excluded_nothing_was_audited() -> None:
    write("main.tf", BUCKET.format("b"))
    write(".auditor.yaml", "exclude: ['**']\n")
    report = check()
    assert (report["exit"], report["errors"][0]["message"]) == (2, "'**' excludes all there is")
    assert run("inspect").stderr == "note: . is excluded by .auditor.yaml:1:11: **\n"


def test_what_cannot_be_read_is_told_unless_it_is_excluded() -> None:
    write("main.tf", BUCKET.format("b"))
    write("broken/main.tf", "resource {")
    write(".auditor.yaml", "exclude: [broken]\n")
    assert check()["errors"] == []
    # but not where another root reads it
    write("main.tf", 'module "m" {\n  source = "./broken"\n}\n' + BUCKET.format("b"))
    assert [one["path"] for one in check()["errors"]] == ["broken/main.tf"]


def test_what_nobody_declares_is_an_error_at_its_place() -> None:
    write("a/main.tf", NAMED)
    write(".auditor.yaml", "paths:\n  - match: a\n    vars: {envv: prod}\n  - match: b\n    vars: {other: x}\n")
    result = run("check", "--format", "concise")
    assert result.exit_code == 2
    assert result.stderr == "error: .auditor.yaml:3:12: no variable 'envv' is declared under 'a'; did you mean 'env'?\n"


# auditor config


def test_config_says_what_applies_and_from_where() -> None:
    write("prod/prod.tfvars", "")
    write("a.json", "[]")
    write(
        ".auditor.yaml",
        """contracts:
  - name: v7-darwin
    with: {access: read-only}
    buckets: [aws_s3_bucket.a, aws_s3_bucket.b]
  - name: segment
    which: related
paths:
  - match: "**"
    vars: {env: any, size: "3"}
    region: eu-west-1
  - match: prod
    var-files: [prod/prod.tfvars]
    vars: {env: prod}
    parameters: {Name: x}
    parameter-files: [a.json]
    workspace: live
    account: "123456789012"
    region: us-east-1
rules:
  acls-enabled: note
  unknown-action: off
exclude: [prod]
assume: [new-buckets]
""",
    )
    assert run("config", "prod").output == (
        "prod  .auditor.yaml\n"
        "  excluded        by prod                                                       .auditor.yaml:22\n"
        "  contract        v7-darwin (access: read-only) for aws_s3_bucket.a, aws_s3_bucket.b  .auditor.yaml:2\n"
        "  contract        segment for related buckets                                   .auditor.yaml:5\n"
        "  var             env=prod                                                      .auditor.yaml:13\n"
        "  var             size=3                                                        .auditor.yaml:9\n"
        "  region          us-east-1                                                     .auditor.yaml:18\n"
        "  var file        prod/prod.tfvars                                              .auditor.yaml:12\n"
        "  parameter file  a.json                                                        .auditor.yaml:15\n"
        "  parameter       Name=x                                                        .auditor.yaml:14\n"
        "  workspace       live                                                          .auditor.yaml:16\n"
        "  account         123456789012                                                  .auditor.yaml:17\n"
        "  rule            acls-enabled: note                                            .auditor.yaml:20\n"
        "  rule            unknown-action: off                                           .auditor.yaml:21\n"
        "  assumption      new-buckets                                                   .auditor.yaml:23\n"
    )


def test_config_says_that_there_is_none() -> None:
    result = run("config")
    assert (result.exit_code, result.output) == (0, "no .auditor.yaml applies to . (none from there up to .)\n")


def test_config_prints_the_schema_which_is_one() -> None:
    assert json.loads(run("config", "--schema").stdout) == schema()
    jsonschema.Draft202012Validator.check_schema(schema())


# What is wrong with it


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("rules: [", "2:1: the settings file is not YAML: did not find expected node content"),
        ("- a\n", "1:1: the settings file: must be a mapping"),
        ("contract: []\n", "1:1: the settings file: unknown key 'contract'; did you mean 'contracts'?"),
        ("contracts: [{}]\n", "1:13: contracts/0: the key 'name' is missing"),
        (
            "contracts: [{name: v7-darwn}]\n",
            f"1:20: there is no contract 'v7-darwn'; did you mean 'v7-darwin'? (at hand: {', '.join(contracts())})",
        ),
        ("contracts: [{name: ../c.yaml}]\n", "1:20: '../c.yaml' leads out of the repository"),
        ("contracts: [{name: c.yaml}]\n", "1:20: there is no file 'c.yaml'"),
        (
            "contracts: [{name: segment, buckets: [a], which: all}]\n",
            "1:50: 'buckets' and 'which' cannot be combined",
        ),
        ("contracts: [{name: segment, which: every}]\n", "1:36: contracts/0/which: 'every' is none of all, related"),
        ("paths: [{match: a, vars: {a: [b]}}]\n", "1:30: paths/0/vars/a: must be text"),
        ("paths: [{match: /a}]\n", "1:17: '/a' leads out of the directory of the settings file"),
        ("paths: [{match: a, var-files: [main.tfvar]}]\n", "1:32: there is no file 'main.tfvar'; did you mean 'main.tfvars'?"),
        ("paths: [{match: a, var-files: [link.tfvars]}]\n", "1:32: 'link.tfvars' leads out of the repository"),
        ('paths: [{match: a, var-files: ["a\\0"]}]\n', "1:32: a path has no null characters"),
        ("paths: [{match: a, account: '12'}]\n", "1:29: paths/0/account: '12' is not of the form 123456789012"),
        ("paths: [{match: a, region: Ireland}]\n", "1:28: paths/0/region: 'Ireland' is not of the form eu-west-1"),
        ("rules: {acl-enabled: off}\n", "1:9: there is no rule 'acl-enabled'; did you mean 'acls-enabled'?"),
        ("rules: {acls-enabled: of}\n", "1:23: rules/acls-enabled: 'of' is none of error, warning, note, off; did you mean 'off'?"),
        ("rules: {input-error: off}\n", "1:9: the rule 'input-error' has no settings: what cannot be read is always an error"),
        ("rules: {acls-enabled: off, acls-enabled: note}\n", "1:28: the key 'acls-enabled' stands here twice"),
        ("exclude: [../x]\n", "1:11: '../x' leads out of the directory of the settings file"),
        ("assume: [old]\n", "1:10: assume/0: 'old' is none of new-buckets"),
        ("assume: [{a: b}]\n", "1:10: assume/0: must be text"),
        ("rules: {acls-enabled: [off]}\n", "1:23: rules/acls-enabled: must be text"),
        ("exclude: &a [x]\nassume: *a\n", "2:9: the settings file must not use aliases"),
    ],
)
def test_faults_are_told_with_their_place(text: str, errors: str) -> None:
    write("main.tf", BUCKET.format("b"))
    write("main.tfvars", "")
    write("../secret.tfvars", "")
    Path("link.tfvars").symlink_to("../secret.tfvars")
    write(".auditor.yaml", text)
    for command in ("check", "inspect", "config"):
        result = run(command)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"error: .auditor.yaml:{errors}\n"), command


def test_every_fault_of_every_file_is_told() -> None:
    write(".auditor.yaml", "exclude: [/a]\nrules: {x: off}\n")
    write("infra/.auditor.yaml", "assume: [x]\n")
    write("infra/main.tf", BUCKET.format("b"))
    assert run("check").stderr == (
        "error: .auditor.yaml:1:11: '/a' leads out of the directory of the settings file\n"
        "error: .auditor.yaml:2:9: there is no rule 'x'; 'auditor rules' lists them\n"
        "error: infra/.auditor.yaml:1:10: assume/0: 'x' is none of new-buckets\n"
    )


def test_a_file_that_is_called_otherwise_or_leads_elsewhere_is_an_error() -> None:
    write("main.tf", BUCKET.format("b"))
    write(".auditor.yml", "assume: [new-buckets]\n")
    assert run("check").stderr == "error: .auditor.yml:1:1: is not read: its name must be .auditor.yaml\n"
    Path(".auditor.yml").unlink()
    write("../theirs.yaml", "assume: [new-buckets]\n")
    Path(".auditor.yaml").symlink_to("../theirs.yaml")
    assert run("check").stderr == "error: .auditor.yaml:1:1: the settings file is a link that leads out of the repository\n"


def test_an_empty_file_says_nothing() -> None:
    write("main.tf", BUCKET.format("b"))
    write(".auditor.yaml", "# nothing yet\n")
    assert check()["verdicts"] == check("--no-config")["verdicts"]
