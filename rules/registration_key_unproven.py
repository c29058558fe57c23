"""An object of which the code does not settle whether the platform may read it.

As `registration-key-refused`, but the answer turns on a value that the code leaves open.

Settle the value as the finding says.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.v7labs.com/docs/external-storage-troubleshooting",)
