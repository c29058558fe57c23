"""Whether S3 can use a key at all, whatever the key policy says: its region, spec, usage and state, and whose it is; in one place for all languages.

Sources: Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys" (symmetric encryption keys of the bucket's Region only);
AWS KMS API Reference, GenerateDataKey and Decrypt, InvalidKeyUsageException (a key whose usage is not ENCRYPT_DECRYPT); AWS KMS Developer Guide,
"Key states of AWS KMS keys" (in any state but Enabled, operations may fail).
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.foundation.cases import Choices
from auditor.foundation.equality import are_apart, same_text
from auditor.foundation.location import Location
from auditor.foundation.value import (
    Known,
    Symbol,
    Template,
    Text,
    Truth,
    Unknown,
    Value,
    is_null,
    origin_of,
    scalar_text,
    text_parts,
)
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, KeyDeclaration
from auditor.proofs.outcome import taken

# Source: AWS KMS Developer Guide, "Key states of AWS KMS keys": the table has an error for Decrypt and GenerateDataKey in each of them.
_REFUSED_STATES = ("disabled", "pendingdeletion", "pendingimport")

MANAGED_ALIAS = "alias/aws/s3"
"""That of the key which AWS makes in an account for S3."""


@dataclass(frozen=True, slots=True)
class KeyFault:
    """What is against a key.

    Attributes:
        symbol: it, with the reason and what helps.
        certain: whether every request of S3 with the key certainly fails.
        passing: whether it is a matter of the key's state, which may change.
    """

    symbol: Symbol
    certain: bool = False
    passing: bool = False


def is_aws_managed(reference: Text, bucket: Bucket) -> bool:
    """Whether a reference means the key aws/s3: by its alias, or by what was read of that alias in the account of the bucket."""
    read = [key.address for key in bucket.estate.keys_meant(reference) if not key.declaration.managed]
    names = [
        alias.name
        for alias in bucket.estate.aliases
        if origin_of(alias.target) in read and not are_apart(alias.account, bucket.declaration.account)
    ]
    ends = [parts[-1] for parts in map(text_parts, (reference, *names)) if parts]
    return any(isinstance(end, str) and f":{end}".endswith(f":{MANAGED_ALIAS}") for end in ends)


def unusable(key: KeyDeclaration, reference: Text, region: Text, choices: Choices, *, apart: bool = False) -> KeyFault | None:
    """Why S3 cannot, or perhaps cannot, use a key in a case; None when nothing is known against it.

    Args:
        key: it.
        reference: how the default encryption names it.
        region: of the bucket.
        choices: those of the case.
        apart: whether the code says of the two where each of them is, so that they are in one Region only where that is the same for every value.
    """
    same = same_text(key.region, region)
    if same is Truth.FALSE:
        return KeyFault(
            Symbol(
                f"region of {key.address}",
                f"{key.address} is in another region than the bucket, and S3 uses keys of the bucket's region only",
                "name a key of the bucket's region",
                reference.location,
            ),
            certain=True,
        )
    for name, value, needed, reason, hint in _demands(key, choices):
        if is_null(value):
            continue
        text = Known(scalar_text(value.value).lower(), value.location) if isinstance(value, Known) else value
        answer = same_text(text, Known(needed.lower())) if isinstance(text, Known | Template | Unknown) else Truth.UNKNOWN
        passing = name == "state"
        if answer is Truth.FALSE:
            symbol = Symbol(f"{name} of {key.address}", f"{key.address} {reason}", hint, value.location or key.location)
            certain = isinstance(text, Known) and (not passing or text.value in _REFUSED_STATES)
            return KeyFault(symbol, certain, passing)
        if answer is Truth.UNKNOWN:
            return KeyFault(_hole(value, f"{name} of {key.address}", key.location), passing=passing)
    if apart and same is Truth.UNKNOWN:
        unresolved = next(one for one in (key.region, region) if not isinstance(one, Known))
        return KeyFault(_hole(unresolved, f"region of {key.address}", key.location))
    return None


def _demands(key: KeyDeclaration, choices: Choices) -> Iterator[tuple[str, Value, str, str, str]]:
    """What of a key must have which value: how it is called, what it is, what it must be, what is wrong otherwise, what helps."""
    yield (
        "spec",
        taken(key.spec, choices),
        "SYMMETRIC_DEFAULT",
        "is not symmetric, and S3 uses symmetric keys only",
        "use a symmetric key",
    )
    yield (
        "usage",
        taken(key.usage, choices),
        "ENCRYPT_DECRYPT",
        "is not for encryption, and S3 uses no other key",
        "use an encryption key",
    )
    state = taken(key.state, choices)
    shown = f"in the state {state.value}" if isinstance(state, Known) and state != Known("Disabled") else "disabled"
    yield "state", state, "Enabled", f"is {shown}, and S3 cannot use it", "enable it"


def _hole(value: Value, name: str, place: Location) -> Symbol:
    holes = (part for part in text_parts(value) if isinstance(part, Symbol)) if isinstance(value, Template | Unknown) else iter(())
    return next(holes, Symbol(name, "it is not text", location=value.location or place))
