"""A layout that does not fit its version or its slots.

Version 1 has `type` and `slots`, version 2 also `layout_shape`, version 3 has `slots_grid`: rows of cells of slot
names. Every name must be that of a slot of the item.

Write the layout as its version asks, with the names of the slots.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = (
    "https://github.com/v7labs/darwin-py",
    "https://github.com/v7labs/customer-enablement",
)
