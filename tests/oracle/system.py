"""What the kernel sees of a run: no socket, no process, nothing written but the named outputs, nothing read but the tree and Python itself.

`python -m tests.oracle.system STRACE` runs commands on trees that lead out of themselves in every way that is known, without a network interface
where `unshare` may take it away, and reads what strace wrote down.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.own_code import PROJECT
from tests.test_border import WAYS

_TRACED = "%network,%process,open,openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,link,linkat,symlink,symlinkat,truncate"
_CALL = re.compile(r"^(?:\d+ +)?(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+|\?)(?:<(?P<path>[^>]*)>)?")
_ENDS = frozenset({"exit", "exit_group", "wait4", "waitid", "kill", "tgkill", "rt_sigreturn", "execve"})
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
# The loader, the C library, locales and the time zone.
_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/locale", "/usr/share/zoneinfo", "/etc/ld.so", "/etc/localtime", "/etc/locale.alias",
           "/usr/local/ssl", "/etc/ssl/openssl.cnf", "/proc/meminfo", "/sys/devices/system/cpu", "/dev/null", "/dev/urandom")  # fmt: skip
_COMMANDS = (
    ("check", ".", "--all-buckets", "--format", "sarif=out/r.sarif", "--format", "json=out/r.json", "--format", "html=out/r.html"),
    ("check", "main.tf", "--all-buckets", "--explain", "--output", "out/r.txt"),
    ("check", ".", "--all-buckets", "--baseline", "out/baseline.json", "--update-baseline"),
    ("inspect", "."),
    ("config", "main.tf"),
)


def _python() -> tuple[str, ...]:
    """Where Python's own files are, those of installed packages and the product's among them."""
    paths = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *filter(None, sys.path)} - {str(PROJECT)}
    own = {str(PROJECT / part) for part in ("auditor", "rules", "pyproject.toml")}
    return tuple(os.path.realpath(path) for path in paths | own)


def _faults(trace: str, tree: str, outputs: str) -> Iterator[str]:
    """What of a trace is not promised.

    Args:
        trace: what strace wrote.
        tree: the directory that is audited, real.
        outputs: the directory of the outputs, real.
    """
    readable = (tree, outputs, *_python(), *_SYSTEM)
    started = 0
    for line in trace.splitlines():
        match = _CALL.match(line)
        if match is None:
            continue
        name, arguments, result, path = match["name"], match["arguments"], match["result"], match["path"] or ""
        started += name == "execve"
        if name in ("open", "openat", "openat2", "creat"):
            writes = name == "creat" or re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", arguments)
            if result.startswith("-"):
                continue
            if writes and not _is_below(path, (outputs, "/dev/null", "/dev/tty")):
                yield f"writes {path}"
            elif (not writes and not _is_below(path, readable)) or f"{tree}/.git/" in path:
                yield f"reads {path}"
        elif name in (
            "rename",
            "renameat",
            "renameat2",
            "unlink",
            "unlinkat",
            "mkdir",
            "mkdirat",
            "link",
            "linkat",
            "symlink",
            "symlinkat",
            "truncate",
        ):
            named = [os.path.join(tree, one) for one in _QUOTED.findall(arguments)]
            if not all(_is_below(os.path.normpath(one), (outputs,)) for one in named):
                yield line
        elif name not in _ENDS:
            yield line  # of the network, or another process
    if started != 1:
        yield f"starts {started - 1} programs"


def _is_below(path: str, places: Sequence[str]) -> bool:
    return any(path == place or path.startswith((place.rstrip("/") + "/", place + ".")) for place in places)


def _run(strace: str, tree: Path, command: Sequence[str], without_network: Sequence[str]) -> list[str]:
    """The faults of one command."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as trace:
        arguments = [*without_network, strace, "-f", "-y", "-qq", "-s", "4096", "-e", f"trace={_TRACED}", "-o", trace.name]
        environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(tree / "out"), "LANG": "C.UTF-8"}
        ran = subprocess.run(
            [*arguments, sys.executable, "-m", "auditor", *command], cwd=tree, env=environment, capture_output=True, check=False
        )
        faults = [*_faults(trace.read(), os.path.realpath(tree), os.path.realpath(tree / "out"))]
    if ran.returncode not in (0, 1, 2) or b"internal error" in ran.stderr:
        faults.append(ran.stderr.decode("utf-8", "replace"))
    return faults


def main(strace: str) -> int:
    """Runs all commands on all trees; 1 when something is not as promised."""
    unshare = shutil.which("unshare")
    alone = (
        [unshare, "-n"]
        if unshare and subprocess.run([unshare, "-n", "true"], check=False, capture_output=True).returncode == 0
        else []
    )
    runs, wrong = 0, 0
    for at, (way, make) in enumerate(WAYS.items()):
        with tempfile.TemporaryDirectory() as place:
            tree, outside = Path(place, "tree"), Path(place, "outside")
            (tree / ".git").mkdir(parents=True)
            (tree / "out").mkdir()
            outside.mkdir()
            make(tree, outside)
            (tree / "main.tf").touch()
            for command in _COMMANDS if at == 0 else _COMMANDS[at % 2 : at % 2 + 1]:
                runs += 1
                for fault in _run(strace, tree, command, alone):
                    wrong += 1
                    print(f"{way}: auditor {' '.join(command)}: {fault}")  # noqa: T201 - it is a program
            if way == "module" and not any(
                fault.startswith("reads ") for fault in _run(strace, tree, (*_COMMANDS[0], "--also-read", str(outside)), alone)
            ):
                wrong += 1
                print("what is read beyond is not seen")  # noqa: T201 - likewise
    network = "without a network interface" if alone else "with the network of this machine"
    print(f"{runs} runs under strace, {network}: {wrong} calls that are not promised")  # noqa: T201 - likewise
    return 1 if wrong or not runs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
