"""Whoever does a share of the work, and however many: the result is the same."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from auditor.cli import main
from auditor.foundation.border import border_of
from auditor.foundation.location import Lines, Location
from auditor.foundation.text import Texts
from auditor.foundation.value import Known, MapValue
from auditor.host import workers
from auditor.host.workers import _bytes_of, cores, shared_out
from auditor.inputs import linked_inputs
from auditor.pipeline import prove
from auditor.sources.options import SourceOptions
from auditor.sources.resource_types import TERRAFORM
from auditor.sources.terraform import _declared
from auditor.sources.terraform.modules.directory import Library
from tests.own_code import PROJECT

_SHARED = """
variable "bucket" {}
resource "aws_s3_bucket_policy" "p" {
  bucket = var.bucket
  policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::111111111111:root" }, Action = "s3:*", Resource = "*" }] })
}
resource "aws_s3_bucket_cors_configuration" "c" {
  bucket = = var.bucket
}
output "never" { value = = 1 }
"""
_ROOT = """
resource "aws_s3_bucket" "b" {{
  bucket = "bucket-{n}"
}}
module "m" {{
  source = "../shared"
  bucket = aws_s3_bucket.b.id
}}
"""
# It names a bucket of another root; and it asks the shared module for what is at fault in it.
_JOINED = """
resource "aws_s3_bucket_policy" "other" {{
  bucket = "bucket-{n}"
  policy = jsonencode({{ Statement = [{{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "arn:aws:s3:::bucket-{n}/*" }}] }})
}}
module "m" {{
  source = "../shared"
  bucket = "elsewhere"
}}
output "asks" {{ value = module.m.never }}
"""


_DOCUMENT = (
    '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::of-document/*"}]}'
)


def _tree(top: Path, roots: int) -> None:
    files = {"shared/main.tf": _SHARED, "data/large.json": " " * (4 << 20)}
    for n in range(roots):
        # It is a document, or a part of the code that reads it; the first one is no text.
        files[f"documents{n:02}/policy.json"] = _DOCUMENT if n else "\udcff" + _DOCUMENT
        if n % 2:
            files[f"documents{n:02}/main.tf"] = 'locals { policy = file("${path.module}/policy.json") }'
        files[f"root{n:02}/main.tf"] = (_JOINED if n % 3 == 2 else _ROOT).format(n=n - 1 if n % 3 == 2 else n)
        files[f"stack{n:02}.yaml"] = f"Resources: {{B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: of-template-{n}}}}}}}\n"
        if n % 4 == 1:  # it nests the one before; and what its parameters are given cannot be read
            files[f"nesting{n:02}/samconfig.toml"] = "parameter_overrides = "
            files[f"nesting{n:02}/template.yaml"] = (
                f"Parameters: {{P: {{Type: String}}}}\nResources:\n  C: {{Type: AWS::S3::Bucket, Properties: {{BucketName: !Ref P}}}}\n"
                f"  N: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: ../stack{n - 1:02}.yaml}}}}\n"
            )
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(text.encode(errors="surrogateescape"))


def _python(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(program), *arguments]


def test_one_process_does_the_work_in_order() -> None:
    asked: list[int] = []
    assert shared_out(lambda item: asked.append(item) or item * 2, [3, 1, 2], 1) == [6, 2, 4]
    assert asked == [3, 1, 2]
    assert shared_out(str, [], 4) == []
    assert cores() >= 1


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here, so nothing is shared out")
def test_several_processes_bring_what_one_would() -> None:
    program = """
        import os, signal
        from auditor.host import workers
        from auditor.host.workers import shared_out

        workers.ALONE = 0.0
        own = os.getpid()

        def at_fault(item):
            if item in (50, 70):
                raise ValueError(item)
            return item

        def killed(item):
            if os.getpid() != own:
                os.kill(os.getpid(), signal.SIGKILL)
            return item

        done = []

        def large(item):
            return os.getpid(), bytes([item % 256]) * 20_000

        def killed_amid(item):
            done.append(item)
            if os.getpid() != own and len(done) == 100:  # the first ones are on their way, more than there is room for in a pipe
                os.kill(os.getpid(), signal.SIGKILL)
            return large(item)

        everything = list(range(3000))
        assert shared_out(lambda item: item, everything, 3) == everything
        assert len({pid for pid in shared_out(lambda item: (sum(range(20000)), os.getpid())[1], everything, 3)}) > 1
        assert shared_out(killed, everything, 3) == everything
        for function in (large, killed_amid):
            made = shared_out(function, everything[:1000], 3)
            assert [content for _, content in made] == [large(item)[1] for item in everything[:1000]]
        assert len({pid for pid, _ in shared_out(large, everything[:1000], 3)}) > 1
        assert [make() for make in shared_out(lambda item: lambda: item, everything[:50], 2)] == everything[:50]  # it cannot be carried over
        assert shared_out(lambda item: item, everything, 3, "working", lambda item: item % 10) == everything
        try:
            shared_out(at_fault, everything, 3, "working", lambda item: item)
        except ValueError as error:
            print("raised", error)
        try:
            print(os.waitpid(-1, 0))
        except ChildProcessError:
            print("none left")
    """
    done = subprocess.run(_python(program), capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("raised 50\nnone left\n", "")


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here, so nothing is shared out")
def test_what_a_worker_read_and_told_is_known_afterwards(tmp_path: Path) -> None:
    program = """
        import os, sys
        from auditor.foundation.border import border_of
        from auditor.foundation.text import Saying, Texts
        from auditor.host import workers

        workers.ALONE = 0.0
        own = os.getpid()
        os.chdir(sys.argv[1])
        paths = [f"{n}.tf" for n in range(300)]
        texts = Texts(border=border_of(["."]))
        saying = Saying(texts, "odd", lambda: ("odd",))

        def told(path):
            texts.read_bytes(path)
            return os.getpid(), saying.any_of([path])

        made = workers.shared_out(told, paths, 3, texts=texts)
        assert len({pid for pid, _ in made}) > 1
        assert sorted(texts.paths) == sorted(paths)
        for path in paths:
            os.truncate(path, 0)
        answers = dict(texts.told("odd"))
        assert answers == {path: odd for path, (_, odd) in zip(paths, made)}
        assert [texts.read(path) for path in paths if answers[path]] == [f"odd {n}" for n in range(1, 300, 2)]
        assert [texts.read(path) for path in paths if not answers[path]] == [f"{n}" for n in range(0, 300, 2)]
    """
    for n in range(300):
        (tmp_path / f"{n}.tf").write_text(f"odd {n}" if n % 2 else f"{n}")
    done = subprocess.run(_python(program, str(tmp_path)), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here, so nothing is shared out")
def test_the_heaviest_are_begun_first_also_where_there_is_no_room_for_a_worker() -> None:
    program = """
        import os
        from auditor.host import workers
        from auditor.host.progress import Doing

        def refused():
            raise OSError("no room")

        workers.ALONE = 0.0
        os.fork = refused
        begun = []
        before = len(os.listdir("/dev/fd"))
        print(workers.shared_out(lambda item: begun.append((item, Doing.now)) or -item, [3, 1, 4, 2, 5], 2, "counting", lambda item: item))
        print(begun)
        print(len(os.listdir("/dev/fd")) - before)
    """
    done = subprocess.run(_python(program), capture_output=True, text=True, check=False)
    begun = [(item, f"counting {at}/5: {item}") for at, item in enumerate([5, 4, 3, 2, 1], 1)]
    assert (done.stdout, done.stderr) == (f"[-3, -1, -4, -2, -5]\n{begun}\n0\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here, so nothing is shared out")
@pytest.mark.parametrize(
    ("seconds", "alone"),
    [
        ([0.01] * 15, 15),  # little
        ([0.2, *[0.01] * 15], 16),  # the first one says nothing of the others
        ([0.2, *[0.01] * 100], 2),  # the others say that there is much
        ([0.01] * 4 + [0.5] * 4, 5),  # there was much
        ([0.001] * 1000, 11),  # a few say too little
    ],
)
def test_work_is_shared_out_as_soon_as_there_is_much_of_it(
    seconds: list[float], alone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent, shared = [0.0], list[int]()
    monkeypatch.setattr(workers.time, "process_time", lambda: spent[0])
    monkeypatch.setattr(workers.threading, "active_count", lambda: 1)
    monkeypatch.setattr(workers, "_Work", lambda _function, _items, order, *_: shared.append(len(order)))
    monkeypatch.setattr(workers, "_done", lambda *_: {})

    def work(one: float) -> None:
        spent[0] += one

    shared_out(work, seconds, 2)
    assert len(seconds) - sum(shared) == alone


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here, so nothing is shared out")
def test_an_interruption_ends_all_at_once(tmp_path: Path) -> None:
    program = """
        import sys, time
        from click import command
        from auditor.cli import main
        from auditor.host import workers

        workers.ALONE = 0.0

        @main.command(help="Waits.")
        def wait():
            def work(item):
                open(f"{sys.argv[-1]}/{item}", "w").close()
                for _ in range(600):  # one long sleep would not be ended by a signal that comes just before it begins
                    time.sleep(0.1)
            workers.shared_out(work, [1, 2], 2)

        main(["wait"])
    """
    run = subprocess.Popen(
        _python(program, str(tmp_path)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    waited = time.monotonic() + 30
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < waited:
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGINT)
    assert run.communicate(timeout=30) == ("", "interrupted\n")
    assert run.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.killpg(run.pid, 0)


@pytest.mark.process
def test_the_report_is_the_same_whatever_the_number_of_jobs(tmp_path: Path) -> None:
    _tree(tmp_path, 18)
    program = """
        import sys
        from auditor.foundation.border import Disk, Reads
        from auditor.host import workers
        from auditor.__main__ import main

        workers.ALONE = 0.0
        Disk.read = Reads()
        try:
            main()
        finally:
            print(sorted(Disk.read.digests.items()), file=sys.stderr)
    """
    runs = [
        subprocess.run(
            _python(program, "check", ".", "--all-buckets", "--format", "json", "--no-cache", "--jobs", str(jobs)),
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(PROJECT)}, capture_output=True, text=True, check=False,
        )
        for jobs in (1, 3)
    ]  # fmt: skip
    assert len({(run.returncode, run.stdout, run.stderr) for run in runs}) == 1
    assert runs[0].returncode == 2
    assert '"path": "root17/main.tf"' in runs[0].stdout  # where the policy of the bucket in root16 is
    assert {one["root"] for one in json.loads(runs[0].stdout)["verdicts"] if one["bucket"] == "N/B"} == {
        f"nesting{n:02}/template.yaml" for n in (1, 5, 9, 13, 17)
    }
    assert '"path": "nesting17/samconfig.toml"' in runs[0].stdout
    assert all(path in runs[0].stdout for path in ("documents00/policy.json", "documents02"))
    assert "documents03" not in runs[0].stdout
    assert all(f"{tmp_path}/{path}'" in runs[0].stderr for path in ("data/large.json", "documents03/policy.json", "stack05.yaml"))


def test_a_place_that_nobody_asked_for_is_carried_over_as_it_is() -> None:
    lines = Lines("a\n  bucket = 1\n", "main.tf", 3)
    one, other = lines.region(4, 10), Location("main.tf", 4, 3, 4, 9)
    made = pickle.loads(_bytes_of({0: [one, one, other]}))  # noqa: S301 - its own bytes
    assert lines._starts is None
    assert made == {0: [one, one, other]} == {0: [other, other, one]}
    assert made[0][0] is made[0][1]


@given(st.permutations(range(6)))
def test_what_a_root_declares_does_not_depend_on_those_before_it(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    top = tmp_path_factory.getbasetemp() / "orders"
    if not top.exists():
        _tree(top, 6)

    def read(numbers: list[int]) -> dict[int, object]:
        library = Library(Texts(border=border_of((str(top),))), TERRAFORM.names)
        return {n: _declared(f"{top}/root{n:02}", SourceOptions(), library, TERRAFORM) for n in numbers}

    assert read(order) == {n: declared for one in order for n, declared in read([one]).items()}


def test_what_is_read_and_proven_can_be_carried_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    from auditor.contract.load import load

    contract = load("v7-darwin", {})
    inputs = linked_inputs(("fixtures/demo",), SourceOptions(roles=True), Texts())
    assert pickle.loads(pickle.dumps(inputs.roots)) == inputs.roots  # noqa: S301 - of this test
    outcomes = [prove(bucket, need, contract).outcome for bucket in inputs.buckets for need in contract.needs]
    assert outcomes
    assert pickle.loads(pickle.dumps(outcomes)) == outcomes  # noqa: S301 - of this test


def test_what_is_handed_to_a_module_that_is_not_there_can_be_carried_over(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_s3_bucket" "b" { bucket = "of-root" }\nmodule "m" {\n  source = "acme/m/aws"\n  given = aws_s3_bucket.b\n}\n'
    )
    texts = Texts(border=border_of((str(tmp_path),)))
    declared = _declared(str(tmp_path), SourceOptions(), Library(texts, TERRAFORM.names), TERRAFORM)
    carried = pickle.loads(pickle.dumps(declared))  # noqa: S301 - of this test
    assert carried == declared
    (given,), (same,) = declared.opaque[0].given, carried.opaque[0].given
    assert isinstance(given, MapValue)
    assert dict(same.entries) == dict(given.entries)
    assert same.entries["bucket"] == Known("of-root", given.entries["bucket"].location, origin="aws_s3_bucket.b")


DELIVERY = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: firehose.amazonaws.com}
            Action: sts:AssumeRole
      Policies:
        - PolicyName: delivery
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [s3:GetObject, s3:ListBucket, s3:PutObject]
                Resource: !Sub arn:aws:s3:::${Data}/*
  Data:
    Type: AWS::S3::Bucket
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration: {BucketARN: !GetAtt Data.Arn, RoleARN: !GetAtt Role.Arn}
"""


# The policy may be of another bucket.
DOUBTED = """
Parameters: {Other: {Type: String}}
Resources:
  B: {Type: AWS::S3::Bucket}
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Other
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: s3:GetObject, Resource: "*"}]
"""


@pytest.mark.parametrize(
    ("template", "told"),
    [(DELIVERY, "Add a statement to a policy of Role"), (DOUBTED, "Add a statement to P; P may be of another bucket")],
    ids=["delivery", "doubted"],
)
def test_a_bucket_that_another_process_proved_is_reported_alike(
    template: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "template.yaml").write_text(template)
    monkeypatch.chdir(tmp_path)

    def report() -> str:
        return CliRunner().invoke(main, ["check", ".", "--all-buckets", "--no-cache", "--format", "json"]).output

    def carried(function: Callable[[Any], object], items: Sequence[Any], *_: object) -> list[object]:
        return [pickle.loads(pickle.dumps(function(item))) for item in items]  # noqa: S301 - of this test

    here = report()
    assert told in here
    monkeypatch.setattr("auditor.pipeline.shared_out", carried)
    assert report() == here
