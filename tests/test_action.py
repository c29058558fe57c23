"""The GitHub action: its steps run as a runner would run them, with the installed command in the place of a new one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from auditor.cli import main

pytestmark = pytest.mark.process

PROJECT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
_CONTEXT = re.compile(r"\b(?:inputs|github|steps)(?:\.[\w-]+)+")
# It keeps the comments of one pull request in a file: `gh api [--paginate --jq …] PATH`, `gh api --method METHOD PATH --field body=@FILE`.
GH = """#!{python}
import json, os, pathlib, sys
arguments = sys.argv[1:]
if os.environ["GH_TOKEN"] != "token":
    sys.exit("gh: Resource not accessible by integration (HTTP 403)")
file = pathlib.Path({comments!r})
comments = json.loads(file.read_text())
path = next(one for one in arguments if one.startswith("repos/"))
if path.startswith("repos/acme/infra/pulls/7/comments"):
    if "--method" not in arguments:
        print("".join(one["body"].partition("\\n")[0] + "\\n" for one in comments if "path" in one), end="")
    else:
        comments.append({{"user": "Bot", **json.load(sys.stdin)}})
        file.write_text(json.dumps(comments))
    sys.exit()
if "--method" not in arguments:
    assert path == "repos/acme/infra/issues/7/comments?per_page=100" and "--paginate" in arguments
    marker = arguments[arguments.index("--jq") + 1].split('startswith("')[1].split('")')[0]
    for at, comment in enumerate(comments):
        if comment["user"] == "Bot" and comment["body"].startswith(marker):
            print(at)
    sys.exit()
method, body = arguments[arguments.index("--method") + 1], arguments[arguments.index("--field") + 1]
new = {{"user": "Bot", "body": pathlib.Path(body.removeprefix("body=@")).read_text()}}
if method == "POST":
    assert path == "repos/acme/infra/issues/7/comments"
    comments.append(new)
else:
    assert method == "PATCH" and path.startswith("repos/acme/infra/issues/comments/")
    comments[int(path.rpartition("/")[2])] = new
