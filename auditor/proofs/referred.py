"""The ARN of a resource that a contract names by its address, as the policies beside a bucket read it."""

from __future__ import annotations

from auditor.foundation.value import Symbol, Text, origin_of, text_parts, texts_in
from auditor.lazy.expressions import regex
from auditor.model import Bucket, Kind

# `aws_cloudfront_distribution.site`, `module.a.aws_cloudtrail.main["x"]`
_ADDRESS = regex(r"(?:module\.[\w-]+(?:\[[^\]]*\])?\.)*[a-z][a-z0-9]*_\w+\.[\w-]+(?:\[[^\]]*\])?")


def is_address(text: str) -> bool:
    """Whether a text is the address of a resource of Terraform."""
    return _ADDRESS.fullmatch(text) is not None


def arn_of(address: str, bucket: Bucket) -> Text | None:
    """The ARN of the resource with an address; None where no policy of the bucket or of a key beside it reads it.

    Args:
        address: of a resource of the code.
        bucket: whose policies are looked through.
    """
    slots = (bucket.slot(Kind.POLICY), *(key.policy for key in bucket.estate.keys))
    found = (text for slot in slots for linked in slot.linked for text in texts_in(linked.attachment.content))
    return next((text for text in found if origin_of(text) == address and _is_arn(text)), None)


def _is_arn(text: Text) -> bool:
    """Whether a text read from a resource is its ARN, and not another of its attributes."""
    first = text_parts(text)[0] if text_parts(text) else ""
    return first.name.endswith(".arn") if isinstance(first, Symbol) else first.startswith("arn:")
