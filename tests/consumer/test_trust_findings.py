"""What is told of a role that cannot be assumed: one finding at its trust policy, and a fix that lets in the platform alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from auditor.contract.load import load
from auditor.finding import Certainty
from auditor.foundation.errors import AuditError
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.report import Report
from tests.consumer.test_trust import GOOGLE, MASTER, OWN_POLICY, READ, ROOT, allow

CONTRACT = """\
id: own
title: Datadog
parameters:
  role: {description: The role., default: ""}
  id: {description: The external id., default: ""}
principal:
  arn: "${role}"
  assumed-by: ASSUMED
needs:
  - {id: s3:GetObject, why: It reads.}
  - {id: s3:PutObject, why: It writes.}
"""
BY_ACCOUNT = '{arn: "464622532012", requests: {sts:ExternalId: "${id}"}, required: ["sts:ExternalId"]}'
BY_GOOGLE = f'{{arn: {GOOGLE}, requests: {{"{GOOGLE}:sub": "${{id}}", "{GOOGLE}:aud": "a"}}}}'
BY_ITSELF = f'{{arn: "{MASTER}", requests: {{sts:ExternalId: "${{id}}"}}, itself: "true"}}'


def audited(
    directory: Path,
    assumed: str,
    statements: Sequence[Mapping[str, Any]],
    own: Sequence[Mapping[str, Any]] = (READ,),
    *,
    key: bool = False,
    **given: str,
) -> Report:
    """The report on a template with a role and two buckets, encrypted with a key where that is asked."""

    def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
        return {"Version": "2012-10-17", "Statement": list(statements)}

    role = {
        "RoleName": "access",
        "AssumeRolePolicyDocument": policy(*statements),
        "Policies": [{"PolicyName": "p", "PolicyDocument": policy(*own)}],
    }
    rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}}}
    more = {"BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}} if key else {}
    resources = {
        **({"Key": {"Type": "AWS::KMS::Key", "Properties": {}}} if key else {}),
        "Access": {"Type": "AWS::IAM::Role", "Properties": role},
        **{
            name: {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"acme-{name.lower()}", **more}}
            for name in ("Logs", "More")
        },
    }
    template, contract = directory / "template.json", directory / "own.yaml"
    template.write_text(json.dumps({"Resources": resources}, indent=2), encoding="utf-8")
    needs = "  - {id: kms:Decrypt, why: It reads.}\n" if key else ""
    contract.write_text(CONTRACT.replace("ASSUMED", assumed) + needs, encoding="utf-8")
    request = Request(paths=(str(template),), contracts=(load(str(contract), {"role": "Access", **given}),), every_bucket=True)
    return audit(request, Texts())


def written(report: Report, fix: int = 0) -> dict[str, Any]:
    (finding,) = report.findings
    statement: dict[str, Any] = json.loads(finding.fixes[fix].text)
    return statement


def test_a_role_of_two_buckets_is_told_once_and_the_fix_never_leaves_out_the_external_id(tmp_path: Path) -> None:
    report = audited(tmp_path, BY_ACCOUNT, [allow(MASTER)])
    assert [(verdict.subject.address, verdict.need.id, verdict.status.value) for verdict in report.verdicts] == [
        ("Access", "sts:AssumeRole", "fails"),
        ("Logs", "s3:GetObject", "fails"),
        ("Logs", "s3:PutObject", "fails"),
        ("More", "s3:GetObject", "fails"),
        ("More", "s3:PutObject", "fails"),
    ]
    cannot = "Datadog (464622532012) cannot assume Access: no statement allows sts:AssumeRole."
    assert {(finding.rule, finding.bucket, finding.message) for finding in report.findings if finding.rule.startswith("role-")} == {
        ("role-trust-missing", "Access", cannot)
    }
    finding = next(finding for finding in report.findings if finding.rule == "role-trust-missing")
    (fix,) = finding.fixes
    assert (fix.certainty, fix.edits) == (Certainty.NEEDS_REVIEW, ())
    assert json.loads(fix.text) == {
        "Sid": "PlatformTrust",
        "Effect": "Allow",
        "Principal": {"AWS": ROOT},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "EXTERNAL_ID"}},
    }


def test_a_need_that_fails_only_for_the_trust_policy_is_not_told_on_its_own(tmp_path: Path) -> None:
    own = {**READ, "Action": "s3:*", "Resource": "*"}
    report = audited(tmp_path, BY_ACCOUNT, [{**allow(MASTER), "Sid": "PlatformTrust"}], [own], id="acme")
    assert [(finding.rule, finding.subject) for finding in report.findings] == [("role-trust-missing", "sts:AssumeRole")]
    (fix,) = report.findings[0].fixes
    assert fix.certainty is Certainty.SAFE
    assert fix.edits
    assert written(report)["Sid"] == "PlatformTrust2"
    assert written(report)["Condition"] == {"StringEquals": {"sts:ExternalId": "acme"}}


def test_a_web_identity_is_let_in_with_its_subject_and_audience(tmp_path: Path) -> None:
    report = audited(tmp_path, BY_GOOGLE, [allow(MASTER)], [{**READ, "Action": "s3:*", "Resource": "*"}])
    assert written(report) == {
        "Sid": "PlatformTrust",
        "Effect": "Allow",
        "Principal": {"Federated": GOOGLE},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{GOOGLE}:sub": "SUBJECT", f"{GOOGLE}:aud": "a"}},
    }
    assert not report.findings[0].fixes[0].edits


def test_the_key_is_of_no_use_to_a_role_that_cannot_be_assumed(tmp_path: Path) -> None:
    use = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
    for statements, expected in (([allow(ROOT)], "holds"), ([allow(MASTER)], "fails")):
        report = audited(tmp_path, BY_ACCOUNT, statements, [ALL, use], key=True, id="acme")
        assert {verdict.status.value for verdict in report.verdicts} == {expected}
        told = [finding.rule for finding in report.findings if finding.severity.value == "error"]
        assert told == (["role-trust-missing"] if expected == "fails" else [])


ALL = {**READ, "Action": "s3:*", "Resource": "*"}


def test_a_role_that_cannot_assume_itself(tmp_path: Path) -> None:
    report = audited(tmp_path, BY_ITSELF, [allow(MASTER)], [ALL, OWN_POLICY], id="acme")
    (finding,) = report.findings
    assert finding.message == (
        "Access cannot assume itself: its trust policy lets in neither it nor its account; Datadog needs that it can."
    )
    assert written(report) == {
        "Sid": "AssumeItself",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::ACCOUNT:root"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"sts:ExternalId": "acme"},
            "ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::ACCOUNT:role/access"},
        },
    }


@pytest.mark.parametrize(
    ("statements", "rule", "message"),
    [
        (
            [allow(ROOT), allow("*", effect="Deny", StringEquals={"sts:ExternalId": "acme"})],
            "role-trust-missing",
            "Datadog (464622532012) cannot assume Access: statement 2 denies sts:AssumeRole.",
        ),
        (
            [{**allow(ROOT), "Resource": "*"}],
            "policy-refused-by-aws",
            'Statement 1 has a Resource, and IAM refuses the whole policy (MalformedPolicyDocument: "Has prohibited field Resource.").',
        ),
    ],
)
def test_what_no_statement_can_fix(statements: Sequence[Mapping[str, Any]], rule: str, message: str, tmp_path: Path) -> None:
    report = audited(tmp_path, BY_ACCOUNT, statements, [ALL], id="acme")
    told = {(finding.rule, finding.message) for finding in report.findings if finding.severity.value == "error"}
    assert told == {(rule, message)}


@pytest.mark.parametrize(
    ("principal", "need", "message"),
    [
        (
            "arn: aws_iam_role.x",
            "sts:AssumeRole",
            "3:12: the principal has no 'assumed-by', and the contract needs sts:AssumeRole",
        ),
        (
            f"assumed-by: {{arn: {GOOGLE}}}",
            "sts:AssumeRole",
            f"4:8: {GOOGLE} assumes a role with sts:AssumeRoleWithWebIdentity, not sts:AssumeRole",
        ),
        (
            "assumed-by: {arn: aws_iam_role.x}",
            "sts:TagSession",
            "3:31: 'aws_iam_role.x' is not the ARN of a role or user, an account, a service or an identity provider",
        ),
    ],
)
def test_what_could_never_be_assumed(principal: str, need: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(f"id: own\ntitle: X\nprincipal: {{{principal}}}\nneeds: [{{id: '{need}', why: w}}]\n", encoding="utf-8")
    with pytest.raises(AuditError) as error:
        load(str(file), {})
    assert str(error.value) == f"{file}:{message}"


def test_that_a_role_is_assumed_is_asked_once_whether_the_contract_says_so_or_not(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    for written, asked in (("s3:GetObject", ["sts:AssumeRole", "s3:GetObject"]), ("sts:AssumeRole", ["sts:AssumeRole"])):
        file.write_text(
            f"id: own\ntitle: X\nprincipal: {{assumed-by: {{arn: '464622532012'}}}}\nneeds: [{{id: '{written}', why: w}}]\n",
            encoding="utf-8",
        )
        assert [need.id for need in load(str(file), {}).needs] == asked
