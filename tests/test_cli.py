"""The command line as a user meets it: exit codes, streams, bad input."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auditor import console
from auditor.cli import main
from auditor.console import wants_color
from auditor.foundation.errors import AuditError, did_you_mean
from auditor.foundation.version import __version__

DEMO = Path(__file__).parent.parent / "fixtures" / "demo"
BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme"\n}\n'
ENFORCED = """
resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
"""


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, catch_exceptions=False)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verdicts(result: Result) -> dict[str, str]:
    return {one["need"]: one["status"] for one in json.loads(result.stdout)["verdicts"]}


def test_version() -> None:
    assert run("--version").stdout == f"auditor {__version__}\n"


def test_demo_fails_and_says_so_in_every_format() -> None:
    for name in ("human", "concise", "json", "sarif", "github", "markdown", "junit", "gitlab"):
        assert run("check", str(DEMO), "--format", name).exit_code == 1, name


def test_a_path_alone_is_check() -> None:
    assert run(str(DEMO), "--format", "json").stdout == run("check", str(DEMO), "--format", "json").stdout


def test_demo_has_one_bucket_right_one_wrong_one_open() -> None:
    found: dict[str, set[str]] = {}
    for one in json.loads(run(str(DEMO), "--format", "json").stdout)["verdicts"]:
        found.setdefault(one["bucket"], set()).add(one["status"])
    assert found["aws_s3_bucket.images"] == {"holds"}
    assert "fails" in found["aws_s3_bucket.scans"]
    assert found["aws_s3_bucket.videos"] == {"holds", "unknown"}


def test_an_open_verdict_exits_with_0_and_under_strict_with_1(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET + ENFORCED.replace('"BucketOwnerEnforced"', "var.o") + 'variable "o" {}\n')
    arguments = (".", "--format", "json", "--contract", "mine.yaml")
    (here / "mine.yaml").write_text("id: mine\ntitle: Mine\nneeds:\n  - {id: ownership, why: because}\n")
    assert verdicts(run(*arguments)) == {"ownership": "unknown"}
    assert run(*arguments).exit_code == 0
    assert run(*arguments, "--strict").exit_code == 1
    assert verdicts(run(*arguments, "--var", "o=BucketOwnerEnforced")) == {"ownership": "holds"}
    failing = run(*arguments, "--var", "o=ObjectWriter")
    assert (verdicts(failing), failing.exit_code) == ({"ownership": "fails"}, 1)
    assert run(*arguments, "--var", "o=ObjectWriter", "--exit-zero").exit_code == 0


@pytest.mark.usefixtures("here")
def test_a_missing_path() -> None:
    result = run("check", "nowhere", "--format", "concise")
    assert result.exit_code == 2
    assert result.stderr == "error: nowhere:1:1: there is no such file or directory\n"


def test_a_broken_file_is_told_and_the_rest_is_audited(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET + ENFORCED)
    (here / "broken.tf").write_text('resource "aws_s3_bucket" "c" {\n  bucket = \n')
    result = run(".", "--format", "json")
    document = json.loads(result.stdout)
    assert result.exit_code == 2
    assert {one["bucket"] for one in document["verdicts"]} == {"aws_s3_bucket.b"}
    assert [(one["path"], one["line"]) for one in document["errors"]] == [("broken.tf", 1)]
    assert "input-error" in {one["rule"] for one in document["findings"]}


def test_a_file_that_is_not_utf8(here: Path) -> None:
    (here / "main.tf").write_bytes(b"# caf\xe9\n")
    result = run(".", "--format", "concise")
    assert result.exit_code == 2
    assert result.stderr == "error: main.tf:1:6: is not UTF-8: byte 0xe9 at offset 5\n"


def test_a_cycle_of_locals(here: Path) -> None:
    (here / "main.tf").write_text("locals {\n  a = local.b\n  b = local.a\n}\n" + BUCKET.replace('"acme"', "local.a"))
    result = run(".", "--format", "concise")
    assert result.exit_code == 2
    assert "depends on itself" in result.stderr


def test_a_bucket_that_does_not_exist(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET)
    result = run(".", "--bucket", "aws_s3_bucket.c")
    assert result.exit_code == 2
    assert result.stderr == "error: there is no bucket 'aws_s3_bucket.c'; did you mean 'aws_s3_bucket.b'?\n"


def test_a_contract_that_breaks_its_schema(here: Path) -> None:
    (here / "mine.yaml").write_text("id: mine\ntitle: Mine\nneeds:\n  - {id: ownership}\n")
    result = run(".", "--contract", "mine.yaml")
    assert result.exit_code == 2
    assert result.stderr == "error: mine.yaml:4:5: needs/0: the key 'why' is missing\n"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--format", "sarf"), "Error: Invalid value for --format: there is no format 'sarf'; did you mean 'sarif'?"),
        (("--format", "json="), "Error: Invalid value for --format: 'json=' names no file: write json=FILE, or json for standard"),
        (("--format", "json", "--format", "sarif"), "Error: only one format can go to standard output: give the others a file"),
        (("--format", "json=x", "--format", "sarif=./x"), "Error: two formats cannot go to one file: 'x'"),
        (("--var", "x"), "Error: Invalid value for '--var': 'x' is not NAME=VALUE"),
        (("--all-buckets", "--bucket", "x"), "Error: --bucket, --all-buckets and --related cannot be combined"),
        (("--symptom", "504"), "error: there is no symptom '504'; did you mean '404'? Known symptoms: 400, 401, 403, 404, cors,"),
        (("--symptom", "401"), "error: '401' does not depend on anything in a bucket's code: see 'auditor explain 401'\n"),
        (("--symptom", "cors", "--select", "acls-enabled"), "error: none of the selected rules can explain 'cors'; rules that"),
        (("--select", "acl-enabled"), "error: there is no rule 'acl-enabled'; did you mean 'acls-enabled'?"),
        (("--contract", "v8"), "error: there is no contract 'v8'"),
    ],
)
def test_usage_errors_exit_with_2(arguments: tuple[str, ...], message: str) -> None:
    result = run("check", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("paths", "file"), [((".",), "main.tf"), ((".",), "t.yaml"), ((".",), "x.auto.tfvars"), (("policy.json",), "./policy.json")]
)
def test_a_report_never_takes_the_place_of_code(here: Path, paths: tuple[str, ...], file: str) -> None:
    for name in ("main.tf", "t.yaml", "x.auto.tfvars", "policy.json"):
        (here / name).touch()
    before = (here / file).read_bytes()
    for arguments in (("--output", file), ("--format", f"json={file}")):
        result = run("check", *paths, *arguments)
        assert result.exit_code == 2
        assert f"'{file}' is code, and a report would take its place: name another file" in result.stderr
    assert (here / file).read_bytes() == before
    for _ in range(2):  # an earlier report is no code
        assert "is code" not in run("check", "main.tf", "--format", "json=report.json").stderr
    assert (here / "report.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("chek",), "Error: 'chek' is neither a command nor a path that exists; did you mean 'check'?\n"),
        (("bogus",), "Error: 'bogus' is neither a command nor a path that exists\n"),
        (("infra/nowhere", "--format", "json"), "error: infra/nowhere:1:1: there is no such file or directory\n"),
        (("--format", "json", "no.tf"), "error: no.tf:1:1: there is no such file or directory\n"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_is_no_command_is_a_path(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.endswith(message)


def test_one_wrong_name_of_several_leaves_the_rest_audited(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET + ENFORCED)
    result = run(".", "--format", "json", "--bucket", "aws_s3_bucket.b", "--bucket", "aws_s3_bucket.bb")
    assert {one["bucket"] for one in json.loads(result.stdout)["verdicts"]} == {"aws_s3_bucket.b"}
    assert (result.exit_code, result.stderr) == (
        2,
        "error: .:1:1: there is no bucket 'aws_s3_bucket.bb'; did you mean 'aws_s3_bucket.b'?\n",
    )


def test_one_broken_contract_of_several_leaves_the_rest_audited(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET + ENFORCED)
    (here / "mine.yaml").write_text("id: mine\ntitle: Mine\nneeds:\n  - {id: ownership}\n")
    result = run(".", "--format", "json", "--contract", "v7-darwin", "--contract", "mine.yaml")
    assert {one["contract"] for one in json.loads(result.stdout)["verdicts"]} == {"v7-darwin"}
    assert (result.exit_code, result.stderr) == (2, "error: mine.yaml:4:5: needs/0: the key 'why' is missing\n")


def test_where_nothing_says_which_bucket_what_could_not_be_read_is_told_too(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET + BUCKET.replace('"b"', '"c"'))
    (here / "broken.tf").write_text('resource "aws_s3_bucket" "d" {\n  bucket = \n')
    result = run(".")
    assert result.exit_code == 2
    assert "found 2 buckets, and none mentions V7 Darwin" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("error: not read: broken.tf:1:")


def test_related_passes_over_buckets_of_others(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET + BUCKET.replace('"b"', '"c"'))
    result = run(".", "--related")
    assert result.exit_code == 0
    assert "no bucket is marked for V7 Darwin or mentions it; nothing was audited" in result.stdout


def test_the_files_of_a_change_stand_for_their_modules_and_the_rest_is_passed_over(here: Path) -> None:
    (here / "infra").mkdir()
    (here / "infra" / "main.tf").write_text(BUCKET + ENFORCED)
    (here / "package.json").write_text("{}")
    (here / "notes.txt").write_text("x")
    changed = ("infra/gone.tf", "package.json", "notes.txt", "gone.json", "gone/main.tf")
    result = run("check", "--changed", *changed, "--format", "json")
    assert {one["bucket"] for one in json.loads(result.stdout)["verdicts"]} == {"aws_s3_bucket.b"}
    assert (result.exit_code, result.stderr) == (1, "")
    named = run("check", *changed, "--format", "json")
    assert (named.exit_code, len(json.loads(named.stdout)["errors"])) == (2, 5)
    assert run("check", "--changed", "package.json").exit_code == 0


ENVIRONMENT = {**os.environ, "PYTHONIOENCODING": ""}


def audited(arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A run in a shell, as users have it: `$A` is the command."""
    command = f"{sys.executable} -c 'from auditor.cli import main; main(prog_name=\"auditor\")'"
    shell = f'A() {{ {command} "$@"; }}; {arguments}'
    return subprocess.run(
        ["bash", "-c", shell], capture_output=True, check=False, cwd=DEMO.parent.parent, env=ENVIRONMENT | environment
    )


