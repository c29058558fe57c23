"""The partitions of AWS: which one a Region or ARN is in. Nothing in one of them can be reached from another."""

from __future__ import annotations

from auditor.foundation.value import Text, text_parts

COMMERCIAL = "aws"
"""The partition that is assumed where no Region is known."""


def partition_of(region: str) -> str:
    """The partition of a Region, by the beginning of its code.

    Source: AWS General Reference, "Amazon Resource Names (ARNs)": aws, aws-cn (China), aws-us-gov (GovCloud).
    """
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else COMMERCIAL


def partition_in(arn: Text) -> str:
    """The partition that an ARN names; empty for another text, and where it is not resolved."""
    head = next(iter(text_parts(arn)), "")
    fields = head.split(":") if isinstance(head, str) else []
    return fields[1] if fields[0:1] == ["arn"] and len(fields) > 2 else ""
