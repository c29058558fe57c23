"""An object key of a form that is rarely meant.

Percent-encoding, blanks at the ends, backslashes, double slashes, `../`, or the query of a signed URL: S3 allows such
keys, but they mostly come from a URL or a file path that was taken for a key. Keys are compared character by
character.

Compare it with the object's key; with `--inventory` the question is resolved.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html",
)