@pytest.mark.process
@pytest.mark.parametrize("name", ["human", "json", "sarif", "concise"])
def test_a_reader_that_has_seen_enough_changes_nothing(name: str) -> None:
    assert audited(f"A fixtures/demo --format {name} | true; echo ${{PIPESTATUS[0]}}").stdout == b"1\n"
    assert audited(f"A fixtures/demo --format {name} | true").stderr == b""


@pytest.mark.process
def test_a_standard_output_that_takes_nothing_is_told() -> None:
    closed = audited("A fixtures/demo >&-")
    assert (closed.returncode, closed.stderr) == (
        2,
        b"error: standard output is closed: --output FILE writes the report to a file\n",
    )
    if os.path.exists("/dev/full"):
        full = audited("A fixtures/demo > /dev/full")
        assert (full.returncode, full.stderr) == (2, b"error: standard output: cannot be written: No space left on device\n")


def test_where_nothing_can_be_told_the_exit_code_still_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_text: str, *, err: bool) -> None:
        assert err
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("click.echo", full)
    with pytest.raises(SystemExit) as ended:
        console.fail(AuditError("no"))
    assert ended.value.code == 2


@pytest.mark.process
def test_a_terminal_without_unicode_is_spared_it() -> None:
    human = audited("A fixtures/demo", PYTHONIOENCODING="ascii")
    assert (human.returncode, human.stderr) == (1, b"")
    assert re.search(rb"\n  x s3:PutObject +fails", human.stdout)
    assert re.search(rb"\n  \+ kms:Decrypt +holds", human.stdout)


