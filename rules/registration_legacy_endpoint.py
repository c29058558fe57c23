"""A whole request of the deprecated version 1.

It goes to `PUT /api/teams/TEAM/datasets/DATASET/data`. It is checked against the schema of that version, and nothing
else is said of it.

Move to `POST /api/v2/teams/TEAM/items/register_existing`.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = (
    "https://docs.v7labs.com/docs/registering-items-from-external-storage",
    "https://github.com/v7labs/darwin-py",
)
