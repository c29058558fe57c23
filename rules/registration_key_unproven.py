"""An object of which the code does not resolve whether the platform may read it.

As `registration-key-refused`, but the answer depends on a value that the code leaves unresolved.

Resolve the value as the finding says.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.v7labs.com/docs/external-storage-troubleshooting",)
