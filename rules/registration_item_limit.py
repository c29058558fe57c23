"""More than 500 items in one request.

The troubleshooting page names 500 as the most that one request should hold.

Send several requests; `--split 100` writes them.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = (
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
    "https://docs.v7labs.com/reference/imports",
)
