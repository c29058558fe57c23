"""The keys of objects."""

from __future__ import annotations

LONGEST = 1024
"""The most bytes of a key. Source: Amazon S3 User Guide, "Naming Amazon S3 objects"."""
