"""Random configurations of one bucket, some values of which are hidden, and what they can turn out to be."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PLATFORM = "258327614892"
ROLE = f"arn:aws:iam::{PLATFORM}:role/external_s3"
OTHER = "arn:aws:iam::111122223333:role/etl"
_PRINCIPALS = (ROLE, f"arn:aws:iam::{PLATFORM}:root", OTHER, "*")
_ACTIONS = (["s3:GetObject"], ["s3:GetObject", "s3:PutObject"], ["s3:*"], ["s3:PutObject"], ["s3:Get*", "s3:DeleteObject"])
_SUFFIXES = ("/*", "/in/*", "/in/*.png")
_CONDITIONS: Mapping[str, tuple[str, Sequence[object]]] = {
    "aws:PrincipalAccount": ("StringEquals", (PLATFORM, "111122223333")),
    "aws:SecureTransport": ("Bool", ("true", "false")),
    "aws:PrincipalArn": ("ArnNotLike", (ROLE, OTHER)),
    "aws:SourceIp": ("NotIpAddress", ("0.0.0.0/0", "192.0.2.0/24")),
    "s3:DataAccessPointAccount": ("StringEquals", ("111122223333", "444455556666")),
}
_ORIGINS = (["https://darwin.v7labs.com"], ["*"], ["https://*.v7labs.com"], ["https://other.example"])
_METHODS = (["GET", "PUT"], ["GET"], ["PUT", "POST"], ["GET", "PUT", "HEAD", "POST"])
_HEADERS = (["*"], [], ["content-type"], ["x-amz-*"])
MOST = 64


@dataclass(frozen=True)
class Slot:
    """A value of a configuration.

    Attributes:
        name: of the variable or parameter that hides it.
        options: what it can be.
        chosen: the index of what is written where nothing hides it.
        hidden: `variable`, `condition` (two options only), `lookup` (an element of a map by an unresolved key, an allowed value), or empty.
    """

    name: str
    options: Sequence[object]
    chosen: int
    hidden: str = ""


@dataclass(frozen=True)
class Statement:
    """A statement of a policy; its condition is an operator, a key and a slot."""

    effect: str
    principal: Slot
    actions: Slot
    suffix: Slot | None
    condition: tuple[str, str, Slot] | None
    there: Slot


@dataclass(frozen=True)
class Configuration:
    """A bucket and what is attached to it; what is None is not configured, and a slot of truths called `there` says whether it exists."""

    statements: Sequence[Statement]
    policy: Slot
    cors: tuple[Slot, Slot, Slot, Slot] | None
    encryption: tuple[Slot, Slot, Sequence[Statement]] | None
    ownership: tuple[Slot, Slot] | None
    block: tuple[Slot, Slot, Slot] | None
    hidden: Sequence[Slot]

    def completions(self, dice: random.Random) -> list[Mapping[str, object]]:
        """What the hidden values can be, all ways where there are at most `MOST`, else as many at random."""
        sizes = [range(len(slot.options)) for slot in self.hidden]
        total = 1
        for size in sizes:
            total *= len(size)
        chosen = (
            list(itertools.product(*sizes)) if total <= MOST else [tuple(dice.choice(size) for size in sizes) for _ in range(MOST)]
        )
        return [{slot.name: slot.options[at] for slot, at in zip(self.hidden, indexes, strict=True)} for indexes in chosen]


class Author:
    """Writes a random configuration."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.hidden = dice, list[Slot]()
        self._names = itertools.count()
        self._share = dice.choice((0.1, 0.2, 0.35))

    def configuration(self) -> Configuration:
        """One, with at most six hidden values."""
        dice = self.dice
        statements = [self._statement("Allow")]
        statements += [self._statement(dice.choice(("Allow", "Deny"))) for _ in range(dice.choice((0, 0, 1, 1, 2)))]
        cors = (self._there(), self._slot(_ORIGINS), self._slot(_METHODS), self._slot(_HEADERS)) if dice.random() < 0.7 else None
        encryption = None
        if dice.random() < 0.5:
            grants = [self._statement("Allow", key=True) for _ in range(dice.choice((0, 1, 1)))]
            encryption = (self._there(), self._slot(("aws:kms", "AES256")), grants)
        settings = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
        ownership = (self._there(), self._slot(settings)) if dice.random() < 0.6 else None
        block = (self._there(), self._slot((True, False)), self._slot((True, False))) if dice.random() < 0.5 else None
        return Configuration(statements, self._there(), cors, encryption, ownership, block, tuple(self.hidden))

    def _statement(self, effect: str, *, key: bool = False) -> Statement:
        dice, condition = self.dice, None
        if dice.random() < 0.4:
            name = dice.choice([each for each in _CONDITIONS if not (key and each.startswith("s3:"))])
            operator, values = _CONDITIONS[name]
            condition = (operator, name, self._slot(values))
        actions: Sequence[object] = (["kms:Decrypt"], ["kms:Decrypt", "kms:GenerateDataKey"], ["kms:*"]) if key else _ACTIONS
        principals = (ROLE, OTHER) if key else (_PRINCIPALS if effect == "Allow" else ("*", *_PRINCIPALS[:3]))
        suffix = None if key else self._slot(_SUFFIXES)
        return Statement(effect, self._slot(principals), self._slot(actions), suffix, condition, self._there())

    def _there(self) -> Slot:
        return self._slot((True, False), usual=0.85)

    def _slot(self, options: Sequence[object], usual: float = 0.6) -> Slot:
        dice = self.dice
        chosen = 0 if dice.random() < usual else dice.randrange(len(options))
        name = f"v{next(self._names)}"
        if dice.random() >= self._share or len(self.hidden) == 6:
            return Slot(name, options, chosen)
        truths = all(isinstance(option, bool) for option in options)
        if dice.random() < 0.4 and not truths:
            pair = tuple(dice.sample(list(options), 2))
            slot = Slot(name, pair, 0, "condition")
        else:
            slot = Slot(name, options, chosen, "lookup" if dice.random() < 0.4 else "variable")
        self.hidden.append(slot)
        return slot
