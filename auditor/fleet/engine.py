"""Where the repositories of a fleet are audited: on the cores of this machine, or on a cluster of Dask."""

from __future__ import annotations

import concurrent.futures
import contextlib
import time
from collections.abc import Iterator, Sequence

from auditor.fleet.targets import Target
from auditor.fleet.unit import Done, audit, stop
from auditor.foundation.errors import AuditError
from auditor.foundation.version import installing


def audited(
    targets: Sequence[Target], arguments: Sequence[str], *, jobs: int, scheduler: str | None, seconds: float
) -> Iterator[tuple[Target, Done]]:
    """What came of each repository, in the order in which they are done.

    Args:
        targets: the repositories; on a cluster, every worker finds them under the same paths.
        arguments: of `auditor check`.
        jobs: how many at a time, on this machine.
        scheduler: the address of Dask's scheduler; None for this machine.
        seconds: how long one may take.

    Raises:
        AuditError: the cluster cannot be reached.
    """
    with _executor(jobs, scheduler) as executor:
        asked = {executor.submit(audit, target.path, tuple(arguments), seconds): target for target in targets}
        try:
            for future in concurrent.futures.as_completed(asked):
                fault = future.exception()
                yield asked[future], future.result() if fault is None else Done(fault=f"{type(fault).__name__}: {fault}")
        finally:
            for future in asked:
                future.cancel()
            while scheduler is None and any(future.running() for future in asked):  # it was interrupted
                stop()
                time.sleep(0.02)


@contextlib.contextmanager
def _executor(jobs: int, scheduler: str | None) -> Iterator[concurrent.futures.Executor]:
    """What runs functions; a thread for each process that it waits for, or the executor that Dask makes of a cluster."""
    if scheduler is None:
        with concurrent.futures.ThreadPoolExecutor(jobs) as executor:
            yield executor
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise AuditError(f"a cluster needs packages that are not installed: {installing('fleet')}") from error
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError) as error:
        raise AuditError(f"{scheduler}: the scheduler cannot be reached: {error}") from error
    with client:
        yield client.get_executor(pure=False)
