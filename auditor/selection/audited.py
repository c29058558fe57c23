"""Which buckets an audit may be about: each once, where it is declared."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.model import Bucket


def audited(buckets: Sequence[Bucket]) -> tuple[Bucket, ...]:
    """Buckets without those that another root among them declares, of which they are only a second view."""
    roots = {bucket.root for bucket in buckets}
    return tuple(bucket for bucket in buckets if not bucket.declared_in or bucket.declared_in not in roots)