@pytest.mark.parametrize("name", ["json", "sarif", "junit", "gitlab", "github", "markdown"])
def test_what_a_program_reads_is_utf_8_wherever_it_is_printed(name: str) -> None:
    told = [
        CliRunner(charset=charset).invoke(main, ["check", str(DEMO), "--format", name]).stdout_bytes
        for charset in ("latin-1", "utf-8")
    ]
    assert told[0] == told[1]
    assert told[0].decode("utf-8")


@pytest.mark.process
def test_an_interruption_ends_as_shells_expect() -> None:
    command = [sys.executable, "-c", "from auditor.cli import main; main()", "check", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while Path(f"/proc/{process.pid}/wchan").exists() and b"pipe" not in Path(f"/proc/{process.pid}/wchan").read_bytes():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert (process.stderr.read(), process.wait()) == (b"interrupted\n", 130)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("mian.tf", "there is no such file or directory; did you mean 'main.tf'?"),
        ("infra/x.tf", "there is no such file or directory"),
        (
            "s3://acme",
            "there is no such file or directory: of a bucket that is deployed, what 'aws s3api get-bucket-…' prints can be audited",
        ),
    ],
)
def test_a_path_that_does_not_exist_is_told_with_one_that_does(path: str, said: str) -> None:
    Path("main.tf").write_text("")
    result = CliRunner(env={"COLUMNS": "200"}).invoke(main, ["check", path])
    assert (result.exit_code, result.stdout.splitlines()[0]) == (2, f"not read: {said}")


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("acces-denied", "; did you mean 'access-denied-by-statement'?"),
        ("acls-enable", "; did you mean 'acls-enabled'?"),
        ("v7", "; did you mean 'v7-darwin'?"),
        ("v", ""),
        ("12", ""),
        ("", ""),
    ],
)
def test_the_nearest_word_is_one_that_is_like_it_or_begins_like_it(word: str, near: str) -> None:
    assert did_you_mean(word, ("acls-enabled", "access-denied-by-statement", "v7-darwin", "123456789012")) == near


