"""How the fixes of an audit are written: at the call of a module where it takes what is wanted, else where the code is, with everyone whom that changes."""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from auditor.finding import Certainty, Patch
from auditor.fixes import AddRule, AddStatement, Fix, place_of
from auditor.foundation.border import tree_around
from auditor.foundation.location import Location
from auditor.foundation.path_pattern import is_within
from auditor.foundation.text import UNIT_FILE, Texts
from auditor.inputs import Inputs
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Declared, Kind
from auditor.sources.options import SourceOptions
from auditor.sources.walk import directory_of

if TYPE_CHECKING:
    from auditor.sources.terraform.calls.at_call import Calls


_MOST_LISTED = 30
"""Calls that the title of a fix lists."""


@dataclass(frozen=True, slots=True)
class _Others:
    """Who uses some code beside those that are fixed.

    Attributes:
        is_root: whether it is deployed by itself.
        count: how many calls of it there are.
        first: the first of them by place.
    """

    is_root: bool
    count: int
    first: Sequence[Location]


class Writing:
    """Fixes as patches.

    Args:
        inputs: what was read.
        options: how.
        texts: the files.
        audited: the buckets that somebody asked about.
        paths: what was named to be read; what is beside it in the same trees is looked through for calls of what a fix changes.
    """

    def __init__(
        self, inputs: Inputs, options: SourceOptions, texts: Texts, audited: Sequence[Bucket] = (), paths: Sequence[str] = (".",)
    ) -> None:
        self._texts, self._options = texts, options
        self._audited = {(bucket.root, bucket.address) for bucket in audited}
        self._instances: dict[tuple[object, ...], list[Bucket]] = {}
        self._reasons_apart: dict[tuple[object, ...], Mapping[Kind, Sequence[str]]] = {}
        self._of_root: dict[str, Calls] = {}
        self._paths = tuple(map(os.path.realpath, paths))
        self._users: dict[tuple[str, str], dict[Location | None, None]] = {}
        self._callers_of: dict[tuple[str, str], dict[Location, None]] = {}
        self._sorted_calls: dict[tuple[str, str], Sequence[Location]] = {}
        self._of_place: dict[Location, list[Declared]] = {}
        self._in_trees: dict[str, Mapping[str, Sequence[Location]]] = {}
        self._unread_calls: dict[str, Sequence[Location]] = {}
        for bucket in inputs.buckets:
            self._instances.setdefault(_resource_of(bucket), []).append(bucket)
            self._of_place.setdefault(bucket.declaration.location, []).append(bucket.declaration)
            calls, language = bucket.declaration.calls, bucket.language
            for call, code in zip((None, *calls), (*calls, bucket.declaration.location), strict=True):
                self._users.setdefault((language, _unit(code, language)), {})[call] = None

    def patches(self, fixes: Iterable[Fix], bucket: Bucket) -> Iterator[Patch]:
        """The patches of the fixes of a bucket's problem, the best first.

        Args:
            fixes: they, in the terms of the AWS API.
            bucket: whose problem they fix.
        """
        for fix in fixes:
            at_call = self._at_call(fix, bucket)
            patch = self._written(at_call, bucket) if at_call is not None else None
            if patch is None or not patch.edits:
                patch = self._written(fix, bucket, self._apart(bucket))
            if not patch.edits and _is_of_described(fix, bucket) and (given := self._given(fix, bucket)):
                patch = self._written(given, bucket)
            yield patch

    def _written(self, fix: Fix, bucket: Bucket, apart: Collection[Kind] = ()) -> Patch:
        """The patch of a fix, with whom else it changes."""
        from auditor.fixes.write import write

        return self._naming_callers(write(fix, bucket, self._texts, apart, self._callers(bucket)), fix, bucket)

    def _callers(self, bucket: Bucket) -> Collection[Location]:
        """All calls of the code of a bucket, and those of the code that these are in."""
        of = bucket.language, _unit(bucket.declaration.location, bucket.language)
        found = self._callers_of.get(of)
        if found is None:
            found = self._callers_of[of] = {}
            pending = [bucket.declaration.location]
            while pending:
                unit = _unit(pending.pop(), bucket.language)
                new = [call for call in self._users.get((bucket.language, unit), ()) if call is not None and call not in found]
                found |= dict.fromkeys(new)
                pending += new
        return found

    def _apart(self, bucket: Bucket) -> frozenset[Kind]:
        """The kinds of configuration that a bucket is given alone: other instances of its resource have some, or nobody asked about them."""
        of_resource = _resource_of(bucket)
        reasons = self._reasons_apart.get(of_resource)
        if reasons is None:
            reasons = self._reasons_apart[of_resource] = self._two_reasons_apart(self._instances.get(of_resource, ()))
        return frozenset(kind for kind, addresses in reasons.items() if any(address != bucket.address for address in addresses))

    def _two_reasons_apart(self, instances: Sequence[Bucket]) -> Mapping[Kind, Sequence[str]]:
        """For which instances another one is given a kind of configuration alone: two are enough to know it of each."""
        found = {}
        for kind in (Kind.POLICY, Kind.CORS):
            those = (one.address for one in instances if (one.root, one.address) not in self._audited or one.slot(kind).linked)
            found[kind] = _first_two(those)
        return found

    def _at_call(self, fix: Fix, bucket: Bucket) -> Fix | None:
        """A fix of a bucket that a called module declares, made at the call; None where that cannot be, or there is none."""
        if bucket.language != "terraform" or not bucket.declaration.calls:
            return None
        return self._given(fix, bucket)

    def _given(self, fix: Fix, bucket: Bucket) -> Fix | None:
        """A fix made at a call that leads to a bucket."""
        return self._calls(bucket).fix(fix, bucket, self._of_place.get(bucket.declaration.location, ()))

    def _calls(self, bucket: Bucket) -> Calls:
        """The calls of the modules of a bucket's root."""
        if bucket.root not in self._of_root:
            from auditor.sources.resource_types import TERRAFORM
            from auditor.sources.terraform.calls.at_call import Calls

            self._of_root[bucket.root] = Calls(bucket.root, self._options, self._texts, TERRAFORM)
        return self._of_root[bucket.root]

    def _naming_callers(self, patch: Patch, fix: Fix, bucket: Bucket) -> Patch:
        """A patch of code that others use as well, with whom it changes too; it needs review then."""
        places = [edit.location for edit in patch.edits] or [*filter(None, map(place_of, fix.changes))]
        titles: list[str] = []
        for unit in dict.fromkeys(_unit(place, bucket.language) for place in places):
            others = self._others(unit, bucket)
            if others.is_root or others.count:
                titles.append(f"this changes {_told(unit, others, bucket)}")
        if not titles:
            return patch
        return dataclasses.replace(patch, title="; ".join((patch.title, *titles)), certainty=Certainty.NEEDS_REVIEW)

    def _others(self, unit: str, bucket: Bucket) -> _Others:
        """Who uses the code in a module or template beside those that lead to a bucket."""
        mine, of = frozenset(bucket.declaration.calls), (bucket.language, unit)
        read = self._users.get(of, {})
        is_root = None in read and bool(mine) and unit != bucket.root
        unread = self._unread_calls_of(unit) if bucket.language == "terraform" else ()
        if of not in self._sorted_calls:
            self._sorted_calls[of] = sorted(call for call in read if call is not None)
        beside = self._sorted_calls[of]
        if unread:
            known = {_call(call) for call in (*beside, *mine)}
            beside = sorted((*beside, *(call for call in unread if _call(call) not in known)))
        count = len(beside) - sum(call in read for call in mine)
        return _Others(is_root, count, [*itertools.islice((call for call in beside if call not in mine), _MOST_LISTED)])

    def _unread_calls_of(self, directory: str) -> Sequence[Location]:
        """The calls of a module in the tree around it, where the audit is of a part of that."""
        if directory not in self._unread_calls:
            self._unread_calls[directory] = self._found_unread_calls(directory)
        return self._unread_calls[directory]

    def _found_unread_calls(self, directory: str) -> Sequence[Location]:
        from auditor.sources.terraform.calls.callers import is_evidently_root, local_calls

        top, real = tree_around(directory), os.path.realpath(directory)
        if any(is_within(top, path) for path in self._paths) or is_evidently_root(directory, self._texts):
            return ()
        if top not in self._in_trees:
            self._in_trees[top] = local_calls(top, self._texts.disk)
        return self._in_trees[top].get(real, ())


