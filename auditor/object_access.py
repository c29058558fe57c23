"""Whether a consumer may read single objects, by the code that declares their bucket."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from auditor.contract import Contract
from auditor.foundation.location import Location
from auditor.foundation.value import Domain, Known, Symbol, Text, text_parts
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.model import Bucket, Kind
from auditor.needs.access import AccessCause, AccessNeed
from auditor.policy import parse_policy
from auditor.proofs.outcome import over_cases
from auditor.verdict import Status

_OPAQUE = 0xF0000
# One character, or a policy variable.
_PIECES = regex(r"\$\{[^}]*\}|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class KeyAnswer:
    """What the code says of reading one object.

    Attributes:
        status: HOLDS when the consumer may read it, FAILS when it is denied, UNKNOWN when the code does not resolve it.
        reason: why, as a clause without a full stop ("no statement of aws_s3_bucket_policy.p allows s3:GetObject below in/").
        cause: equal for keys that are answered alike for the same reason: only one finding is made of them.
        fix: the smallest change that fixes it; may be empty.
        location: the statement that decides, when there is one.
    """

    status: Status
    reason: str
    cause: str
    fix: str = ""
    location: Location | None = None


class ObjectAccess:
    """Answers for single keys; keys that nothing in the policy can tell apart are decided once.

    Args:
        bucket: the bucket.
        need: the need to read.
        contract: the consumer.
        command: what the user can run to learn all about the bucket.
    """

    def __init__(self, bucket: Bucket, need: AccessNeed, contract: Contract, command: str = "auditor check") -> None:
        self._bucket, self._need, self._contract, self._command = bucket, need, contract, command
        name = bucket.declaration.name
        # The name's holes are characters of their own in the ARNs of objects and in patterns.
        self._holes = {part.name: chr(_OPAQUE + at) for at, part in enumerate(text_parts(name)) if isinstance(part, Symbol)}
        arn = text_parts(bucket.declaration.arn_of("/"))
        self._arn = "".join(part if isinstance(part, str) else self._holes[part.name] for part in arn)
        self._patterns = tuple(dict.fromkeys(map(self._pattern, _resources(bucket))))
        self._answers: dict[tuple[Hashable, ...], KeyAnswer] = {}

    @property
    def bucket(self) -> str:
        """The address of the bucket."""
        return self._bucket.declaration.address

    @property
    def name(self) -> str:
        """The bucket's name; empty when the code leaves it unknown."""
        name = self._bucket.declaration.name
        return str(name.value) if isinstance(name, Known) and name.value is not None else ""

    def decide(self, keys: Sequence[str]) -> Sequence[KeyAnswer]:
        """What the code says of reading each object, in the order of the keys."""
        return [self._decide(key) for key in keys]

    def _decide(self, key: str) -> KeyAnswer:
        kind = self._kind(key)
        if kind not in self._answers:
            need = replace(self._need, key=key)
            verdict = over_cases(
                lambda choices: need.prove(self._bucket, self._contract, choices),
                self._bucket.location,
                given=self._bucket.declaration.when,
            )
            cause = verdict.cause
            statement = (
                cause.decision.deciding[0].title
                if isinstance(cause, AccessCause) and cause.decision and cause.decision.deciding
                else ""
            )
            shows = "what would resolve it" if verdict.status is Status.UNKNOWN else "what to change"
            self._answers[kind] = KeyAnswer(
                verdict.status,
                verdict.reason,
                cause=f"{verdict.status.value} {verdict.reason} {statement}",
                fix=f"'{self._command}' shows {shows}.",
                location=verdict.location,
            )
        return self._answers[kind]

    def _kind(self, key: str) -> tuple[Hashable, ...]:
        """What the policy can see of a key: which patterns it matches; the key itself where that is not all."""
        arn = self._arn + key
        return (self._need.party.account in key, *(pattern.kind(arn, key) for pattern in self._patterns))

    def _pattern(self, text: Text) -> _Pattern:
        pieces: list[str] = []
        varies = False
        for part in text_parts(text):
            if isinstance(part, Symbol):
                pieces.append(self._holes.get(part.name, ".{12}" if part.domain is Domain.ACCOUNT else ".*"))
                continue
            for piece in _PIECES.findall(part):
                varies |= len(piece) > 1
                pieces.append(".*" if piece == "*" or len(piece) > 1 else "." if piece == "?" else re.escape(piece))
        # An unknown name may turn out to be the one that is written.
        elsewhere = bool(self._holes) and not any(hole in pieces for hole in self._holes.values())
        return _Pattern(re.compile("".join(pieces), re.DOTALL), varies, elsewhere)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A resource of the policy, as widely as it can be meant.

    Attributes:
        form: what the ARN of an object must look like.
        varies: whether what matches may yet differ (a policy variable stands in it).
        elsewhere: whether what does not match may yet differ (it names a bucket, and the name of ours is unknown).
    """

    form: re.Pattern[str]
    varies: bool
    elsewhere: bool

    def kind(self, arn: str, key: str) -> Hashable:
        """Equal for keys that the pattern cannot tell apart."""
        found = self.form.fullmatch(arn) is not None
        return key if (self.varies if found else self.elsewhere) else found


def _resources(bucket: Bucket) -> Iterator[Text]:
    """Every resource that a statement of the bucket policy, or of a role's policies, names or exempts."""
    documents = [linked.attachment.content for linked in bucket.slot(Kind.POLICY).linked]
    for role in bucket.estate.identities:
        documents.extend((role.declaration.boundary, *(policy.document for _, policy in role.policies)))
    for document in documents:
        for statement in parse_policy(document, bucket.declaration.location).statements:
            yield from (item.text for item in statement.resources.items)
