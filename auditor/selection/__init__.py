"""Which consumers and which buckets an audit is about.

`choice` says which buckets a contract applies to, `audited` which count once, `mentions` where code mentions a consumer, `mentioned` which consumers it does.
"""

from auditor.selection.choice import (
    Selection,
    check_principal,
    is_called,
    is_called_for,
    is_named,
    may_be_in_code,
    no_bucket,
    select,
)
from auditor.selection.mentioned import Mentioned, mentioned
from auditor.selection.mentions import Mention, mentions

__all__ = [
    "Mention",
    "Mentioned",
    "Selection",
    "check_principal",
    "is_called",
    "is_called_for",
    "is_named",
    "may_be_in_code",
    "mentioned",
    "mentions",
    "no_bucket",
    "select",
]
