"""A layout that leaves a slot out or places one twice.

A slot that is not placed may not be seen. How the platform takes it is not documented, so this is a warning.

Place each slot once.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = ("https://github.com/v7labs/darwin-py",)
