"""S3 grants: whether the bucket's side of the evaluation lets the consumer do an action on every key.

Source: Amazon S3 User Guide, "How Amazon S3 authorizes a request" and "Blocking public access"; IAM User Guide, "Cross-account policy
evaluation logic". Facts: what the consumer's own account allows is an assumption, an explicit Deny on the bucket's side decides alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from auditor.cases import Choices
from auditor.contract import Contract, Need, NeedKind
from auditor.location import Location
from auditor.model import Attachment, Bucket, Kind, Slot
from auditor.policy import Answer, Caller, Decision, Environment, Policy, Question, decide, parse_policy
from auditor.proofs.outcome import Outcome, attached, open_because, prove
from auditor.value import NULL, Choice, Known, MapValue, Symbol, Unknown, Value, is_null, text_of, text_parts
from auditor.verdict import Settlement, Status, Step, Verdict

# Source: Amazon S3 User Guide, "Default settings for new S3 buckets": since April 2023 all four settings are on for new buckets.
_BLOCK_UNWRITTEN = "no public access block is written: a new bucket has all four settings on, one from before April 2023 may not"


@dataclass(frozen=True, slots=True)
class AccessCause:
    """What decided an S3 or KMS grant.

    Attributes:
        decision: the engine's answer, None when there was nothing to ask it about.
        policy: the policy that was asked, None when there is none.
        attachment: what attaches it.
    """

    decision: Decision | None
    policy: Policy | None
    attachment: Attachment | None


def prove_access(bucket: Bucket, need: Need, contract: Contract, key: str | None = None) -> Verdict:
    """The verdict for a need such as `s3:GetObject`: for every key below the need's prefix, or for one key."""
    header = bucket.declaration.location
    caller = Caller(arn=Known(contract.principal), account=Known(contract.account))
    resource = text_of(("arn:aws:s3:::", *text_parts(bucket.declaration.name), "/", key or ""))
    question_ = Question(caller=caller, action=need.id, resource=resource, keys=every_key(need) if key is None else None)
    assumptions = (*contract.assumptions, *environment_assumptions(bucket))

    def question(choices: Choices) -> Outcome:
        attachment = attached(bucket.slot(Kind.POLICY), choices)
        if isinstance(attachment, Symbol):
            return open_because(attachment, header)
        if attachment is None or is_null(attachment.content):
            return _without_policy(bucket, need, contract, assumptions)
        location = attachment.content_location or attachment.location
        policy = parse_policy(attachment.content, location)
        block = _public_access_block(bucket, choices)
        environment = Environment(
            resource_policy=policy,
            resource_account=bucket.declaration.account,
            restrict_public_buckets=block("RestrictPublicBuckets"),
            block_public_policy=block("BlockPublicPolicy"),
            object_ownership=_ownership(bucket, choices),
        )
        return outcome(decide(environment, question_), policy, attachment, need, contract, assumptions)

    return prove(contract, bucket, need, question)


def every_key(need: Need) -> str:
    """A glob for the keys that a need is about. Source: Amazon S3 User Guide, "Naming Amazon S3 objects": no key is empty."""
    return f"{need.prefix}*" if need.prefix else "?*"