@pytest.mark.usefixtures("here")
def test_nothing_to_audit_is_said() -> None:
    result = run(".")
    assert result.exit_code == 2
    assert result.stdout == (
        "not read: holds nothing that can be audited: there are no files in it\n  --> .\n\n"
        "note: read 0 roots, found 0 buckets\nFor details: auditor explain input-error\n✗ 1 input not read.\n"
    )


def test_several_formats_at_once(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET + ENFORCED)
    result = run(".", "--format", "human", "--format", "sarif=out.sarif", "--format", "markdown=out.md")
    assert "aws_s3_bucket.b" in result.stdout
    assert json.loads((here / "out.sarif").read_text())["version"] == "2.1.0"
    assert "aws_s3_bucket.b" in (here / "out.md").read_text()


@pytest.mark.parametrize("old", [None, "old"])
def test_a_report_is_written_whole_or_not_at_all(here: Path, old: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_one: str, _other: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if old is not None:
        (here / "out").write_text(old)
        (here / "out").chmod(0o640)
    console.write("new", "out")
    assert (here / "out").read_text() == "new"
    assert old is None or (here / "out").stat().st_mode & 0o777 == 0o640
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(SystemExit) as ended:
        console.write("newer", "out")
    assert ended.value.code == 2
    assert [(path.name, path.read_text()) for path in here.iterdir()] == [("out", "new")]


def test_a_link_stays_a_link_and_a_pipe_is_written(here: Path) -> None:
    (here / "real").write_text("old")
    (here / "link").symlink_to("real")
    console.write("new", "link")
    assert ((here / "link").is_symlink(), (here / "real").read_text()) == (True, "new")
    console.write("new", "/dev/null")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("key", ["parameters:\nparameters:\n  origin:\n    x: 1", "needs:\nneeds: x\nid: y"])
def test_a_contract_with_a_key_twice_is_an_error_and_no_traceback(here: Path, key: str) -> None:
    (here / "mine.yaml").write_text(f"id: x\n{key}\n")
    result = run(".", "--contract", "mine.yaml")
    assert result.exit_code == 2
    assert "the key 'parameters' stands here twice" in result.stderr or "the key 'needs' stands here twice" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.usefixtures("here")
def test_an_output_file_that_cannot_be_written() -> None:
    result = run(".", "--output", "no/such/dir.txt")
    nothing = "error: .:1:1: holds nothing that can be audited: there are no files in it\n"
    assert (result.exit_code, result.stderr) == (
        2,
        f"{nothing}error: no/such/dir.txt: cannot be written: No such file or directory\n",
    )


WRITER = ENFORCED.replace("BucketOwnerEnforced", "ObjectWriter").lstrip()
OWNERSHIP = "id: mine\ntitle: Mine\nneeds:\n  - {id: ownership, why: because}\n"


def test_a_suppression_holds_a_finding_back_and_what_fails_by_it_alone_does_not_count(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET + "\n# auditor: ignore[acls-enabled] -- agreed\n" + WRITER)
    (here / "mine.yaml").write_text(OWNERSHIP)
    result = run(".", "--contract", "mine.yaml", "--format", "json")
    document = json.loads(result.stdout)
    assert "acls-enabled" not in {one["rule"] for one in document["findings"]}
    assert document["summary"]["suppressed"] == 1
    assert [(one["status"], one["suppressed"]) for one in document["verdicts"]] == [("fails", True)]
    assert result.exit_code == 0
    told = json.loads(run(".", "--contract", "mine.yaml", "--format", "json", "--no-ignores").stdout)
    assert "acls-enabled" in {one["rule"] for one in told["findings"]}
    shown = json.loads(run(".", "--contract", "mine.yaml", "--format", "json", "--show-suppressed").stdout)
    assert [(one["rule"], one["justification"]) for one in shown["suppressed"]] == [("acls-enabled", "agreed")]
    assert "acls-enabled" not in {one["rule"] for one in shown["findings"]}


def test_a_suppression_of_one_finding_leaves_the_other_failures_counting(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET + "\n# auditor: ignore[acls-enabled] -- agreed\n" + WRITER)
    result = run(".", "--format", "json")
    suppressed = {one["need"]: one["suppressed"] for one in json.loads(result.stdout)["verdicts"] if one["status"] == "fails"}
    assert suppressed == {
        "s3:GetObject": False, "s3:PutObject": False, "cors:GET": False, "cors:PUT": False, "ownership": True,
    }  # fmt: skip
    assert result.exit_code == 1


def test_a_rule_that_is_ignored_or_not_selected_does_not_count(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET + WRITER)
    (here / "mine.yaml").write_text(OWNERSHIP)
    arguments = (".", "--contract", "mine.yaml", "--format", "concise")
    assert run(*arguments).exit_code == 1
    assert run(*arguments, "--ignore", "acls-enabled").exit_code == 0
    assert run(*arguments, "--select", "acls-enabled").exit_code == 1
    assert run(*arguments, "--select", "cors-request-refused").exit_code == 0


def test_a_suppression_is_called_unused_only_where_the_audit_looked(here: Path) -> None:
    mark = "# auditor: ignore[acls-enabled] -- agreed\n"
    (here / "main.tf").write_text(BUCKET + mark + BUCKET.replace('"b"', '"c"') + mark + WRITER)
    assert run(".", "--bucket", "aws_s3_bucket.b", "--format", "concise", "--select", "suppression-unused").stdout == ""
    told = run(".", "--bucket", "aws_s3_bucket.c", "--format", "concise", "--select", "suppression-unused").stdout
    assert told.startswith("main.tf:4:1: warning: 'acls-enabled' finds nothing here")
    assert run(".", "--bucket", "aws_s3_bucket.b", "--format", "concise", "--select", "acls-enabled").stdout == ""


def test_a_symptom_narrows_to_what_can_be_behind_it_and_says_what_is_excluded() -> None:
    result = run(str(DEMO), "--symptom", "cors", "--format", "json", "--bucket", "aws_s3_bucket.scans")
    document = json.loads(result.stdout)
    assert verdicts(result) == {"cors:GET": "holds", "cors:PUT": "fails"}
    assert {one["rule"] for one in document["findings"]} == {"cors-impossible-origin", "cors-request-refused"}
    assert document["notes"][-2:] == [
        "cors and aws_s3_bucket.scans: caused by cors:PUT; excluded as causes cors:GET",
        "see 'auditor explain cors' for what only the live system can tell",
    ]
    assert result.exit_code == 1
    assert run(str(DEMO), "--symptom", "cors", "--bucket", "aws_s3_bucket.images").exit_code == 0


def test_inspect_names_what_belongs_to_a_bucket() -> None:
    said = run("inspect", str(DEMO)).stdout
    for address in ("aws_s3_bucket_policy.images", "aws_kms_key.images", "aws_s3_bucket_cors_configuration.images"):
        assert address in said


def test_inspect_says_that_a_name_is_made_up_at_deployment(here: Path) -> None:
    (here / "main.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket_prefix = "data-"\n}\n')
    assert run("inspect").stdout.splitlines()[1] == "  name           generated at deployment"


def test_inspect_shows_the_statements_of_a_text_with_unresolved_parts(here: Path) -> None:
    (here / "p.json").write_text(
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "${arn}/${prefix}"}]}'
    )
    (here / "main.tf").write_text(
        'variable "prefix" {}\nresource "aws_s3_bucket" "b" {\n  bucket = "acme-b"\n}\nresource "aws_s3_bucket_policy" "b" {\n'
        "  bucket = aws_s3_bucket.b.id\n"
        '  policy = templatefile("p.json", { arn = aws_s3_bucket.b.arn, prefix = var.prefix })\n}\n'
    )
    assert "Allow to * for s3:GetObject on arn:aws:s3:::acme-b/${var.prefix}\n" in run("inspect", ".").stdout


