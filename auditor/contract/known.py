"""The contracts that are at hand, looked up by what code says: which of them can be meant at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from auditor.contract.build import variants
from auditor.contract.load import read, sources
from auditor.contract.types import Contract
from auditor.lazy.expressions import regex

# What a contract can be known by: accounts, services, identity providers, origins.
_WORDS = regex(
    r"(?<![0-9])[0-9]{12}(?![0-9])|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com"
    r"|(?<=arn: )[a-z0-9-]+(?:\.[a-z0-9-]+)+|(?<=://)[a-z0-9.-]+(?::[0-9]+)?"
)


def candidates(is_said: Callable[[str], bool]) -> tuple[tuple[Contract, ...], ...]:
    """The contracts that some word of the code may mention, each with its variants: what its principals can be, the default first.

    Args:
        is_said: whether the code says an account, a service or a host.
    """
    found = []
    for name, text in sources().items():
        if any(is_said(word) for word in _words(text)) and (variants_ := tuple(variants(read(name)))):
            found.append(variants_)
    return tuple(found)


def words_of_trust() -> Sequence[str]:
    """The words by which a trust policy may name somebody of a contract."""
    assumed = (text for text in sources().values() if "assumed-by:" in text)
    return tuple(dict.fromkeys(word for text in assumed for word in _words(text)))


@cache
def _words(text: str) -> tuple[str, ...]:
    """The words of one contract, found once a process."""
    return tuple(dict.fromkeys(_WORDS.findall(text)))
