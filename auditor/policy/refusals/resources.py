"""What is wrong with the resources of a statement of a bucket policy.

Sources: Amazon S3 User Guide, "Bucket policies" (the resources are the bucket and its objects); Service Authorization
Reference, "Resource types defined by Amazon S3".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from auditor.aws import bucket_names
from auditor.foundation.glob import Token, Tokens, Wild, intersects, literal, wildcards
from auditor.foundation.value import Domain, Known, Symbol, Text, text_parts
from auditor.lazy.expressions import regex
from auditor.policy.refusals.reading import WrittenStatement, first_symbol
from auditor.policy.refusals.refusal import Fault, Flaw

_SIGNS = 0xE000  # where characters begin that stand for nothing
_NO_NAME = regex(r"[^A-Za-z0-9._*?-]")


def resources_of_bucket(statement: WrittenStatement, bucket: Text, partition: str, *, managed: bool) -> Iterator[Fault]:
    """Resources that are neither the bucket nor its objects.

    Args:
        statement: it.
        bucket: the name of the bucket.
        partition: its partition.
        managed: whether the code makes the bucket, so that no other bucket of the code is the same.
    """
    entries = statement.entries("Resource")
    for item in entries.items:
        told = _told(item.text, bucket, partition, managed=managed)
        if told is not None:
            from auditor.policy.services.bucket_arn import meant

            flaw, clause, depends = told
            right = meant(item.written, partition) if isinstance(item.text, Known) else None
            instead = f"'{right}'" if right else "the ARN of the bucket, or of its objects,"
            fix = f"Write {instead} instead of '{item.written}'."
            yield statement.fault(
                flaw, "Resource", f"has the Resource '{item.written}'{clause}", fix, item.location, item.written, item.when, depends=depends
            )  # fmt: skip
    for symbol in entries.rest:
        clause = "has a Resource that is not of this bucket"
        yield statement.fault(Flaw.RESOURCE_OF_ANOTHER_BUCKET, "Resource", clause, "Remove it.", depends=(symbol,))


def _told(resource: Text, bucket: Text, partition: str, *, managed: bool) -> tuple[Flaw, str, tuple[Symbol, ...]] | None:
    """The flaw of one resource, with what it is, and what that depends on; None when it has none."""
    parts, arn = text_parts(resource), f"arn:{partition}:s3:::"
    text = "".join(part if isinstance(part, str) else "\0" for part in parts)
    if "${" in text or not text:
        return _variable(text)
    if text == "*":
        return Flaw.RESOURCE_STAR, " and not the bucket", ()
    form = _form(text, partition) if isinstance(resource, Known) else _begins_with_name(parts[0], bucket)
    if form is not None:
        return *form, ()
    head = text.split("/", 1)[0]
    if "\0" not in head and head.startswith(arn):
        name = head.removeprefix(arn)
        if _NO_NAME.search(name) or (not set(name) & set("*?") and not bucket_names.NAME.fullmatch(name)):
            return Flaw.RESOURCE_NAME, f", and '{name}' cannot be the name of a bucket", ()
    if _is_foreign(resource, bucket, arn, managed=managed):
        if not text.startswith(arn):
            return Flaw.RESOURCE_FORM, ", which is not of this bucket", ()
        return Flaw.RESOURCE_OF_ANOTHER_BUCKET, ", which is not of this bucket", ()
    name = head.removeprefix(arn)
    if head.startswith(arn) and not set(name) & set("*?\0") and not bucket_names.NEW_NAME.fullmatch(name):
        return Flaw.RESOURCE_OLD_NAME, f", and only buckets made before March 2018 can be called '{name}'", ()
    if _may_be_of_others(head.removeprefix(arn), bucket):
        return Flaw.RESOURCE_OF_ANY_BUCKET, ", which does not begin with the name of the bucket", ()
    if isinstance(resource, Known) and isinstance(bucket, Known):
        return None
    mine = text_parts(bucket)
    if managed and isinstance(resource, Known) and not set(head) & set("*?") and [_is_generated(part) for part in mine] == [True]:
        return Flaw.RESOURCE_OF_ANY_BUCKET, ", and the name of the bucket is generated", ()
    if _after(parts, (arn, *mine)) is not None or (mine and parts[:1] == (f"{arn}{mine[0]}",)):
        return None
    depends = first_symbol(resource) or first_symbol(bucket)
    return Flaw.RESOURCE_OF_ANOTHER_BUCKET, ", which is not of this bucket", depends


def _begins_with_name(part: str | Symbol, bucket: Text) -> tuple[Flaw, str] | None:
    """The flaw of a resource that begins with what is in the name of the bucket, where no colon is, and so is not an ARN."""
    if isinstance(part, Symbol) and part in text_parts(bucket):
        return Flaw.RESOURCE_FORM, ", which begins with the name of the bucket and is not an ARN of S3"
    return None


def _is_generated(part: str | Symbol) -> bool:
    return isinstance(part, Symbol) and part.domain is Domain.BUCKET


def _may_be_of_others(name: str, bucket: Text) -> bool:
    """Whether the bucket's part of an ARN has a wildcard before it has the whole name of the bucket."""
    before = re.split(r"[*?]", name, maxsplit=1)[0]
    if before == name or "\0" in before:
        return False
    if isinstance(bucket, Known):
        return not before.startswith(str(bucket.value))
    # What is not resolved in a name has at least one character.
    return len(before) < max(bucket_names.SHORTEST, sum(len(part) if isinstance(part, str) else 1 for part in text_parts(bucket)))


