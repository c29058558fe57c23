"""An HLS play list that cannot play from the bucket.

`index` is the text of the play list, and each segment in it is named by its whole object key, not by its file name.

Write the text with whole keys, as V7's own extractor does.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.SLOW, Symptom.FORBIDDEN)
REFERENCES = (
    "https://github.com/v7labs/darwin-py",
    "https://www.rfc-editor.org/rfc/rfc8216#section-4.1",
)
