"""A need that fails for a reason that no other rule explains.

Every need that fails is reported: where none of the other rules explains why, this one says what the proof found, at the place that decides.

The verdict's reason names what decides, and `auditor check --explain` shows how the verdict was reached. Please report the case: a rule that
explains it is missing.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS: tuple[Symptom, ...] = ()
REFERENCES: tuple[str, ...] = ()
