"""The types of contracts."""

from __future__ import annotations

import abc
import enum
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, ClassVar, Protocol, Self, TypeVar

from auditor.contract.party import NOBODY, Party, Sent
from auditor.foundation.cases import Choices
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Resource
from auditor.outcome import Outcome


class Confidence(enum.Enum):
    """How sure a fact of a contract is: its source says it, it follows from what it says, or somebody remembers it."""

    DOCUMENTED = "documented"
    DERIVED = "derived"
    REMEMBERED = "remembered"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact of a contract comes from, and how sure it is."""

    url: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a need that fails may not be one, or not as it is asked.

    Attributes:
        reason: why, as a clause.
        hint: what to do about it.
        assumption: what is assumed where the need is met; empty where that is certain all the same.
        both: whether it is as uncertain where the need is met.
        of_keys: whether it is about nothing but which keys are needed.
    """

    reason: str
    hint: str
    assumption: str = ""
    both: bool = False
    of_keys: bool = False


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something in a contract that could never be proven right.

    Attributes:
        message: what, as a clause.
        place: the path of the value in the contract ("principal", "arn").
    """

    message: str
    place: tuple[str | int, ...]


class WrittenNeed(Protocol):
    """A need as a contract's file has it, for the kind of need that reads it."""

    @property
    def id(self) -> str:
        """What is needed."""

    @property
    def head(self) -> tuple[str, str, tuple[Source, ...], Party, Doubt | None]:
        """What every need has: id, why, sources, whose it is, and what is uncertain of it."""

    def text(self, key: str) -> str:
        """The text of a key with its holes filled; empty when it is not written."""

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts of a key, likewise."""

    def number(self, key: str) -> int | None:
        """The number that the text of a key is; None when it is not written, or is not one, which is taken down."""

    def sent(self, key: str) -> Mapping[str, Sent]:
        """The map of a key: what requests have, by context key or header."""

    def problem(self, message: str, key: str) -> None:
        """Takes down what is wrong with the value of a key."""


@dataclass(frozen=True, slots=True)
class Need(abc.ABC):
    """One item of a contract: the base of one class for each kind of need.

    A kind of need is one module of `auditor.needs`, which names its class as `KIND`. What is asked of such a class stands here; from it follow
    the schema of contracts, their loading, the proof, and what is printed.

    Attributes:
        IDS: a regular expression that fits the ids of the kind, and of no other.
        EXAMPLES: some of them.
        KEYS: the JSON Schema of each key that a need of the kind has beside `id`, `why`, `when` and `sources`, which fits
            what is written, with `${name}` in place of parameters.
        SEVERAL: those of the keys that may have a list of texts in place of one: the need is then asked for each of them, on its own.
        id: what is needed; where a contract asks it several times, with what tells them apart (`s3:GetObject raw/`).
        why: what the consumer does with it, one sentence.
        sources: where it comes from.
        party: the principal whose need it is; for one that is nobody's in particular, the first of the contract.
        doubt: what it rests on and nobody has seen documented, or is not given: no `fails` rests on that alone. None where there is nothing.
    """

    IDS: ClassVar[str]
    EXAMPLES: ClassVar[tuple[str, ...]]
    KEYS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    SEVERAL: ClassVar[tuple[str, ...]] = ()

    id: str
    why: str
    sources: tuple[Source, ...] = ()
    party: Party = NOBODY
    doubt: Doubt | None = None

    @classmethod
    @abc.abstractmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need as a contract has it; what is wrong with it and no schema can say is told to `written`."""

    @abc.abstractmethod
    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:
        """Whether a bucket meets the need, in one case of what the code leaves unresolved."""

    @property
    def label(self) -> str:
        """What people call the request that is needed, where that is plainer than the id ("GET"); else empty."""
        return ""

    def about(self, bucket: Bucket) -> Resource:
        """The resource that a verdict is about: the bucket, or something that belongs to it."""
        return bucket

    def contradictions(self, contract: Contract) -> Iterator[Contradiction]:
        """What in the contract keeps the need from ever being met; equal ones of several needs are told once."""
        del contract
        return iter(())


AnyNeed = TypeVar("AnyNeed", bound=Need)


@dataclass(frozen=True, slots=True)
class Contract:
    """One consumer with its parameters filled in.

    Attributes:
        id: `v7-darwin`.
        title: how people call the consumer.
        parties: who makes requests, the one that needs without another belong to first; at least one.
        origins: the origins of its browser apps, `https://host`; none when it has none.
        needs: in the order of the report.
        parameters: the values that were filled in, by name.
        assumptions: what the contract takes for granted about the consumer.
        now: when it makes its requests, in seconds since 1970; None for at any time.
    """

    id: str
    title: str
    parties: tuple[Party, ...]
    origins: tuple[str, ...]
    needs: tuple[Need, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    now: float | None = None

    @property
    def party(self) -> Party:
        """Who makes the requests of needs that name nobody else."""
        return self.parties[0] if self.parties else NOBODY

    def needs_of(self, kind: type[AnyNeed]) -> tuple[AnyNeed, ...]:
        """The needs of one kind, in order."""
        return tuple(need for need in self.needs if isinstance(need, kind))
