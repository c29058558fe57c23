"""What is wrong with the resources of a statement of a bucket policy.

Sources: Amazon S3 User Guide, "Bucket policies" (the resources are the bucket and its objects); Service Authorization
Reference, "Resource types defined by Amazon S3".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from auditor.aws import bucket_names
from auditor.foundation.glob import Token, Wild, intersects, literal, shared_beginning, wildcards
from auditor.foundation.value import Domain, Known, Symbol, Text, text_parts
from auditor.lazy.expressions import regex
from auditor.policy.document import StatementItem
from auditor.policy.refusals.reading import WrittenStatement, first_symbol
from auditor.policy.refusals.refusal import Fault, Flaw

_SIGNS = 0xE000  # where characters begin that stand for nothing
_LIKE_PLACEHOLDER = regex(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
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
        told = None if _is_tested(item) else _told(item.text, bucket, partition, managed=managed)
        if told is not None:
            from auditor.policy.services.bucket_arn import meant

            flaw, clause, depends = told
            right = meant(item.written, partition) if isinstance(item.text, Known) else None
            instead = f"'{right}'" if right else "the ARN of the bucket, of its objects, or of both,"
            fix = f"Write {instead} instead of '{item.written}'."
            yield statement.fault(
                flaw, "Resource", f"has the Resource '{item.written}'{clause}", fix, item.location, item.written, item.when, depends=depends
            )  # fmt: skip
    for symbol in entries.rest:
        clause = "has a Resource that is not of this bucket"
        yield statement.fault(Flaw.RESOURCE_OF_ANOTHER_BUCKET, "Resource", clause, "Remove it.", depends=(symbol,))


def _is_tested(item: StatementItem) -> bool:
    """Whether a resource is a value that may be a name or an ARN, in the case in which a test of the code says that it is an ARN."""
    first = next(iter(text_parts(item.text)), "")
    if not isinstance(first, Symbol):
        return False
    whole = re.compile(rf"(?<![\w.]){re.escape(first.name)}(?![\w.-])")
    return any("arn:" in test.name and whole.search(test.name) for test in item.when.symbols())


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
    name = head.removeprefix(arn)
    if head.startswith(arn):
        begins, *rest = name.split("\0", 1)  # what is not resolved may have a slash
        if _NO_NAME.search(begins) or (not rest and not set(name) & set("*?") and not bucket_names.NAME.fullmatch(name)):
            what = f"no name of a bucket begins with '{begins}'" if rest else f"'{name}' cannot be the name of a bucket"
            return Flaw.RESOURCE_NAME, f", and {what}", ()
    if _is_foreign(resource, bucket, arn, managed=managed):
        if not text.startswith(arn):
            return Flaw.RESOURCE_FORM, ", which is not of this bucket", ()
        return Flaw.RESOURCE_OF_ANOTHER_BUCKET, ", which is not of this bucket", ()
    if head.startswith(arn) and not set(name) & set("*?\0") and not bucket_names.NEW_NAME.fullmatch(name):
        meant = f"'{name}' looks like a placeholder: " if _LIKE_PLACEHOLDER.fullmatch(name) else ""
        called = "so" if meant else f"'{name}'"
        return Flaw.RESOURCE_OLD_NAME, f", and {meant}only buckets made before March 2018 can be called {called}", ()
    if _may_be_of_others(name, bucket, managed=managed):
        return Flaw.RESOURCE_OF_ANY_BUCKET, ", which does not begin with the name of the bucket", ()
    if isinstance(resource, Known) and isinstance(bucket, Known):
        return None
    mine = text_parts(bucket)
    if managed and any(_of_another_name(parts, mine)):
        return Flaw.RESOURCE_OF_ANY_BUCKET, ", which is of another bucket of the code", ()
    if managed and isinstance(resource, Known) and not set(head) & set("*?") and [_is_generated(part) for part in mine] == [True]:
        return Flaw.RESOURCE_OF_ANY_BUCKET, ", and the name of the bucket is generated", ()
    if _begins_with(parts, (arn, *mine)) or (mine and parts[:1] == (f"{arn}{mine[0]}",)):
        return None
    depends = first_symbol(resource) or first_symbol(bucket)
    return Flaw.RESOURCE_OF_ANOTHER_BUCKET, ", which is not of this bucket", depends


def _begins_with_name(part: str | Symbol, bucket: Text) -> tuple[Flaw, str] | None:
    """The flaw of a resource that begins with what is in the name of the bucket, where no colon is, and so is not an ARN."""
    if isinstance(part, Symbol) and part in text_parts(bucket):
        return Flaw.RESOURCE_FORM, ", which begins with the name of the bucket and is not an ARN of S3"
    return None


def _is_name(part: str | Symbol) -> bool:
    return isinstance(part, Symbol) and part.domain is Domain.BUCKET


def _is_generated(part: str | Symbol) -> bool:
    """Whether a part is a name that is made up at deployment, and not one that the code writes in branches."""
    return isinstance(part, Symbol) and _is_name(part) and not (part.meant is not None and part.meant.branched)


def _may_be_of_others(name: str, bucket: Text, *, managed: bool) -> bool:
    """Whether the bucket's part of an ARN has a wildcard before it has the whole name of the bucket."""
    before = re.split(r"[*?]", name, maxsplit=1)[0]
    if before == name or "\0" in before:
        return False
    if isinstance(bucket, Known):
        return not before.startswith(str(bucket.value))
    return len(before) < max(bucket_names.SHORTEST, sum(_least_length(part, managed=managed) for part in text_parts(bucket)))


