"""Whether the platform may read single objects, by the code that declares their bucket: for the files of a registration request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from auditor.contract import Contract, Need
from auditor.errors import AuditError
from auditor.link import link
from auditor.model import Bucket, Kind
from auditor.policy import parse_policy
from auditor.proofs.access import AccessCause, prove_access
from auditor.registration import KeyAnswer
from auditor.selection import select
from auditor.sources.read import Options, read
from auditor.text import Texts
from auditor.value import Known, text_parts


def key_policy(paths: Sequence[str], contract: Contract, options: Options, buckets: Sequence[str], texts: Texts) -> Keys:
    """What the code under the paths says of reading the objects of its bucket.

    Raises:
        AuditError: something cannot be read, the contract reads nothing, or it is not clear which bucket is meant.
    """
    roots, errors = read(tuple(paths), options, texts)
    if errors:
        raise AuditError("\n".join(str(error) for error in errors))
    need = next((need for need in contract.needs if need.id == "s3:GetObject"), None)
    if need is None:
        raise AuditError(f"contract '{contract.id}' does not read objects")
    directives = tuple(directive for root in roots for directive in root.directives)
    chosen = select(link(roots), contract, directives, buckets, every=False).buckets
    if len(chosen) != 1:
        found = ", ".join(bucket.declaration.address for bucket in chosen) or "none"
        raise AuditError(f"a request is about one bucket: say which with --bucket ADDRESS (found: {found})")
    return Keys(chosen[0], need, contract)


class Keys:
    """Answers for single keys; keys that no pattern of the policy tells apart are decided once.

    Args:
        bucket: the bucket.
        need: the need to read.
        contract: the platform.
    """

    def __init__(self, bucket: Bucket, need: Need, contract: Contract) -> None:
        self._bucket, self._need, self._contract = bucket, need, contract
        self._patterns = tuple(_patterns(bucket))
        self._answers: dict[tuple[bool, ...], KeyAnswer] = {}

    @property
    def bucket(self) -> str:
        """The address of the bucket."""
        return self._bucket.declaration.address

    @property
    def name(self) -> str:
        """The bucket's name; empty when the code leaves it open."""
        name = self._bucket.declaration.name
        return str(name.value) if isinstance(name, Known) and name.value is not None else ""

    def decide(self, keys: Sequence[str]) -> Sequence[KeyAnswer]:
        """What the code says of reading each object, in the order of the keys."""
        return [self._decide(key) for key in keys]

    def _decide(self, key: str) -> KeyAnswer:
        kind = tuple(pattern.fullmatch(key) is not None for pattern in self._patterns)
        if kind not in self._answers:
            verdict = prove_access(self._bucket, self._need, self._contract, key)
            cause = verdict.cause
            statement = (
                cause.decision.deciding[0].title
                if isinstance(cause, AccessCause) and cause.decision and cause.decision.deciding
                else ""
            )
            self._answers[kind] = KeyAnswer(
                verdict.status, verdict.reason, f"{verdict.status.value} {verdict.reason} {statement}", location=verdict.location
            )
        return self._answers[kind]


def _patterns(bucket: Bucket) -> Iterator[re.Pattern[str]]:
    """The key part of every resource of the bucket policy, as widely as it can be meant."""
    for linked in bucket.slot(Kind.POLICY).linked:
        policy = parse_policy(linked.attachment.content, linked.attachment.location)
        for statement in policy.statements:
            for item in statement.resources.items:
                text = "".join(part if isinstance(part, str) else "\0" for part in text_parts(item.text))
                key = text.partition("/")[2] if "/" in text else text
                pattern = "".join(".*" if char in "*\0" else "." if char == "?" else re.escape(char) for char in key)
                yield re.compile(pattern, re.DOTALL)