def test_inspect_says_when_rules_and_statements_exist(here: Path) -> None:
    (here / "template.yaml").write_text(
        "Parameters: {Env: {Type: String}}\n"
        "Conditions: {Prod: !Equals [!Ref Env, prod]}\n"
        "Resources:\n"
        "  B:\n"
        "    Type: AWS::S3::Bucket\n"
        "    Properties:\n"
        "      BucketName: b\n"
        "      CorsConfiguration:\n"
        "        CorsRules:\n"
        "          - {AllowedMethods: [GET], AllowedOrigins: ['*']}\n"
        "          - !If [Prod, {AllowedMethods: [PUT], AllowedOrigins: ['*']}, !Ref AWS::NoValue]\n"
        "  P:\n"
        "    Type: AWS::S3::BucketPolicy\n"
        "    Properties:\n"
        "      Bucket: !Ref B\n"
        "      PolicyDocument:\n"
        "        Statement:\n"
        "          - !If [Prod, {Effect: Allow, Principal: '*', Action: s3:GetObject, Resource: arn:aws:s3:::b/*}, !Ref AWS::NoValue]\n"
    )
    lines = run("inspect", "template.yaml").stdout.splitlines()
    assert [line.strip() for line in lines if " only if " in line or line.strip().startswith("GET")] == [
        'Allow to * for s3:GetObject on arn:aws:s3:::b/* only if Env == "prod"',
        "GET from *",
        'PUT from * only if Env == "prod"',
    ]
    assert "null" not in "".join(lines)


