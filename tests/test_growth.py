"""How the work of an audit grows with its input, counted in calls of functions: never with its square."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main
from auditor.policy import Decision, engine
from tests.benchmarks.series import Files, bucket

pytestmark = pytest.mark.hostile

ROLE = "arn:aws:iam::258327614892:role/external_s3"
STATEMENT = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme/*"}
POLICY = {"Version": "2012-10-17", "Statement": [STATEMENT]}


def in_terraform_json(size: int) -> Files:
    """Buckets that are given what they lack in one file of Terraform's JSON."""
    buckets = {f"b{one}": {"bucket": f"acme-{one}"} for one in range(size)}
    return {"main.tf.json": json.dumps({"resource": {"aws_s3_bucket": buckets}}, indent=2)}


def in_template(size: int) -> Files:
    """Buckets with a statement to which another one is added, in one template."""
    resources = {}
    for one in range(size):
        resources[f"B{one}"] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"acme-{one}"}}
        properties = {"Bucket": {"Ref": f"B{one}"}, "PolicyDocument": POLICY}
        resources[f"P{one}"] = {"Type": "AWS::S3::BucketPolicy", "Properties": properties}
    return {"t.json": json.dumps({"Resources": resources}, indent=2)}


def instances(size: int) -> Files:
    """Instances of one resource that lack everything."""
    return {"main.tf": f'resource "aws_s3_bucket" "data" {{\n  count = {size}\n}}\n'}


def called(size: int) -> Files:
    """Instances of a called module that lack everything."""
    return {
        "main.tf": f'module "m" {{\n  source = "./m"\n  count  = {size}\n}}\n',
        "m/main.tf": 'resource "aws_s3_bucket" "data" {\n}\n',
    }


def buckets(size: int) -> Files:
    """Buckets with all their parts."""
    return {"main.tf": "".join(map(bucket, range(size)))}


def calls(files: Files, directory: Path) -> int:
    """How many functions an audit calls."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(text), encoding="utf-8")
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    arguments = ["check", str(directory), "--all-buckets", "--jobs", "1", "--no-cache", "--format", "json"]
    sys.setprofile(count)
    try:
        done = CliRunner().invoke(main, arguments)
    finally:
        sys.setprofile(None)
    assert done.exit_code in (0, 1), done.output
    return counted


@pytest.mark.parametrize("shape", [in_terraform_json, in_template, instances, called, buckets], ids=lambda shape: shape.__name__)
def test_twice_the_input_is_twice_the_work(shape: Callable[[int], Files], tmp_path: Path) -> None:
    calls(shape(2), tmp_path / "first")  # what is made once, in a process or in a root, is no growth
    small, middle, large = (calls(shape(size), tmp_path / str(size)) for size in (8, 16, 32))
    assert large - middle < 2.2 * (middle - small)


def tries(size: int) -> Files:
    """A name that is tried within others, any of which may fail."""
    name = f"{'try(!' * size}var.x{', true)' * size}"
    return {"main.tf": f'variable "x" {{\n}}\nresource "aws_s3_bucket" "data" {{\n  bucket = {name}\n}}\n'}


def test_what_is_tried_within_others_is_not_evaluated_again_for_each(tmp_path: Path) -> None:
    calls(tries(2), tmp_path / "first")
    assert calls(tries(14), tmp_path / "14") < 3 * calls(tries(7), tmp_path / "7")


def principals_by_region(size: int) -> Files:
    """A grant beside that of a principal for each Region, which IAM may not have yet."""
    listed = ", ".join(f'var.region == "us-east-{one}" ? ["arn:aws:iam::111122223333:role/{one}"] : []' for one in range(size))
    statement = {**STATEMENT, "Principal": {"AWS": "PRINCIPALS"}, "Action": "s3:PutObject"}
    policy = (
        json.dumps({**POLICY, "Statement": [statement]})
        .replace('"PRINCIPALS"', f'concat(["{ROLE}"], {listed})')
        .replace('": ', '" = ')
    )
    return {
        "main.tf": 'variable "region" {\n}\nresource "aws_s3_bucket" "data" {\n  bucket = "acme"\n}\n'
        f'resource "aws_s3_bucket_policy" "data" {{\n  bucket = aws_s3_bucket.data.id\n  policy = jsonencode({policy})\n}}\n'
    }


def test_a_decision_is_made_once_in_each_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is told apart by what AWS refuses as well, the cases of which would have been gone through in each."""
    made = 0
    decide = engine._Engine.decide

    def counting(self: engine._Engine) -> Decision:
        nonlocal made
        made += 1
        return decide(self)

    monkeypatch.setattr(engine._Engine, "decide", counting)
    (tmp_path / "main.tf").write_text(str(principals_by_region(20)["main.tf"]), encoding="utf-8")
    done = CliRunner().invoke(main, ["check", str(tmp_path), "--all-buckets", "--jobs", "1", "--no-cache", "--format", "json"])
    verdicts = {one["need"]: one["status"] for one in json.loads(done.stdout)["verdicts"]}
    assert verdicts["s3:PutObject"] == "holds"
    assert made < 50  # two needs in 21 cases, and what comes before they are told apart


def in_a_plan(size: int) -> Files:
    """A bucket among queues in a plan."""
    types = {f"b{one}": "aws_sqs_queue" for one in range(size)} | {"b": "aws_s3_bucket"}
    resources = [
        {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "values": {}} for name, kind in types.items()
    ]
    changes = [
        {**one, "change": {"actions": ["create"], "before": None, "after": one["values"], "after_unknown": {}}} for one in resources
    ]
    values = {"root_module": {"resources": resources}}
    return {"plan.json": json.dumps({"format_version": "1.2", "planned_values": values, "resource_changes": changes})}


def test_the_addresses_of_a_plan_are_looked_for_once(tmp_path: Path) -> None:
    searched = 0

    def count(_frame: object, event: str, argument: object) -> None:
        nonlocal searched
        searched += event == "c_call" and getattr(argument, "__name__", "") in ("search", "finditer", "compile")

    (tmp_path / "plan.json").write_text(str(in_a_plan(200)["plan.json"]), encoding="utf-8")
    sys.setprofile(count)
    try:
        done = CliRunner().invoke(main, ["check", str(tmp_path), "--all-buckets", "--jobs", "1", "--no-cache"])
    finally:
        sys.setprofile(None)
    assert done.exit_code == 1, done.output
    assert searched < 150


def test_each_principal_of_a_policy_is_compared_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    class Counting(difflib.SequenceMatcher[str]):
        def ratio(self) -> float:
            compared.append(str(self.a))
            return super().ratio()

    monkeypatch.setattr(difflib, "SequenceMatcher", Counting)
    principals = [f"arn:aws:iam::{one}:role/external" for one in range(300000000000, 300000000100)]
    policy = {**POLICY, "Statement": [{**STATEMENT, "Principal": {"AWS": principals}}]}
    (tmp_path / "policy.json").write_text(json.dumps(policy), encoding="utf-8")
    bucket_ = 'resource "aws_s3_bucket" "data" {\n  bucket = "acme"\n}\n'
    attached = 'resource "aws_s3_bucket_policy" "data" {\n  bucket = aws_s3_bucket.data.id\n  policy = file("${path.module}/policy.json")\n}\n'
    (tmp_path / "main.tf").write_text(bucket_ + attached, encoding="utf-8")
    done = CliRunner().invoke(main, ["check", str(tmp_path), "--all-buckets", "--jobs", "1", "--no-cache"])
    assert done.exit_code == 1, done.output
    assert sorted(one for one in compared if ":role/external" in one) == principals
