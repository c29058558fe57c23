"""The border of what is read, and the only way through it: every file and every listing is read by `Disk`.

Whoever proposes a change chooses its links, the sources of its modules and the names of the files that its code reads. None of them leads
out of the tree around the paths that a person names; only a person opens more, with `--also-read`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import BufferedReader
from typing import ClassVar

from auditor.foundation.path_pattern import is_within
from auditor.foundation.repository import top_above
from auditor.lazy.classes import dataclass

try:  # hashlib itself brings OpenSSL, which is 4 MiB
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

_GIT = ".git"
_NO_NAMES = frozenset({"", os.curdir, os.pardir})
LARGEST = 256 << 20
"""The size in bytes above which no file is held."""

_NO_FILE = "it is not a regular file"
_OPENED = os.O_RDONLY | getattr(os, "O_BINARY", 0)

# Source: POSIX.1, open(): no link is followed, a terminal does not become that of the process, and nobody waits for who writes to a pipe.
_UNFOLLOWED = _OPENED | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY if hasattr(os, "O_NOFOLLOW") else None


@dataclass(frozen=True, slots=True)
class Border:
    """What may be read.

    Attributes:
        directories: absolute, symbolic links resolved; everything in them, but for `.git`, which holds the credentials of the checkout.
        files: likewise, single files.
    """

    directories: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()

    def holds(self, real: str) -> bool:
        """Whether a file or directory lies within.

        Args:
            real: its path, absolute, symbolic links resolved.
        """
        return real in self.files or any(
            is_within(real, one) and _GIT not in real[len(one) :].split(os.sep) for one in self.directories
        )

    def __or__(self, other: Border) -> Border:
        """Both."""
        return Border(self.directories | other.directories, self.files | other.files)


OWN_TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
"""The directory of `auditor` itself."""

OWN = Border(frozenset({os.path.realpath(OWN_TOP)}))
"""What it brings."""


class BeyondError(OSError):
    """Something is not read, since it lies beyond the border.

    Args:
        path: of it, as the user would name it.
        remedy: how to have it read, as a clause.
    """

    def __init__(self, path: str, remedy: str) -> None:
        super().__init__(errno.EACCES, f"it lies outside the scanned tree: {remedy}", path)


class LargeError(OSError):
    """A file is not read, since it is larger than what is to be held."""


def border_of(paths: Iterable[str], also: Iterable[str] = (), files: Iterable[str] = ()) -> Border:
    """The border of an audit.

    Args:
        paths: what is audited, as it is named; `-` is standard input.
        also: directories beyond, which a person opens.
        files: single files that are named beside the paths. Where a link in the tree around one of them leads out of that, it is not read.
    """
    named = [(os.path.realpath(file), tree_around(file)) for file in files]
    return Border(
        frozenset({*(tree_around(path) for path in paths if path != "-"), *map(os.path.realpath, also)}),
        frozenset(real for real, tree in named if Border(frozenset({tree})).holds(real)),
    )


def tree_around(path: str) -> str:
    """The tree that a path which somebody names lies in: its repository, where there is none the directory, of a file the one that it is in.

    The path is named by a person, where its links lead is decided by whoever writes the tree. So a link is not followed out of the repository
    that it lies in, nor, where there is none, out of the directory that it lies in when the path is a relative one.

    Args:
        path: as it is named; it need not exist.

    Returns:
        An absolute path, symbolic links resolved.
    """
    relative = not os.path.isabs(path)
    here = os.path.realpath(os.getcwd()) if relative else os.sep
    for part in path.split(os.sep):
        if part == os.pardir:
            here = os.path.dirname(here)
        elif part not in ("", os.curdir):
            step = os.path.join(here, part)
            if os.path.islink(step) and (top := top_above(here) or (here if relative else None)):
                return top
            here = os.path.realpath(step)
    directory = here if os.path.isdir(here) else os.path.dirname(here)
    return top_above(directory) or directory


class Reads:
    """What is read of disks, for whoever wants to know what a result rests on.

    Args:
        is_lasting: whether a content says the same whenever it is read.

    Attributes:
        digests: of the contents, by real path; `NOT_LASTING` for what may be something else the next time, or was while it was read.
    """

    NOT_LASTING: ClassVar = ""

    def __init__(self, is_lasting: Callable[[bytes], bool] = lambda _: True) -> None:
        self._is_lasting = is_lasting
        self.digests: dict[str, str] = {}

    def note(self, real: str, content: bytes) -> None:
        """Notes a content."""
        self.take({real: digest(content) if self._is_lasting(content) else self.NOT_LASTING})

    def take(self, digests: Mapping[str, str]) -> None:
        """Notes the digests of contents that were read elsewhere, or in pieces."""
        for real, told in digests.items():
            if self.digests.setdefault(real, told) != told:
                self.digests[real] = self.NOT_LASTING


_Place = tuple[str, str, bool]
"""Of a directory: where it leads, what the real paths of all in it begin with, and whether it may be read."""


class Disk:
    """The files within a border.

    Args:
        border: what may be read, beside what `auditor` itself brings.
        remedy: how to have something read that lies beyond, as a clause.

    Attributes:
        border: all that may be read.
        read: where it is noted what any disk reads, a listing in `.git` as what does not last; None where nobody wants to know.
        walked: what walks found so far, by the real path of the directory, see `walked_once`.
    """

    read: ClassVar[Reads | None] = None
    walked: ClassVar[dict[str, _Listing] | None] = None

    def __init__(self, border: Border = OWN, remedy: str = "allow its directory with --also-read DIR") -> None:
        self.border = OWN | border
        self._remedy = remedy
        self._places: dict[str, _Place] = {}
        self._names: dict[str, dict[str, bool]] = {}
        self._walked: dict[str, _Listing] = {}

    def admit(self, border: Border) -> None:
        """Widens the border."""
        self.border |= border
        self._places = {}

    def real(self, path: str) -> str:
        """Where a path leads: absolute, symbolic links resolved."""
        return self._found(path)[0]

    def _found(self, path: str) -> tuple[str, bool]:
        """Where a path leads, and whether that may be read."""
        full, within = self._unfollowed(path)
        return self._led(full) if path not in self._places and os.path.islink(full) else (full, within)

    def _unfollowed(self, path: str) -> tuple[str, bool]:
        """Where a path leads, unless a link is there, and whether that may be read."""
        if path in self._places:
            real, _, within = self._places[path]
            return real, within
        if not is_possible(path):
            return path, False
        directory, _, name = path.rpartition(os.sep)
        if not directory or directory[-1] == os.sep or os.altsep:  # the path may be parted by that, too
            directory, name = os.path.split(path)
        if name in _NO_NAMES:
            return self._led(path)
        _, before, within = self._places.get(directory) or self._place(directory)
        full = before + name
        return full, (within and name != _GIT) or self.border.holds(full)

    def _led(self, path: str) -> tuple[str, bool]:
        real = os.path.realpath(path)
        return real, self.border.holds(real)

    def _place(self, directory: str) -> _Place:
        above, name = os.path.split(directory)
        if name in _NO_NAMES:
            return self._keep(directory, *self._led(directory))
        if above not in self._places:
            self._keep(above, *self._led(above))
        return self._keep(directory, *self._found(directory))

    def _keep(self, directory: str, real: str, within: bool) -> _Place:
        self._places[directory] = real, os.path.join(real, ""), within
        return self._places[directory]

    def holds(self, path: str) -> bool:
        """Whether a path leads to what may be read."""
        return self._found(path)[1]

    def stream(self, path: str) -> BufferedReader:
        """A file that is open to be read.

        Raises:
            BeyondError: it lies beyond the border.
            OSError: it cannot be read.
        """
        return open(self._checked(path), "rb")

    def content(self, path: str, most: int = LARGEST) -> bytes:
        """The content of a file.

        Args:
            path: of the file.
            most: how many bytes it may have.

        Raises:
            BeyondError: it lies beyond the border.
            LargeError: it has more bytes.
            OSError: it cannot be read.
        """
        real, descriptor = self._opened(path)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, _NO_FILE)  # a device may have no end
            if status.st_size > most:
                raise LargeError(errno.EFBIG, f"it is larger than {most >> 20} MiB")
            content = _whole(descriptor, status.st_size)
        finally:
            os.close(descriptor)
        if Disk.read is not None:
            Disk.read.note(real, content)
        return content

    def _opened(self, path: str) -> tuple[str, int]:
        """Where a path leads, and the descriptor of what is there, opened."""
        full, within = self._unfollowed(path)
        if within and _UNFOLLOWED is not None:
            with contextlib.suppress(OSError):  # a link, or whatever the error is
                return full, os.open(full, _UNFOLLOWED)
        real = self._checked(path)
        if not stat.S_ISREG(os.stat(real).st_mode):
            raise OSError(errno.EINVAL, _NO_FILE)  # which may never open
        return real, os.open(real, _OPENED)

    def note(self, path: str, told: str) -> None:
        """Notes the digest of what was read in pieces, where somebody wants to know."""
        if Disk.read is not None:
            Disk.read.take({self.real(path): told})

    def text(self, path: str) -> str:
        """The content of a file as text, without a byte order mark.

        Raises:
            OSError: as `content` raises it.
            UnicodeDecodeError: it is not UTF-8.
        """
        return self.content(path).decode("utf-8-sig")

    def names(self, directory: str) -> list[str]:
        """The names in a directory, sorted.

        Raises:
            BeyondError: it lies beyond the border.
            OSError: it cannot be listed.
        """
        return [*self._listing(directory)]

    def files(self, directory: str) -> list[str]:
        """The names in a directory of what is not a directory itself, sorted.

        Raises:
            BeyondError: it lies beyond the border.
            OSError: it cannot be listed.
        """
        return [name for name, is_directory in self._listing(directory).items() if not is_directory]

    def _listing(self, directory: str) -> dict[str, bool]:
        """The names in a directory, sorted, each with whether it is one of a directory; what was walked is not listed again."""
        self._note_listing(directory)
        found = self._names.get(directory)
        if found is None:
            real = self._checked(directory or os.curdir)
            found = self._names[directory] = (self._walked.get(real) or _listed(real, real)).names()
        return found

    def entries(self, directory: str) -> contextlib.AbstractContextManager[Iterator[os.DirEntry[str]]]:
        """What is in a directory, see `os.scandir`.

        Raises:
            BeyondError: it lies beyond the border.
            OSError: it cannot be listed.
        """
        self._checked(directory)
        self._note_listing(directory)
        return os.scandir(directory)

    def walk(self, top: str, onerror: Callable[[OSError], object] | None = None) -> Iterator[tuple[str, list[str], list[str]]]:
        """The directories below and including one, as `os.walk` tells them, top down; links to directories are not followed.

        There is no `./` before those below the current directory.

        Args:
            top: the directory.
            onerror: what is told of a directory that cannot be listed.
        """
        try:
            real = self._checked(top)
        except BeyondError as error:
            if onerror is not None:
                onerror(error)
            return
        pending = [(top, real, False)]
        while pending:
            directory, real, surely = pending.pop()
            try:
                found = self._walked[real] = _listed(directory, real)
            except OSError as error:
                if onerror is not None:
                    onerror(error)
                continue
            _, before, within = self._keep(directory, real, surely or self.border.holds(real))
            self._note_listing(directory)
            below = [*found.directories]
            yield directory, below, [*found.files]
            if below:
                shown = "" if directory == os.curdir else os.path.join(directory, "")
                pending.extend(
                    [(shown + name, before + name, within and name != _GIT) for name in reversed(below) if name not in found.links]
                )

    def _note_listing(self, directory: str) -> None:
        """Notes that it was seen what there is in `.git`, which changes all the time; what is read elsewhere is listed by whoever asks."""
        if Disk.read is not None and _GIT in self.real(directory).split(os.sep):
            Disk.read.take({self.real(directory): Reads.NOT_LASTING})

    def _checked(self, path: str) -> str:
        """Where a path leads, which may be read."""
        real, within = self._found(path)
        if not within:
            if not is_possible(path):
                raise OSError(errno.EINVAL, "no file can have such a name", path)
            raise BeyondError(path, self._remedy)
        return real


def _whole(descriptor: int, size: int) -> bytes:
    """The content of a file, with what is written to it meanwhile; by the calls of the system, since each of many files is read once.

    Args:
        descriptor: of the file.
        size: how many bytes it had.
    """
    content = os.read(descriptor, size + 1)
    if len(content) != size:
        while further := os.read(descriptor, 1 << 20):
            content += further
    return content


def is_possible(path: str) -> bool:
    """Whether something can be at a path: code may ask for a file whose name holds what no system takes."""
    try:
        return "\0" not in path and (path.isascii() or bool(os.fsencode(path)))
    except UnicodeEncodeError:
        return False


@dataclass(frozen=True, slots=True)
class _Listing:
    """What is in a directory.

    Attributes:
        directories: the names of those in it, links to some included.
        files: the names of everything else in it.
        links: those of the directories that are links.
    """

    directories: Sequence[str]
    files: Sequence[str]
    links: frozenset[str]

    def names(self) -> dict[str, bool]:
        """All names, sorted, each with whether it is one of a directory."""
        return dict(sorted([*((name, True) for name in self.directories), *((name, False) for name in self.files)]))


def _listed(directory: str, real: str) -> _Listing:
    """What is in a directory.

    Args:
        directory: it.
        real: it, absolute, symbolic links resolved.

    Raises:
        OSError: it cannot be listed.
    """
    if Disk.walked is not None and real in Disk.walked:
        return Disk.walked[real]
    below: list[str] = []
    files: list[str] = []
    links: list[str] = []
    with os.scandir(directory) as entries:
        for entry in entries:
            try:
                is_directory = entry.is_dir()
            except OSError:  # a link that leads to itself
                is_directory = False
            if not is_directory:
                files.append(entry.name)
            else:
                below.append(entry.name)
                if entry.is_symlink():
                    links.append(entry.name)
    listing = _Listing(below, files, frozenset(links))
    if Disk.walked is not None:
        Disk.walked[real] = listing
    return listing


@contextlib.contextmanager
def walked_once() -> Iterator[None]:
    """Meanwhile no directory that was walked is listed again, through whatever disk: for a run that changes nothing."""
    Disk.walked = {}
    try:
        yield
    finally:
        Disk.walked = None


class Digest:
    """What tells a content from any other one, taken in pieces."""

    def __init__(self) -> None:
        self._made = blake2b(digest_size=16)

    def take(self, piece: bytes) -> None:
        """Takes in what comes next."""
        self._made.update(piece)

    def __str__(self) -> str:
        """It, of what was taken so far."""
        return self._made.hexdigest()


def digest(content: bytes) -> str:
    """What tells a content from any other one."""
    return blake2b(content, digest_size=16).hexdigest()


def beside(module: str, name: str) -> str:
    """The path of a file that lies beside a module of `auditor`.

    Args:
        module: its `__file__`.
        name: of the file.
    """
    return os.path.join(os.path.dirname(module), name)


def own(path: str) -> str:
    """The text of a file that `auditor` itself brings."""
    return Disk(Border(frozenset({os.path.realpath(os.path.dirname(path))}))).content(path).decode()


def own_lines(path: str) -> Iterator[str]:
    """The lines of a file that `auditor` itself brings, read as they are asked for: a large table is never held whole."""
    with open(path, encoding="utf-8") as stream:
        yield from stream


def own_names(directory: str, ending: str = "") -> list[str]:
    """The names with an ending in a directory that `auditor` itself brings, sorted."""
    listing = Disk(Border(frozenset({os.path.realpath(directory)}))).names(directory)
    return [name for name in listing if name.endswith(ending)]


def own_modules(folders: Iterable[str]) -> list[str]:
    """The names of the modules in the folders of a package, sorted; `pkgutil.iter_modules` would load `inspect` to say so."""
    return sorted({name.removesuffix(".py") for folder in folders for name in own_names(folder, ".py")} - {"__init__"})


def named(path: str) -> Disk:
    """What may be read where a single file or directory is named."""
    return Disk(border_of((), files=(path,)), "name the place that the link leads to")
