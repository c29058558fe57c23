"""A key that S3 cannot use: the problem, whichever rule reports it."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.finding import Related
from auditor.needs.key import KeyCause
from auditor.rule import Problem, Subject


def unusable_key(subject: Subject, help: str, *, passing: bool) -> Iterator[Problem]:  # noqa: A002 the problem's own word
    """At most one problem, with all actions that fail.

    Args:
        subject: a bucket.
        help: what to do.
        passing: whether it is about the state of the key, or about what it is for good.
    """
    found = [
        (verdict, cause, cause.unusable)
        for verdict, cause in subject.failing(KeyCause)
        if cause.unusable is not None and cause.unusable.passing is passing
    ]
    for _, cause, fault in found[:1]:
        actions = " and ".join(verdict.need.id for verdict, _, _ in found)
        declaration = subject.bucket.declaration
        key = cause.key.declaration.location if cause.key else cause.encryption.location
        yield Problem(
            f"{subject.contract.title} is denied {actions} with the key of {declaration.address}: {fault.symbol.reason}.",
            fault.symbol.location or key,
            help,
            (Related(declaration.location, "bucket"), Related(cause.encryption.location, "default encryption")),
            actions,
        )
