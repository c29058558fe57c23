"""What code makes of a KMS key where it has other words than the AWS API: its state, and whether it is a multi-Region key."""

from __future__ import annotations

from dataclasses import replace

from auditor.foundation.location import Location
from auditor.foundation.value import Known, Symbol, Unknown, Value, is_null, scalar_text
from auditor.sources.choices import in_branches

# Source: AWS KMS Developer Guide, "Key states of AWS KMS keys".
_STATES = {"true": "Enabled", "false": "Disabled"}


def key_state(enabled: Value) -> Value:
    """The KeyState of a key, null where the switch is not written, unknown where the switch is."""

    def state(switch: Value) -> Value:
        if not isinstance(switch, Known) or is_null(switch):
            return switch
        return replace(switch, value=_STATES.get(scalar_text(switch.value).lower(), switch.value))

    return in_branches(enabled, state)


def imported(state: Value, origin: Value, address: str, place: Location) -> Value:
    """The KeyState of a key that, where its origin is EXTERNAL, cannot be used before somebody imports key material.

    Source: AWS KMS Developer Guide, "Importing key material for AWS KMS keys": until then its state is PendingImport.

    Args:
        state: what the code says of it otherwise.
        origin: the Origin of the AWS API; null where that is not written, and AWS KMS makes the material.
        address: of the key.
        place: of the key.
    """
    why = "the code does not import it, and a key cannot be used before it is there"
    pending = Unknown(Symbol(f"the key material of {address}", why, "import the key material", place), place)

    def waiting(of: Value) -> Value:
        own = is_null(of) or (isinstance(of, Known) and of.value != "EXTERNAL")
        return state if own else in_branches(state, lambda one: one if one == Known("Disabled") else pending)

    return in_branches(origin, waiting)


def multi_region(written: Value, *, replica: bool) -> Value:
    """The MultiRegion of a key that the code makes.

    Source: AWS KMS API Reference, CreateKey, MultiRegion: false where it is not given; ReplicateKey makes multi-Region keys only.
    """
    return Known(True) if replica else in_branches(written, lambda value: Known(False) if is_null(value) else value)
