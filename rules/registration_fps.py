"""A frame rate for an image.

V7's own client takes only 0 and 1 for images.

Leave `fps` out.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = ("https://github.com/v7labs/darwin-py",)
