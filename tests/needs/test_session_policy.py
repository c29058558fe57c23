"""A role that a platform assumes with a session policy may do what both that policy and its own allow.

Source: AWS STS API Reference, AssumeRole, "Policy"; IAM User Guide, "Session policies".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from auditor.contract import Contract
from auditor.contract.build import Lenient, contract_of
from auditor.contract.file import ContractFile
from auditor.foundation.errors import AuditError
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.report import Report
from auditor.sources.options import SourceOptions

FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "needs" / "session-policy"
CONTRACT = (FIXTURES / "contract.yaml").read_text(encoding="utf-8")
CODE = (FIXTURES / "main.tf").read_text(encoding="utf-8")
GIVEN = {"external-id": "abc", "prefix": "exports/"}
ALONE = "aws_iam_role.exports has no policies beside those in the code, and its sessions have the policy that the contract says."


def contract(text: str, given: Mapping[str, str] = GIVEN) -> Contract:
    return contract_of(ContractFile(text, "contract.yaml", built_in=False), given)


def audited(code: str, asked: Contract, directory: Path) -> Report:
    (directory / "main.tf").write_text(code, encoding="utf-8")
    report = audit(Request((str(directory),), (asked,), SourceOptions(account="111122223333"), every_bucket=True), Texts())
    assert report.errors == ()
    return report


def proven(code: str, asked: Contract, directory: Path) -> dict[str, str]:
    """What is said of each need."""
    verdicts = audited(code, asked, directory).verdicts
    return {verdict.need.id: f"{verdict.status.value}: {verdict.reason}" for verdict in verdicts}


def test_what_a_session_may_do(tmp_path: Path) -> None:
    assert proven(CODE, contract(CONTRACT), tmp_path) == {
        "sts:AssumeRole": "holds: statement 1 grants it",
        "s3:PutObject": "holds: statement 1 grants it for every key",
        "s3:GetObject": "unknown: it depends on 'aws:SourceIp': in one case, statement 3 denies s3:GetObject",
        "kms:GenerateDataKey": "holds: statement 1 grants it through aws_kms_key.exports",
    }


def test_that_a_session_has_a_policy_is_assumed(tmp_path: Path) -> None:
    assumptions = {verdict.need.id: verdict.assumptions for verdict in audited(CODE, contract(CONTRACT), tmp_path).verdicts}
    assert {need for need, assumed in assumptions.items() if ALONE in assumed} == {
        "s3:PutObject",
        "s3:GetObject",
        "kms:GenerateDataKey",
    }


def test_a_session_has_nothing_that_the_role_lacks(tmp_path: Path) -> None:
    code = CODE.replace('"s3:PutObject", ', "")
    assert proven(code, contract(CONTRACT), tmp_path)["s3:PutObject"] == (
        "fails: neither a policy of the caller nor the resource's own allows s3:PutObject"
    )


def test_a_condition_that_is_known_decides(tmp_path: Path) -> None:
    requests = '    requests: {"aws:SourceIp": 203.0.113.4}\n'.replace("    ", "  ", 1)
    known = CONTRACT.replace("principal:\n", f"principal:\n{requests}")
    assert proven(CODE, contract(known), tmp_path)["s3:GetObject"] == "holds: statement 1 grants it for every key"


def test_what_is_not_given_of_a_session_policy_leaves_the_needs_unknown(tmp_path: Path) -> None:
    given = GIVEN | {"prefix": ""}
    file = ContractFile(CONTRACT, "contract.yaml", built_in=False)
    asked = contract_of(file, given, ungiven={"prefix"}, lenient=Lenient.YES)
    said = proven(CODE, asked, tmp_path)
    assert said["s3:PutObject"] == "unknown: statement 1 grants it for every key, but prefix is not given"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[s3:PutObject, s3:GetObject]", "s3:GetObject", "contract.yaml:17:7: the session policy does not allow s3:PutObject"),
        (
            "*/${prefix}*",
            "*/other/*",
            (
                "contract.yaml:17:7: the session policy does not allow s3:PutObject\n"
                "contract.yaml:17:7: the session policy does not allow s3:GetObject"
            ),
        ),
        ("kms:GenerateDataKey\n", "kms:Decrypt\n", "contract.yaml:17:7: the session policy does not allow kms:GenerateDataKey"),
        (
            "Effect: Deny",
            "Effect: Forbid",
            "contract.yaml:17:7: the session policy: statement 3 has the Effect 'Forbid', which is neither Allow nor Deny",
        ),
        (
            "session-policy:",
            "session-policies:",
            "contract.yaml:16:5: principal/assumed-by: unknown key 'session-policies'; did you mean 'session-policy'?",
        ),
    ],
)
def test_a_session_policy_that_can_never_do(old: str, new: str, message: str) -> None:
    with pytest.raises(AuditError) as error:
        contract(CONTRACT.replace(old, new, 1))
    assert str(error.value) == message