def _call(place: Location) -> tuple[str, int]:
    """What is one call wherever it is said to stand: a unit of Terragrunt makes one."""
    return os.path.realpath(place.path), 0 if place.path.endswith(UNIT_FILE) else place.line


def _first_two(texts: Iterable[str]) -> Sequence[str]:
    """The first text, and the first that is another one."""
    found: list[str] = []
    for text in texts:
        if text not in found:
            found.append(text)
        if len(found) == 2:
            break
    return found


def _resource_of(bucket: Bucket) -> tuple[object, ...]:
    """What the instances of one resource have in common."""
    return bucket.root, bucket.declaration.location, bucket.declaration.calls


def _is_of_described(fix: Fix, bucket: Bucket) -> bool:
    """Whether a fix is of something that a described module of Terraform makes: all that can be written is what its call gives."""
    changed = (change.attachment for change in fix.changes if isinstance(change, AddStatement | AddRule))
    if bucket.language != "terraform":
        return False
    from auditor.fixes.references import is_described

    return any(map(is_described, (bucket.declaration, *filter(None, changed))))


def _unit(place: Location, language: str) -> str:
    """What is called as a whole: the directory of a module of Terraform, else a file."""
    return directory_of(place.path) if language == "terraform" else place.path


def _told(unit: str, others: _Others, bucket: Bucket) -> str:
    """Whom else a change of a module or template reaches."""
    other = "other " if bucket.declaration.calls else ""
    count = f"the {other}call" if others.count == 1 else f"the {others.count:,} {other}calls"
    told = [f"{unit} where it is deployed by itself"] if others.is_root else []
    return " and ".join((*told, *([f"{count} of {unit} too: {_listed(others)}"] if others.count else [])))


def _listed(others: _Others) -> str:
    """The first places, the lines of each file together."""
    lines: dict[str, list[str]] = {}
    for call in others.first:
        lines.setdefault(call.path, []).append(str(call.line))
    more = others.count - len(others.first)
    return "; ".join(f"{path}:{', '.join(of)}" for path, of in lines.items()) + (f" and {more:,} more" if more else "")
