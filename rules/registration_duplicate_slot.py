"""Two slots of one name in an item.

Layouts and annotations refer to slots by name. How the platform takes it is not documented, so this is a warning.

Give each slot a name of its own.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = ("https://github.com/v7labs/darwin-py",)
