"""Keys of read-only registration in a request that was checked as read-write.

The two kinds go to two addresses, `register_existing` and `register_existing_readonly`, and take different keys.
Which one a file is meant for cannot be seen in it, so it is not guessed.

Check with `--with access=read-only` when the storage is read-only; else leave the keys out.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = (
    "https://github.com/v7labs/darwin-py",
    "https://github.com/v7labs/customer-enablement",
)
