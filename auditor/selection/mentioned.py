"""Which consumers code is about, when nobody says: every platform that is built in and that a bucket mentions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from auditor.contract import Contract
from auditor.contract.known import candidates, let_in
from auditor.foundation.value import Known, Value, text_parts, texts_in
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Kind
from auditor.selection.audited import audited
from auditor.selection.let_in import let_in_below, let_in_for
from auditor.selection.mentions import Mention, mentioning, shared


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A consumer that buckets mention.

    Attributes:
        contract: it, in the variant that they mention; one of a service with the resource of the code for which their policies let it in, and
            with the account and the prefix below which they let it write.
        buckets: they, each with the places.
    """

    contract: Contract
    buckets: tuple[tuple[Bucket, tuple[Mention, ...]], ...]


def mentioned(buckets: Sequence[Bucket], asked: Collection[str] = ()) -> tuple[Mentioned, ...]:
    """The consumers that are built in and that buckets mention, by their ids.

    Args:
        buckets: they.
        asked: the ids of contracts that are asked for anyway; where no other one can be meant, none is looked for.
    """
    buckets = audited(buckets)
    said = "\n".join({*_said_of(buckets)})
    known = candidates(said.__contains__, asked)
    common = shared([contract for variants in known for contract in variants])
    return tuple(found for variants in known for found in _of(variants, buckets, common))


def _of(variants: Sequence[Contract], buckets: Sequence[Bucket], common: frozenset[str]) -> Iterator[Mentioned]:
    """Each variant of a contract with the buckets that mention it and none before it, and with what they let it in for."""
    left = list(buckets)
    for contract in variants:
        if found := mentioning(left, contract, shared=common, denied=False):
            served: dict[tuple[str, tuple[str, ...]], list[tuple[Bucket, tuple[Mention, ...]]]] = {}
            for one in found:
                served.setdefault((let_in_for(one[0], contract), let_in_below(one[0], contract)), []).append(one)
            yield from (Mentioned(let_in(contract, address, folders), tuple(of)) for (address, folders), of in served.items())
            taken = {id(bucket) for bucket, _ in found}
            left = [bucket for bucket in left if id(bucket) not in taken]


def _said_of(buckets: Sequence[Bucket]) -> Iterator[str]:
    """The literal texts of the policies and the CORS configurations of buckets, and of the policies of keys and trust policies beside them."""
    estates = {id(bucket.estate): bucket.estate for bucket in buckets}.values()
    of_buckets = (bucket.slot(kind) for bucket in buckets for kind in (Kind.POLICY, Kind.CORS))
    of_keys = (key.policy for estate in estates for key in estate.keys)
    for slot in (*of_buckets, *of_keys):
        for linked in slot.linked:
            yield from _literals(linked.attachment.content)
    for estate in estates:
        for identity in estate.identities:
            yield from _literals(identity.declaration.trust_policy)


def _literals(value: Value) -> Iterator[str]:
    """The literal parts of the texts in a value; numbers and truth values are none."""
    for text in texts_in(value):
        if not isinstance(text, Known) or isinstance(text.value, str):
            yield from (part for part in text_parts(text) if isinstance(part, str))
