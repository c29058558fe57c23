"""The ARN of a resource that a contract names by its address, as the policies beside a bucket read it."""

from __future__ import annotations

from auditor.foundation.value import Domain, Symbol, Text, origin_of, text_parts, texts_in
from auditor.lazy.expressions import regex
from auditor.model import Bucket, Kind

# `aws_cloudfront_distribution.site`, `module.a.aws_cloudtrail.main["x"]`
_ADDRESS = regex(r"(?:module\.[\w-]+(?:\[[^\]]*\])?\.)*[a-z][a-z0-9]*_\w+\.[\w-]+(?:\[[^\]]*\])?")
_TYPE = regex(r"(?:^|\.)(?:aws|awscc)_(\w+)\.[\w-]+")
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
    name = _named_in(text)
    names = (origin_of(text) or "", name, name.rpartition(".")[0])
    called = (one for one in names if _ADDRESS.fullmatch(one) or _LOGICAL_ID.fullmatch(one))
    return next((one for one in called if _is_arn(text) and _is_of_service(text, one)), "")


def _is_of(text: Text, address: str) -> bool:
    """Whether a text is read from a resource: all of it, or the part at its end that names the resource in its ARN."""
    name = _named_in(text)
    return (origin_of(text) == address or name == address or name.startswith(f"{address}.")) and _is_of_service(text, address)


def _named_in(text: Text) -> str:
    """What names a resource at the end of its ARN, where none of that is written; empty where some is."""
    *before, last = text_parts(text) or ("",)
    is_whole = not before or (isinstance(before[-1], str) and before[-1].endswith(("/", ":")))
    return last.name if isinstance(last, Symbol) and last.domain in (Domain.ASSIGNED, Domain.BUCKET) and is_whole else ""


def _is_of_service(text: Text, address: str) -> bool:
    """Whether a resource may be the one of an ARN: in Terraform its type is of the service there (`aws_cloudtrail`); a logical id does not tell."""
    fields = "".join("?" if isinstance(part, Symbol) else part for part in text_parts(text)).split(":", 3)
    types = _TYPE.findall(address)
    return "." not in address or (bool(types) and (len(fields) < 3 or types[-1].startswith(fields[2].replace("-", ""))))


def _is_arn(text: Text) -> bool:
    """Whether a text read from a resource is its ARN, and not another of its attributes."""
    first = text_parts(text)[0] if text_parts(text) else ""
    return first.name.endswith(".arn") if isinstance(first, Symbol) else first.startswith("arn:")
