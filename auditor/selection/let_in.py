"""What the policy of a bucket says of a service: for which resource it is let in, and which keys it may write."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from auditor.contract import Contract, PartyKind
from auditor.contract.party import OWNER
from auditor.foundation.value import shown, text_parts
from auditor.lazy.expressions import regex
from auditor.model import Bucket, Kind, Slot
from auditor.policy import Statement, parse_policy
from auditor.policy.services.actions import matching
from auditor.selection.mentions import marked

_SOURCE = "aws:SourceArn"
_PUT = "s3:PutObject"
_CONTEXT = "kms:encryptioncontext:"
_MARK = regex(r"\0[^\0]*\0")
_APART, _TELLING = regex(r"[/*]"), regex(r"[0-9?]+")


def let_in_for(bucket: Bucket, contract: Contract) -> str:
    """The one resource of the code for which the policy of a bucket lets in a service, by its address; empty where that tells of none or several."""
    services = [party.principal for party in contract.parties if party.kind is PartyKind.SERVICE and _SOURCE in party.requests]
    if not services:
        return ""
    from auditor.proofs.referred import address_in

    named = {
        address_in(item.text)
        for statement in _letting_in(bucket, services)
        for condition in statement.conditions
        if condition.key.lower() == _SOURCE.lower()
        for item in condition.values.items
    }
    return named.pop() if len(named) == 1 else ""


def let_in_below(bucket: Bucket, contract: Contract) -> tuple[str, ...]:
    """What the keys begin with that the policy of a bucket lets a service write, as far as that is told.

    `OWNER` stands for the account of the bucket, where that is not resolved and the policies say the same of every account: a key that has it is
    compared by its name alone.
    """
    services = [party.principal for party in contract.parties if party.kind is PartyKind.SERVICE]
    if not services:
        return ()
    written = (
        marked(resource.text)
        for statement in _letting_in(bucket, services)
        if any(_PUT in matching(shown(text_parts(action.text))) for action in statement.actions.items)
        for resource in statement.resources.items
    )
    objects, account = f"{marked(bucket.declaration.arn)}/", marked(bucket.declaration.account)
    behind = (one.removeprefix(objects).removesuffix("*") for one in written if one.startswith(objects) and one.endswith("*"))
    is_open = "\0" in account and not _tell_accounts_apart(bucket)
    told = dict.fromkeys(one.replace(account, OWNER) if is_open else one for one in behind)
    return tuple(one for one in told if one and not {"\0", "*", "?", "$"}.intersection(one))


def _tell_accounts_apart(bucket: Bucket) -> bool:
    """Whether a policy may say of some keys of a bucket what it does not say of others that differ in an account alone.

    It does so by digits, or by `?`, that stand alone between slashes and wildcards: nothing else can be a part of an account.
    """
    if bucket.estate.organization_policies:
        return True
    resources = (item for statement in _statements(bucket.slot(Kind.POLICY)) for item in statement.resources.items)
    of_keys = (statement for key in bucket.estate.keys for statement in _statements(key.policy))
    tested = (condition for statement in of_keys for condition in statement.conditions)
    contexts = (item for one in tested if one.key.lower().startswith(_CONTEXT) for item in one.values.items)
    mine = marked(bucket.declaration.arn)
    texts = (_MARK.sub("", marked(item.text).removeprefix(mine)) for item in (*resources, *contexts))
    return any(_TELLING.fullmatch(part) for text in texts for part in _APART.split(text))


def _letting_in(bucket: Bucket, services: Collection[str]) -> Iterator[Statement]:
    """The statements of the policy of a bucket that let in one of some services."""
    for statement in _statements(bucket.slot(Kind.POLICY)):
        named = any(principal.item.written in services for principal in statement.principals.principals)
        if statement.effect == "Allow" and named and not statement.principals.negated and not statement.resources.negated:
            yield statement


def _statements(slot: Slot) -> Iterator[Statement]:
    """The statements of the policies in a slot."""
    for linked in slot.linked:
        one = linked.attachment
        yield from parse_policy(one.content, one.content_location or one.location).statements
