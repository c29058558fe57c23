"""How much IAM stores in one role, user or group: by itself, and together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor import Given, prove

ACCOUNT, OBJECTS = "111122223333", "arn:aws:s3:::acme-data/*"
GRANT = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": OBJECTS}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def policy(size: int) -> dict[str, Any]:
    """A policy with the grant, of exactly that many bytes without white space."""
    document = {"Version": "2012-10-17", "Statement": [GRANT, {**GRANT, "Sid": ""}]}
    document["Statement"][1]["Sid"] = "a" * (size - len(json.dumps(document, separators=(",", ":"))))  # type: ignore[index]
    return document


def terraform(kind: str, sizes: list[int]) -> dict[str, Any]:
    holder = f"aws_iam_{kind}"
    declared = {"x": {"name": "x", **({"assume_role_policy": json.dumps(TRUST)} if kind == "role" else {})}}
    inline = {f"p{index}": {kind: "x", "policy": json.dumps(policy(size))} for index, size in enumerate(sizes)}
    found: dict[str, Any] = {"aws_s3_bucket": {"b": {"bucket": "acme-data"}}, holder: declared, f"{holder}_policy": inline}
    if kind == "group":
        found["aws_iam_user"] = {"x": {"name": "x"}}
        found["aws_iam_user_group_membership"] = {"m": {"user": "x", "groups": ["x"]}}
    return {"resource": found}


def template(kind: str, sizes: list[int]) -> dict[str, Any]:
    policies = [{"PolicyName": f"p{index}", "PolicyDocument": policy(size)} for index, size in enumerate(sizes)]
    trust = {"AssumeRolePolicyDocument": TRUST} if kind == "role" else {}
    holder = {
        "Type": f"AWS::IAM::{kind.capitalize()}",
        "Properties": {f"{kind.capitalize()}Name": "x", "Policies": policies, **trust},
    }
    resources: dict[str, Any] = {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme-data"}}, "X": holder}
    if kind == "group":
        resources["U"] = {"Type": "AWS::IAM::User", "Properties": {"UserName": "x", "Groups": [{"Ref": "X"}]}}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


@pytest.mark.parametrize("language", ["terraform", "template"])
@pytest.mark.parametrize(("kind", "most"), [("role", 10_240), ("user", 2_048), ("group", 5_120)])
def test_what_is_written_into_one_identity_has_a_most_together(kind: str, most: int, language: str, tmp_path: Path) -> None:
    in_terraform = language == "terraform"
    file = tmp_path / ("main.tf.json" if in_terraform else "template.json")
    asked = {"group": "user"}.get(kind, kind)
    principal = f"aws_iam_{asked}.x" if in_terraform else {"group": "U"}.get(kind, "X")
    cases = {(most,): "holds", (most + 1,): "fails", (most - 1_000, 1_000): "holds", (most - 999, 1_000): "unknown"}
    found = {}
    for sizes in cases:
        file.write_text(json.dumps((terraform if in_terraform else template)(kind, list(sizes))), encoding="utf-8")
        verdict = prove("s3:GetObject", tmp_path, parameters={"principal": principal}, given=Given(account=ACCOUNT))
        found[sizes] = verdict.status.value
        if verdict.status.value == "unknown":
            whose = f"a group of {principal}" if kind == "group" else principal
            together = f"together they have {most + 1} bytes without white space, and {most} are the most"
            assert verdict.reason == f"IAM probably refuses one of the inline policies of {whose}: {together}"
    assert found == cases


@pytest.mark.parametrize(
    ("boundary", "status"),
    [
        ({"Version": "2012-10-17", "Statement": [GRANT]}, "holds"),
        ({"Statement": [GRANT]}, "fails"),
        ({"Version": "2012-10-17", "Statement": [{**GRANT, "Principal": "*"}]}, "fails"),
        (policy(6_144), "holds"),
        (policy(6_145), "fails"),
    ],
    ids=["sound", "no Version", "a Principal", "6,144 bytes", "6,145 bytes"],
)
@pytest.mark.parametrize("kind", ["role", "user"])
def test_a_boundary_that_iam_refuses_is_not_in_force(kind: str, boundary: dict[str, Any], status: str, tmp_path: Path) -> None:
    found = terraform(kind, [200])
    found["resource"]["aws_iam_policy"] = {"limit": {"policy": json.dumps(boundary)}}
    found["resource"][f"aws_iam_{kind}"]["x"]["permissions_boundary"] = "${aws_iam_policy.limit.arn}"
    (tmp_path / "main.tf.json").write_text(json.dumps(found), encoding="utf-8")
    parameters = {"principal": f"aws_iam_{kind}.x"}
    assert prove("s3:GetObject", tmp_path, parameters=parameters, given=Given(account=ACCOUNT)).status.value == status


def test_a_boundary_of_aws_is_not_put(tmp_path: Path) -> None:
    found = terraform("role", [200])
    found["resource"]["aws_iam_role"]["x"]["permissions_boundary"] = "arn:aws:iam::aws:policy/PowerUserAccess"
    (tmp_path / "main.tf.json").write_text(json.dumps(found), encoding="utf-8")
    parameters = {"principal": "aws_iam_role.x"}
    assert prove("s3:GetObject", tmp_path, parameters=parameters, given=Given(account=ACCOUNT)).status.value == "holds"
