"""A key that no registration request is known to have.

Mostly a misspelt key: the value then does not arrive, though nothing says so. Whether the platform ignores or refuses
unknown keys is not documented, so this is a warning. When the misspelt key is one that must be there, `registration-
schema` reports it as an error.

Rename the key as the finding says, or leave it out.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = (
    "https://docs.v7labs.com/docs/registering-items-from-external-storage",
    "https://github.com/v7labs/darwin-py",
)
