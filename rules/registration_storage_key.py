"""An object key that is written as a URI, with a leading slash, or with the bucket's name.

The platform knows the bucket from the storage configuration; `storage_key` is the key alone, such as `folder/a.jpg`.
The bucket's name at the start is only noticed when it is known, and a key that an object listing (`--inventory`)
proves to exist is never reported.

Write the key relative to the bucket.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
    "https://github.com/v7labs/darwin-py",
)
