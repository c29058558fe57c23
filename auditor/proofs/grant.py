"""What the proofs of grants share: an action that policies allow or deny, on S3 objects or with KMS keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, ClassVar

from auditor.contract import Contract, Contradiction, Need, Party, PartyKind, Sent, WrittenNeed, principal_fault
from auditor.contract.party import OWNER, with_owner
from auditor.foundation.errors import did_you_mean
from auditor.foundation.location import Location
from auditor.foundation.value import Known, Symbol, Text, Truth
from auditor.lazy.classes import dataclass
from auditor.model import Attachment
from auditor.policy import (
    Answer,
    Caller,
    Condition,
    Decision,
    Environment,
    Policy,
    Question,
    StatementOutcome,
    decide,
)
from auditor.policy.refusals import DocumentRefusal
from auditor.policy.services.actions import actions
from auditor.proofs.consumer import Consumer, session_policy_of
from auditor.verdict import Cause, Outcome, Resolution, Status, Step

# A session, and what its actions are on: the objects of some bucket, the bucket, a key, or the account.
_SESSION = Caller(Known("arn:aws:iam::111122223333:role/any"), Known("111122223333"))
_ANY = {
    "object": "arn:aws:s3:::any/",
    "bucket": "arn:aws:s3:::any",
    "key": "arn:aws:kms:eu-west-1:111122223333:key/any",
    "": "arn:aws:s3:::*",
}


@dataclass(frozen=True, slots=True)
class GrantNeed(Need):
    """A need that policies grant.

    Attributes:
        action: the IAM action, with its service ("s3:GetObject").
        prefix: only keys of objects that begin with this are needed; empty for every key.
        sends: the headers of its requests that policies can look at, in lower case.
    """

    KEYS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "prefix": {"$ref": "#/$defs/texts", "description": "What the keys begin with; all keys where it is empty or not written."},
        "by": {"type": "string", "description": "The id of the principal that does it."},
    }
    SEVERAL: ClassVar[tuple[str, ...]] = ("prefix",)

    action: str = ""
    prefix: str = ""
    sends: Mapping[str, Sent] = field(default_factory=dict, hash=False)

    def contradictions(self, contract: Contract) -> Iterator[Contradiction]:
        """A principal that nothing could be granted to, and a session in which it never does what is needed."""
        del contract
        party = self.party
        told = principal_fault(party.principal)
        if party.kind is PartyKind.NOBODY and party.trust is None:
            told = "the principal is missing"
        if told:
            yield Contradiction(f"{told}, and the contract has needs that policies must grant it", ("principal", "arn"))
        for fault in self._faults_of_session():
            yield Contradiction(fault, ("principal", "assumed-by", "session-policy"))

    def _faults_of_session(self) -> Iterator[str]:
        """What is wrong with the policy of the sessions, as clauses."""
        policy = session_policy_of(self.party)
        if policy is None:
            return
        from auditor.policy.services.key_policies import default_key_policy

        yield from (f"the session policy: {problem.message}" for problem in policy.problems)
        kind = next((kind for kind in actions().get(self.action, ()) if kind in _ANY), "")
        question = Question(_SESSION, self.action, Known(_ANY[kind]), self.keys if kind == "object" else None)
        key_policy = default_key_policy(_SESSION.account, policy.location) if kind == "key" else None
        environment = Environment(key_policy, _SESSION.account, session_policy=policy)
        if decide(environment, question).answer is Answer.DENIED:
            yield f"the session policy does not allow {self.id}"

    @property
    def service(self) -> str:
        """The service of the action ("s3")."""
        return self.action.partition(":")[0]

    @property
    def operation(self) -> str:
        """The action without its service ("GetObject")."""
        return self.action.partition(":")[2]

    def below(self, account: Text) -> tuple[tuple[str | Symbol, ...], str]:
        """What all keys that it is about begin with, where that holds the account of the bucket, and a glob for the rest of them.

        Args:
            account: of the bucket.
        """
        return (with_owner(self.prefix, account), "*") if OWNER in self.prefix else ((), self.keys)

    @property
    def keys(self) -> str:
        """A glob for the keys that it is about. Source: Amazon S3 User Guide, "Naming Amazon S3 objects": no key is empty."""
        return f"{self.prefix}*" if self.prefix else "?*"


def tell_action(written: WrittenNeed, known: Sequence[str], on: str) -> None:
    """Tells that the id of a need is none of the actions that its kind knows.

    Args:
        written: the need.
        known: the actions of the kind.
        on: what these are on ("keys").
    """
    if written.id in actions():
        written.problem(f"'{written.id}' is not an action on {on}", "id")
    else:
        written.problem(f"there is no action '{written.id}'{did_you_mean(written.id, known)}", "id")


@dataclass(frozen=True, slots=True)
class GrantCause(Cause):
    """What decided a grant.

    Attributes:
        need: what was asked.
        consumer: who asked.
        decision: the engine's answer, None when there was nothing to ask it about.
        policy: the policy of the resource that was asked, None when there is none.
        attachment: what attaches it, None likewise.
        refusals: why AWS refuses to store a document that it rests on, or probably does.
        question: what the engine was asked, None likewise.
    """

    need: GrantNeed
    consumer: Consumer
    decision: Decision | None = None
    policy: Policy | None = None
    attachment: Attachment | None = None
    refusals: tuple[DocumentRefusal, ...] = ()
    question: Question | None = None

    @property
    def is_of_every_key(self) -> bool:
        """Whether nothing lets the consumer do it with any key."""
        return self.decision.ungranted if self.decision is not None else self.policy is None

    @property
    def asker(self) -> Party:
        """Whom the policy of the resource must let in."""
        return self.need.party


def granted(
    decision: Decision,
    cause: GrantCause,
    place: Location,
    policy: str,
    covered: str,
    need: GrantNeed,
    assumptions: tuple[str, ...],
) -> Outcome:
    """A decision of the policy engine as an outcome.

    Args:
        decision: it.
        cause: for the rules.
        place: of the policy that was asked; a statement that decides is a better one.
        policy: how to call the policy of the resource ("bucket policy").
        covered: what it grants ("for every key").
        need: what was asked.
        assumptions: what the answer takes for granted.
    """
    place = decision.deciding[0].location if decision.deciding else place
    names = {"resource policy": policy}
    steps = tuple(
        Step(f"{names.get(said.policy, said.policy)}, statement {said.statement.title}: {said.clause}", said.location)
        for said in decision.statements
    )
    witness = {"request": f"{need.operation} by {cause.consumer.name}", **decision.witness.named()} if decision.witness else {}
    match decision.answer:
        case Answer.ALLOWED:
            titles = tuple(dict.fromkeys(statement.title for statement in decision.deciding))
            granting = f"statement {titles[0]} grants it" if titles else f"{policy} grants it"
            if len(titles) > 1:
                granting = f"statements {' and '.join(titles)} grant it"
            return Outcome(Status.HOLDS, f"{granting} {covered}".rstrip(), place, {}, (), assumptions, steps, cause)
        case Answer.DENIED:
            return Outcome(
                *(Status.FAILS, decision.reason, place, witness, (), assumptions, steps, cause),
                obstacles=tuple(_obstacles(decision, need.action)),
            )
        case Answer.UNDECIDED:
            given_by = {key.lower(): name for key, name in cause.asker.given_by.items()}
            turns = (Resolution.of(one.symbol, one.turn) for one in decision.depends_on)
            resolved_by = tuple(_helped(turn, decision, given_by) for turn in turns)
            return Outcome(Status.UNKNOWN, decision.reason, place, {}, resolved_by, assumptions, steps, cause)


# What can be done about a condition on what the code cannot know of a request, by the beginning of its key; `{}` is what is done to a statement.
_HELP = {
    "aws:sourcevpc": "the network is not that of the consumer: {}",
    "aws:sourceip": "{}, or give its addresses in the contract (requests)",
    "s3:x-amz-server-side-encryption": "remove the condition, since default encryption encrypts every object, or say in the contract what is sent (sends)",
    "s3:x-amz-": "say in the contract which headers are sent (sends)",
    "s3:requestobjecttag": "say in the contract which tags are sent (sends)",
    "s3:prefix": "say in the contract with which prefix it lists (lists)",
    "aws:principal": "{}",
}
_DONE = {
    "Allow": "grant it to the consumer in a statement of its own",
    "Deny": "exempt the consumer from the statement by a condition on aws:PrincipalArn",
}


def _helped(resolution: Resolution, decision: Decision, given_by: Mapping[str, str]) -> Resolution:
    """What resolves an undecided answer; of a context key, also where it is tested, and what can be done about it."""
    key = resolution.name.lower()
    tests = [
        (said, condition) for said in decision.statements for condition in said.statement.conditions if condition.key.lower() == key
    ]
    tests = [test for test in tests if test[0].element != "Principal"] or tests  # or else it is about somebody else
    option = given_by.get(key)
    if option and not resolution.hint:
        resolution = replace(resolution, hint=f"give it with {option}={_named_by(tests)}")
    if not tests:
        return resolution
    said, condition = min(tests, key=lambda test: test[0].applies is not Truth.UNKNOWN)
    help_ = next(
        (text for start, text in _HELP.items() if key.startswith(start)), "say in the contract what its requests have (requests)"
    )
    help_ = help_.format(_DONE["Allow" if said.statement.effect == "Allow" else "Deny"])
    return replace(resolution, hint=resolution.hint or help_, location=resolution.location or condition.location)


def _named_by(tests: Sequence[tuple[StatementOutcome, Condition]]) -> str:
    """The one resource of the code whose ARN is asked for, "…" where there is none or several."""
    from auditor.proofs.referred import address_in

    named = {
        address_in(item.text)
        for _, condition in tests
        if condition.key.lower() == "aws:sourcearn"
        for item in condition.values.items
    }
    return next(iter(named)) or "…" if len(named) == 1 else "…"


def _obstacles(decision: Decision, action: str) -> Iterator[Step]:
    """What stands in the way of a request besides the reason for which it is denied: what is certain, then what may be.

    Source: IAM User Guide, "Policy evaluation logic": an explicit deny decides before the want of an allow.
    """
    for refusal in decision.besides:
        place = refusal.deciding[0].location if refusal.deciding else None
        yield Step(refusal.reason.replace(action, "it"), place)
    allowing = [said for said in decision.statements if said.statement.effect == "Allow" and said.applies is not Truth.FALSE]
    for said in allowing if all(said.applies is Truth.UNKNOWN for said in allowing) else ():
        yield Step(f"whether statement {said.statement.title} allows it is unknown ({said.clause})", said.location)
    for said in decision.statements:
        if said.statement.effect == "Deny" and said.applies is Truth.UNKNOWN:
            yield Step(f"statement {said.statement.title} may deny it ({said.clause})", said.location)
