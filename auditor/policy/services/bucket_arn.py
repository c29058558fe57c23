"""The ARN of a bucket or of its objects, and what one that is written wrongly was meant to be.

Sources: Amazon S3 User Guide, "Bucket policies" (the form of a Resource), "Bucket naming rules", "Virtual hosting of buckets" (addresses);
Service Authorization Reference, "Resource types defined by Amazon S3".
"""

from __future__ import annotations

import re

from auditor.aws.partitions import COMMERCIAL
from auditor.lazy.expressions import regex

_START = regex(r"arn:aws[a-z-]*:s3:::")
# The characters of a name, those of before March 2018 included; its length is the matter of others.
_NAME = regex(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NO_NAME = "BUCKET"
_NAME_OR_PATTERN = regex(r"[A-Za-z0-9._*?-]+")
# What tools fill in, and the policy variables of IAM: they may stand for anything.
_FILLED_IN = regex(r"\$\{[^}]*\}|\{\{[^}]*\}\}")
_STANDS_FOR = "xxx"
_ARN = regex(rf"arn:(?:aws[a-z-]*|{_STANDS_FOR}):s3:::(?P<rest>.*)", re.DOTALL)
# A field of an ARN that is not the resource: the words of its beginning, a region, an account.
_FIELD = regex(r"(?:arn|a?was?|aws[a-z-]*|s3|[a-z]{2}(?:-[a-z]+)+-\d|\d{1,12}|)", re.IGNORECASE)
_URL = regex(r"(?:s3[an]?|https?):/{1,2}", re.IGNORECASE)
_PATH_STYLE = regex(r"^s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?(?::443)?/", re.IGNORECASE)
_HOST = regex(r"\.s3(?:[.-][a-z0-9.-]+)?\.amazonaws\.com(?:\.cn)?(?::443)?(?=/|$)", re.IGNORECASE)
_SEPARATOR = regex(r"[/:\\]+")
_OTHER_RESOURCES = regex(r"(?:accesspoint|outpost|job|storage-lens|object-lambda|access-grants)\b")


def is_bucket_arn(resource: str) -> bool:
    """Whether a resource has the form of the ARN of a bucket or of objects; its name may be a pattern or be filled in."""
    match = _ARN.fullmatch(_FILLED_IN.sub(_STANDS_FOR, resource))
    return match is not None and _NAME_OR_PATTERN.fullmatch(match["rest"].partition("/")[0]) is not None


def meant(resource: str, partition: str = "") -> str | None:
    """The ARN that a resource was evidently meant to be: with all colons, without region, account and address.

    Args:
        resource: as it is written; what a tool fills in (`${…}`) stays as it is.
        partition: that of the bucket, where it matters whether the ARN is of another one.

    Returns:
        The ARN, with BUCKET for a name that no bucket can have; None where the resource has the right form, or is of something else (access
        points, other services).
    """
    start = f"arn:{partition or COMMERCIAL}:s3:::"
    if is_bucket_arn(resource):
        written = _START.match(resource)
        elsewhere = written is not None and partition and written[0] != start
        return f"{start}{resource[written.end() :]}" if written is not None and elsewhere else None
    holes = _FILLED_IN.findall(resource)
    hidden = _FILLED_IN.sub("\0", resource)
    rest = _without_fields(hidden.strip())
    if rest is None:
        return None
    name, separator, key = _split(_without_address(rest))
    if not _NAME.fullmatch(name.replace("\0", _STANDS_FOR)):
        return f"{start}{_NO_NAME}/*" if hidden.lower().startswith("arn") else None
    found = f"{start}{name}{separator and '/'}{key}"
    for hole in holes[hidden.count("\0") - found.count("\0") :]:
        found = found.replace("\0", hole, 1)
    return found


def _without_fields(text: str) -> str | None:
    """What stands behind the fields of an ARN, however many there are; None for an ARN of something else."""
    if not text.lower().startswith(("arn", "aws:", "was:")):
        return text if _URL.match(text) or (_split(text)[1] and ":" not in text) else None
    fields = text.split(":")
    at = next((at for at, one in enumerate(fields) if not _FIELD.fullmatch(one.replace("\0", ""))), len(fields) - 1)
    if "s3" not in [one.lower() for one in fields[:at]] or any(map(_OTHER_RESOURCES.match, fields[at:])):
        return None
    # A name of digits alone looks like an account.
    at = min(at, len(fields) - 1)
    return ":".join(fields[at:])


def _without_address(text: str) -> str:
    """A text without `s3://`, a host of S3, and slashes before the name of the bucket."""
    text = _URL.sub("", text, count=1).lstrip("/")
    return _HOST.sub("", _PATH_STYLE.sub("", text, count=1), count=1)


def _split(text: str) -> tuple[str, str, str]:
    """The name, what separates it from the key (a slash; by mistake a colon or a backslash), and the key."""
    match = _SEPARATOR.search(text)
    return (text, "", "") if match is None else (text[: match.start()], match[0], text[match.end() :])