def _least_length(part: str | Symbol, *, managed: bool) -> int:
    """How many characters a part of the name of a bucket has at the least; what is not resolved has one."""
    if isinstance(part, str):
        return len(part)
    return bucket_names.GENERATED if managed and _is_generated(part) else 1


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
    if managed and any(map(_is_name, _of_another_name(parts, name))):
        # One bucket of the code is not another one.
        return True
    theirs, ours, holes = _with_signs(parts, (start, *name))
    held = frozenset(name)
    runs: Mapping[Token, Token] = {
        sign: Wild.MANY_IN_NAME if _is_in_name(hole, held) else Wild.MANY for sign, hole in holes.items()
    }
    alike = len(shared_beginning((theirs, ours)))
    pattern, arn = (tuple(runs.get(one, one) for one in each) for each in (wildcards(theirs[alike:]), literal(ours[alike:])))
    return not intersects(pattern, arn) and not intersects(pattern, (*arn, "/", Wild.MANY))


def _of_another_name(parts: Sequence[str | Symbol], name: Sequence[str | Symbol]) -> Iterator[Symbol]:
    """What is not resolved in a resource before its first slash, and is a part of the name of a bucket of the code, but not of this one."""
    held = frozenset(name)
    for part in parts:
        if isinstance(part, str):
            if "/" in part:
                return
        elif part not in held:
            if not _is_in_name(part, held):
                return
            yield part


def _is_in_name(hole: Symbol, name: Collection[str | Symbol]) -> bool:
    """Whether what is not resolved is a part of the name of a bucket, so that it has no slash."""
    return hole in name or _is_name(hole) or (hole.meant is not None and hole.meant.in_name)


def _begins_with(parts: Sequence[str | Symbol], arn: Sequence[str | Symbol]) -> bool:
    """Whether a resource begins with the ARN of the bucket as it is written."""
    theirs, ours, _ = _with_signs(parts, arn)
    return theirs.startswith(ours)


def _with_signs(parts: Sequence[str | Symbol], arn: Sequence[str | Symbol]) -> tuple[str, str, Mapping[str, Symbol]]:
    """A resource and the ARN of the bucket with a sign for each symbol, and what the signs stand for."""
    symbols = dict.fromkeys(one for one in (*arn, *parts) if isinstance(one, Symbol))
    signs = {symbol: chr(_SIGNS + at) for at, symbol in enumerate(symbols)}
    theirs, ours = ("".join(one if isinstance(one, str) else signs[one] for one in each) for each in (parts, arn))
    return theirs, ours, {sign: symbol for symbol, sign in signs.items()}
