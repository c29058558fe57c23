"""The documents of `fixtures/policy/refusals.jsonl`, each with what AWS answers when it is put.

One case a line. `answer`: refused (certainly), likely (refused, known at second hand), accepted. `text`: of AWS's error, null where it is not
known. `statements`: the first statement is repeated that often, each time with another number in place of its 0000.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.foundation.location import Location
from auditor.foundation.value import Known, Value
from auditor.policy.refusals import (
    Api,
    DocumentRefusal,
    bucket_policy_refusals,
    identity_policy_refusals,
    key_policy_refusals,
    trust_policy_refusals,
)

PATH = Path(__file__).parent.parent.parent / "fixtures" / "policy" / "refusals.jsonl"
HERE = Location("policy.json")
BUCKET, ACCOUNT = "my-bucket", "111122223333"


@dataclass(frozen=True)
class Case:
    """One document and AWS's answer."""

    api: str
    name: str
    document: Any
    answer: str
    text: str | None

    @property
    def written(self) -> str:
        return self.document if isinstance(self.document, str) else json.dumps(self.document)


def cases() -> list[Case]:
    return [_case(json.loads(line)) for line in PATH.read_text(encoding="utf-8").splitlines()]


def _case(found: dict[str, Any]) -> Case:
    document = found["document"]
    if "statements" in found:
        first = json.dumps(document["Statement"][0])
        numbered = [json.loads(first.replace("0000", f"{index:04}")) for index in range(found["statements"])]
        for index, statement in enumerate(numbered):
            statement["Sid"] = f"S{index}"
        document = {**document, "Statement": numbered}
    return Case(found["api"], found["name"], document, found["answer"], found["text"])


def put(api: str, content: Value) -> tuple[DocumentRefusal, ...]:
    """Why the operation refuses a document."""
    if api == "PutBucketPolicy":
        return bucket_policy_refusals(content, HERE, Known(BUCKET))
    if api == "PutKeyPolicy":
        return key_policy_refusals(content, HERE, Known(ACCOUNT))
    if api == "UpdateAssumeRolePolicy":
        return trust_policy_refusals(content, HERE)
    return identity_policy_refusals(content, HERE, Api(api))
