"""A grant that the consumer needs and the bucket policy does not give.

## What it does

Decides, for every key of the bucket (below the contract's prefix), whether the bucket policy lets the consumer's principal do what the
contract asks. The finding names the shortest key that no statement covers, and the statement that comes nearest with the element that fails.

## Why it matters

The consumer is in another account: without an Allow in the bucket policy its requests end in 403, whatever its own account allows. A missing
object answers 403 as well, so the platform cannot tell the two apart.

## Example

```terraform
statement {
  actions   = ["s3:GetObject"]
  resources = [aws_s3_bucket.images.arn] # the bucket, not its objects

  principals {
    type        = "AWS"
    identifiers = ["arn:aws:iam::258327614892:role/external_s3"]
  }
}
```

Use instead:

```terraform
statement {
  actions   = ["s3:GetObject", "s3:PutObject"]
  resources = ["${aws_s3_bucket.images.arn}/*"]

  principals {
    type        = "AWS"
    identifiers = ["arn:aws:iam::258327614892:role/external_s3"]
  }
}
```

In CloudFormation, likewise on the objects and not on the bucket:

```yaml
- Effect: Allow
  Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}
  Action: ["s3:GetObject", "s3:PutObject"]
  Resource: !Sub "${ImagesBucket.Arn}/*"
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.contract import Need, PartyKind
from auditor.diagnosis import grants, missing_grant, nearest
from auditor.diagnosis.missing_grant import Terms
from auditor.diagnosis.story import of_statement, story
from auditor.finding import Severity, Symptom
from auditor.fixes import Append, Attach, Change, Content, Fix, Reference, Replace
from auditor.foundation.location import Location
from auditor.foundation.value import Known
from auditor.lazy.modules import module
from auditor.model import Kind
from auditor.needs.access import AccessCause, ActionTarget
from auditor.policy import DenyKind, Items, StatementOutcome
from auditor.policy.document import StatementItem
from auditor.policy.services.actions import resource_kinds
from auditor.proofs.grant import GrantNeed
from auditor.rule import Problem, Subject
from auditor.verdict import Verdict

if TYPE_CHECKING:
    from auditor.diagnosis import own_policies
    from auditor.policy.services import bucket_arn
else:
    own_policies = module("auditor.diagnosis.own_policies")
    bucket_arn = module("auditor.policy.services.bucket_arn")

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html",
    "https://docs.v7labs.com/docs/aws-s3-configuration",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each place, with all actions that are missing there."""
    places: dict[tuple[Location, ActionTarget, str], list[tuple[Verdict, AccessCause]]] = {}
    for verdict, cause in subject.failing(AccessCause):
        if cause.decision is None or cause.decision.kind is DenyKind.IMPLICIT:
            places.setdefault((nearest.place_of(verdict, cause), cause.target, cause.need.prefix), []).append((verdict, cause))
    for (place, _, _), found in places.items():
        verdict, cause = found[0]
        role = cause.consumer.declared
        if role is not None and own_policies.lack(role, cause):
            yield own_policies.problem(subject, role, found)
            continue
        actions = [cause.need.action for _, cause in found]
        outcome = nearest.nearest(cause.decision, subject.party, cause.question)
        terms = _terms(subject, cause)
        yield Problem(
            f"{subject.contract.title} is denied {' and '.join(actions)} in {subject.bucket.declaration.address}: "
            + _missing(subject, verdict, actions, cause, outcome),
            place,
            missing_grant.help_for(subject, outcome, terms) or _or_prefix(subject, verdict.need, outcome) or subject.instead,
            story(
                place,
                (subject.bucket.declaration.location, "bucket"),
                (cause.attachment.location if cause.attachment else None, "bucket policy"),
                of_statement(outcome.statement if outcome else None),
            ),
            " ".join(actions),
            missing_grant.fixes(subject, [cause for _, cause in found], outcome, terms) if cause.attachment else _policy(subject),
        )


def _missing(subject: Subject, verdict: Verdict, actions: list[str], cause: AccessCause, outcome: StatementOutcome | None) -> str:
    if cause.attachment is None:
        return f"the bucket has no policy, and nothing else grants access to {_whom(subject)}."
    key = verdict.witness.get("key")
    every = " for every key" if cause.target is ActionTarget.OBJECT else ""
    text = f"no statement of {cause.attachment.address} allows it{every}"
    text += f"; the shortest uncovered key is '{key}'." if key else "."
    if outcome is None:
        return text + missing_grant.of_everyone(subject, actions, cause, _terms(subject, cause))
    lacks = missing_grant.lacks(subject, actions, outcome, _terms(subject, cause))
    return f"{text} The nearest is statement {outcome.statement.title}: {lacks}."


