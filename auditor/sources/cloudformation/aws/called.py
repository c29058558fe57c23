"""What takes the name of a bucket, role, user or group and is given something else of it, such as its ARN: AWS refuses it, and the stack fails.

Sources: Amazon S3 API Reference, PutBucketPolicy, Bucket ("the name of the bucket"); IAM API Reference, PutRolePolicy, RoleName, and its like for
users and groups (a pattern without `:` and `/`).
"""

from __future__ import annotations

from auditor.foundation.value import Known, Value, alternatives, is_text, origin_of, text_parts
from auditor.link.meant import is_misnamed
from auditor.sources.cloudformation.aws.attributes import text
from auditor.sources.cloudformation.stack import StackResource


def by_name(resource: StackResource, argument: str, value: Value, noun: str, *, listed: bool = False) -> Value:
    """A reference by name, as it is; an error says where it certainly is none.

    Args:
        resource: what refers to something.
        argument: the property that does.
        value: the reference.
        noun: what it is to.
        listed: whether the property lists several.
    """
    for _, branch in alternatives(value):
        is_arn = is_text(branch) and str(next(iter(text_parts(branch)), "")).startswith("arn:")
        if is_arn or _is_other(resource, branch):
            what = f"{'one of the' if listed else 'the'} {argument} of {resource.id} is {'an ARN' if is_arn else 'no name'}"
            service = "S3" if noun == "bucket" else "IAM"
            message = f"{what}, where {service} takes the name of a {noun}{_right(resource, branch)}"
            resource.stack.refused(message, branch.location or resource.location)
    return value


def _is_other(resource: StackResource, branch: Value) -> bool:
    """Whether what a reference gives of a resource of the code is certainly not its name."""
    meant = resource.stack.top.find(origin_of(branch) or "")
    return meant is not None and is_misnamed(branch, text(resource.stack.surroundings.types.reference_to(meant)))


def _right(resource: StackResource, branch: Value) -> str:
    """What to write instead, as far as that can be told."""
    origin = origin_of(branch)
    if origin is not None and origin.startswith(resource.stack.prefix) and "/" not in (own := origin[len(resource.stack.prefix) :]):
        return f": write !Ref {own}"
    if origin is None and isinstance(branch, Known):
        return f": write '{str(branch.value).rpartition(':')[2].rpartition('/')[2]}'"
    return ""