def test_what_another_condition_implies_is_not_said(here: Path) -> None:
    """The accounts of load balancers by Region, of which one at most applies."""
    accounts = {f"region-{number}": f"{number:012}" for number in range(1, 27)}
    (here / "main.tf").write_text(f"""
variable "region" {{}}

resource "aws_s3_bucket" "b" {{
  bucket = "b-with-logs"
}}

data "aws_iam_policy_document" "p" {{
  dynamic "statement" {{
    for_each = [for region, account in {json.dumps(accounts)} : account if region == var.region]
    content {{
      actions   = ["s3:PutObject"]
      resources = ["${{aws_s3_bucket.b.arn}}/*"]
      principals {{
        type        = "AWS"
        identifiers = [statement.value]
      }}
    }}
  }}
}}

resource "aws_s3_bucket_policy" "p" {{
  bucket = aws_s3_bucket.b.id
  policy = data.aws_iam_policy_document.p.json
}}
""")
    told = " ".join(run("inspect", ".").stdout.split())
    allowed = "for s3:PutObject on arn:aws:s3:::b-with-logs/*"
    for region, account in accounts.items():
        assert f'Allow to AWS: {account} {allowed} only if var.region == "{region}" ' in told
    assert ("unless" in told, "perhaps more" in told) == (False, False)


def test_rules_and_contracts_are_listed() -> None:
    assert "acls-enabled" in run("rules").stdout
    assert {"id", "severity", "symptoms", "summary"} == set(json.loads(run("rules", "--format", "json").stdout)[0])
    assert "\nv7-darwin  V7 Darwin\n" in run("contracts").stdout
    assert run("contracts", "show", "v7-darwin").stdout.startswith("# What V7 Darwin needs")


