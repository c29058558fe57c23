"""What a proof answers, in one case or in all of them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field

from auditor.foundation.cases import Turn
from auditor.foundation.location import Location
from auditor.foundation.value import Symbol
from auditor.lazy.classes import dataclass


class Status(enum.Enum):
    """Proven to hold, proven to fail, not resolved by the code, or not asked for."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


WORST_FIRST = (Status.FAILS, Status.UNKNOWN, Status.HOLDS, Status.NOT_APPLICABLE)
"""The order in which they are told of: first where something is to be done."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What would resolve an unknown verdict.

    Attributes:
        name: the value or condition it depends on, as the user knows it ("var.role_arn", "aws:SourceIp").
        reason: why it is unknown ("var.role_arn has no default").
        holds_if: what makes the need hold, whatever else is unknown; empty when there is nothing to name.
        fails_if: what makes it fail; likewise.
        only_if: what it fails without, where that alone does not make it hold.
        hint: what the user can do, as an imperative clause; may be empty.
        location: where the unknown value is declared or used.
    """

    name: str
    reason: str
    holds_if: str = ""
    fails_if: str = ""
    hint: str = ""
    location: Location | None = None
    only_if: str = ""

    @staticmethod
    def of(symbol: Symbol, turn: Turn | None = None) -> Resolution:
        """What resolves a symbol."""
        ways = (turn.holds_if, turn.fails_if, turn.only_if) if turn else ("", "", "")
        return Resolution(symbol.written, symbol.reason, *ways[:2], symbol.hint, symbol.location, ways[2])


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the explanation: what was looked at, and what it said. `--explain` shows them."""

    text: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """What decided, in terms that rules can match on: the base of one class for each kind of need, beside its proof."""

    @property
    def is_of_every_key(self) -> bool:
        """Whether what fails for it fails for every key of an object alike."""
        return False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was proven, in one case or in all of them.

    Attributes:
        status: the answer.
        reason: one sentence that says why.
        location: the line that decides; the header of the resource when something is absent.
        witness: for `fails`, a request that is refused, by name ("key", "request", "origin", "method", "headers", …).
        resolved_by: for `unknown`, what would resolve it.
        assumptions: what the answer takes for granted and code cannot show.
        steps: the explanation, in order.
        cause: what the rules need to say more.
        obstacles: for `fails`, what stands in the way besides, once the reason is gone.
        overall: reason and place that hold in every case, told where the cases differ in theirs; None when the first case speaks for all.
        discounted: for a case that counts only when there is no other: the assumption that leaves it out; empty for any other.
    """

    status: Status
    reason: str
    location: Location
    witness: Mapping[str, str] = field(default_factory=dict)
    resolved_by: tuple[Resolution, ...] = ()
    assumptions: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    cause: Cause | None = None
    overall: tuple[str, Location] | None = None
    discounted: str = ""
    obstacles: tuple[Step, ...] = ()
