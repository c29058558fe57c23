"""A read-only item without its width and height, or with sizes that are no positive whole numbers.

From read-only storage the platform does not measure files: it takes `width` and `height` from the request. When they
are missing or wrong, annotations appear in the wrong part of the screen or at the wrong scale. An item with
`sections` has them in each section.

Write the size in pixels as the file has it. Whether the numbers are the true ones, only the file can tell.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.MISPLACED, Symptom.BAD_REQUEST)
REFERENCES = (
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
    "https://github.com/v7labs/darwin-py",
)
