"""A trust policy that does not let in whoever a contract names: what the nearest statement lacks, and what would do it.

No fix lets in more than the platform with what it sends: a statement that is written has every test that tells the platform's calls for this customer
from those for another one (IAM User Guide, "The confused deputy problem"), with a placeholder where the value is not known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from auditor.diagnosis import grants, missing_grant, nearest
from auditor.diagnosis.missing_grant import Terms
from auditor.finding import Certainty
from auditor.fixes import AddStatement, Append, Content, Fix, JoinedText, Reference, Replace
from auditor.foundation.value import Known, Symbol, text_parts
from auditor.policy import Condition, StatementOutcome
from auditor.proofs.trust import TrustCause
from auditor.rule import Subject

_EXTERNAL_ID = "sts:ExternalId"
_OF_TOKEN = {"sub": "SUBJECT", "aud": "AUDIENCE"}
_DEPUTY = ("aws:sourcearn", "aws:sourceaccount")
PLACEHOLDERS = ("EXTERNAL_ID", "VALUE", *_OF_TOKEN.values())
"""What stands for a value that the contract does not know."""


def outside(subject: Subject) -> Subject:
    """The subject with whoever assumes the role as its principal."""
    return dataclasses.replace(subject, party=subject.party.assumer, verdicts=())


def tests(subject: Subject) -> Mapping[str, Mapping[str, Content]]:
    """The Condition that tells the platform's calls for this customer from any other ones; empty where nothing does."""
    trust = subject.party.trust
    if trust is None:
        return {}
    found: dict[str, dict[str, Content]] = {}
    for key in dict.fromkeys((*trust.requests, *trust.required)):
        texts = trust.requests.get(key, ())
        placeholder = "EXTERNAL_ID" if key.lower() == _EXTERNAL_ID.lower() else _OF_TOKEN.get(key.rpartition(":")[2], "VALUE")
        tells = placeholder != "VALUE" or key.lower() in _DEPUTY or key in trust.required
        if texts is not None and tells:
            operator = "StringLike" if any("*" in text for text in texts) else "StringEquals"
            found.setdefault(operator, {})[key] = (texts[0] if len(texts) == 1 else texts) if texts else placeholder
    return found


def statement(subject: Subject, cause: TrustCause) -> Mapping[str, Content]:
    """The statement that lets the platform assume the role, and nobody else, beside those of its trust policy."""
    return {**first_statement(subject, cause.action), "Sid": grants.sid("PlatformTrust", cause.policy)}


def first_statement(subject: Subject, action: str) -> Mapping[str, Content]:
    """The statement of a trust policy that has no other one, with which the platform, and nobody else, assumes the role by an action of AWS STS."""
    trust = subject.party.trust
    kind = "Federated" if trust is not None and trust.is_provider else "AWS"
    named: dict[str, Content] = {"Principal": {kind: _principal(subject)}}
    if kind == "AWS":
        named = {"Principal": grants.who(outside(subject))["Principal"]}
    condition = tests(subject)
    made: dict[str, Content] = {"Sid": "PlatformTrust", "Effect": "Allow", **named, "Action": action}
    return {**made, "Condition": condition} if condition else made


def _principal(subject: Subject) -> Content:
    trust = subject.party.trust
    if trust is None or not trust.provider_path:
        return trust.principal if trust else ""
    return f"arn:{subject.bucket.declaration.partition}:iam::ACCOUNT:{trust.provider_path}"


def lacks(subject: Subject, cause: TrustCause, outcome: StatementOutcome) -> str:
    """What the nearest statement lacks, as a clause."""
    condition = nearest.failing_condition(outcome)
    trust = subject.party.trust
    sent = {key.lower(): texts for key, texts in trust.requests.items()} if trust else {}
    if condition is None or not sent.get(condition.key.lower()):
        return missing_grant.lacks(outside(subject), [cause.action], outcome, _terms(subject, cause))
    texts = " or ".join(f"'{text}'" for text in sent[condition.key.lower()] or ())
    test = f"the condition {condition.operator} '{condition.key}' {nearest.quoted(condition.values)}"
    return f"it has {test}, and the requests of {subject.contract.title} have {texts}"


