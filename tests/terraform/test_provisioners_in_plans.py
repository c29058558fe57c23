"""A provisioner may configure whatever it is given, in a plan as in the code that it was made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.asked import ROLE, ask

NOTHING = ("fails", "the bucket has no policy, so nothing lets another account in")
PERHAPS = ("unknown", "the provisioner of null_resource.x may configure what it is given")


def plan(provisioner: dict[str, Any] | None, **configured: object) -> dict[str, str]:
    """A plan that makes a bucket and a resource of another kind, with its configuration."""
    values = {"aws_s3_bucket.b": {"bucket": "acme-media"}, "null_resource.x": {"triggers": configured.pop("triggers", None)}}
    resources = [
        {"address": address, "mode": "managed", "type": address.split(".")[0], "name": address.split(".")[1], "values": held}
        for address, held in values.items()
    ]
    written = [{name: one[name] for name in ("address", "mode", "type", "name")} for one in resources]
    written[0] |= {"expressions": {"bucket": {"constant_value": "acme-media"}}}
    written[1] |= {"expressions": {}, **({"provisioners": [provisioner]} if provisioner else {}), **configured}
    document = {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": [{**one, "change": {"actions": ["create"]}} for one in written],
        "configuration": {"root_module": {"resources": written, "variables": {"name": {}}}},
        "variables": {"name": {"value": "acme-media"}},
    }
    return {"plan.json": json.dumps(document)}


def command(**expression: object) -> dict[str, Any]:
    return {"type": "local-exec", "expressions": {"command": expression}}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (plan(None), NOTHING),
        (plan(command(constant_value="echo done")), NOTHING),
        (plan(command(constant_value="aws s3 sync . s3://acme-media")), NOTHING),
        (plan({**command(constant_value="aws s3 sync . s3://acme-media"), "type": "remote-exec"}), PERHAPS),
        (plan(command(references=["aws_s3_bucket.other.id", "aws_s3_bucket.other"])), NOTHING),
        (plan(command(references=["aws_s3_bucket.b.id", "aws_s3_bucket.b"])), PERHAPS),
        (plan(command(constant_value="aws s3api put-bucket-policy --bucket acme-media")), PERHAPS),
        (plan(command(references=["var.name"])), PERHAPS),
        (plan(command(references=["local.name"])), PERHAPS),
        (plan(command(references=["self.triggers.name"]), triggers={"name": "acme-media"}), PERHAPS),
        (plan(command(constant_value="./x"), depends_on=["aws_s3_bucket.b"]), PERHAPS),
        (plan(command(constant_value="./x"), expressions={"triggers": {"references": ["aws_s3_bucket.b.arn"]}}), PERHAPS),
    ],
)
def test_a_provisioner_of_a_plan_may_configure_what_it_is_given(
    tmp_path: Path, files: dict[str, str], expected: tuple[str, str]
) -> None:
    told = ask(tmp_path, files)
    assert told.of("aws_s3_bucket.b", "s3") == {"s3:GetObject": expected, "s3:PutObject": expected}


def test_code_beside_the_plan_says_the_same(tmp_path: Path) -> None:
    code = """
        resource "aws_s3_bucket" "b" { bucket = "acme-media" }
        resource "null_resource" "x" {
          provisioner "local-exec" { command = "./set-policy ${aws_s3_bucket.b.id}" }
        }
    """
    files = plan(command(references=["aws_s3_bucket.b.id", "aws_s3_bucket.b"]))
    told = ask(tmp_path, {**files, "main.tf": code})
    assert told.of("aws_s3_bucket.b", "s3") == {"s3:GetObject": PERHAPS, "s3:PutObject": PERHAPS}


GRANT = {
    "Effect": "Allow",
    "Principal": {"AWS": ROLE},
    "Action": ["s3:GetObject", "s3:PutObject"],
    "Resource": "arn:aws:s3:::acme-media/*",
}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("aws s3api put-bucket-policy --bucket acme-media", ("unknown", "the commands of null_resource.x write it too")),
        ("aws s3api put-bucket-cors --bucket acme-media", ("holds", "statement 1 grants it for every key")),
        ("aws s3api put-bucket-policy --bucket acme-other", ("holds", "statement 1 grants it for every key")),
    ],
)
def test_a_command_of_a_plan_that_writes_what_is_certain_makes_it_unknown(
    tmp_path: Path, said: str, expected: tuple[str, str]
) -> None:
    document = json.loads(plan(command(constant_value=said))["plan.json"])
    values = {"bucket": "acme-media", "policy": json.dumps({"Version": "2012-10-17", "Statement": [GRANT]})}
    policy = {"address": "aws_s3_bucket_policy.p", "mode": "managed", "type": "aws_s3_bucket_policy", "name": "p"}
    document["planned_values"]["root_module"]["resources"].append({**policy, "values": values})
    document["resource_changes"].append({**policy, "change": {"actions": ["create"]}})
    expressions = {"bucket": {"references": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]}, "policy": {}}
    document["configuration"]["root_module"]["resources"].append({**policy, "expressions": expressions})
    told = ask(tmp_path, {"plan.json": json.dumps(document)})
    assert told.of("aws_s3_bucket.b", "s3") == {"s3:GetObject": expected, "s3:PutObject": expected}
