"""How the fixes of an audit are written: at the call of a module where it takes what is wanted, else where the code is, with everyone whom that changes."""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from auditor.finding import Patch
from auditor.fixes import Fix, place_of
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.inputs import Inputs
from auditor.model import Bucket, Kind
from auditor.sources.options import SourceOptions

if TYPE_CHECKING:
    from auditor.sources.terraform.calls.at_call import Calls


class Writing:
    """Fixes as patches.

    Args:
        inputs: what was read.
        options: how.
        texts: the files.
        audited: the buckets that somebody asked about.
    """

    def __init__(self, inputs: Inputs, options: SourceOptions, texts: Texts, audited: Sequence[Bucket] = ()) -> None:
        self._texts, self._options = texts, options
        self._audited = {(bucket.root, bucket.address) for bucket in audited}
        self._instances: dict[tuple[object, ...], list[Bucket]] = {}
        self._of_root: dict[str, Calls] = {}
        self._callers: dict[str, dict[Location, None]] = {}
        for bucket in inputs.buckets:
            self._instances.setdefault(_resource_of(bucket), []).append(bucket)
            if bucket.language == "terraform" and bucket.declaration.calls:
                self._callers.setdefault(_directory(bucket.declaration.location), {})[bucket.declaration.calls[-1]] = None

    def patches(self, fixes: Iterable[Fix], bucket: Bucket) -> Iterator[Patch]:
        """The patches of the fixes of a bucket's problem, the best first.

        Args:
            fixes: they, in the terms of the AWS API.
            bucket: whose problem they fix.
        """
        from auditor.fixes.write import write

        for fix in fixes:
            at_call = self._at_call(fix, bucket)
            patch = write(at_call, bucket, self._texts) if at_call is not None else None
            if patch is None or not patch.edits:
                patch = self._naming_callers(write(fix, bucket, self._texts, self._apart(bucket)), fix, bucket)
            yield patch

    def _apart(self, bucket: Bucket) -> frozenset[Kind]:
        """The kinds of configuration that a bucket is given alone: other instances of its resource have some, or nobody asked about them."""
        others = [one for one in self._instances.get(_resource_of(bucket), ()) if one.address != bucket.address]
        unasked = any((one.root, one.address) not in self._audited for one in others)
        return frozenset(kind for kind in (Kind.POLICY, Kind.CORS) if unasked or any(one.slot(kind).linked for one in others))

    def _at_call(self, fix: Fix, bucket: Bucket) -> Fix | None:
        """A fix of a bucket that a called module declares, made at the call; None where that cannot be, or there is none."""
        if bucket.language != "terraform" or not bucket.declaration.calls:
            return None
        if bucket.root not in self._of_root:
            from auditor.sources.resource_types import TERRAFORM
            from auditor.sources.terraform.calls.at_call import Calls

            self._of_root[bucket.root] = Calls(bucket.root, self._options, self._texts, TERRAFORM)
        return self._of_root[bucket.root].fix(fix, bucket)

    def _naming_callers(self, patch: Patch, fix: Fix, bucket: Bucket) -> Patch:
        """A patch of a module's own code, with the other calls that it changes too."""
        here = _directory(bucket.declaration.location)
        calls = self._callers.get(here, {}) if bucket.declaration.calls else {}
        if len(calls) < 2 or not any(_directory(place) == here for place in map(place_of, fix.changes) if place):
            return patch
        others = [call for call in calls if call != bucket.declaration.calls[-1]]
        return dataclasses.replace(patch, title=f"{patch.title}; this changes {_told(others)} of {here} too: {_listed(others)}")


def _resource_of(bucket: Bucket) -> tuple[object, ...]:
    """What the instances of one resource have in common."""
    return bucket.root, bucket.declaration.location, bucket.declaration.calls


def _directory(place: Location) -> str:
    return posixpath.dirname(place.path) or "."


def _told(others: list[Location]) -> str:
    return "the other call" if len(others) == 1 else f"the {len(others)} other calls"


def _listed(calls: list[Location]) -> str:
    """Places, the lines of each file together."""
    lines: dict[str, list[str]] = {}
    for call in sorted(calls):
        lines.setdefault(call.path, []).append(str(call.line))
    return "; ".join(f"{path}:{', '.join(of)}" for path, of in lines.items())