def test_explain_a_finding_by_its_number_in_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    scans = ("fixtures/demo", "--bucket", "aws_s3_bucket.scans")
    assert run("explain", "2", *scans).stdout.splitlines()[9:] == [
        '               Action    = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"]',
        "",
        "✗ kms:GenerateDataKey of aws_s3_bucket.scans fails: no statement allows kms:GenerateDataKey",
        "    so       GenerateDataKey by arn:aws:iam::258327614892:role/external_s3 is refused",
        "    1. key policy, statement 'Administration': Principal arn:aws:iam::<account of the aws provider>:root does",
        "       not match (fixtures/demo/scans.tf:24)",
        "    2. key policy, statement 'DarwinKey': Action kms:Encrypt, kms:Decrypt does not match",
        "       (fixtures/demo/scans.tf:32)",
        "",
        "About the rule: auditor explain kms-grant-missing",
    ]
    unknown = run("explain", "1", "fixtures/demo", "--bucket", "aws_s3_bucket.videos").stdout
    assert unknown.startswith("[1] unknown: var.platform_role_arn has no default\n")
    assert "? s3:GetObject of aws_s3_bucket.videos unknown: it depends on 'var.platform_role_arn'" in unknown
    gone = run("explain", "6", *scans)
    assert (gone.exit_code, gone.stderr) == (2, "error: the audit of fixtures/demo has no finding 6: its findings are 1 to 5\n")
    wrong = run("explain", "acls-enabled", "fixtures/demo")
    assert wrong.exit_code == 2
    assert "PATH goes with the number of a finding, and 'acls-enabled' is none; an error message goes in quotes" in wrong.stderr


def test_explain_a_rule_and_a_symptom() -> None:
    assert "BucketOwnerEnforced" in run("explain", "acls-enabled").stdout
    assert run("explain", "403").exit_code == 0
    wrong = run("explain", "acl-enabled")
    assert wrong.exit_code == 2
    assert "did you mean 'acls-enabled'?" in wrong.stderr


def test_a_value_for_what_nothing_declares_is_told(here: Path) -> None:
    (here / "main.tf").write_text('variable "role_arn" {}\n' + BUCKET)
    template = "Parameters:\n  RoleArn: {Type: String}\nResources:\n  B: {Type: AWS::S3::Bucket}\n"
    (here / "template.yaml").write_text(template)
    assert run(".", "--all-buckets", "--var", "role_arn=x", "--parameter", "RoleArn=x").exit_code == 1
    for arguments, message in (
        (("--var", "rolearn=x"), "error: --var rolearn: no variable of that name is declared; did you mean 'role_arn'?\n"),
        (
            ("--parameter", "role_arn=x"),
            "error: --parameter role_arn: no parameter of that name is declared; did you mean 'RoleArn'?\n",
        ),
    ):
        result = run(".", "--all-buckets", *arguments)
        assert (result.exit_code, result.stderr) == (2, message)


def test_modules_beyond_the_border_are_told_with_what_opens_it(here: Path) -> None:
    (here / "shared").mkdir()
    (here / "shared/main.tf").write_text(BUCKET)
    (here / "root/.git").mkdir(parents=True)
    (here / "root/main.tf").write_text('module "shared" {\n  source = "../shared"\n}\n')
    document = json.loads(run("root", "--format", "json").stdout)
    assert document["notes"][1] == (
        "1 module call was skipped because the source is not in the scanned tree: ../shared (1); allow it with --also-read DIR to "
        "include their buckets"
    )
    assert json.loads(run("root", "--also-read", "shared", "--format", "json").stdout)["notes"][0] == "read 1 root, found 1 bucket"


def test_stacks_whose_templates_are_elsewhere_are_named(here: Path) -> None:
    (here / "template.yaml").write_text(
        "Resources:\n"
        "  Net: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://example.com/net.yaml'}}\n"
        "  Everywhere: {Type: AWS::CloudFormation::StackSet, Properties: {StackSetName: s, TemplateURL: 'https://example.com/s.yaml'}}\n"
    )
    document = json.loads(run("template.yaml", "--format", "json").stdout)
    assert document["notes"][1] == (
        "2 nested stacks were skipped because the template is not available locally: https://example.com/net.yaml (1), "
        "the stack set Everywhere (1); audit those templates to include their buckets"
    )


@pytest.mark.parametrize(
    ("variables", "colored"),
    [
        ({}, (True, False)),
        ({"NO_COLOR": "1"}, (False, False)),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, (False, False)),
        ({"FORCE_COLOR": "1"}, (True, True)),
        ({"CLICOLOR_FORCE": "1"}, (True, True)),
        ({"CLICOLOR_FORCE": "0"}, (True, False)),
        ({"CLICOLOR": "0"}, (False, False)),
        ({"CLICOLOR": "1"}, (True, False)),
        ({"TERM": "dumb"}, (False, False)),
    ],
)
def test_color_is_for_terminals_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], colored: tuple[bool, bool]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = []
    for terminal in (True, False):
        monkeypatch.setattr("sys.stdout.isatty", lambda terminal=terminal: terminal)
        found.append(wants_color("auto", None))
    assert tuple(found) == colored
