"""A suppression comment whose date has passed.

`until=2027-03-01` says that a finding is accepted until that day. Afterwards it is shown again, and so is the comment, so that it
does not stay behind. Fix what it suppressed, or give it a new date with a reason.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS: tuple[Symptom, ...] = ()
REFERENCES: tuple[str, ...] = ()