file.write_text(json.dumps(comments))
"""


@dataclass(frozen=True)
class Ran:
    """What the steps of one run left: exit code of the last one, outputs, job summary, log, what was uploaded, and the comments."""

    code: int
    outputs: dict[str, str]
    summary: str
    log: str
    uploaded: dict[str, Any] | None
    comments: list[dict[str, Any]]


@dataclass(frozen=True)
class Event:
    """What the steps run for.

    Attributes:
        directory: the checkout.
        name: of the event.
        base: the commit that a pull request is to be merged into.
        head: its own last commit.
        token: whether it may write.
        comments: those that are there.
    """

    directory: Path = PROJECT
    name: str = "push"
    base: str = ""
    head: str = ""
    token: str = "token"
    comments: Sequence[Mapping[str, Any]] = field(default_factory=list)

    def contexts(self) -> dict[str, str]:
        """What the expressions of the action refer to."""
        of_request = {
            "github.event.pull_request.base.sha": self.base,
            "github.event.pull_request.head.sha": self.head,
            "github.event.pull_request.number": "7",
        }
        return {
            "github.event_name": self.name,
            "github.token": self.token,
            **(of_request if self.name == "pull_request" else {}),
        }


def program(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(0o755)


def act(folder: Path, refused: bool = False, event: Event | None = None, **inputs: str) -> Ran:
    """The steps, run; `refused` is whether code scanning refuses the report."""
    event = event or Event()
    program(folder / "auditor/bin/auditor", f"#!{sys.executable}\nfrom auditor.cli import main\nmain(prog_name='auditor')\n")
    program(folder / "auditor/bin/python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    program(folder / "bin/gh", GH.format(python=sys.executable, comments=str(folder / "comments.json")))
    (folder / "comments.json").write_text(json.dumps(event.comments), encoding="utf-8")
    known = {f"inputs.{name}": str(value.get("default", "")) for name, value in ACTION["inputs"].items()}
    known |= {f"inputs.{name}": value for name, value in inputs.items()} | event.contexts()
    summary, log, code, uploaded = folder / "summary", "", 0, None
    summary.touch()

    def condition(text: str) -> bool:
        python = _CONTEXT.sub(lambda found: repr(known.get(found[0], "")), text).replace("always()", "True")
        return bool(eval(python.replace("&&", " and ").replace("||", " or ")))  # noqa: S307 - of our own file

    for step in STEPS:
        name = step.get("id", "")
        if step.get("name") in (None, "Install") or not condition(step.get("if", "True")):
            continue
        if step["name"] == "Upload":
            assert step["continue-on-error"] is True
            known["steps.upload.outcome"] = "failure" if refused else "success"
            assert step["with"]["sarif_file"] == "${{ steps.audit.outputs.sarif }}"
            if not refused:
                file = known["steps.audit.outputs.sarif"]
                uploaded = json.loads(Path(file).read_text(encoding="utf-8"))
            continue
        output = folder / "output"
        output.write_text("", encoding="utf-8")
        ran = _run(step, folder, event, known)
        known |= {
            f"steps.{name}.outputs.{key}": value
            for key, _, value in (line.partition("=") for line in output.read_text(encoding="utf-8").splitlines())
        }
        log, code = log + ran.stdout + ran.stderr, ran.returncode
    outputs = {name: known.get(value["value"].strip("${} "), "") for name, value in ACTION["outputs"].items()}
    comments = json.loads((folder / "comments.json").read_text(encoding="utf-8"))
    return Ran(code, outputs, summary.read_text(encoding="utf-8"), log, uploaded, comments)


def _run(step: Mapping[str, Any], folder: Path, event: Event, known: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=event.directory, capture_output=True, text=True, check=True
    ).stdout.strip()
    given = {
        name: re.sub(r"\$\{\{ ?(.*?) ?\}\}", lambda found: known.get(found[1], ""), text)
        for name, text in step.get("env", {}).items()
    }
    github = {
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_REPOSITORY": "acme/infra",
        "GITHUB_SHA": head,
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=event.directory, env={**os.environ, **github, **given}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_what_fails_is_uploaded_and_summed_up_before_the_step_fails(tmp_path: Path) -> None:
    ran = act(tmp_path, paths="fixtures/demo", arguments="--bucket\naws_s3_bucket.scans")
    assert (ran.code, ran.outputs["exit-code"]) == (1, "1")
    assert ran.uploaded is not None
    assert len(ran.uploaded["runs"][0]["results"]) == 5
    assert ran.summary.startswith("## ❌ auditor\n\n1 bucket: 4 fail, 6 hold;")
    assert "✗ 1 bucket: 4 fail, 6 hold;" in ran.log
    assert "::error" not in ran.log


def test_without_code_scanning_there_are_annotations(tmp_path: Path) -> None:
    ran = act(tmp_path, paths="fixtures/demo", upload="false")
    assert (ran.code, ran.uploaded) == (1, None)
    assert "\n::error file=fixtures/demo/scans.tf,line=" in ran.log


def test_findings_are_annotations_when_the_upload_is_refused(tmp_path: Path) -> None:
    ran = act(tmp_path, refused=True, paths="fixtures/demo")
    assert (ran.code, ran.uploaded) == (1, None)
    assert "\n::error file=fixtures/demo/scans.tf,line=" in ran.log


def test_the_callers_python_is_left_alone_and_the_result_is_told_whatever_happened() -> None:
    steps = {step.get("name", step.get("id")): step for step in STEPS}
    assert steps["python"]["with"]["update-environment"] is False
    assert steps["Install"]["env"]["PYTHON"] == "${{ steps.python.outputs.python-path }}"
    assert steps["Result"]["if"] == "always()"
    # macOS has bash 3.2
    assert not any("mapfile" in step.get("run", "").replace("has no mapfile", "") for step in STEPS)


def test_what_holds_passes(tmp_path: Path) -> None:
    ran = act(tmp_path, paths="\n  \nfixtures/demo\n", arguments="--bucket=aws_s3_bucket.images\n")
    assert (ran.code, ran.outputs["exit-code"]) == (0, "0")


def test_an_audit_that_cannot_be_done_uploads_nothing_so_that_no_alert_is_closed(tmp_path: Path) -> None:
    ran = act(tmp_path, paths="fixtures/demo", arguments="--bucket=nobody")
    assert (ran.code, ran.uploaded) == (2, None)
    assert ran.summary == "**auditor** could not audit; the log of the step says why.\n"
    assert "error: there is no bucket 'nobody'" in ran.log


def test_inputs_are_data_and_never_code(tmp_path: Path) -> None:
    ran = act(tmp_path, paths="$(touch pwned); `touch pwned`\n", arguments="--bucket=$(touch pwned)")
    assert ran.code == 2
    assert not (PROJECT / "pwned").exists()
    assert not any("${{" in step.get("run", "") for step in STEPS)


@pytest.mark.parametrize("step", [step for step in STEPS if "uses" in step], ids=lambda step: step["uses"].partition("@")[0])
def test_actions_are_pinned(step: dict[str, Any]) -> None:
    assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"])


ROLE = "arn:aws:iam::258327614892:role/external_s3"
CODE = """# auditor: contract=v7-darwin
resource "aws_s3_bucket" "b" {
  bucket = "acme"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid       = "Darwin"
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
    Action    = ["s3:GetObject", "s3:PutObject"]
    Resource  = "${aws_s3_bucket.b.arn}/*"
  }] })
}
"""
LESS = CODE.replace('"s3:GetObject", "s3:PutObject"', '"s3:GetObject"')


def git(directory: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always")
    return subprocess.run(
        ["git", "-C", str(directory), *who, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def pull_request(tmp_path: Path, old: str, new: str) -> Path:
    """What a runner checks out for a pull request while the base moved on: its merge and both parents."""
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "--quiet")
    for branch, path, text in (("main", "infra/main.tf", old), ("topic", "infra/main.tf", new), ("main", "other/main.tf", old)):
        if (origin / "infra").exists():
            git(origin, "checkout", "--quiet", *(["-b"] if branch == "topic" else []), branch)
        (origin / path).parent.mkdir(exist_ok=True)
        (origin / path).write_text(text, encoding="utf-8")
        git(origin, "add", "--all")
        git(origin, "commit", "--quiet", "--message", branch)
    git(origin, "checkout", "--quiet", "--detach", "main")
    git(origin, "merge", "--quiet", "--no-ff", "--message", "merge", "topic")
    git(origin, "branch", "request")
    place = tmp_path / "checkout"
    git(tmp_path, "clone", "--quiet", "--depth=2", "--branch=request", f"file://{origin}", str(place))
    return place


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The checkout of a pull request that takes an action away."""
    return pull_request(tmp_path, CODE, LESS)


