"""Why AWS refuses a policy, as the rules tell it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from auditor.finding import Related, Severity
from auditor.foundation.location import Location
from auditor.lazy.modules import module
from auditor.policy import Answer
from auditor.policy.refusals import DocumentRefusal, Flaw, Grade
from auditor.proofs.grant import GrantCause
from auditor.rule import Subject

if TYPE_CHECKING:
    from auditor.diagnosis import missing_grant
else:
    missing_grant = module("auditor.diagnosis.missing_grant")


def refusals(subject: Subject, flaws: Collection[Flaw]) -> Iterator[DocumentRefusal]:
    """Why AWS refuses the policies that the needs rest on, or probably does; each once.

    What the fixes of missing grants cure is left out, but where it is the only reason for which a need fails.

    Args:
        subject: the bucket and the contract.
        flaws: only these.
    """
    found = {
        (refusal.fault.location, refusal.fault.clause): refusal
        for cause in subject.causes(GrantCause)
        for refusal in cause.refusals
        if refusal.fault.flaw in flaws
    }
    cured = missing_grant.changed(subject) if found else frozenset()
    for refusal in found.values():
        # What is missing in an Action is another fault than what is wrong in it.
        told = refusal.fault.element != "Action" and (refusal.fault.at, refusal.fault.element) in cured
        if not told or _decides(subject, refusal):
            yield refusal


def _decides(subject: Subject, refusal: DocumentRefusal) -> bool:
    """Whether a need fails for a refusal alone: stored, the document might allow it."""
    return refusal.grade is Grade.CERTAIN and any(
        refusal in cause.refusals and cause.decision is not None and cause.decision.answer is not Answer.DENIED
        for _, cause in subject.failing(GrantCause)
    )


def places(subject: Subject) -> frozenset[Location]:
    """The places for which AWS refuses a policy, or probably does."""
    return frozenset(refusal.fault.location for cause in subject.causes(GrantCause) for refusal in cause.refusals)


def severity(subject: Subject, refusal: DocumentRefusal) -> Severity:
    """How bad a refusal is: an error when it is certain, in every case."""
    return Severity.ERROR if _is_certain(subject, refusal) else Severity.WARNING


def consequence(subject: Subject, refusal: DocumentRefusal) -> str:
    """What AWS makes of it, as a clause."""
    how = "probably " if refusal.grade is not Grade.CERTAIN else "" if _is_certain(subject, refusal) else "may "
    return f"{refusal.api.service} {how}{'refuse' if how == 'may ' else 'refuses'} the whole policy ({refusal.answer})"


def _is_certain(subject: Subject, refusal: DocumentRefusal) -> bool:
    return refusal.grade is Grade.CERTAIN and any(refusal in cause.refusals for _, cause in subject.failing(GrantCause))


def related(subject: Subject, refusal: DocumentRefusal) -> tuple[Related, ...]:
    """The bucket, and the statement that has the flaw."""
    bucket, fault = Related(subject.bucket.declaration.location, "bucket"), refusal.fault
    if fault.at is None or fault.at == fault.location:
        return (bucket,)
    return bucket, Related(fault.at, f"statement {fault.title}")
