"""A suppression comment that has no effect.

What it suppressed has been fixed, or it stands at the wrong place: a suppression applies to its own line, or, when it stands alone above a
block, to that block, or on a module call to what the module does. Left in place it would hide the next finding of that rule.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS: tuple[Symptom, ...] = ()
REFERENCES: tuple[str, ...] = ()