def _whom(subject: Subject) -> str:
    return subject.party.principal if subject.party.kind is PartyKind.SERVICE else "another account"


def _terms(subject: Subject, cause: AccessCause) -> Terms:
    title = subject.contract.title
    on_bucket = cause.target is ActionTarget.BUCKET
    what = "the bucket" if on_bucket else "the objects"
    asked: Content = (
        Reference(subject.bucket.declaration, "arn") if on_bucket else grants.objects(subject.bucket, cause.need.prefix)
    )

    def resource(outcome: StatementOutcome) -> str:
        resources = outcome.statement.resources
        if on_bucket and _only(subject, resources, "object"):
            return f"it names {nearest.quoted(resources)}, which are the objects and not the bucket"
        if not on_bucket and _only(subject, resources, "bucket"):
            return f"it names {nearest.quoted(resources)}, which is the bucket and not its objects"
        odd = _near_miss(subject, resources)
        return f"it covers {missing_grant.only(resources)}" + (f", which is {_what_it_is(odd)}" if odd else "")

    def add_resource(outcome: StatementOutcome) -> tuple[str, Change] | None:
        statement = outcome.statement
        if statement.resources.negated or statement.resources.location is None:
            return None
        if odd := _near_miss(subject, statement.resources):
            title = f"Write {what if on_bucket else 'the objects of the bucket'} as the resource of statement {statement.title}"
            return title, Replace(odd.location, asked, "Resource", statement.location)
        change = Append(statement.resources.location, (asked,), statement.location)
        return f"Add {what} to the resources of statement {statement.title}", change

    return Terms(
        request=f"a request that {title} makes itself",
        asker=title,
        resource=resource,
        add_resource=add_resource,
        statement=grants.access(subject, cause.target, cause.need.prefix),
        where=cause.attachment.address if cause.attachment else "the bucket policy",
    )


def _only(subject: Subject, items: Items, kind: str) -> bool:
    """Whether the resources of a statement are all of one kind."""
    name = subject.bucket.declaration.name
    return not items.negated and not items.rest and all(resource_kinds(item.text, name) == {kind} for item in items.items)


def _near_miss(subject: Subject, items: Items) -> StatementItem | None:
    """The only resource of a statement, where it is almost the ARN of this bucket or of its objects."""
    name = subject.bucket.declaration.name
    if items.negated or items.rest or len(items.items) != 1 or not isinstance(name, Known) or not grants.is_resolved(items):
        return None
    (item,) = items.items
    partition = subject.bucket.declaration.partition
    right = bucket_arn.meant(item.written, partition)
    return item if right is not None and f"{right}/".startswith(f"arn:{partition}:s3:::{name.value}/") else None


def _what_it_is(odd: StatementItem) -> str:
    return "of another partition" if bucket_arn.is_bucket_arn(odd.written) else "not the ARN of a bucket or of its objects"


def _or_prefix(subject: Subject, need: Need, outcome: StatementOutcome | None) -> str:
    """The other way out, when a statement covers just the keys below one prefix."""
    if (
        not isinstance(need, GrantNeed)
        or need.prefix
        or outcome is None
        or outcome.element != "Resource"
        or outcome.statement.resources.negated
    ):
        return ""
    items = outcome.statement.resources
    if subject.contract.parameters.get("prefix") != "" or len(items.items) != 1 or not grants.is_resolved(items):
        return ""
    if not bucket_arn.is_bucket_arn(items.items[0].written):
        return ""
    _, slash, keys = items.items[0].written.partition("/")
    prefix = keys.removesuffix("*")
    if not slash or not prefix or keys == prefix or set(prefix) & set("*?$"):
        return ""
    return f"If {subject.contract.title} uses only keys below '{prefix}', audit with prefix={prefix}."


def _policy(subject: Subject) -> tuple[Fix, ...]:
    """A bucket policy for a bucket that has none; the one of a directory bucket grants sessions alone (Amazon S3 API Reference, PutBucketPolicy)."""
    if subject.instead:
        return ()
    statements = grants.all_access(subject)
    document: Content = {"Version": grants.VERSION, "Statement": statements}
    return (
        grants.granting(
            "Add a bucket policy", Attach(Kind.POLICY, subject.bucket.declaration, document), statements, subject.party
        ),
    )
