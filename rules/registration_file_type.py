"""A file without `type` and with an extension from which none is derived.

V7's own client derives the type from the extension, by upper and lower case: it knows `.JPG`, but neither `.PNG` nor
`.MP4`. What the platform does with others is not documented, so this is a warning.

Write `type`: image, video, pdf or dicom.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = ("https://github.com/v7labs/darwin-py",)
