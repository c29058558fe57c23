"""What a fix may not do: make a verdict worse, or give anything to somebody else than the consumer.

Nobody else gains anything where the statements that are new are for the consumer alone, and those that are gone allowed something. Otherwise the
comparison of policies is asked, with everything denied to the consumer in the new one: what is still gained then, others gain.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace

from auditor.changes.change import Direction, verdict_changes
from auditor.changes.policies import AttachedPolicy, policies_of
from auditor.comparison.access import PolicyKind, Relation, compare
from auditor.contract import Contract, Party, PartyKind
from auditor.finding import Finding
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Text
from auditor.inputs import Inputs
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.link import estate_of
from auditor.model import Bucket, Estate
from auditor.policy import Items, Policy, Statement, parse_policy
from auditor.policy.refusals import Grade
from auditor.proofs.grant import GrantCause
from auditor.report import Report

_Named = tuple[str, Text]
_NOWHERE = Location("")
_NOTHING = Estate()


@dataclass(frozen=True, slots=True)
class CodeState:
    """The code as it is, or as a fix would make it.

    Attributes:
        inputs: what it declares.
        report: of the audit.
    """

    inputs: Inputs
    report: Report


@dataclass(frozen=True, slots=True)
class FixFault:
    """Why a change is not right, as a clause; and the root or directory where that shows, None where it can be of any part of the change."""

    text: str
    place: str | None = None


def faults(before: CodeState, after: CodeState, fixed: Sequence[Finding]) -> Iterator[FixFault]:
    """Why a change of the code is not the fix of some findings; none when it is.

    Args:
        before: the code as it is.
        after: the code with the change.
        fixed: what the change should fix.
    """
    yield from map(_unread, _new(before.report.errors, after.report.errors))
    left = {finding.fingerprint for finding in after.report.findings}
    yield from (
        FixFault(f"'{finding.rule}' would still be found", finding.root) for finding in fixed if finding.fingerprint in left
    )
    yield from (FixFault(f"'{rule}' would be found", root) for rule, root in _refusals(before, after))
    for one in verdict_changes(before.report.verdicts, after.report.verdicts):
        if one.direction is Direction.WORSE:
            yield FixFault(f"{one.need} of {one.bucket} would be {one.new.status.value if one.new else 'gone'}", one.root)
    yield from _gained_by_others(before, after)


def _unread(error: InputError) -> FixFault:
    """That there would be an error, of what is read: a plan beside code answers for that until it changes."""
    from auditor.sources.terraform.plan.one_answer import OTHER_CODE

    of_plan = error.message.startswith(OTHER_CODE)
    stale = f"{error.location.path} was made of the code as it is: move the plan away, and make it again afterwards"
    return FixFault(
        stale if of_plan else f"the code could not be read any more: {error.message}", os.path.dirname(error.location.path) or "."
    )


_OF_POLICIES = "policy-refused-by-aws"
_OF_REFUSALS = ("acl-on-enforced-bucket", "cors-rejected-by-s3", "duplicate-configuration", _OF_POLICIES)
"""The rules of what AWS refuses whole, so that the deployment fails, and of what one of two resources undoes at each deployment."""


def _refusals(before: CodeState, after: CodeState) -> list[tuple[str, str]]:
    """The rules by which what is deployed now would not be any more, each with the root of that; what AWS refuses of a policy need not be found."""

    def refused(state: CodeState) -> set[tuple[str, str, str]]:
        of_policies = {
            (_OF_POLICIES, one.subject.address, one.subject.root)
            for one in state.report.verdicts
            if isinstance(cause := one.outcome.cause, GrantCause) and any(why.grade is Grade.CERTAIN for why in cause.refusals)
        }
        return of_policies | {(one.rule, one.bucket, one.root) for one in state.report.findings if one.rule in _OF_REFUSALS}

    return sorted({(rule, root) for rule, _, root in refused(after) - refused(before)})


def _new(before: Sequence[InputError], after: Sequence[InputError]) -> list[InputError]:
    """The errors that were not there, wherever in its file each of the others stands now."""
    more = Counter(map(_in_its_file, after)) - Counter(map(_in_its_file, before))
    return [error for error in after if _in_its_file(error) in more]


_LINE = regex(r"(?<=:)\d+|(?<=line )\d+")


def _in_its_file(error: InputError) -> tuple[str, str]:
    """An error wherever it stands, and wherever what it names stands: a fix moves lines."""
    return error.location.path, _LINE.sub("", error.message)


def _gained_by_others(before: CodeState, after: CodeState) -> Iterator[FixFault]:
    """The policies by which others than the consumers would gain something, or the consumers something of buckets that nobody asked about."""
    audited = {(verdict.subject.root, verdict.subject.address) for verdict in after.report.verdicts}
    mine = [*dict.fromkeys(_consumers((*before.report.contracts, *after.report.contracts), after.inputs))]
    denied = _denied(mine)
    every = [_policies(state) for state in (before, after)]
    for root in after.inputs.roots:
        old, new = (policies.get(root.root, {}) for policies in every)
        own = {identity.address for identity in root.identities if ("AWS", identity.arn) in mine}
        for key, one in new.items():
            if one.kind is PolicyKind.IDENTITY and one.resource in own:
                continue  # what it allows, it allows the consumer alone
            other = old.get(key, AttachedPolicy(*key, Policy((), _NOWHERE), _NOWHERE))
            asked_about = one.kind is not PolicyKind.BUCKET or (root.root, one.resource) in audited
            if asked_about and _is_for_consumers(other.decides, one.decides, mine):
                continue
            limited = replace(one.decides, statements=(*one.decides.statements, *denied)) if asked_about else one.decides
            difference = compare(other.decides, limited, one.kind)
            who = "somebody else" if asked_about else "somebody"
            if difference.gained:
                yield FixFault(f"{who} would gain {difference.gained[0].action} on {one.resource}", root.root)
            elif difference.relation is Relation.UNKNOWN:
                yield FixFault(f"whether {who} would gain something on {one.resource} is unknown", root.root)


def _policies(state: CodeState) -> dict[str, dict[tuple[str, PolicyKind], AttachedPolicy]]:
    """The policies of each root, by what they are of."""
    buckets: dict[str, list[Bucket]] = {}
    for bucket in state.inputs.buckets:
        buckets.setdefault(bucket.root, []).append(bucket)
    estates = {root.root: estate_of(root) for root in reversed(state.inputs.roots)}
    return {
        root: {(one.resource, one.kind): one for one in policies_of(buckets.get(root, ()), estates.get(root, _NOTHING))}
        for root in {**estates, **buckets}
    }


def _is_for_consumers(old: Policy, new: Policy, consumers: Sequence[_Named]) -> bool:
    """Whether all that a policy allows and did not allow is certainly for consumers, whatever is unresolved in it."""
    before, after = ({_meaning(one): one for one in policy.statements} for policy in (old, new))
    rests = [[(when, symbol.name) for when, symbol in policy.rest] for policy in (old, new)]
    return (
        rests[0] == rests[1]
        and all(one.effect == "Allow" for meaning, one in before.items() if meaning not in after)
        and all(one.effect == "Deny" or _names_only(one, consumers) for meaning, one in after.items() if meaning not in before)
    )


def _names_only(statement: Statement, consumers: Sequence[_Named]) -> bool:
    principals = statement.principals
    named = [(one.kind, one.item.text) for one in principals.principals]
    return bool(named) and not principals.negated and not principals.rest and all(one in consumers for one in named)


def _meaning(statement: Statement) -> tuple[Hashable, ...]:
    """What a statement says, wherever it stands and whatever it is called."""
    return (
        statement.effect if isinstance(statement.effect, str) else statement.effect.name,
        statement.principals.negated,
        tuple((one.kind, one.item.written, one.item.when) for one in statement.principals.principals),
        tuple(symbol.name for _, symbol in statement.principals.rest),
        *map(_listed, (statement.actions, statement.resources)),
        tuple((one.operator, one.key, one.when, _listed(one.values)) for one in statement.conditions),
        tuple((when, symbol.name) for when, symbol in statement.unknown_conditions),
        statement.when,
        statement.doubt.name if statement.doubt else "",
    )


def _listed(items: Items) -> tuple[Hashable, ...]:
    return (items.negated, tuple((one.written, one.when) for one in items.items), tuple(symbol.name for _, symbol in items.rest))


def _denied(consumers: Sequence[_Named]) -> tuple[Statement, ...]:
    """Statements that deny everything to the consumers."""
    statements = tuple(
        MapValue({"Effect": Known("Deny"), "Principal": MapValue({kind: text}), "Action": Known("*"), "Resource": Known("*")})
        for kind, text in consumers
    )
    return parse_policy(MapValue({"Version": Known("2012-10-17"), "Statement": ListValue(statements)}), _NOWHERE).statements


def _consumers(contracts: Iterable[Contract], inputs: Inputs) -> Iterator[_Named]:
    """Everybody that the contracts are about, by the kind and the text of a Principal element."""
    return (named for contract in contracts for party in contract.parties for named in _principals(party, inputs))


def _principals(party: Party, inputs: Inputs) -> Iterator[_Named]:
    """Who a party is, and who assumes it, as Principal elements."""
    named = [party.principal, *([party.trust.principal] if party.trust else [])]
    for principal in named:
        one = Party(principal)
        if one.kind is PartyKind.SERVICE:
            yield "Service", Known(principal)
        elif one.kind is PartyKind.IDENTITY:
            yield "AWS", Known(principal)
        elif one.kind is PartyKind.ACCOUNT:
            yield from (("AWS", Known(text)) for text in (f"arn:aws:iam::{one.account}:root", one.account))
    for root in inputs.roots:
        yield from (("AWS", identity.arn) for identity in root.identities if identity.address == party.principal)