def _variable(text: str) -> tuple[Flaw, str, tuple[Symbol, ...]] | None:
    """The flaw of a resource with a policy variable, if it stands for the bucket and not for a part of a key."""
    if "${" in text.split("/", 1)[0]:
        return Flaw.RESOURCE_OF_ANY_BUCKET, ", and a variable stands for the bucket", ()
    return None


def _form(text: str, home: str) -> tuple[Flaw, str] | None:
    parts = text.split(":", 5)
    if parts[0] != "arn" or len(parts) < 6:
        return Flaw.RESOURCE_FORM, ", which is not an ARN of S3"
    _, partition, service, region, account, _ = parts
    if service != "s3":
        return Flaw.RESOURCE_FORM, ", which is not an ARN of S3"
    if partition != home:
        return Flaw.RESOURCE_PARTITION, ", which is of another partition"
    if region or account:
        return Flaw.RESOURCE_FORM, ", and the ARN of a bucket has neither a region nor an account"
    return None


def _is_foreign(resource: Text, bucket: Text, start: str, *, managed: bool) -> bool:
    """Whether a text of a Resource element certainly means neither the bucket nor its objects, whatever is unknown in either."""
    parts, name = text_parts(resource), text_parts(bucket)
    if any(isinstance(part, str) and ("${" in part or part.endswith("$")) for part in parts):
        return False
    after = _after(parts, (start, *name))
    if after and after[0] not in "/*?" and after[0] < chr(_SIGNS):
        return True  # more of a name, as where the slash is missing
    if managed and any(isinstance(part, Symbol) and part.domain is Domain.BUCKET and part not in name for part in parts):
        # One bucket of the code is not another one.
        return True
    if isinstance(resource, Known) and not set(head := str(resource.value).split("/", 1)[0]) & set("*?"):
        # What is not resolved in a name has no slash.
        return not intersects(literal(head), (*literal(start), *_tokens(name, literal)))
    pattern = tuple(_tokens(parts, wildcards))
    arn = (*literal(start), *_tokens(name, literal))
    return not intersects(pattern, arn) and not intersects(pattern, (*arn, "/", Wild.MANY))


def _after(parts: Sequence[str | Symbol], arn: Sequence[str | Symbol]) -> str | None:
    """What follows the ARN of the bucket in a resource, None where it does not begin with that; a sign stands for what is not resolved."""
    signs = {
        symbol: chr(_SIGNS + at)
        for at, symbol in enumerate(dict.fromkeys(one for one in (*arn, *parts) if isinstance(one, Symbol)))
    }
    resource, own = ("".join(one if isinstance(one, str) else signs[one] for one in each) for each in (parts, arn))
    return resource.removeprefix(own) if resource.startswith(own) else None


def _tokens(parts: Iterable[str | Symbol], literally: Callable[[str], Tokens]) -> Iterator[Token]:
    for part in parts:
        yield from literally(part) if isinstance(part, str) else (Wild.MANY,)
