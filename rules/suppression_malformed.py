"""A suppression comment that cannot be understood.

A comment that begins with `auditor:` speaks to this tool. One that names an unknown rule, has a broken date, or says something else
altogether would be passed over in silence, and its author would believe that something is suppressed. Two forms exist:

    # auditor: ignore[cors-wider-than-needed] until=2027-03-01 -- reason
    # auditor: contract=v7-darwin

Fix the comment or remove it.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS: tuple[Symptom, ...] = ()
REFERENCES: tuple[str, ...] = ()
