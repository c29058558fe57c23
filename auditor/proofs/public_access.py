"""Block Public Access where a bucket has no public access block of its own.

Source: Amazon S3 User Guide, "Default settings for new S3 buckets": since April 2023 all four settings are on for new buckets.
"""

from __future__ import annotations

from auditor.foundation.value import Known, Symbol, Unknown, Value
from auditor.model import Bucket

_UNWRITTEN = "no public access block is written: a new bucket has all four settings on, one from before April 2023 may not"


def default_block(bucket: Bucket, setting: str) -> Value:
    """A setting of a bucket without a public access block: on for a new one, off where it certainly has none, else unknown."""
    header = bucket.declaration.location
    if bucket.declaration.unblocked:
        return Known(False, header)
    if bucket.declaration.new:
        return Known(True, header)
    return Unknown(Symbol(setting, _UNWRITTEN, "write the public access block", header))
