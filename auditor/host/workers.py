"""Work shared out over the cores: what a function makes of each of some items, the same whoever makes it.

The workers are forks: they know what this process knows, and only what they make is carried over, through pipes that nobody else can open. No
result depends on them: what a worker did not bring, because it was killed or its result cannot be carried, is made here. Whoever forks a
process with several threads forks the locks of the others with it; then, and where there is no fork (Windows), one process does all of it.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from auditor.foundation.location import Location, carried
from auditor.foundation.text import Brought, Texts
from auditor.host.progress import begin

Item = TypeVar("Item")
Result = TypeVar("Result")

ALONE = 0.15
"""The seconds of CPU time that work takes, or will by what its first items took, for it to be shared out: a process costs 0.05 to 0.13, by the machine,
most of it for what each loads and compiles on its first items, which a fork of one that has begun does not do again."""

_TELLING = 0.01
"""The seconds that the first items take from which it is told how long all will."""

# Claims are put into a pipe at once. Source: pipe(7), "Pipe capacity": 4096 bytes at the least.
_CLAIM = 4
_MOST_CLAIMS = 4096 // _CLAIM

_TOGETHER = 64
"""How many results a worker makes ready to be handed over at a time: together they take a third of what one by one would."""

_LENGTH = 8
"""The bytes of the length before what is handed over."""

_PIECE = 1 << 20
"""The bytes that a pipe of results is to hold, and the most that are taken from it at a time. Source: pipe(7), /proc/sys/fs/pipe-max-size."""

_BETWEEN = 8
"""How many items are worked on before it is looked whether results have arrived, which costs as much as a small item."""


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shared_out(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    jobs: int,
    work: str = "working",
    weight: Callable[[Item], int] | None = None,
    texts: Texts | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> list[Result]:
    """What a function makes of each item, in their order; work that is done soon is not shared out.

    Args:
        function: of an item; what else it does is lost where a worker does it.
        items: told by their text while they are worked on.
        jobs: how many processes, this one among them.
        work: what is done, as a participle.
        weight: about how much there is to do for an item: those of middle weight tell whether it is much, and the heaviest are shared out first,
            so that none is waited for at the end. None where all are alike.
        texts: what the function reads; afterwards all is there that any process read. None where it reads nothing.
        meanwhile: what this process does first where others work, since it has to be done afterwards in any case.

    Raises:
        Exception: what the function raises for the first item for which it raises something.
    """
    if jobs == 1 or len(items) < 2 or not hasattr(os, "fork") or threading.active_count() > 1:
        return [_begun(function, items, at, at, work) for at in range(len(items))]
    weights = [1 if weight is None else 1 + weight(item) for item in items]
    done = dict(_alone(function, items, weights, work))
    left = sorted((at for at in range(len(items)) if at not in done), key=lambda at: -weights[at])
    if len(left) > 1:
        done |= _done(_Work(function, items, left, work, texts), min(jobs, len(left)), meanwhile)
    return [done[at] if at in done else _begun(function, items, at, at, work) for at in range(len(items))]


def _alone(
    function: Callable[[Item], Result], items: Sequence[Item], weights: Sequence[int], work: str
) -> Iterator[tuple[int, Result]]:
    """What one process makes of items of middle weight, by their places: of all, unless there is much to do for others or one is at fault."""
    left, done, begun = sum(weights), 0, time.process_time()
    order = sorted(range(len(items)), key=weights.__getitem__)
    middle = len(order) // 2 if weights[order[0]] < weights[order[-1]] else 0
    for before, at in enumerate((*order[middle:], *order[:middle])):
        if _is_much(time.process_time() - begun, done, left):
            return
        try:
            result = _begun(function, items, at, before, work)
        except Exception:  # noqa: BLE001 - it is made again, in order, and raises there
            return
        yield at, result
        left -= weights[at]
        if before == 0:  # what all need was loaded for it
            begun = time.process_time()
        else:
            done += weights[at]


def _is_much(spent: float, done: int, left: int) -> bool:
    """Whether some work took long enough to be shared out, or will.

    Args:
        spent: the seconds that it took so far.
        done: the weight of what was done in them.
        left: that of what is left.
    """
    return spent >= ALONE or (spent >= _TELLING and spent * left >= ALONE * done)


def _begun(function: Callable[[Item], Result], items: Sequence[Item], at: int, before: int, work: str) -> Result:
    begin(work, before, len(items), str(items[at]))
    return function(items[at])


def _done(work: _Work, jobs: int, meanwhile: Callable[[], object] | None) -> dict[int, Any]:
    """What was made without fault, by the place of the item."""
    done: dict[int, Any] = {}
    workers: list[_Worker] = []
    try:
        with contextlib.suppress(OSError):  # there is no room for another process
            workers.extend(_Worker(work) for _ in range(jobs - 1))
        if workers and meanwhile is not None:
            meanwhile()
        for count, (at, result) in enumerate(work.done()):
            done[at] = result
            for worker in workers if count % _BETWEEN == 0 else ():
                done.update(worker.arrived())
        while workers:
            done.update(workers[-1].rest())
            workers.pop().end()
        return done
    finally:
        work.end()
        for worker in workers:
            worker.kill()
            worker.end()


class _Work:
    """The items that are left, which every process claims from one pipe, by their places in the order in which they are done."""

    def __init__(
        self, function: Callable[[Any], Any], items: Sequence[Any], order: Sequence[int], work: str, texts: Texts | None
    ) -> None:
        self._function, self._items, self._order, self._work, self._texts = function, items, order, work, texts
        self._known = None if texts is None else texts.extent()
        self._size = -(-len(order) // _MOST_CLAIMS)
        self._claims, claimable = os.pipe()
        os.write(claimable, b"".join(first.to_bytes(_CLAIM, "big") for first in range(0, len(order), self._size)))
        os.close(claimable)

    def done(self) -> Iterator[tuple[int, Any]]:
        """What this process makes, by the place of the item; nothing for one that is at fault."""
        while claim := os.read(self._claims, _CLAIM):
            first = int.from_bytes(claim, "big")
            for before, at in enumerate(self._order[first : first + self._size], len(self._items) - len(self._order) + first):
                try:
                    result = _begun(self._function, self._items, at, before, self._work)
                except Exception:  # noqa: BLE001, S112 - it is made again, in order, and raises there
                    continue
                yield at, result

    def brought(self) -> Brought | None:
        """What this process read since this was last asked."""
        if self._texts is None or self._known is None:
            return None
        known, self._known = self._known, self._texts.extent()
        return self._texts.since(known)

    def take(self, brought: Brought | None) -> None:
        """Takes as read what another process read."""
        if self._texts is not None and brought is not None:
            self._texts.take(brought)

    def end(self) -> None:
        """Lets nobody claim any more."""
        os.close(self._claims)


class _Worker:
    """Another process that does a share of the work, and what it makes of it, which comes through a pipe.

    Raises:
        OSError: there is no room for it.
    """

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._came, self._piece = bytearray(), bytearray(_PIECE)
        self._results, out = os.pipe()
        parent = os.getpid()
        try:
            self._pid = os.fork()
        except OSError:
            os.close(self._results)
            os.close(out)
            raise
        if self._pid:
            os.close(out)
            os.set_blocking(self._results, False)
            _widen(self._results)
            return
        try:  # from here on in the worker, which never returns
            for one in (signal.SIGINT, signal.SIGTERM):  # the parent says what there is to say
                signal.signal(one, signal.SIG_DFL)
            os.close(self._results)
            _serve(work, out, parent)
        finally:
            os._exit(0)

    def arrived(self) -> dict[int, Any]:
        """What it made that is here and was not asked for yet."""
        with contextlib.suppress(BlockingIOError):
            self._take()
        return self._loaded()

    def rest(self) -> dict[int, Any]:
        """All that it makes from now on; it is done then."""
        os.set_blocking(self._results, True)
        made: dict[int, Any] = {}
        while self._take():
            made.update(self._loaded())
        return made

    def _take(self) -> bool:
        """Takes what is in the pipe; whether it may be that more comes."""
        size = os.readv(self._results, [self._piece])  # into memory that is there: each of many pieces would be put into new one
        self._came += memoryview(self._piece)[:size]
        return size > 0

    def _loaded(self) -> dict[int, Any]:
        import pickle  # what is loaded was written by a fork of this very process

        loaded: dict[int, Any] = {}
        while len(self._came) >= (end := _LENGTH + int.from_bytes(self._came[:_LENGTH], "big")):
            with memoryview(self._came) as came, came[_LENGTH:end] as one:
                made, brought = pickle.loads(one)  # noqa: S301 - see above
            del self._came[:end]
            loaded.update(made)
            self._work.take(brought)
        return loaded

    def kill(self) -> None:
        """Ends it where it is."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)

    def end(self) -> None:
        """Waits until nothing is left of it."""
        os.close(self._results)
        with contextlib.suppress(ChildProcessError):  # whoever embeds this process may wait for its children
            os.waitpid(self._pid, 0)


