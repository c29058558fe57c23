"""A setting of a bucket in one case: what is configured of a kind, and the word of AWS that a value is."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.foundation.cases import Atom, Choices
from auditor.foundation.equality import same_text
from auditor.foundation.location import Location
from auditor.foundation.value import (
    NULL,
    Known,
    MapValue,
    Symbol,
    Template,
    Truth,
    Unknown,
    Value,
    is_null,
    is_text,
    origin_of,
    symbols_in,
    whole,
)
from auditor.lazy.classes import dataclass
from auditor.link import is_blank
from auditor.model import Attachment, Bucket, Kind
from auditor.proofs.outcome import attached, open_because, taken
from auditor.verdict import Cause, Outcome

_ELSEWHERE = "the bucket is declared elsewhere"


@dataclass(frozen=True, slots=True)
class DemandCause(Cause):
    """Why a bucket is not, or is, as a consumer requires it.

    Attributes:
        requires: what the consumer requires of the bucket, as a noun ("versioning", "a name without '.'").
        kind: what it is configured by; None for what a bucket has of itself.
        attachment: where it is configured, None where it is not.
        correct: what to write at the place of the verdict instead: the name of the element in the AWS API, and the word; None where
            another word alone does not do it.
        decision: what a person has to decide where no such word does it: a sentence without its full stop.
    """

    requires: str
    kind: Kind | None = None
    attachment: Attachment | None = None
    correct: tuple[str, str] | None = None
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Configured:
    """What is configured of a kind in a case."""

    attachment: Attachment
    content: Value

    @property
    def location(self) -> Location:
        """Where it is written."""
        return self.attachment.content_location or self.attachment.location

    def entry(self, name: str, choices: Choices) -> Value | Outcome:
        """An entry of the configuration, null where it is not written; an outcome where that is unknown."""
        return entry_of(self.content, name, self.location, choices)


def configured(bucket: Bucket, kind: Kind, choices: Choices) -> Configured | Outcome | None:
    """What is configured of a kind of which a bucket has one; None where certainly nothing is, and an outcome where that is unknown."""
    attachment = attached(bucket.slot(kind), choices)
    if isinstance(attachment, Symbol):
        return open_because(attachment, bucket.declaration.location)
    if attachment is not None and not is_null(content := taken(attachment.content, choices)):
        return Configured(attachment, content)
    return None if bucket.declaration.managed else open_elsewhere(bucket, kind)


def elsewhere(bucket: Bucket, kind: Kind, name: str = "", *, or_else: str = "") -> Symbol:
    """What stands for the configuration of a bucket that is declared elsewhere, whose reason is the same for all that is configured there.

    Args:
        bucket: not of this code.
        kind: what is configured of it.
        name: what it is called; that of the kind where nothing is given.
        or_else: what would resolve it as well, as an imperative clause.
    """
    maker = bucket.declaration.maker
    hint = (maker.hint if maker else "") or "audit the code that declares the bucket"
    hint = f"{hint}, or {or_else}" if or_else else hint
    return Symbol(name or kind.value, maker.reason if maker else _ELSEWHERE, hint, bucket.declaration.location)


def told_elsewhere(bucket: Bucket, kind: Kind) -> str:
    """Why a verdict on the configuration of a bucket that is declared elsewhere is unknown."""
    maker = bucket.declaration.maker
    reason, whose = (maker.reason, "the bucket's") if maker else (_ELSEWHERE, "its")
    return f"{reason}, and {whose} {kind.value.removeprefix('bucket ')} with it"


def open_elsewhere(bucket: Bucket, kind: Kind) -> Outcome:
    """The outcome for the configuration of a bucket that is declared elsewhere."""
    return open_because(elsewhere(bucket, kind), bucket.declaration.location, told_elsewhere(bucket, kind))


def entry_of(content: Value, name: str, location: Location, choices: Choices) -> Value | Outcome:
    """The branch of an entry of a map, null where it is not written; an outcome where the code leaves that unresolved."""
    if isinstance(content, Unknown):
        return open_because(content.symbol, content.location or location)
    if not isinstance(content, MapValue):
        return open_because(Symbol(name, "unsupported syntax", location=location), location)
    value = taken(content.entries.get(name, NULL), choices)
    return open_because(content.rest, location) if is_null(value) and content.rest is not None else value


def word_of(value: Value, words: Sequence[str], name: str, location: Location, choices: Choices) -> str | Outcome:
    """The one of the words that AWS knows for something, in a case; an outcome where it is none of them or cannot be told.

    Args:
        value: one branch.
        words: those that AWS takes.
        name: of the element ("Payer").
        location: where the value stands, unless it says so itself.
        choices: of the case.
    """
    place = value.location or location
    if isinstance(value, Known) and value.value in words:
        return str(value.value)
    if isinstance(value, Known):
        reason = f"'{value.value}' is not a valid {name}, and S3 rejects such a configuration"
        return open_because(Symbol(name, reason, f"write one of {', '.join(words)}", place), place)
    if isinstance(value, Unknown | Template):
        symbol = next(symbols_in(value))
        possible = tuple(word for word in words if same_text(value, Known(word)) is not Truth.FALSE)
        if possible:
            return choices.of(Atom((name, value), possible, symbol, tuple(f"{symbol.written} is {word}" for word in possible)))
    return open_because(Symbol(name, "unsupported syntax", location=place), place)


WITHOUT_KEY, WITH_KEY = ("AES256",), ("aws:kms", "aws:kms:dsse")
"""The algorithms of a default encryption that use no KMS key, and those that use one."""


def algorithm_of(value: Value, key: Value, location: Location, choices: Choices) -> str | Outcome:
    """The SSEAlgorithm of a default encryption, in a case; an outcome where S3 does not take it or it cannot be told.

    Source: Amazon S3 API Reference, ServerSideEncryptionByDefault: a KMSMasterKeyID goes with aws:kms and aws:kms:dsse only; S3 answers 400
    InvalidArgument.

    Args:
        value: one branch of the SSEAlgorithm, null where it is not written.
        key: one branch of the KMSMasterKeyID.
        location: where the encryption is written.
        choices: of the case.
    """
    if is_null(value):
        return "AES256" if is_null(key) else "aws:kms"
    algorithm = word_of(value, (*WITHOUT_KEY, *WITH_KEY), "SSEAlgorithm", location, choices)
    # A key that is wholly unresolved may be null.
    if algorithm == "AES256" and is_text(key) and not is_blank(key) and (not isinstance(key, Unknown) or origin_of(key)):
        place = key.location or location
        reason = "S3 takes a KMSMasterKeyID only beside the SSEAlgorithm aws:kms or aws:kms:dsse, and rejects such a configuration"
        return open_because(Symbol("KMSMasterKeyID", reason, "remove it, or write aws:kms", place), place)
    return algorithm


def number_of(value: Value) -> int | None:
    """A whole number, which may be written as text; None for anything else, and for an infinite one."""
    number = value.value if isinstance(value, Known) else None
    if isinstance(number, str):
        number = whole(number) if number.isdecimal() else None
    if isinstance(number, float):
        number = int(number) if number.is_integer() else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None
