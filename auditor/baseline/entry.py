"""What a baseline holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from auditor.foundation.location import Location
from auditor.lazy.classes import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A finding as a baseline knows it.

    Attributes:
        fingerprint: its parts: rule, file from the top of the repository, bucket, and subject.
        contract: the contract that it was made under; empty for one that concerns no bucket.
        root: the root that declares the bucket, from the top of the repository; likewise.
    """

    fingerprint: tuple[str, str, str, str]
    contract: str = ""
    root: str = ""

    @property
    def rule(self) -> str:
        """The id of the rule."""
        return self.fingerprint[0]

    @property
    def path(self) -> str:
        """The file of the finding, from the top of the repository."""
        return self.fingerprint[1]

    @property
    def bucket(self) -> str:
        """The address of the bucket; empty for a finding that concerns none."""
        return self.fingerprint[2]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known.

    Attributes:
        path: the file.
        entries: each with how many findings it stands for.
        anew: whether it is being written: then every finding of the run is known.
        places: where each entry is written.
    """

    path: str
    entries: Mapping[Entry, int]
    anew: bool = False
    places: Mapping[Entry, Location] = field(default_factory=dict, compare=False)
