"""The contracts that are at hand, looked up by what code says: which of them can be meant at all.

The words of those that are built in are in `words.json`, which `make docs` writes: no run reads all contracts to find the one that it needs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache

from auditor.contract.build import made_below, made_for, variants
from auditor.contract.load import names, read, text
from auditor.contract.party import account_of
from auditor.contract.types import Contract
from auditor.foundation.border import beside, own
from auditor.lazy.expressions import regex

_WORDS = beside(__file__, "words.json")

# What a contract of the repository's own can be known by: accounts, services, identity providers, origins.
_WORDS_OF_TEXT = regex(
    r"(?<![0-9])[0-9]{12}(?![0-9])|(?<![a-z0-9.-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com"
    r"|(?<=arn: )[a-z0-9-]+(?:\.[a-z0-9-]+)+|(?<=://)[a-z0-9.-]+(?::[0-9]+)?"
)


def candidates(is_said: Callable[[str], bool], asked: Collection[str] = ()) -> tuple[tuple[Contract, ...], ...]:
    """The contracts that some word of the code may mention, each with its variants: what its principals can be, the default first.

    Args:
        is_said: whether the code says an account, a service or a host.
        asked: the ids of contracts that are asked for anyway: where all would be such ones that are built in, there are none.
    """
    said = [name for name in names() if any(is_said(word) for word in _words(name))]
    if all(name in asked and name in _of_built_in() for name in said):
        return ()
    return tuple(found for name in said if (found := tuple(variants(read(name)))))


def let_in(contract: Contract, address: str, folders: Iterable[str]) -> Contract:
    """A variant of a contract that is built in, with what a policy says of its principal, as far as it takes that.

    Args:
        contract: the variant.
        address: of the resource of the code for which its requests are made, see `made_for`; empty where that is not known.
        folders: what the keys begin with that it may write, see `made_below`.
    """
    if contract.id not in _of_built_in():
        return contract
    file = read(contract.id)
    made = (made_for(file, contract, address) if address else None) or contract
    return made_below(file, made, folders) or made


def words_of_trust() -> Sequence[str]:
    """The words by which a trust policy may name somebody of a contract."""
    return tuple(dict.fromkeys(word for name in names() for word in _words_of_trust(name)))


def words_of(contracts: Iterable[Contract]) -> dict[str, list[str]]:
    """The words by which code may mention any of some contracts, and those by which a trust policy may: see `auditor.selection.mentions`."""
    known, trusted = set[str](), set[str]()
    for contract in contracts:
        known |= {_domain(origin.partition("://")[2]) for origin in contract.origins}
        for party in contract.parties:
            known.add(party.account or party.principal)
            if party.is_in_code and party.trust:
                trusted.add(account_of(party.trust.principal) or party.trust.principal)
    return {"all": sorted((known | trusted) - {""}), "trust": sorted(trusted - {""})}


def _domain(host: str) -> str:
    """The end of a host that a pattern for it or for the hosts beside it has too."""
    return ".".join(host.split(".")[-2:])


def _words(name: str) -> Sequence[str]:
    built_in = _of_built_in().get(name)
    return built_in["all"] if built_in else _of_text(text(name))


def _words_of_trust(name: str) -> Sequence[str]:
    built_in = _of_built_in().get(name)
    if built_in:
        return built_in["trust"]
    return _of_text(text(name)) if "assumed-by:" in text(name) else ()


@cache
def _of_built_in() -> Mapping[str, Mapping[str, Sequence[str]]]:
    words: Mapping[str, Mapping[str, Sequence[str]]] = json.loads(own(_WORDS))
    return words


@cache
def _of_text(text_: str) -> tuple[str, ...]:
    """The words of one contract, found once a process."""
    return tuple(dict.fromkeys(_WORDS_OF_TEXT.findall(text_)))
