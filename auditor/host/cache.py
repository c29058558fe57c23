"""Answers of earlier runs, kept in the user's cache directory: an answer is given again only where nothing that it rests on has changed.

What an audit looks at lies within a border (`foundation.border`), and every content goes through its gate, which notes it. So an answer rests on
the command, on the code of `auditor`, on what there is within the border, by names and kinds, and on the contents that were read. All of it is
looked at anew before an answer is given. An entry is a digest and the JSON that it is of, and executes nothing; one that cannot be read, or has
changed since, is none. Entries are written whole or not at all, so the directory can be shared by processes, truncated and deleted at any time.

Source of where caches are: XDG Base Directory Specification; Apple, File System Programming Guide, "macOS Library Directory Details"; Microsoft,
KNOWNFOLDERID, FOLDERID_LocalAppData.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from auditor.foundation.border import OWN_TOP, Digest, Disk, Reads, digest, tree_around
from auditor.foundation.version import __version__
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

# A run that takes less, in seconds of all processes, is not worth to be kept.
_WORTH = 1.0
# A tree with more in it is not looked through again and again.
_MOST_NAMES = 300_000
# What is larger is told apart by its size, even where it is not read: functions read nothing that is very large.
_LARGE = 1_000_000
_MOST_BYTES = 200_000_000
_OLDEST = 30 * 24 * 3600.0
# A file system may date a change back by as much as a tick of the kernel.
_TICK = 20_000_000
# What may depend on the time of the day, beside the day: the keys of AWS and variables of their names, and letters that an escape hides in JSON.
_OF_TIME = regex(rb"(?:current|epoch)_?time(?!stamp|_?zone)|\\u00[4-7][0-9a-f]", re.IGNORECASE)
# One of these is in all of that: an expression that disregards case takes thirty times as long to find nothing in a tree.
_SIGNS_OF_TIME = (b"ttime", b"t_time", b"htime", b"h_time", b"\\u00")
_PIECE = 1 << 20
# What is looked for in the directories above: the tops of repositories, settings, and a repository's own contracts.
_CONTRACTS = ".auditor"
_ABOVE = (".git", ".auditor.yaml", ".auditor.yml", _CONTRACTS)
_ENDING = ".answer"


@dataclass(frozen=True, slots=True)
class CachedOutput:
    """What a command says.

    Attributes:
        texts: the report in each of the formats that were asked for, in that order.
        told: lines for standard error.
        code: the exit code.
    """

    texts: tuple[str, ...]
    told: tuple[str, ...]
    code: int


def directory() -> str | None:
    """Where answers are kept: `AUDITOR_CACHE`, or the place for caches of this system; None where that says that there is none."""
    given = os.environ.get("AUDITOR_CACHE")
    if given is not None:
        return os.path.abspath(given) if given else None
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local")
    elif sys.platform == "darwin":
        home = os.path.expanduser("~/Library/Caches")
    else:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(home, "auditor", "answers") if os.path.isabs(home) else None


def answered(place: str, question: Sequence[str], paths: Sequence[str], make: Callable[[], CachedOutput]) -> CachedOutput:
    """The answer to a question: that of an earlier run, if it is still right, or a new one, which is kept.

    Args:
        place: the directory of the answers; it need not exist.
        question: all that the answer depends on beside files: what was asked, the day, variables of the environment.
        paths: the files and directories that were named.
        make: makes the answer anew; whatever it raises, nothing is kept.
    """
    place = os.path.realpath(place)
    asked = digest("\0".join((os.getcwd(), *question)).encode("utf-8", "surrogateescape"))
    file, trees = os.path.join(place, asked + _ENDING), tuple(dict.fromkeys(map(tree_around, paths)))
    if (kept := _kept(file, trees, place)) is not None:
        return kept
    started, spent = time.time_ns(), _spent()
    reads = Disk.read = Reads(_is_lasting)
    try:
        answer = make()
    finally:
        Disk.read = None
    read = reads.digests
    if _spent() - spent >= _WORTH and Reads.NOT_LASTING not in read.values():
        state = _State.of(trees, place)
        if state is not None and state.latest < started - _TICK:
            entry = {"version": _version(), "state": state.digest, "read": read}
            _write(file, {**entry, "texts": answer.texts, "told": answer.told, "code": answer.code})
    return answer


def _spent() -> float:
    """Seconds of all processes."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _kept(file: str, trees: Sequence[str], place: str) -> CachedOutput | None:
    """The answer in an entry, if it is still right."""
    entry = _entry(file)
    if entry is None or entry["version"] != _version():
        return None
    state = _State.of(trees, place)
    if state is None or entry["state"] != state.digest or any(_digest_of(path) != was for path, was in entry["read"].items()):
        return None
    with contextlib.suppress(OSError):
        os.utime(file)  # what is used stays
    return CachedOutput(tuple(entry["texts"]), tuple(entry["told"]), entry["code"])


