"""The key policies that AWS writes: of a key that is made without one, and of the key that AWS manages for S3.

Source: AWS KMS Developer Guide, "Default key policy" and "AWS managed keys" (the policy of `aws/s3` as `get-key-policy` shows it).
"""

from __future__ import annotations

from auditor.aws.partitions import COMMERCIAL
from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Text, Value, text_of, text_parts
from auditor.lazy.answers import made_once
from auditor.policy.document import Policy
from auditor.policy.parse import parse_policy

_VERSION = Known("2012-10-17")
_KEPT = 64


@made_once(_KEPT)
def default_key_policy(account: Text, location: Location, partition: str = COMMERCIAL) -> Policy:
    """The policy of a key that is made without one: its account, and so the identity policies there, may do everything.

    Args:
        account: the key's.
        location: what stands for the policy's place.
        partition: the key's.
    """
    root = text_of((f"arn:{partition}:iam::", *text_parts(account), ":root"))
    return _policy({"AWS": root}, (Known("kms:*"),), {}, location)


def managed_key_policy(account: Text, region: Text, location: Location) -> Policy:
    """The policy of the AWS managed key `aws/s3`: everyone of its account may use it, through S3.

    Args:
        account: the key's.
        region: the key's.
        location: what stands for the policy's place.
    """
    actions = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
    through = {
        "kms:CallerAccount": account,
        "kms:ViaService": text_of(("s3.", *text_parts(region), ".amazonaws.com")),
    }
    return _policy({"AWS": Known("*")}, tuple(map(Known, actions)), {"StringEquals": MapValue(through)}, location)


def _policy(principal: dict[str, Value], actions: tuple[Value, ...], conditions: dict[str, Value], location: Location) -> Policy:
    statement: dict[str, Value] = {
        "Effect": Known("Allow"),
        "Principal": MapValue(principal),
        "Action": ListValue(actions),
        "Resource": Known("*"),
        **({"Condition": MapValue(conditions)} if conditions else {}),
    }
    return parse_policy(MapValue({"Version": _VERSION, "Statement": MapValue(statement)}), location)