def fixes(subject: Subject, cause: TrustCause, outcome: StatementOutcome | None) -> tuple[Fix, ...]:
    """The changes that let the platform in: of the nearest statement where that is its alone, else a statement of its own."""
    if cause.policy is None:
        return ()
    own = Fix(
        f"Add a statement to the trust policy of {cause.role.address}",
        (AddStatement(cause.policy, None, statement(subject, cause)),),
        Certainty.NEEDS_REVIEW if _is_open(subject) else Certainty.SAFE,
    )
    if outcome is None or not grants.is_for(outcome.statement, outside(subject)):
        return (own,)
    actions = outcome.statement.actions
    if outcome.element == "Action" and not actions.negated and actions.location is not None:
        change = Append(actions.location, (cause.action,), outcome.statement.location)
        if _telling(subject) <= {condition.key.lower() for condition in outcome.statement.conditions}:
            title = f"Add {cause.action} to the actions of statement {outcome.statement.title}"
            return (Fix(title, (change,), Certainty.SAFE),)
    condition = nearest.failing_condition(outcome)
    if condition is not None and (corrected := _corrected(subject, outcome, condition)):
        return (corrected, own)
    return (own,)


def help_for(subject: Subject, outcome: StatementOutcome | None) -> str:
    """What else a person can do about a condition that is not met, and that does not tell the platform's customers apart."""
    condition = nearest.failing_condition(outcome)
    if outcome is None or condition is None or condition.key.lower() in _telling(subject):
        return ""
    alone = grants.may_lose_conditions(outcome.statement, outside(subject))
    change = f"Change the condition on '{condition.key}' of statement {outcome.statement.title} to one that {subject.contract.title} meets"
    return f"{change}, or remove it." if alone else f"{change}."


def _telling(subject: Subject) -> frozenset[str]:
    """The keys, in lower case, that tell the platform's calls for this customer from any other ones."""
    return frozenset(key.lower() for tested in tests(subject).values() for key in tested)


def _corrected(subject: Subject, outcome: StatementOutcome, condition: Condition) -> Fix | None:
    """The fix of a test for another value than the platform sends."""
    wanted = next(
        (value for tested in tests(subject).values() for key, value in tested.items() if key.lower() == condition.key.lower()), None
    )
    items = condition.values.items
    if not isinstance(wanted, str) or wanted in ("EXTERNAL_ID", *_OF_TOKEN.values()) or len(items) != 1 or condition.values.rest:
        return None
    if condition.operator.lower() not in ("stringequals", "stringlike"):
        return None
    change = Replace(items[0].location, wanted, within=outcome.statement.location)
    return Fix(f"Write '{wanted}' instead of '{items[0].written}' as the value of '{condition.key}'", (change,))


def _is_open(subject: Subject) -> bool:
    """Whether the value of a test is not known."""
    return any(value in PLACEHOLDERS for tested in tests(subject).values() for value in tested.values())


def of_itself(subject: Subject, cause: TrustCause) -> Fix:
    """The change that lets a role assume itself: a statement for its own account, or a policy of its own where only that is missing."""
    declared = cause.role.declaration
    if cause.is_let_in:
        content = grants.allow("AssumeItself", [cause.action], Reference(declared, "arn"))
        return Fix(f"Add a statement to a policy of {declared.address}", (AddStatement(None, None, content),))
    account = str(declared.account.value) if isinstance(declared.account, Known) and declared.account.value else "ACCOUNT"
    parts = text_parts(declared.name)
    name = "NAME" if not parts or any(isinstance(part, Symbol) for part in parts) else "".join(map(str, parts))
    condition: dict[str, Mapping[str, Content]] = {**tests(subject)}
    start = f"arn:{subject.bucket.declaration.partition}:iam::{account}"
    condition["ArnEquals"] = {"aws:PrincipalArn": JoinedText((f"{start}:role/{name}",))}
    content = {
        "Sid": grants.sid("AssumeItself", cause.policy),
        "Effect": "Allow",
        "Principal": {"AWS": f"{start}:root"},
        "Action": cause.action,
        "Condition": condition,
    }
    return Fix(f"Add a statement to the trust policy of {declared.address}", (AddStatement(cause.policy, None, content),))


def _terms(subject: Subject, cause: TrustCause) -> Terms:
    title = subject.contract.title
    return Terms(
        request=f"a request that {title} makes itself",
        asker=title,
        resource=lambda _: "it has a Resource, which a trust policy cannot have",
        add_resource=lambda _: None,
        statement=statement(subject, cause),
        where="the trust policy",
    )
