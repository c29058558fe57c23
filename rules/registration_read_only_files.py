"""A read-only item that does not name a file that the platform would need.

From read-only storage the platform makes no thumbnails, frames or segments itself: they must lie in the bucket, and
the request must name them. A video needs either `sections` or all keys of the HLS form.

Make the files, put them into the bucket, and name them.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.SLOW, Symptom.BAD_REQUEST)
REFERENCES = (
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
    "https://github.com/v7labs/darwin-py",
)
