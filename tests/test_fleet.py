"""Many repositories, audited each for itself, and told together."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auditor.cli import main
from auditor.fleet import engine
from auditor.fleet.page import page, table
from auditor.fleet.summary import Repository, Row, exit_code, repository
from auditor.fleet.targets import Target, targets
from auditor.fleet.unit import Done, audit
from auditor.foundation.errors import AuditError
from tests.own_code import PROJECT

_VERDICT = {
    "contract": "v7-darwin",
    "resource": {"address": "aws_s3_bucket.b"},
    "root": ".",
    "status": "holds",
    "suppressed": False,
}
_ROW = Row("one", "v7-darwin", "aws_s3_bucket.b", ".", "fails", (("fails", 1), ("holds", 2)))


def test_the_repositories_of_lists_and_directories_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a/x", "b/x", "b/.y z"):
        Path(name).mkdir(parents=True)
    Path("b/list").write_text("# a comment\n\nx\n.y z\n../a/x\n/nowhere/w\n")
    found = targets(["a/x", "b/list"])
    assert [Path(one.path).relative_to(tmp_path).as_posix() for one in found[:3]] == ["a/x", "b/x", "b/.y z"]
    assert [one.stem for one in found[2:]] == ["y_z", "w"]
    assert found[0].stem != found[1].stem
    assert {one.stem[:2] for one in found[:2]} == {"x-"}
    Path("b/list").write_bytes(b"\xff")
    with pytest.raises(AuditError, match="b/list: is not UTF-8"):
        targets(["b/list"])


def test_a_bucket_is_as_good_as_its_worst_need() -> None:
    one = Target("/r/one", "one")
    verdicts = [
        _VERDICT,
        _VERDICT,
        _VERDICT | {"status": "fails"},
        _VERDICT | {"resource": {"address": "c"}, "status": "fails", "suppressed": True},
    ]
    found = repository(one, json.dumps({"verdicts": verdicts, "errors": []}), "")
    assert found.rows == (_ROW, Row("one", "v7-darwin", "c", ".", "not-applicable", (("not-applicable", 1),)))
    assert (found.failing, exit_code([found]), exit_code([])) == (True, 1, 0)
    wrong = repository(one, json.dumps({"verdicts": [], "errors": [{"path": "a.tf", "line": 1, "message": "no"}]}), "")
    assert (wrong.errors, exit_code([found, wrong])) == (("a.tf:1: no",), 2)
    assert repository(one, "", "why").errors == ("why",)
    assert repository(one, "[]", "").errors == ("its report cannot be read: delete it, and it is made anew",)


def test_the_table_and_the_page_tell_every_bucket_and_act_on_nothing() -> None:
    hostile = Repository(Target("/r/<b>", "two"), errors=("\x1b[31m<script>",))
    every = [Repository(Target("/r/one", "one"), (_ROW,)), hostile]
    assert table(every) == (
        "Repository  Platform   Bucket           Root  Verdict\n"
        "one         v7-darwin  aws_s3_bucket.b  .     fails (1 fails, 2 hold)\n"
        "two: not read: ␛[31m<script>\n"
        "2 repositories: 1 mentions a platform, 1 fails, 1 could not be read whole\n"
    )
    shown = page(every)
    assert '<th scope="row">one</th><td>v7-darwin</td><td>aws_s3_bucket.b</td><td>.</td><td class="status fails">' in shown
    assert "<script>" not in shown
    assert "/r/&lt;b&gt;" in shown


def _fleet(top: Path) -> list[str]:
    """One repository that is right, one whose settings are broken, and one without a work tree."""
    for name in ("right", "broken", "work"):
        shutil.copytree(PROJECT / "fixtures/demo", top / name)
    (top / "right/click.py").write_text("raise SystemExit('executed')\n")
    (top / "broken/.auditor.yaml").write_text("version: [\n")
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "one"],
    ):
        subprocess.run(["git", *arguments], cwd=top / "work", check=True)
    subprocess.run(["git", "clone", "-q", "--bare", "work", "bare.git"], cwd=top, check=True)
    return [str(top / name) for name in ("right", "broken", "bare.git")]


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["fleet", *arguments])


@pytest.mark.process
def test_one_broken_repository_harms_no_other_and_what_is_done_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repositories, output = _fleet(tmp_path), tmp_path / "out"
    first = _run(*repositories, "--output", str(output), "--jobs", "3")
    assert first.exit_code == 2, first.output
    assert sorted(file.name for file in output.iterdir()) == [
        "bare.git.json",
        "bare.git.sarif",
        "index.html",
        "right.json",
        "right.sarif",
    ]
    one, other = (json.loads((output / name).read_text()) for name in ("right.json", "bare.git.json"))
    assert one == other
    assert one["summary"]["fails"] == 4
    assert "broken: not read: " in first.stdout
    assert first.stdout.endswith("3 repositories: 2 mention a platform, 2 fail, 1 could not be read whole\n")
    asked = []
    monkeypatch.setattr(engine, "audit", lambda path, *_: asked.append(path) or Done(fault="again"))
    assert "broken: not read: again" in _run(*repositories, "--output", str(output)).stdout
    assert asked == [repositories[1]]


def test_no_directory_is_made_where_a_link_leads_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here/.git").mkdir(parents=True)
    (tmp_path / "beyond").mkdir()
    (tmp_path / "here/link").symlink_to(tmp_path / "beyond")
    monkeypatch.chdir(tmp_path / "here")
    ran = _run(".", "--output", "link/out")
    assert (ran.exit_code, ran.stderr.partition(": cannot be written: ")[0]) == (2, "error: link/out")
    assert list((tmp_path / "beyond").iterdir()) == []


@pytest.mark.process
def test_what_has_no_report_has_a_reason(tmp_path: Path) -> None:
    assert audit(str(tmp_path / "none"), (), 60).fault == "there is no such directory"
    assert audit(str(PROJECT / "fixtures/demo"), (), 0.001).fault == "its audit took more than 0.001 seconds"
    (tmp_path / "HEAD").write_text("ref: refs/heads/none\n")
    for name in ("objects", "refs"):
        (tmp_path / name).mkdir()
    assert audit(str(tmp_path), (), 60).fault.startswith("git cannot read 'HEAD'")


@pytest.mark.process
@pytest.mark.filterwarnings("ignore")  # of the packages of Dask
def test_a_cluster_brings_what_this_machine_does(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra 'fleet' is not installed")
    repositories = [str(tmp_path / name) for name in ("one", "two")]
    for path in repositories:
        shutil.copytree(PROJECT / "fixtures/demo", path)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        far = _run(*repositories, "--output", str(tmp_path / "far"), "--scheduler", cluster.scheduler_address)
    near = _run(*repositories, "--output", str(tmp_path / "near"))
    assert (far.exit_code, far.stdout) == (near.exit_code, near.stdout)
    for file in (tmp_path / "near").iterdir():
        assert (tmp_path / "far" / file.name).read_bytes() == file.read_bytes()


@pytest.mark.process
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_whoever_ends_a_fleet_ends_its_audits_and_nothing_stays(tmp_path: Path, sent: signal.Signals, code: int) -> None:
    (tmp_path / "repository").mkdir()
    (tmp_path / "places").mkdir()
    endless = tmp_path / "endless"
    endless.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/begun\nmv {tmp_path}/begun {tmp_path}/pid\nexec sleep 60\n")
    endless.chmod(0o755)
    program = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # which whoever runs the tests may ignore
        f"sys.executable = {str(endless)!r}\n"
        f"sys.argv = ['auditor', 'fleet', {str(tmp_path / 'repository')!r}, '--output', {str(tmp_path / 'out')!r}]\n"
        "from auditor.__main__ import main\n"
        "main()\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path / "places")}
    with subprocess.Popen([sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE) as fleet:
        until = time.monotonic() + 60
        while not (tmp_path / "pid").exists() and time.monotonic() < until:
            time.sleep(0.05)
        begun = time.monotonic()
        fleet.send_signal(sent)
        fleet.communicate(timeout=60)
    assert fleet.returncode == code
    assert time.monotonic() - begun < 30
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert list((tmp_path / "places").iterdir()) == []
