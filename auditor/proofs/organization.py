"""What the organization of an account forbids there: the service control policies and resource control policies that are known.

A policy of that kind stands in a file or resource of its own, attached to a root, a unit or an account, and every level must allow a request. Of the levels
nothing is known, so only what the policies deny counts; that each level allows the rest is an assumption.

Source: AWS Organizations User Guide, "SCP evaluation" and "RCP evaluation" (an explicit Deny of any level decides).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from auditor.foundation.location import Location
from auditor.foundation.value import Known, MapValue, When
from auditor.lazy.answers import made_once
from auditor.model import OrganizationPolicyDeclaration, OrganizationPolicyKind
from auditor.policy import Policy, parse_policy

Levels = tuple[tuple[Policy, ...], ...]

_NOWHERE = Location("-")
_KEPT = 64
# Source: AWS Organizations User Guide, "SCP syntax", FullAWSAccess, which is attached everywhere unless somebody removes it.
_FULL_ACCESS = parse_policy(
    MapValue({"Statement": MapValue({"Effect": Known("Allow"), "Action": Known("*"), "Resource": Known("*")})}), _NOWHERE
)


@made_once(_KEPT)
def forbidden(known: Sequence[OrganizationPolicyDeclaration], kind: OrganizationPolicyKind) -> Levels:
    """The level that the known policies of a kind make: it allows all that they do not deny. None where no policy is known.

    Args:
        known: the policies of the organization of an account.
        kind: service control policies hold for the principals of the account, resource control policies for its resources.
    """
    policies = [_denying(parse_policy(one.document, one.location), one.when) for one in known if one.kind is kind]
    return ((_FULL_ACCESS, *policies),) if policies else ()


def assumed(known: Sequence[OrganizationPolicyDeclaration], *others: str, refuse: str) -> str:
    """What is assumed of the policies around a request that are not known.

    Args:
        known: the policies of the organization of the account that owns the resource.
        others: what else of the kind there is ("VPC endpoint policy").
        refuse: what none of them does, as the rest of the sentence.
    """
    kinds = {one.kind for one in known}
    words = [f"{'other ' if kind in kinds else ''}{kind.value}" for kind in OrganizationPolicyKind]
    *first, last = (*words, *others)
    return f"No {', '.join(first)} or {last} {refuse}."


def _denying(policy: Policy, when: When) -> Policy:
    """What a policy denies, when it holds."""
    kept = (replace(one, when=one.when.also(when)) for one in policy.statements if one.effect != "Allow")
    return replace(policy, statements=tuple(kept))