def outcome(
    decision: Decision, policy: Policy, attachment: Attachment, need: Need, contract: Contract, assumptions: tuple[str, ...]
) -> Outcome:
    """A decision of the policy engine as an outcome."""
    location = attachment.content_location or attachment.location
    place = decision.deciding[0].location if decision.deciding else location
    steps = tuple(Step(f"statement {said.statement.title}: {said.clause}", said.location) for said in decision.statements)
    cause = AccessCause(decision, policy, attachment)
    witness = (
        {"request": f"{need.id.partition(':')[2]} by {contract.principal}", **decision.witness.named()} if decision.witness else {}
    )
    match decision.answer:
        case Answer.ALLOWED:
            titles = " and ".join(dict.fromkeys(statement.title for statement in decision.deciding))
            granting = f"statement {titles}" if titles else attachment.kind.value
            covered = "for every key" if need.kind is NeedKind.S3 else f"through {attachment.address}"
            return Outcome(Status.HOLDS, f"{granting} grants it {covered}", place, {}, (), assumptions, steps, cause)
        case Answer.DENIED:
            return Outcome(Status.FAILS, decision.reason, place, witness, (), assumptions, steps, cause)
        case Answer.UNDECIDED:
            settled_by = tuple(
                Settlement(
                    turn.symbol.name, turn.symbol.reason, turn.allowed_if, turn.refused_if, turn.symbol.cure, turn.symbol.location
                )
                for turn in decision.turns_on
            )
            return Outcome(Status.OPEN, decision.reason, place, {}, settled_by, assumptions, steps, cause)


def environment_assumptions(bucket: Bucket) -> tuple[str, ...]:
    """What code about a bucket cannot show of its surroundings."""
    block = bucket.estate.account_public_access_block
    return (
        "No service control policy, resource control policy or VPC endpoint policy refuses the requests.",
        *(() if block.linked else ("The account's public access block is no stricter than the bucket's.",)),
    )


def _without_policy(bucket: Bucket, need: Need, contract: Contract, assumptions: tuple[str, ...]) -> Outcome:
    header = bucket.declaration.location
    if not bucket.declaration.managed:
        reason = "the bucket is declared elsewhere, and its policy with it"
        settlement = Settlement("bucket policy", reason, cure="audit the code that attaches the bucket policy", location=header)
        return Outcome(Status.OPEN, reason, header, settled_by=(settlement,), assumptions=assumptions)
    witness = {"request": f"{need.id.partition(':')[2]} by {contract.principal}", "key": need.prefix or "x"}
    return Outcome(
        Status.FAILS,
        "the bucket has no policy, so nothing lets another account in",
        header,
        witness,
        (),
        assumptions,
        cause=AccessCause(None, None, None),
    )


def _public_access_block(bucket: Bucket, choices: Choices) -> _Block:
    own = attached(bucket.slot(Kind.PUBLIC_ACCESS_BLOCK), choices)
    account = attached(bucket.estate.account_public_access_block, choices)
    return _Block(own, account, bucket.declaration.location)


@dataclass(frozen=True, slots=True)
class _Block:
    """The public access blocks of a bucket and its account; called with the name of a setting, it gives the effective value."""

    own: Attachment | Symbol | None
    account: Attachment | Symbol | None
    header: Location

    def __call__(self, setting: str) -> Value:
        if isinstance(self.account, Attachment) and _setting(self.account, setting) == Known(True):
            return Known(True)
        if self.own is None:
            return Unknown(
                Symbol(f"public access block: {setting}", _BLOCK_UNWRITTEN, "write the public access block", self.header)
            )
        if isinstance(self.own, Symbol):
            return Unknown(self.own)
        return _setting(self.own, setting)


def _setting(attachment: Attachment, setting: str) -> Value:
    """One setting of a public access block; what is not written is off (API Reference, PublicAccessBlockConfiguration)."""
    content = attachment.content
    if isinstance(content, MapValue):
        value = content.entries.get(setting, NULL)
        if content.rest is not None and is_null(value):
            return Unknown(content.rest)
        return Known(False) if is_null(value) else value
    if isinstance(content, Choice):
        return Unknown(content.condition)
    if isinstance(content, Unknown):
        return content
    return Known(False)


def _ownership(bucket: Bucket, choices: Choices) -> Value:
    """The ObjectOwnership setting in a case, null when nothing is written."""
    slot: Slot = bucket.slot(Kind.OWNERSHIP)
    attachment = attached(slot, choices) if slot.linked else None
    if isinstance(attachment, Symbol):
        return Unknown(attachment)
    return attachment.content if attachment else NULL
