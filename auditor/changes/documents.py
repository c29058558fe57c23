"""A policy document on its own: what it is attached to, told by its shape.

Source: IAM User Guide, "Identity-based policies and resource-based policies" (only the latter have a Principal), "Creating a role: trust
policies" (they have no Resource); AWS KMS Developer Guide, "Key policies".
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.comparison.access import PolicyKind
from auditor.foundation.errors import InputError
from auditor.foundation.json_text import parse_json_file
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.foundation.value import Known, MapValue
from auditor.lazy.classes import dataclass
from auditor.policy.document import Policy, StatementItem
from auditor.policy.parse import parse_policy


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A policy document in a file of its own.

    Attributes:
        path: the file.
        kind: what it is attached to; None where both readings are possible.
        policy: it, parsed.
    """

    path: str
    kind: PolicyKind | None
    policy: Policy


def read_policy_document(path: str, texts: Texts) -> PolicyDocument | InputError:
    """The policy document in a JSON file, or why it is not one; also as `get-bucket-policy` and `get-key-policy` print it."""
    text = texts.read(path)
    if isinstance(text, InputError):
        return text
    value, errors = parse_json_file(text, path)
    if value is None:
        return errors[0]
    inner = value.entries.get("Policy") if isinstance(value, MapValue) and "Statement" not in value.entries else None
    policy = parse_policy(inner if inner is not None else value, Location(path))
    if not policy.statements and not policy.rest:
        problem = policy.problems[0] if policy.problems else None
        message = problem.message if problem else "it has no Statement"
        return InputError(problem.location if problem else Location(path), f"is not a policy document: {message}")
    return PolicyDocument(path, kind_of(policy), policy)


def kind_of(policy: Policy) -> PolicyKind | None:
    """What a document is attached to; None when its actions do not tell."""
    statements = policy.statements
    if not any(one.principals.written for one in statements):
        return PolicyKind.IDENTITY
    if not any(one.resources.written for one in statements):
        return PolicyKind.TRUST
    services = {text.partition(":")[0].lower() for one in statements for text in _texts(one.actions.items) if ":" in text}
    arns = {text.split(":")[2] for one in statements for text in _texts(one.resources.items) if text.count(":") >= 5}
    if "s3" in arns or services & {"s3", "s3express"}:
        return PolicyKind.BUCKET
    if "kms" in arns or "kms" in services:
        return PolicyKind.KEY
    return PolicyKind.TRUST if "sts" in services else None


def _texts(items: tuple[StatementItem, ...]) -> Iterator[str]:
    yield from (str(item.text.value) for item in items if isinstance(item.text, Known))
