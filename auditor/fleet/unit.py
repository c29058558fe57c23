"""The audit of one repository: a process of its own, so that none harms another, wherever it runs.

What comes back is text, so that any engine can carry it, and nobody but who asked writes anything.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from auditor.changes.revisions import AtRevision
from auditor.fleet.targets import is_bare
from auditor.foundation.errors import AuditError
from auditor.lazy.classes import dataclass

_RUNNING: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a repository.

    Attributes:
        json: the report; empty where there is none.
        sarif: likewise.
        fault: why there is no report, one line; empty where there is one.
    """

    json: str = ""
    sarif: str = ""
    fault: str = ""


def audit(path: str, arguments: Sequence[str], seconds: float) -> Done:
    """Audits a repository; total.

    Args:
        path: its directory, or a bare repository, of which the commit that HEAD names is audited.
        arguments: of `auditor check`, beside the path and the formats.
        seconds: how long it may take.
    """
    if not os.path.isdir(path):
        return Done(fault="there is no such directory")
    with tempfile.TemporaryDirectory(prefix="auditor-") as place:
        results = os.path.join(place, "results")
        os.mkdir(results)
        try:
            return _audited(_work_tree(path, place), results, arguments, seconds)
        except AuditError as error:
            return Done(fault=" ".join(str(error).split()))
        except subprocess.TimeoutExpired:
            return Done(fault=f"its audit took more than {seconds:g} seconds")
        except OSError as error:
            return Done(fault=error.strerror or str(error))


def _work_tree(path: str, place: str) -> str:
    if not is_bare(path):
        return path
    directory = os.path.join(place, "work-tree")
    os.mkdir(directory)
    revision = AtRevision(Path(path), "HEAD")
    for name, content in revision.files():
        if _is_plain(name):
            file = Path(directory, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    for link, target in revision.links.items():  # after the files, so that nothing is written through one
        file = Path(directory, link)
        if _is_plain(link) and _is_plain(target) and file.parent.is_dir() and not os.path.lexists(file):
            file.symlink_to(Path(directory, target))
    return directory


def _is_plain(path: str) -> bool:
    """Whether a path of a tree of git stays where it belongs: whoever writes the objects can write any name."""
    return not path.startswith("/") and not {"", ".", "..", ".git"}.intersection(path.split("/"))


def _audited(directory: str, results: str, arguments: Sequence[str], seconds: float) -> Done:
    files = {form: os.path.join(results, form) for form in ("sarif", "json")}
    formats = [f"--format={form}={file}" for form, file in files.items()]
    # -P: nothing is imported from the repository, in which it runs
    command = [sys.executable, "-P", "-m", "auditor", "check", ".", "--jobs=1", *formats, *arguments]
    code, told = _ran(command, directory, seconds)
    if not all(map(os.path.exists, files.values())):
        lines = told.decode("utf-8", "replace").strip().splitlines()
        said = next((line.removeprefix("error: ") for line in lines if line.startswith("error: ")), lines[-1] if lines else "")
        return Done(fault=said or f"its audit ended with {code}")
    return Done(**{form: Path(file).read_bytes().decode() for form, file in files.items()})


def _ran(command: Sequence[str], directory: str, seconds: float) -> tuple[int, bytes]:
    """How a process ended, and what it wrote to standard error."""
    with subprocess.Popen(  # noqa: S603 - see above
        command, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=_environment()
    ) as process:
        _RUNNING.add(process)
        try:
            _, told = process.communicate(timeout=seconds)
        except BaseException:
            process.kill()
            raise
        finally:
            _RUNNING.discard(process)
    return process.returncode, told


def stop() -> None:
    """Ends the audits that are under way in this process: whoever waited for them does not any more."""
    for process in tuple(_RUNNING):
        process.kill()


def _environment() -> dict[str, str]:
    """That of this process, but for directories of modules that are named from where it runs."""
    modules = [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if os.path.isabs(one)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(modules)}
