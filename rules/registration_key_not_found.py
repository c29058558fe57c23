"""An object key that the object listing does not hold.

Keys are case-sensitive. For an object that does not exist S3 answers 403 to whoever may not list the bucket, and 404
to others; on the platform this looks like a missing permission. A key of the listing that differs only in case, a
leading slash, percent-encoding, Unicode normalisation or the first folder is named.

Write the key as the listing has it, or upload the object. The listing is compared as it was made: objects uploaded
since are not in it.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN, Symptom.NOT_FOUND)
REFERENCES = (
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html",
)
