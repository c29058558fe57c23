"""More than 100 items in one request.

The API reference says at most 100 items in a request (and 100 requests a minute), the troubleshooting page says 500.
The lower number is the safe one.

Send several requests; `--split 100` writes them.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = (
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
    "https://docs.v7labs.com/reference/imports",
)
