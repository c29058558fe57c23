"""The resources of actions as patterns, and one resource of every kind that the documents tell apart."""

from __future__ import annotations

import functools

from auditor.comparison.patterns import (
    IN_ACCOUNT,
    IN_NAME,
    IN_SEGMENT,
    NOWHERE,
    Characters,
    One,
    Run,
    Tokens,
    classes,
    literal,
    name,
)
from auditor.lazy.expressions import regex
from auditor.policy.services.catalog import ANYTHING

_HOLE = regex(r"(\{[*#]?\})")


@functools.lru_cache(maxsize=4096)
def universe(form: str) -> Tokens:
    """The ARNs of a form of the catalogue.

    Paths and names of IAM have no colon: IAM User Guide, "IAM and AWS STS quotas", on names; a path with one is not looked at.
    """
    free: Characters = IN_SEGMENT if form.startswith("arn:aws:iam:") else NOWHERE
    tokens: list[str | One | Run] = []
    for piece in _HOLE.split(form):
        if piece == "{}":
            tokens.extend(name(IN_NAME))
        elif piece == "{#}":
            tokens.extend((One(IN_ACCOUNT),) * 12)
        elif piece == "{*}":
            tokens.extend(name(free))
        else:
            tokens.extend(literal(piece))
    return tuple(tokens)


def representatives(form: str, patterns: tuple[Tokens, ...]) -> tuple[tuple[str, int], ...]:
    """Resources of a form, one of every kind that some patterns tell apart, each with the bit set of the patterns that match it.

    Raises:
        TooManyClasses: there are too many kinds.
    """
    if form == ANYTHING:
        # A request that is on no resource in particular: only wildcards match it.
        return tuple((text, bits) for bits, text in classes(literal(ANYTHING), patterns).items())
    return tuple((text, bits) for bits, text in classes(universe(form), patterns).items())
