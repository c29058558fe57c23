"""A key in a slot of a read-only item that belongs to items, or to read-write registration.

In slots the frame rate is `native_fps` and the size `size_bytes`; `fps`, `total_size_bytes` and `as_frames` belong
elsewhere. Some clients send them and are not refused, so this is a warning.

Rename the key or leave it out.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = ("https://github.com/v7labs/darwin-py",)
