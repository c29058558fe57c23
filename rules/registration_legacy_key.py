"""A key of version 1 of the registration request, or one that merely sounds right, in a request of version 2.

Version 1 had `storage_name`, `key`, `filename` and `thumbnail_key`; version 2 calls them `storage_slug`,
`storage_key`, `file_name` and `storage_thumbnail_key`, and the files of read-only items `storage_hq_key` and
`storage_lq_key`. (The troubleshooting page itself speaks of the storage name; the key is `storage_slug`.)

Rename the key.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = (
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
    "https://github.com/v7labs/darwin-py",
)
