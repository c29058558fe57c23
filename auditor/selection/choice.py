"""Which buckets a contract applies to.

In this order: those named by address; else those marked in the code with `auditor: contract=NAME`; else those whose policy, key or CORS
already mention the consumer; else the only bucket found.
"""

from __future__ import annotations

from collections.abc import Sequence

from auditor.contract import Contract, PartyKind
from auditor.foundation.errors import AuditError, did_you_mean
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.model import Bucket, Declarations, Directive, IdentityKind
from auditor.selection.audited import audited
from auditor.selection.mentions import mentioning, mentions

_MARK = regex(r"contract=(\S+)")
_LISTED = 20
"""Buckets that an error lists."""


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
    absent = {address for root in roots for address in root.absent}
    for principal in wanted:
        if principal in absent and principal not in addresses:
            raise AuditError(f"'{principal}' does not exist: its condition does not hold with the parameters at hand")
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

    A bucket that another root declares is one of them only where it is named, or marked.

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
        return Selection(audited(buckets), "every bucket (--all-buckets)")
    marked = tuple(bucket for bucket in buckets if _is_marked(bucket, contract, directives))
    buckets = audited(buckets)
    if marked:
        return Selection(marked, f"buckets marked 'auditor: contract={contract.id}'{_passed_over(buckets, marked, contract)}")
    if found := mentioning(buckets, contract):
        return Selection(tuple(bucket for bucket, _ in found), f"buckets whose policy, key or CORS mentions {contract.title}")
    if related:
        return Selection((), f"no bucket is marked for {contract.title} or mentions it; nothing was audited")
    if len(buckets) <= 1:
        return Selection(tuple(buckets), "the only bucket found" if buckets else "no bucket found")
    raise AuditError(
        f"found {len(buckets)} buckets, and none mentions {contract.title}:\n{_listing(buckets)}\n"
        "  Choose with one of:\n"
        "    --bucket ADDRESS  one of these buckets\n"
        "    --all-buckets     every bucket\n"
        "    --related         only buckets that mention the platform: here, none\n"
        "    --contract NAME   another platform ('auditor contracts' lists them)\n"
        f"    a comment         '# auditor: contract={contract.id}' above the bucket"
    )


def _passed_over(buckets: Sequence[Bucket], marked: Sequence[Bucket], contract: Contract) -> str:
    """What marks leave out although it mentions the consumer: whoever proposes a change can write a mark."""
    others = [bucket.declaration.address for bucket, _ in mentioning(buckets, contract) if bucket not in marked]
    return f"; not marked, so not audited, though {contract.title} is mentioned: {', '.join(others)}" if others else ""


def is_called_for(
    buckets: Sequence[Bucket], contract: Contract, directives: Sequence[Directive], named: Sequence[str], *, every: bool
) -> bool:
    """Whether something says that a contract applies: buckets are named or all wanted, or one is marked for it or mentions it."""
    if named or every:
        return True
    return any(_is_marked(bucket, contract, directives) or mentions(bucket, contract) for bucket in buckets)


def is_named(bucket: Bucket, named: Sequence[str]) -> bool:
    """Whether a bucket is among those that are named; every one is where none is named."""
    return not named or any(is_called(bucket, name) for name in named)


def _listing(buckets: Sequence[Bucket]) -> str:
    """The buckets as `--bucket` takes them: with the root where an address alone is not enough."""
    addresses = [bucket.declaration.address for bucket in buckets]
    lines = []
    for bucket in buckets[:_LISTED]:
        address = bucket.declaration.address
        name = f"{bucket.root}:{address}" if addresses.count(address) > 1 else address
        place = bucket.declaration.calls[0] if bucket.declaration.calls else bucket.declaration.location
        told = f"line {place.line}" if name.startswith(f"{place.path}:") else f"{place.path}:{place.line}"
        lines.append(f"  {name}  ({told})")
    if len(buckets) > _LISTED:
        lines.append(f"  and {len(buckets) - _LISTED} more ('auditor inspect' lists all)")
    return "\n".join(lines)


def _named(buckets: Sequence[Bucket], named: Sequence[str]) -> Selection:
    chosen: list[Bucket] = []
    missing: list[str] = []
    for name in named:
        found = [bucket for bucket in buckets if is_called(bucket, name)]
        if not found:
            missing.append(no_bucket(name, buckets))
        chosen.extend(bucket for bucket in found if bucket not in chosen)
    if not chosen:
        raise AuditError("\n".join(missing))
    return Selection(tuple(chosen), "selected with --bucket", tuple(missing))


def is_called(bucket: Bucket, name: str) -> bool:
    """Whether a name that the user gave, `ADDRESS` or `ROOT:ADDRESS`, is that of a bucket."""
    return name in (bucket.declaration.address, f"{bucket.root}:{bucket.declaration.address}")


def no_bucket(name: str, buckets: Sequence[Bucket]) -> str:
    """What is to be said of a name that none of some buckets has."""
    addresses = [bucket.declaration.address for bucket in buckets]
    ending = next((f"; did you mean '{one}'?" for one in addresses if one.endswith(f".{name}")), "")
    there = f"; buckets found:\n{_listing(buckets)}" if buckets else "; none found"
    return f"there is no bucket '{name}'" + (ending or did_you_mean(name, addresses) or there)


def _is_marked(bucket: Bucket, contract: Contract, directives: Sequence[Directive]) -> bool:
    header = bucket.declaration.location
    places = (header, *bucket.declaration.calls)
    return any(
        directive.applies_to.path == place.path and directive.applies_to.line <= place.line <= directive.applies_to.end_line
        for directive in directives
        if (mark := _MARK.search(directive.text)) and mark[1] == contract.id
        for place in places
    )
