"""A dataset or storage that is not named by a slug.

A slug is the name in lower case with hyphens for spaces, not the name as the platform displays it, and for the
storage not the name of the bucket. With anything else the platform answers that it cannot find the dataset or the
storage.

Write the slug. Whether a well-formed slug exists, only the platform can tell.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.NOT_FOUND,)
REFERENCES = (
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
    "https://github.com/v7labs/darwin-py",
)
