"""A key that is written more than once in one object.

JSON leaves unresolved what that means; most readers take the last value and forget the others, so a part of the request is
lost without a word.

Write the key once.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = ("https://www.rfc-editor.org/rfc/rfc8259#section-4",)
