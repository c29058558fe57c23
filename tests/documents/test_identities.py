"""Roles and users as the AWS command line prints them: judged like those of code, and in force whatever IAM would say of them today."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.sources.options import SourceOptions

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/archives"
USER = f"arn:aws:iam::{ACCOUNT}:user/loader"
MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/archives"
CONTRACT = """\
id: own
title: Datadog
principal: WHO
needs:
  - {id: s3:PutObject, why: It writes archives.}
"""
ASSUMED = '{assumed-by: {arn: "464622532012", requests: {sts:ExternalId: acme}}}'


def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str = "s3:PutObject") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::acme-logs/*"}


def trusted(external_id: str = "acme", **more: Any) -> dict[str, Any]:
    test = {"StringEquals": {"sts:ExternalId": external_id}}
    principals = ["arn:aws:iam::464622532012:root", *more.pop("beside", ())]
    return {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sts:AssumeRole", "Condition": test}


def details(trust: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    versions = [
        {"VersionId": "v1", "IsDefaultVersion": False, "Document": policy({"Effect": "Deny", "Action": "*", "Resource": "*"})},
        {"VersionId": "v2", "IsDefaultVersion": True, "Document": policy(allow())},
    ]
    attached = {"AttachedManagedPolicies": [{"PolicyName": "archives", "PolicyArn": MANAGED}]}
    role = {"RoleName": "archives", "Arn": ROLE, "AssumeRolePolicyDocument": policy(trust), "RolePolicyList": [], **attached}
    user = {"UserName": "loader", "Arn": USER, "GroupList": ["writers"], "AttachedManagedPolicies": []}
    group = {"GroupName": "writers", "Arn": f"arn:aws:iam::{ACCOUNT}:group/writers", **attached}
    return {
        "RoleDetailList": [{**role, **more}],
        "UserDetailList": [user],
        "GroupDetailList": [group],
        "Policies": [{"PolicyName": "archives", "Arn": MANAGED, "PolicyVersionList": versions}],
    }


def statuses(directory: Path, who: str, told: Mapping[str, Any]) -> dict[str, str]:
    live = directory / "live"
    live.mkdir()
    (live / "iam.json").write_text(json.dumps(told), encoding="utf-8")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::acme-logs/*"}
    (live / "policy.json").write_text(json.dumps({"Policy": json.dumps(policy(deny))}), encoding="utf-8")
    (directory / "own.yaml").write_text(CONTRACT.replace("WHO", who), encoding="utf-8")
    contract = load(str(directory / "own.yaml"), {})
    report = audit(Request(paths=(str(live),), contracts=(contract,), options=SourceOptions(account=ACCOUNT, roles=True)), Texts())
    assert not report.errors
    return {f"{verdict.subject.address} {verdict.need.id}": verdict.status.value for verdict in report.verdicts}


@pytest.mark.parametrize(
    ("told", "role", "bucket"),
    [
        (details(trusted()), "holds", "holds"),
        (details(trusted("other")), "fails", "fails"),
        (details(trusted(), AttachedManagedPolicies=[]), "holds", "fails"),
        (details(trusted(), AttachedManagedPolicies=[], RolePolicyList=[{"PolicyName": "p", "PolicyDocument": policy(allow())}]), "holds", "holds"),
        (details(trusted(), PermissionsBoundary={"PermissionsBoundaryArn": MANAGED}), "holds", "holds"),
        (details(trusted(), PermissionsBoundary={"PermissionsBoundaryArn": f"{MANAGED}-of-another"}), "holds", "unknown"),
        # IAM shows a principal that was deleted by its unique id, and takes no such policy again.
        (details(trusted(beside=["AROAEXAMPLEEXAMPLE123"])), "holds", "holds"),
        ({**details(trusted()), "Policies": []}, "holds", "unknown"),
    ],
)  # fmt: skip
def test_a_role_that_is_printed(told: Mapping[str, Any], role: str, bucket: str, tmp_path: Path) -> None:
    assert statuses(tmp_path, ASSUMED, told) == {f"{ROLE} sts:AssumeRole": role, "acme-logs s3:PutObject": bucket}


def test_a_user_has_the_policies_of_its_groups(tmp_path: Path) -> None:
    assert statuses(tmp_path, f'{{arn: "{USER}"}}', details(trusted())) == {"acme-logs s3:PutObject": "holds"}
