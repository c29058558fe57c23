"""A read-only item without a thumbnail or files of low quality.

The troubleshooting page asks for files of high and low quality and a thumbnail; V7's own client treats the thumbnail
as optional, and some clients send no files of low quality. So this is a warning.

Make the files, put them into the bucket, and name them.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.SLOW,)
REFERENCES = (
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
    "https://github.com/v7labs/darwin-py",
)
