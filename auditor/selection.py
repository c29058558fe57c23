"""Which buckets a contract applies to.

In this order: those named by address; else those marked in the code with `auditor: contract=NAME`; else those whose policy, key or CORS
already mention the consumer; else the only bucket found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.contract import Contract, PartyKind
from auditor.foundation.errors import AuditError, did_you_mean
from auditor.foundation.value import (
    NULL,
    Known,
    MapValue,
    Template,
    Text,
    Value,
    children,
    is_text,
    origin_of,
    shown,
    text_of,
    text_parts,
)
from auditor.model import Bucket, Declarations, Directive, IamIdentity, IdentityKind, Kind
from auditor.proofs.consumer import trusts

_MARK = re.compile(r"contract=(\S+)")


@dataclass(frozen=True, slots=True)
class Selection:
    """The buckets of one contract.

    Attributes:
        buckets: they.
        note: how they were chosen, a phrase.
        missing: what is to be said of the names that belong to no bucket, one sentence each.
    """

    buckets: tuple[Bucket, ...]
    note: str
    missing: tuple[str, ...] = ()


def may_be_in_code(contract: Contract) -> bool:
    """Whether a principal of a contract may be a role or user that the audited code declares."""
    return any(party.is_in_code for party in contract.parties)


def check_principal(contract: Contract, roots: Sequence[Declarations]) -> None:
    """Sees to it that a principal that is given as an address is the address of a role or user.

    Raises:
        AuditError: there is none.
    """
    wanted = [party.principal for party in contract.parties if party.is_in_code and party.kind is PartyKind.DECLARED]
    addresses = sorted({one.address for root in roots for one in root.identities if one.kind is not IdentityKind.GROUP})
    for principal in wanted:
        if principal not in addresses:
            listing = f" (found: {', '.join(addresses)})" if addresses else "; none found"
            told = f"there is no role or user '{principal}'"
            raise AuditError(told + (did_you_mean(principal, addresses) or listing))


def select(
    buckets: Sequence[Bucket],
    contract: Contract,
    directives: Sequence[Directive],
    named: Sequence[str],
    *,
    every: bool = False,
    related: bool = False,
) -> Selection:
    """The buckets that a contract applies to.

    Args:
        buckets: all buckets, in order.
        contract: the contract.
        directives: the comments that speak to the tool.
        named: addresses that the user gave; `ROOT:ADDRESS` tells equal addresses of several roots apart.
        every: whether all buckets are to be taken.
        related: whether only those are to be taken that are marked or mention the consumer, even if that is none.

    Raises:
        AuditError: no named bucket exists, or several buckets are there and nothing says which.
    """
    if named:
        return _named(buckets, named)
    if every:
        return Selection(tuple(buckets), "every bucket (--all-buckets)")
    marked = tuple(bucket for bucket in buckets if _is_marked(bucket, contract, directives))
    if marked:
        return Selection(marked, f"buckets marked 'auditor: contract={contract.id}'")
    mentioning = tuple(bucket for bucket in buckets if _mentions(bucket, contract))
    if mentioning:
        return Selection(mentioning, f"buckets whose policy, key or CORS mentions {contract.title}")
    if related:
        return Selection((), f"no bucket is marked for {contract.title} or mentions it; nothing was audited")
    if len(buckets) <= 1:
        return Selection(tuple(buckets), "the only bucket found" if buckets else "no bucket found")
    raise AuditError(
        f"found {len(buckets)} buckets, and none mentions {contract.title}: choose with --bucket ADDRESS, --all-buckets, "
        f"or a comment '# auditor: contract={contract.id}' above the bucket (--related skips them):\n{_listing(buckets)}"
    )


def _listing(buckets: Sequence[Bucket]) -> str:
    """The buckets as `--bucket` takes them: with the root where an address alone is not enough."""
    addresses = [bucket.declaration.address for bucket in buckets]
    lines = []
    for bucket in buckets:
        address = bucket.declaration.address
        name = f"{bucket.root}:{address}" if addresses.count(address) > 1 else address
        place = bucket.declaration.calls[0] if bucket.declaration.calls else bucket.declaration.location
        lines.append(f"  {name}  ({place.path}:{place.line})")
    return "\n".join(lines)


def _named(buckets: Sequence[Bucket], named: Sequence[str]) -> Selection:
    chosen: list[Bucket] = []
    missing: list[str] = []
    for name in named:
        found = [
            bucket for bucket in buckets if name in (bucket.declaration.address, f"{bucket.root}:{bucket.declaration.address}")
        ]
        if not found:
            addresses = [bucket.declaration.address for bucket in buckets]
            ending = next((f"; did you mean '{one}'?" for one in addresses if one.endswith(f".{name}")), "")
            there = f"; buckets found:\n{_listing(buckets)}" if buckets else "; none found"
            missing.append(f"there is no bucket '{name}'" + (did_you_mean(name, addresses) or ending or there))
        chosen.extend(bucket for bucket in found if bucket not in chosen)
    if not chosen:
        raise AuditError("\n".join(missing))
    return Selection(tuple(chosen), "selected with --bucket", tuple(missing))


def _is_marked(bucket: Bucket, contract: Contract, directives: Sequence[Directive]) -> bool:
    header = bucket.declaration.location
    places = (header, *bucket.declaration.calls)
    return any(
        directive.applies_to.path == place.path and directive.applies_to.line <= place.line <= directive.applies_to.end_line
        for directive in directives
        if (mark := _MARK.search(directive.text)) and mark[1] == contract.id
        for place in places
    )


def _mentions(bucket: Bucket, contract: Contract) -> bool:
    if _belongs_to_role(bucket, contract):
        return True
    who = (text for party in contract.parties for text in (party.principal, party.account))
    hosts = (origin.partition("://")[2] for origin in contract.origins)
    words = tuple(word for word in (*who, *hosts) if word)
    keys = {id(key): key for key in bucket.estate.keys if _uses(bucket, key.declaration.address)}
    values = (
        *(linked.attachment.content for kind in (Kind.POLICY, Kind.CORS) for linked in bucket.slot(kind).linked),
        *(linked.attachment.content for key in keys.values() for linked in key.policy.linked),
    )
    return any(word in text for value in values for text in _texts(value) for word in words)


def _belongs_to_role(bucket: Bucket, contract: Contract) -> bool:
    """Whether a role of the code that the contract names and a bucket mention each other in their policies."""
    return any(
        _mention_each_other(bucket, role)
        for party in contract.parties
        if party.is_in_code
        for role in bucket.estate.identities
        if role.declaration.address == party.principal or (not party.principal and trusts(role, party))
    )


def _mention_each_other(bucket: Bucket, role: IamIdentity) -> bool:
    mine = _marked(text_of(("arn:aws:s3:::", *text_parts(bucket.declaration.name))))
    its = _marked(role.declaration.arn)
    named = (text for _, policy in role.policies for text in _marked_texts(policy.document))
    naming = (text for linked in bucket.slot(Kind.POLICY).linked for text in _marked_texts(linked.attachment.content))
    return any(text.removeprefix(mine)[:1] in ("", "/", "*") for text in named if text.startswith(mine)) or its in naming


def _marked(text: Text) -> str:
    return shown(text_parts(text), "\0{}\0")


def _marked_texts(value: Value) -> Iterator[str]:
    """Every text in a value, its holes by their names between marks."""
    if is_text(value):
        yield _marked(value)
    for child in children(value):
        yield from _marked_texts(child)


def _uses(bucket: Bucket, key: str) -> bool:
    """Whether the bucket's encryption was given a value that was read from the key."""
    return any(
        isinstance(linked.attachment.content, MapValue)
        and origin_of(linked.attachment.content.entries.get("KMSMasterKeyID") or NULL) == key
        for linked in bucket.slot(Kind.ENCRYPTION).linked
    )


def _texts(value: Value) -> Iterator[str]:
    """Every literal text in a value."""
    if isinstance(value, Template) or (isinstance(value, Known) and isinstance(value.value, str)):
        yield from (part for part in text_parts(value) if isinstance(part, str))
    for child in children(value):
        yield from _texts(child)
