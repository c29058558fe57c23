"""A grant to the consumer that goes beyond what its contract needs.

## What it does

Looks at the Allow statements that certainly name the consumer, by its role or its account, and reports the actions that they give and that
the contract does not list: wildcards such as `s3:*`, and actions such as `s3:DeleteObject` or `s3:PutObjectAcl`. When the contract is limited
to a prefix, it also reports resources that cover other keys. Not counted are actions that a Deny without conditions takes back, and actions
that AWS allows to the owner's account only, whatever the policy says (`s3:PutBucketPolicy`, the administration of a key).

Put up with, because they help to find a mistake or to clean up: `s3:ListBucket` (a missing object then answers 404 instead of 403),
`s3:GetBucketLocation`, `s3:AbortMultipartUpload`, `s3:ListMultipartUploadParts` and `s3:ListBucketMultipartUploads`; in a key policy the
actions that AWS lists for the users of a key (`kms:Encrypt`, `kms:Decrypt`, `kms:ReEncrypt*`, `kms:GenerateDataKey*`, `kms:DescribeKey`).
`s3:GetObjectVersion` is reported: it reads what has been overwritten or deleted.

## Why it matters

What the consumer may do beyond its need, somebody who takes over the consumer may do too.

## Example

```terraform
actions = ["s3:*"]
```

Use instead:

```terraform
actions = ["s3:GetObject", "s3:PutObject"]
```

In CloudFormation, instead of `Action: "s3:*"`:

```yaml
Action: ["s3:GetObject", "s3:PutObject"]
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from auditor.contract.party import OWNER
from auditor.diagnosis import nearest as near
from auditor.finding import Related, Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.lazy.modules import module
from auditor.needs.access import AccessNeed, ActionTarget
from auditor.needs.key import KeyNeed
from auditor.policy import Policy, Statement
from auditor.policy.services.actions import actions, lacks_condition_key, resource_kinds
from auditor.policy.services.excess import CallerNeed, Excess, excess
from auditor.proofs.grant import GrantNeed
from auditor.rule import Problem, Security, Subject

if TYPE_CHECKING:
    from auditor.diagnosis import grants
else:
    grants = module("auditor.diagnosis.grants")

SEVERITY = Severity.WARNING
SYMPTOMS: tuple[Symptom, ...] = ()
SECURITY = Security(8.0, 732)
REFERENCES = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html",
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
)

# Source: Amazon S3 User Guide, "Multipart upload API and permissions"; API Reference, GetObject (404 needs s3:ListBucket); AWS KMS
# Developer Guide, "Allows key users to use the KMS key".
_HARMLESS = {
    "s3": (
        "s3:ListBucket", "s3:GetBucketLocation", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads",
    ),
    "kms": ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"),
}  # fmt: skip
# The actions that say best how much too wide a grant is.
_TELLING = ("s3:DeleteObject", "s3:PutObjectAcl", "s3:GetObjectVersion", "s3:DeleteBucket", "kms:CreateGrant")


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each statement and way in which it is too wide."""
    bucket, key = near.bucket_policy(subject), near.key_policy(subject)
    if bucket is not None and bucket.policy is not None:
        yield from _too_wide(subject, bucket.policy, AccessNeed, subject.bucket.declaration.address)
    if key is not None and key.policy is not None and key.key is not None:
        yield from _too_wide(subject, key.policy, KeyNeed, key.key.declaration.address)


