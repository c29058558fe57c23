"""What the engine answers: data, with its reasons."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field

from auditor.foundation.cases import Turn
from auditor.foundation.location import Location
from auditor.foundation.value import Symbol, Truth
from auditor.lazy.classes import dataclass
from auditor.policy.document import Statement


class Answer(enum.Enum):
    """The answer to a question."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNDECIDED = "undecided"


class DenyKind(enum.Enum):
    """Why a request is refused."""

    EXPLICIT = "explicit"
    IMPLICIT = "implicit"
    BLOCK_PUBLIC_ACCESS = "block-public-access"
    DEPLOY_ERROR = "deploy-error"
    NOT_IAM = "not-iam"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is refused; empty when it is not.

    Attributes:
        kind: see `DenyKind`.
        reason: one clause.
        deciding: the statements that refuse it.
    """

    kind: DenyKind | None = None
    reason: str = ""
    deciding: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Witness:
    """A request that is refused: the ARN, the part of it that is the key, and the context keys of which every value was asked about."""

    resource: str
    key: str | None
    context: Mapping[str, str] = field(default_factory=dict)

    def named(self) -> dict[str, str]:
        """The parts that tell the request apart, by name."""
        return {**({"key": self.key} if self.key is not None else {}), **self.context}


@dataclass(frozen=True, slots=True)
class StatementOutcome:
    """Why a statement applies to the request or does not.

    Attributes:
        policy: which policy it is from ("resource policy", "identity policy", …).
        statement: it.
        applies: whether it applies.
        element: the element that does not match, or that is unknown; empty when it applies.
        clause: the whole in words.
        location: of that element.
    """

    policy: str
    statement: Statement
    applies: Truth
    element: str
    clause: str
    location: Location


@dataclass(frozen=True, slots=True)
class Dependency:
    """Something that the answer depends on, and how."""

    symbol: Symbol
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer with its reasons.

    Attributes:
        answer: see `Answer`.
        reason: one clause.
        kind: why it is refused.
        witness: the shortest request that is refused.
        statements: why each statement applies or not, for the witness (or the shortest request).
        deciding: the statements that decide: those that refuse, or those that grant.
        besides: for a denied request, why else it certainly is: what would refuse it once the reason is gone, in the order of the evaluation.
        depends_on: what an undecided answer depends on.
        allowing: one case in which all is allowed, as clauses.
        refusing: one case in which something is refused.
        expires: for a request that is allowed now: the moment from which it is not for certain, in seconds since 1970; None when there is none.
        ungranted: for a request that nothing allows: whether that is so whichever resources are asked about, as no Allow can be for the action and the
            caller.
    """

    answer: Answer
    reason: str
    kind: DenyKind | None = None
    witness: Witness | None = None
    statements: tuple[StatementOutcome, ...] = ()
    deciding: tuple[Statement, ...] = ()
    besides: tuple[Refusal, ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    allowing: tuple[str, ...] = ()
    refusing: tuple[str, ...] = ()
    expires: float | None = None
    ungranted: bool = False

    @property
    def nearest(self) -> StatementOutcome | None:
        """The Allow of the resource's own policy that comes nearest to applying: the one that fails at the latest element."""
        order = ("existence", "Principal", "Action", "Resource", "Condition", "")
        found = [one for one in self.statements if one.policy == "resource policy" and one.statement.effect == "Allow"]
        return max(found, key=lambda one: order.index(one.element), default=None)


@dataclass(frozen=True, slots=True)
class Budget:
    """How much work a decision may be.

    Attributes:
        states: of the automaton of the keys.
        cases: of what is unknown.
        statements: looked at, for a request in a case.
        few: the share of cases and statements after which a few completions are tried instead: they may show that the answer depends on something.
    """

    states: int = 20_000
    cases: int = 1_000
    statements: int = 40_000
    few: float = 0.25
