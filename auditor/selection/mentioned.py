"""Which consumers code is about, when nobody says: every platform that is built in and that a bucket mentions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.contract import Contract
from auditor.contract.known import candidates
from auditor.foundation.value import Known, Value, text_parts, texts_in
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Kind
from auditor.selection.mentions import Mention, mentioning, shared


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A consumer that buckets mention.

    Attributes:
        contract: it, in the variant that they mention.
        buckets: they, each with the places.
    """

    contract: Contract
    buckets: tuple[tuple[Bucket, tuple[Mention, ...]], ...]


def mentioned(buckets: Sequence[Bucket]) -> tuple[Mentioned, ...]:
    """The consumers that are built in and that buckets mention, by their ids."""
    said = "\n".join({text for bucket in buckets for text in _said_of(bucket)})
    known = candidates(said.__contains__)
    common = shared([contract for variants in known for contract in variants])
    return tuple(found for variants in known for found in _of(variants, buckets, common))


def _of(variants: Sequence[Contract], buckets: Sequence[Bucket], common: frozenset[str]) -> Iterator[Mentioned]:
    """Each variant of a contract with the buckets that mention it and none before it."""
    left = list(buckets)
    for contract in variants:
        if found := mentioning(left, contract, shared=common, denied=False):
            yield Mentioned(contract, found)
            left = [bucket for bucket in left if all(bucket is not one for one, _ in found)]


def _said_of(bucket: Bucket) -> Iterator[str]:
    """The literal texts of the policies and the CORS configuration of a bucket, of its keys' policies, and of trust policies."""
    for slot in (bucket.slot(Kind.POLICY), bucket.slot(Kind.CORS), *(key.policy for key in bucket.estate.keys)):
        for linked in slot.linked:
            yield from _literals(linked.attachment.content)
    for identity in bucket.estate.identities:
        yield from _literals(identity.declaration.trust_policy)


def _literals(value: Value) -> Iterator[str]:
    """The literal parts of the texts in a value; numbers and truth values are none."""
    for text in texts_in(value):
        if not isinstance(text, Known) or isinstance(text.value, str):
            yield from (part for part in text_parts(text) if isinstance(part, str))
