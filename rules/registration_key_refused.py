"""An object that the platform may not read, as the bucket's policy stands.

With `--policy` each object key of the request is put to the bucket's policy in the infrastructure code. Keys that are
refused for the same reason make one finding.

Let the policy allow the platform's principal `s3:GetObject` on those keys, or register other keys.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.v7labs.com/docs/external-storage-troubleshooting",)
