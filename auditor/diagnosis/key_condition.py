"""Two conditions of key policies that S3 does not meet for reasons of their own."""

from __future__ import annotations

import enum

from auditor.diagnosis import nearest as near
from auditor.foundation.value import Known
from auditor.needs.key import KeyCause
from auditor.policy import Condition, DenyKind, StatementOutcome
from auditor.rule import Subject


class Mistake(enum.Enum):
    """What is wrong with the condition."""

    OBJECTS_WITH_BUCKET_KEY = "encryption context of objects, though an S3 Bucket Key is on"
    ANOTHER_REGION = "S3 of another region"


def mistake(subject: Subject, cause: KeyCause) -> tuple[Mistake, StatementOutcome, Condition] | None:
    """The mistake for which a grant on the key is missing, with the statement and its condition; None when it is another one."""
    if cause.decision is None:
        return None
    outcome = near.nearest(cause.decision, subject.party, cause.question) if cause.decision.kind is DenyKind.IMPLICIT else None
    condition = near.failing_condition(outcome)
    if outcome is None or condition is None or not condition.values.items or condition.values.rest:
        return None
    if is_of_objects(condition, cause):
        return Mistake.OBJECTS_WITH_BUCKET_KEY, outcome, condition
    of_s3 = all(item.written.startswith("s3.") for item in condition.values.items)
    if condition.key.lower() == "kms:viaservice" and of_s3 and isinstance(_region(subject), str):
        return Mistake.ANOTHER_REGION, outcome, condition
    return None


def is_of_objects(condition: Condition, cause: KeyCause) -> bool:
    """Whether a condition asks for the ARN of objects in the encryption context, where S3 sends that of the bucket.

    Source: Amazon S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys": the context is then the bucket's ARN.
    """
    texts = [item.written for item in condition.values.items]
    return cause.bucket_key and condition.key.lower() == "kms:encryptioncontext:aws:s3:arn" and all("/" in text for text in texts)


def _region(subject: Subject) -> str | None:
    region = subject.bucket.declaration.region
    return str(region.value) if isinstance(region, Known) and region.value else None
