"""From what a user says, in names and texts, to the request of an audit: the same for the command line and for Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.contract import Contract, Need
from auditor.contract.load import load_all
from auditor.foundation.errors import AuditError, InputError, did_you_mean
from auditor.lazy.classes import dataclass
from auditor.pipeline import Request, distinct
from auditor.platforms import AUTO, DEFAULT_CONTRACT
from auditor.rule import all_rules, current
from auditor.settings.apply import asked_by, with_settings
from auditor.settings.types import Asked, Settings
from auditor.sources.options import SourceOptions

if TYPE_CHECKING:
    from auditor.changes.change import Change


@dataclass(frozen=True, slots=True)
class Contracts:
    """Which contracts are asked about.

    Attributes:
        names: of built-in contracts, paths of files, or `AUTO`; empty for those of the settings files, else `AUTO`.
        parameters: values by the name of the parameter, for the contracts that declare it.
        now: the time, for requests that are signed.
    """

    names: tuple[str, ...]
    parameters: Mapping[str, str]
    now: dt.datetime

    @property
    def auto(self) -> bool:
        """Whether every built-in platform that the code mentions is meant."""
        return AUTO in self.names or not (self.names or self.parameters)

    def loaded(self) -> tuple[tuple[Contract, ...], tuple[InputError, ...]]:
        """The contracts that are named, or the default one; and what is wrong with files that cannot be used.

        Raises:
            AuditError: see `load_all`.
        """
        named = tuple(name for name in self.names if name != AUTO) or (DEFAULT_CONTRACT,)
        return load_all(named, self.parameters, self.now)


@dataclass(frozen=True, slots=True)
class BucketScope:
    """Which buckets are audited: those of these addresses, every one, or only related ones; at most one of the three."""

    buckets: tuple[str, ...] = ()
    every: bool = False
    related: bool = False


def request_of(
    paths: tuple[str, ...], contracts: Contracts, scope: BucketScope, options: SourceOptions, settings: Settings
) -> Request:
    """The request, with all findings wanted, and neither a baseline nor anything else that is optional.

    Args:
        paths: files and directories; `-` is standard input.
        contracts: what is to be proven.
        scope: of which buckets.
        options: how the sources are read, without the settings.
        settings: the settings files; contracts that are named win over theirs.

    Raises:
        AuditError: a contract cannot be had.
    """
    asks, problems = _asks(settings, contracts, scope)
    return Request(
        paths,
        distinct(asked.contract for asked in asks),
        with_settings(options, settings),
        scope.buckets,
        today=contracts.now.date(),
        settings=settings,
        asked=asks,
        problems=problems,
        auto=contracts.auto,
    )


def _asks(settings: Settings, contracts: Contracts, scope: BucketScope) -> tuple[tuple[Asked, ...], tuple[InputError, ...]]:
    """What is asked: by name, else by the settings files; the buckets that are named win either way."""
    if contracts.names or not settings.files:
        loaded, problems = contracts.loaded()
        asks = tuple(map(Asked, loaded))
    else:
        asks, problems = asked_by(settings, DEFAULT_CONTRACT, contracts.parameters)
        asks = tuple(replace(asked, contract=replace(asked.contract, now=contracts.now.timestamp())) for asked in asks)
    if scope != BucketScope():
        asks = tuple(replace(one, buckets=scope.buckets, every=scope.every, related=scope.related, location=None) for one in asks)
    return asks, problems


def with_needs(request: Request, is_wanted: Callable[[Need], bool]) -> Request:
    """The request with only some of the needs, and without the contracts that have none of them."""
    request = replace(request, is_wanted=is_wanted)
    narrowed = (replace(asked, contract=request.narrowed(asked.contract)) for asked in request.asks)
    kept = tuple(asked for asked in narrowed if asked.contract.needs)
    return replace(request, asked=kept, contracts=distinct(asked.contract for asked in kept))


def rules_named(ids: Iterable[str]) -> tuple[str, ...]:
    """The rules that are meant, by their present ids.

    Raises:
        AuditError: there is no such rule.
    """
    named = tuple(map(current, ids))
    known = [rule.id for rule in all_rules()] if named else []
    for name in named:
        if name not in known:
            raise AuditError(f"there is no rule '{name}'" + (did_you_mean(name, known) or "; 'auditor rules' lists them"))
    return named


def change_of(
    old: str | None,
    new: str | None,
    contracts: Contracts,
    options: SourceOptions,
    kind: str | None,
    within: Sequence[str] = (),
    *,
    settings: bool = True,
    baseline: str | None = None,
) -> Change:
    """What happens between two sides, see `auditor.changes.compare.compare`; faults of contracts count as those of the new side.

    Contracts that are named are compared for every bucket, others for those that speak of the consumer on either side.

    Args:
        old: a side.
        new: likewise.
        contracts: whose verdicts are compared.
        options: how sources are read.
        kind: what two policy documents are attached to.
        within: the paths to which a comparison with a git revision is narrowed.
        settings: whether settings files are read.
        baseline: a file of findings that do not count; its own changes are told.

    Raises:
        AuditError: a side, a contract or the baseline cannot be had.
    """
    from auditor.changes.asked import Wishes
    from auditor.changes.compare import compare

    if contracts.names:
        contracts.loaded()  # a name that is wrong is told before anything is read
    named = any(name != AUTO for name in contracts.names)
    wishes = Wishes(
        lambda found: _asks(found, contracts, BucketScope()),
        every=named,
        auto=contracts.auto,
        settings=settings,
        today=contracts.now.date(),
        baseline=baseline,
    )
    return compare(old, new, wishes, options, kind, within)