def comment_of(*lines: str) -> str:
    return "\n".join(("<!-- auditor: auditor -->", *lines)) + "\n"


def test_a_pull_request_is_compared_with_its_base_in_one_comment(tmp_path: Path, checkout: Path) -> None:
    base = git(checkout, "rev-parse", "--short", "HEAD^1")
    human = {"user": "User", "body": comment_of("of somebody else")}
    ran = act(tmp_path, event=Event(checkout, "pull_request", base, comments=[human]), paths="infra", suggest="false")
    body = comment_of(
        "## ❌ auditor: what this change does",
        "",
        "1 verdict got worse, 1 policy allows less.",
        "",
        "- ❌ **aws\\_s3\\_bucket.b: s3:PutObject was `holds` and is `fails` (v7-darwin)** — infra/main.tf:7:12",
        "  - now: no statement allows s3:PutObject",
        "",
        "- 💡 **the bucket policy of aws\\_s3\\_bucket.b allows less** — infra/main.tf:7:12",
        f"  - lost: {ROLE.replace('_', chr(92) + '_')} may s3:PutObject on arn:aws:s3:::acme/x (statement `Darwin`)",
    )
    assert ran.comments == [human, {"user": "Bot", "body": body}]
    assert ran.summary.startswith(body.partition("\n")[2] + "## ❌ auditor\n")
    assert (ran.code, ran.outputs["exit-code"], "::error" in ran.log) == (1, "1", False)
    git(checkout, "checkout", "--quiet", "-b", "fixed", "HEAD^1")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "nothing")
    fixed = act(tmp_path, event=Event(checkout, "pull_request", base, comments=ran.comments), paths="infra")
    assert fixed.comments[1:] == [
        {
            "user": "Bot",
            "body": comment_of(
                "## ✅ auditor: what this change does",
                "",
                f"{base} and HEAD allow the same, and every verdict is what it was.",
            ),
        }
    ]


