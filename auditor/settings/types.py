"""What a settings file says, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from auditor.contract import Contract
from auditor.finding import Severity
from auditor.foundation.location import Location
from auditor.foundation.path_pattern import PathPattern, Territory
from auditor.lazy.classes import dataclass
from auditor.sources.options import Local

ASSUMPTIONS: Mapping[str, str] = {
    "new-buckets": "Every bucket was made after April 2023, so that S3 gave it Object Ownership BucketOwnerEnforced and all four settings of "
    "Block Public Access",
}
"""What a settings file may assume. Source: AWS News Blog, "Heads-Up: Amazon S3 Security Changes Are Coming in April of 2023"."""


@dataclass(frozen=True, slots=True)
class WantedContract:
    """A contract that is to be proven.

    Attributes:
        name: of a built-in contract, or the path of a file.
        parameters: values by name.
        buckets: addresses; empty to find them as without a settings file.
        which: "all" or "related" buckets; empty likewise.
        location: where it is written.
    """

    name: str
    parameters: Mapping[str, str]
    buckets: tuple[str, ...]
    which: str
    location: Location


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """What becomes of the findings of a rule: their severity, or None when they are switched off."""

    severity: Severity | None
    location: Location


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """One settings file.

    Attributes:
        path: as the user would name it.
        territory: what it speaks for.
        contracts: what is to be proven; empty for the default.
        local: what is given for the roots of a pattern; a later one wins.
        rules: settings by the id of the rule.
        exclude: patterns of roots that are not audited.
        assume: names of `ASSUMPTIONS`, each with where it is written.
        files: every file that it names.
    """

    path: str
    territory: Territory
    contracts: tuple[WantedContract, ...] = ()
    local: tuple[Local, ...] = ()
    rules: Mapping[str, RuleSetting] = field(default_factory=dict)
    exclude: tuple[PathPattern, ...] = ()
    assume: Mapping[str, Location] = field(default_factory=dict)
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings files of a run."""

    files: tuple[SettingsFile, ...] = ()

    def of(self, path: str) -> SettingsFile | None:
        """The file that speaks for a root or a file; None when there is none."""
        return next((file for file in self.files if file.territory.path(path) is not None), None)

    def asking(self, root: str) -> str:
        """The path of the file whose contracts are proven for a root; empty when no file names any."""
        file = self.of(root)
        return file.path if file is not None and file.contracts else ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A contract with the buckets that it is to be proven for.

    Attributes:
        contract: it.
        buckets: addresses; empty to find them.
        every: whether all buckets are meant.
        related: whether only those are meant that are marked or mention the consumer, even if that is none.
        of: the path of the settings file whose roots are meant, empty for the roots without one; None for all roots.
        location: where a settings file names it; None for the command line.
    """

    contract: Contract
    buckets: tuple[str, ...] = ()
    every: bool = False
    related: bool = False
    of: str | None = None
    location: Location | None = None
