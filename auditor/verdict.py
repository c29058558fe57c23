"""What was proven: one verdict for each resource and need."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.contract import Contract, Need
from auditor.foundation.location import Location
from auditor.lazy.classes import dataclass
from auditor.model import Resource
from auditor.outcome import WORST_FIRST, Cause, Outcome, Resolution, Status, Step

__all__ = ["WORST_FIRST", "Cause", "Outcome", "Resolution", "Status", "Step", "Verdict"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was proven of one need.

    Attributes:
        contract: the contract that asks.
        subject: the resource that it is about.
        need: what is asked.
        outcome: the answer; its parts can be read from the verdict.
    """

    contract: Contract
    subject: Resource
    need: Need
    outcome: Outcome

    @property
    def status(self) -> Status:
        """The answer."""
        return self.outcome.status

    @property
    def reason(self) -> str:
        """Why."""
        return self.outcome.reason

    @property
    def location(self) -> Location:
        """The line that decides."""
        return self.outcome.location

    @property
    def witness(self) -> Mapping[str, str]:
        """A request that is refused."""
        return self.outcome.witness

    @property
    def resolved_by(self) -> tuple[Resolution, ...]:
        """What would resolve it."""
        return self.outcome.resolved_by

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What it takes for granted."""
        return self.outcome.assumptions

    @property
    def steps(self) -> tuple[Step, ...]:
        """The explanation."""
        return self.outcome.steps

    @property
    def obstacles(self) -> tuple[Step, ...]:
        """What stands in the way besides, once the reason is gone."""
        return self.outcome.obstacles

    @property
    def cause(self) -> Cause | None:
        """What decided."""
        return self.outcome.cause
