"""The ARN of a resource that a contract names by its address, as the policies beside a bucket read it."""

from __future__ import annotations

from auditor.foundation.value import Domain, Symbol, Text, origin_of, text_parts, texts_in
from auditor.lazy.expressions import regex
from auditor.model import Bucket, Kind

# `aws_cloudfront_distribution.site`, `module.a.aws_cloudtrail.main["x"]`
_ADDRESS = regex(r"(?:module\.[\w-]+(?:\[[^\]]*\])?\.)*[a-z][a-z0-9]*_\w+\.[\w-]+(?:\[[^\]]*\])?")


# The logical id of a resource in a template, behind those of the nested stacks that it is in: AWS CloudFormation User Guide, "Resources".
_LOGICAL_ID = regex(r"[A-Za-z0-9]{1,255}(?:/[A-Za-z0-9]{1,255})*")


def is_address(text: str, key: str) -> bool:
    """Whether a text stands for the ARN of a resource of the code: its address in Terraform, or in a template its logical id.

    Args:
        text: what a contract has.
        key: the context key whose value it is; a logical id is looked for only where a value is an ARN.
    """
    return _ADDRESS.fullmatch(text) is not None or (key.lower().endswith("arn") and _LOGICAL_ID.fullmatch(text) is not None)


def arn_of(address: str, bucket: Bucket) -> Text | None:
    """The ARN of the resource with an address; None where no policy of the bucket or of a key beside it reads it.

    Args:
        address: of a resource of the code.
        bucket: whose policies are looked through.
    """
    slots = (bucket.slot(Kind.POLICY), *(key.policy for key in bucket.estate.keys))
    found = (text for slot in slots for linked in slot.linked for text in texts_in(linked.attachment.content))
    return next((text for text in found if _is_of(text, address) and _is_arn(text)), None)


def address_in(text: Text) -> str:
    """The address, or in a template the logical id, of the resource whose ARN a text is; empty where it is read from none of the code."""
    if not _is_arn(text):
        return ""
    named = [part.name for part in text_parts(text) if isinstance(part, Symbol) and part.domain is Domain.ASSIGNED]
    names = [origin_of(text) or "", *(named[-1:] and (named[-1], named[-1].rpartition(".")[0]))]
    return next((name for name in names if _ADDRESS.fullmatch(name) or _LOGICAL_ID.fullmatch(name)), "")


def _is_of(text: Text, address: str) -> bool:
    """Whether a text is read from a resource: all of it, or, in a template, the part of it that names the resource in its ARN."""
    if origin_of(text) == address:
        return True
    named = [part.name for part in text_parts(text) if isinstance(part, Symbol)]
    return any(name == address or name.startswith(f"{address}.") for name in named[-1:])


def _is_arn(text: Text) -> bool:
    """Whether a text read from a resource is its ARN, and not another of its attributes."""
    first = text_parts(text)[0] if text_parts(text) else ""
    return first.name.endswith(".arn") if isinstance(first, Symbol) else first.startswith("arn:")
