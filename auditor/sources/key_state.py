"""What code makes of a KMS key where it has other words than the AWS API: its state, and whether it is a multi-Region key."""

from __future__ import annotations

from dataclasses import replace

from auditor.foundation.value import Known, Value, is_null, scalar_text
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


def multi_region(written: Value, *, replica: bool) -> Value:
    """The MultiRegion of a key that the code makes.

    Source: AWS KMS API Reference, CreateKey, MultiRegion: false where it is not given; ReplicateKey makes multi-Region keys only.
    """
    return Known(True) if replica else in_branches(written, lambda value: Known(False) if is_null(value) else value)