def _entry(file: str) -> dict[str, Any] | None:
    """What an entry says; None where there is none, or something else is there."""
    try:
        with open(file, "rb") as stream:
            made, _, content = stream.read().partition(b"\n")
        if made != digest(content).encode():  # a disk or a person has changed it
            return None
        entry = json.loads(content)
    except (OSError, ValueError, RecursionError):
        return None
    match entry:
        case {"version": str(), "state": str(), "read": dict(read), "texts": list(texts), "told": list(told), "code": 0 | 1 | 2}:
            if all(isinstance(one, str) for one in (*read.values(), *texts, *told)) and not isinstance(entry["code"], bool):
                return dict(entry)
    return None


def _digest_of(path: str) -> str | None:
    try:
        if stat.S_ISREG(os.stat(path).st_mode):
            whole = Digest()
            for piece in _pieces(path):
                whole.take(piece)
            return str(whole)
    except (OSError, ValueError):
        return None
    return None


def _pieces(path: str) -> Iterator[bytes]:
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(_PIECE):
            yield piece


def _is_lasting(content: bytes) -> bool:
    """Whether a content says the same at every time of the day."""
    lower = content.lower()
    return not any(map(lower.__contains__, _SIGNS_OF_TIME)) or _OF_TIME.search(content) is None


@dataclass(frozen=True, slots=True)
class _State:
    """What there is in some trees.

    Attributes:
        digest: of the names and kinds of everything, of where links lead, and of what is large, the size.
        latest: when something was added or removed last, in nanoseconds since 1970.
    """

    digest: str
    latest: int

    @staticmethod
    def of(trees: Sequence[str], passed_over: str) -> _State | None:
        """The state of trees; None where there is too much in them."""
        found, latest, names = Digest(), 0, 0
        for tree in trees:
            for above in _directories_above(tree):
                there = [name for name in _ABOVE if os.path.lexists(os.path.join(above, name))]
                if _CONTRACTS in there:
                    return None  # what is in it counts, and is not looked through
                found.take(f"{above}\0{there}\0".encode("utf-8", "surrogateescape"))
        todo = list(trees)
        while todo:
            here = todo.pop()
            facts, below, changed = _listed(here)
            found.take(f"{here}\0{facts}\0".encode("utf-8", "surrogateescape"))
            names, latest = names + len(facts), max(latest, changed)
            if names > _MOST_NAMES:
                return None
            todo.extend(one for one in below if one != passed_over)
        return _State(str(found), latest)


def _directories_above(directory: str) -> Iterator[str]:
    while (above := os.path.dirname(directory)) != directory:
        yield above
        directory = above


def _listed(directory: str) -> tuple[list[tuple[object, ...]], list[str], int]:
    """The facts of what is in a directory, the directories in it, sorted, and when something was added or removed last."""
    try:
        changed = os.stat(directory).st_ctime_ns
        with os.scandir(directory) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        return [(error.errno,)], [], 0
    facts: list[tuple[object, ...]] = []
    below: list[str] = []
    for entry in found:
        try:
            status = entry.stat(follow_symlinks=False)
            mode = status.st_mode
            leads = _lead(entry.path) if stat.S_ISLNK(mode) else None
        except OSError as error:
            facts.append((entry.name, error.errno))
            continue
        facts.append((entry.name, mode, status.st_size if stat.S_ISREG(mode) and status.st_size > _LARGE else 0, leads))
        if stat.S_ISDIR(mode) and entry.name != ".git":
            below.append(entry.path)
    return facts, below, changed


def _lead(link: str) -> tuple[str, int | None]:
    """Where a link leads, and what is there."""
    real = os.path.realpath(link)
    try:
        return real, os.stat(real).st_mode
    except OSError:
        return real, None


def _version() -> str:
    """What tells the code of `auditor` from that of any other version, as it is being developed too."""
    found = Digest()
    found.take(f"{__version__} {sys.version}".encode())
    rules = importlib.util.find_spec("auditor.rules")
    for top in dict.fromkeys((OWN_TOP, *((rules and rules.submodule_search_locations) or ()))):
        for directory, below, names in os.walk(top):
            below[:] = sorted(name for name in below if name != "__pycache__")
            for name in sorted(names):
                status = os.stat(os.path.join(directory, name))
                found.take(f"{directory}/{name} {status.st_size} {status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return str(found)


def _write(file: str, entry: dict[str, object]) -> None:
    """Writes an entry whole or not at all, and makes room for it; where nothing can be written, nothing is kept."""
    place = os.path.dirname(file)
    with contextlib.suppress(OSError):
        os.makedirs(place, mode=0o700, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=place, suffix=".part")
        try:
            with open(handle, "wb") as stream:
                content = json.dumps(entry).encode()
                stream.write(digest(content).encode() + b"\n" + content)
            os.replace(beside, file)
        except BaseException:
            os.unlink(beside)
            raise
        _make_room(place)


def _make_room(place: str) -> None:
    """Drops the entries that were not used for longest, where there are too many, and what nobody finished."""
    with os.scandir(place) as entries:
        found = sorted(((entry.stat(), entry.path) for entry in entries), key=lambda one: -one[0].st_mtime)
    size, now = 0, time.time()
    for status, path in found:
        size += status.st_size
        if size > _MOST_BYTES or now - status.st_mtime > (_OLDEST if path.endswith(_ENDING) else 3600):
            with contextlib.suppress(OSError):
                os.unlink(path)