def _too_wide(subject: Subject, policy: Policy, kind: type[GrantNeed], what: str) -> Iterator[Problem]:
    asked = subject.needs(kind)
    service = asked[0].service
    prefixes = {one.prefix for one in asked if isinstance(one, AccessNeed) and one.target is ActionTarget.OBJECT}
    prefix = prefixes.pop().partition(OWNER)[0] if len(prefixes) == 1 else ""
    need = CallerNeed(frozenset(one.action for one in asked), frozenset(_HARMLESS[service]), prefix)
    caller, name = near.caller(subject), subject.bucket.declaration.name
    for found in excess(policy, caller, service, need, name, own_account=near.is_in_code(subject)):
        statement, title = found.statement, subject.contract.title
        related = (
            Related(subject.bucket.declaration.location, "bucket"),
            Related(statement.location, f"statement {statement.title}"),
        )
        if found.key is not None:
            covers = " and ".join(f"'{item.written}'" for item in found.items)
            yield Problem(
                f"Statement {statement.title} gives {title} more of {what} than it needs: {covers} covers keys outside '{prefix}', "
                f"such as '{found.key}'.",
                found.items[0].location,
                "",
                related,
                f"{statement.sid or statement.index} keys",
                (
                    Fix(
                        f"Limit the resources of statement {statement.title} to keys below '{prefix}'",
                        (
                            Replace(
                                statement.resources.location or statement.location,
                                (grants.objects(subject.bucket, prefix),),
                                "Resource",
                                statement.location,
                            ),
                        ),
                    ),
                ),
            )
            continue
        fixes = _fixes(subject, found, need)
        place = found.items[0].location if found.items else statement.actions.location or statement.location
        yield Problem(
            f"Statement {statement.title} gives {title} more than it needs of {what}: {_what(found)}.",
            place,
            "" if fixes else _help(subject, found, need),
            related,
            f"{statement.sid or statement.index}",
            fixes,
        )


def _what(found: Excess) -> str:
    items = " and ".join(f"'{item.written}'" for item in found.items)
    plain = {item.written.lower() for item in found.items} == {action.lower() for action in found.actions}
    if plain:
        return items
    telling = next((action for action in _TELLING if action in found.actions), found.actions[0])
    count = f"{len(found.actions)} further actions, '{telling}' among them" if len(found.actions) > 1 else f"'{telling}'"
    return f"{items or 'with NotAction it'} {'takes' if len(found.items) < 2 else 'take'} in {count}"


def _left(subject: Subject, found: Excess, need: CallerNeed) -> tuple[str, ...]:
    """The actions that are left when the wide ones go, with those that the contract needs and the wide ones gave."""
    statement = found.statement
    kept = [item.written for item in statement.actions.items if item not in found.items] if not statement.actions.negated else []
    if not statement.actions.negated and not any("*" in item.written for item in found.items):
        return tuple(kept)
    asked = [one.action for one in subject.needs(GrantNeed) if one.action in need.actions and _fits(subject, statement, one.action)]
    return (*kept, *(action for action in asked if action not in kept))


def _fits(subject: Subject, statement: Statement, action: str) -> bool:
    """Whether an action may be about a resource of a statement: AWS refuses one that is listed and is not, which a pattern takes in for nothing."""
    resources, name = statement.resources, subject.bucket.declaration.name
    listed = any(resource_kinds(one.text, name) & actions()[action] for one in resources.items)
    return action.startswith("kms:") or resources.negated or bool(resources.rest) or listed


def _apart(statement: Statement, left: Sequence[str]) -> tuple[str, ...]:
    """The actions that a statement takes in by a pattern and may not list, as they lack a key of its conditions."""
    return tuple(action for action in left if any(lacks_condition_key(action, one.key) for one in statement.conditions))


def _help(subject: Subject, found: Excess, need: CallerNeed) -> str:
    title, left = found.statement.title, _left(subject, found, need)
    if not left and not grants.is_for(found.statement, subject):
        return f"{subject.contract.title} needs nothing that statement {title} allows: remove it if nobody else does."
    if not left:
        return f"Nothing that statement {title} allows is needed: remove it."
    wanted, apart = (" and ".join(f"'{action}'" for action in some) for some in (left, _apart(found.statement, left)))
    return f"List only what is needed in statement {title}: {wanted}" + (
        f"; {apart} in one of its own, without its conditions." if apart else "."
    )


def _fixes(subject: Subject, found: Excess, need: CallerNeed) -> tuple[Fix, ...]:
    listed, left = found.statement.actions, _left(subject, found, need)
    if listed.negated or not left or not grants.is_resolved(listed) or listed.location is None or _apart(found.statement, left):
        return ()
    change = Replace(listed.location, left, "Action", found.statement.location)
    others = "" if grants.is_for(found.statement, subject) else "; whoever else it is for loses the rest too"
    return (Fix(f"List only what is needed in statement {found.statement.title}{others}", (change,)),)