def test_safe_fixes_are_suggested_once_in_the_lines_of_a_pull_request(tmp_path: Path) -> None:
    more = CODE.replace('"b"', '"c"').replace(".b.", ".c.").replace('"acme"', '"acme-c"')
    wrong = (
        (CODE + more)
        .replace('"${aws_s3_bucket.b.arn}/*"', "aws_s3_bucket.b.arn")
        .replace('"${aws_s3_bucket.c.arn}/*"', "aws_s3_bucket.c.arn")
    )
    place = pull_request(tmp_path, CODE + more, wrong)
    head = git(place, "rev-parse", "HEAD^2")
    with contextlib.chdir(place):
        shown = CliRunner().invoke(main, ["check", "infra", "--suggest", "HEAD^1"]).stdout
    first, second = map(json.loads, shown.splitlines())
    assert {name: first[name] for name in ("path", "line", "side")} == {"path": "infra/main.tf", "line": 12, "side": "RIGHT"}
    assert first["body"].endswith(
        "Add the objects to the resources of statement `Darwin`:\n\n"
        '```suggestion\n    Resource  = [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"]\n```\n'
    )
    ran = act(
        tmp_path, event=Event(place, "pull_request", head=head, comments=[{"user": "Bot", **first}]), paths="infra", upload="false"
    )
    assert ran.code == 1
    assert [one for one in ran.comments if "path" in one] == [
        {"user": "Bot", **first},
        {"user": "Bot", "commit_id": head, **second},
    ]


def test_a_comment_that_is_refused_is_a_notice_and_the_change_an_annotation(tmp_path: Path, checkout: Path) -> None:
    event = Event(checkout, "pull_request", token="of a fork")  # noqa: S106 - of no real service
    ran = act(tmp_path, event=event, paths="infra")
    assert (ran.code, ran.comments) == (1, [])
    assert (
        "::notice title=auditor::The pull request has no comment: the job needs the permission pull-requests, write (gh: Resource not "
        "accessible by integration (HTTP 403)). The job summary says the same.\n"
    ) in ran.log
    assert (
        "\n::error file=infra/main.tf,line=7,endLine=13,title=auditor%3A aws_s3_bucket.b%3A s3%3APutObject was 'holds'" in ran.log
    )


def test_without_the_base_nothing_is_compared_and_nothing_fails(tmp_path: Path, checkout: Path) -> None:
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{checkout}", str(shallow))
    ran = act(tmp_path, event=Event(shallow, "pull_request"), paths="other", upload="false", arguments="--exit-zero")
    assert ran.code == 0
    assert ran.log.splitlines()[0] == (
        "::notice title=auditor::Nothing is compared: the base of the pull request is not in the checkout, which needs fetch-depth 2."
    )


def test_a_pull_request_that_changes_nothing_gets_no_comment(tmp_path: Path, checkout: Path) -> None:
    git(checkout, "checkout", "--quiet", "-b", "nothing", "HEAD^1")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "nothing")
    ran = act(tmp_path, event=Event(checkout, "pull_request"), paths="infra", arguments="--exit-zero")
    assert (ran.code, ran.comments, "::notice" in ran.log) == (0, [], False)


def test_what_the_action_installs_is_pinned_with_hashes() -> None:
    lines = (PROJECT / "ci/requirements.txt").read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    pinned = {line.partition("==")[0].strip(): line.count("--hash=sha256:") for line in lines if not line.startswith("#")}
    wanted = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    names = {re.split(r"[<>=~!]", one)[0] for one in (*wanted["project"]["dependencies"], *wanted["build-system"]["requires"])}
    assert names <= pinned.keys()
    assert all(pinned.values())