def _widen(pipe: int) -> None:
    """Has a pipe hold a piece, where the system lets it."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIECE)


def _serve(work: _Work, out: int, parent: int) -> None:
    """Does a share of the work, and hands over what was made: while there is work, as much as there is room for in the pipe, so that it waits for nobody."""
    import gc

    gc.freeze()  # what the parent made is not looked through, so its pages stay shared
    made: dict[int, object] = {}
    ready: deque[memoryview] = deque()
    os.set_blocking(out, False)
    for at, result in work.done():
        made[at] = result
        if os.getppid() != parent:
            return  # nobody waits for it any more
        if len(made) == _TOGETHER:
            ready.append(_carried(made, work.brought()))
            made.clear()
        with contextlib.suppress(BlockingIOError):
            _hand_over(ready, out)
    os.set_blocking(out, True)
    ready.append(_carried(made, work.brought()))
    _hand_over(ready, out)


def _hand_over(ready: deque[memoryview], out: int) -> None:
    """Writes what is ready.

    Raises:
        BlockingIOError: there is no room for the rest, which is ready still.
    """
    while ready:
        ready[0] = ready[0][os.write(out, ready[0]) :]
        if not ready[0]:
            ready.popleft()


def _carried(made: Mapping[int, object], brought: Brought | None) -> memoryview:
    """What is handed over, after its length; what cannot be carried over is made by the parent."""
    try:
        carried = _bytes_of((made, brought), _LENGTH)
    except Exception:  # noqa: BLE001 - whatever the objects are
        carried = _bytes_of(({at: one for at, one in made.items() if _is_carried(one)}, brought), _LENGTH)
    carried[:_LENGTH] = (len(carried) - _LENGTH).to_bytes(_LENGTH, "big")
    return carried


def _is_carried(one: object) -> bool:
    try:
        _bytes_of(one)
    except Exception:  # noqa: BLE001 - likewise
        return False
    return True


def _bytes_of(one: object, room: int = 0) -> memoryview:
    """An object as it is carried over, after room for so many bytes."""
    import copyreg
    import pickle

    out = io.BytesIO()
    out.seek(room)
    pickler = pickle.Pickler(out, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = {**copyreg.dispatch_table, Location: carried}
    pickler.dump(one)
    return out.getbuffer()
