"""What switching a KMS key on or off makes of it, for the languages that have a switch where the AWS API has a state."""

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
