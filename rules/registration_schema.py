"""A registration request of another shape than the platform reads.

The request is compared with a JSON Schema (draft 2020-12) of the read-write or the read-only request. What the schema
requires and the request lacks, or writes as another type, makes the platform answer 400 for the request.

Write the value as the finding says; the examples of the registration documentation show each form.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = (
    "https://docs.v7labs.com/docs/registering-items-from-external-storage",
    "https://github.com/v7labs/darwin-py",
)
