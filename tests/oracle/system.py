"""What the kernel sees of a run: no socket, no process, nothing written but the named outputs, nothing read but the tree and Python itself.

`python -m tests.oracle.system STRACE` runs commands on trees that lead out of themselves in every way that is known, without a network interface
where `unshare` may take it away, and reads what strace wrote down. A fleet starts Python for each repository, and git for a bare one; the language
server has a pair of sockets with itself, by which asyncio wakes up.
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

from lsprotocol import types as lsp

from tests.lsp.editor import Editor
from tests.own_code import PROJECT
from tests.test_border import WAYS

_TRACED = "%network,%process,open,openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,link,linkat,symlink,symlinkat,truncate"
_CALL = re.compile(r"^(?:\d+ +)?(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+|\?)(?:<(?P<path>[^>]*)>)?")
_FORKS = frozenset({"clone", "clone3", "fork", "vfork"})
_WAKING = frozenset({"socketpair", "getsockname", "sendto", "recvfrom"})  # a socket would be a fault itself
_CHANGES = frozenset({"rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "link", "linkat", "symlink", "symlinkat", "truncate"})  # fmt: skip
_ENDS = frozenset({"exit", "exit_group", "wait4", "waitid", "kill", "tgkill", "rt_sigreturn", "execve"})
_NAMED = re.compile(r'(?:(?:AT_FDCWD|\d+)<(?P<directory>[^>]*)>, )?"(?P<name>(?:[^"\\]|\\.)*)"')
# The loader, the C library, locales and the time zone.
_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/locale", "/usr/share/zoneinfo", "/etc/ld.so", "/etc/localtime", "/etc/locale.alias",
           "/usr/local/ssl", "/etc/ssl/openssl.cnf", "/proc/meminfo", "/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu", "/dev/null", "/dev/urandom")  # fmt: skip
_COMMANDS = (
    ("check", ".", "--all-buckets", "--format", "sarif=out/r.sarif", "--format", "json=out/r.json", "--format", "html=out/r.html"),
    ("check", "main.tf", "--all-buckets", "--explain", "--output", "out/r.txt"),
    ("check", ".", "--all-buckets", "--baseline", "out/baseline.json", "--update-baseline"),
    ("inspect", "."),
    ("config", "main.tf"),
    ("fleet", ".", "../bare.git", "--all-buckets", "--output", "out/fleet", "--jobs", "1"),
    ("lsp",),
)
_FOR_GIT = ("/usr/libexec/git-core", "/usr/share/git-core", "/etc/gitconfig", "/etc/gitattributes")


def _python() -> tuple[str, ...]:
    """Where Python's own files are, those of installed packages and the product's among them."""
    paths = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *filter(None, sys.path)} - {str(PROJECT)}
    own = {str(PROJECT / part) for part in ("auditor", "rules", "pyproject.toml")}
    return tuple(os.path.realpath(path) for path in paths | own)


def _faults(trace: str, tree: str, outputs: str, kind: str) -> Iterator[str]:
    """What of a trace is not promised.

    Args:
        trace: what strace wrote.
        tree: the directory that is audited, real.
        outputs: the directory of the outputs, real.
        kind: the command that ran.
    """
    starts = kind == "fleet"
    readable = (tree, outputs, *_python(), *_SYSTEM, *((*_FOR_GIT, _bare(tree)) if starts else ()))
    started = -1  # the command itself
    for line in trace.splitlines():
        match = _CALL.match(line)
        if match is None:
            continue
        name, arguments, result, path = match["name"], match["arguments"], match["result"], match["path"] or ""
        if name == "execve":
            started += result == "0"
            if result == "0" and not re.match(r'"[^"]*/(python|git)[^/"]*"', arguments):
                yield f"starts {arguments}"
        elif name in ("open", "openat", "openat2", "creat"):
            yield from _opened(name, arguments, path, readable, (outputs, "/dev/null", "/dev/tty")) if result[0] != "-" else ()
        elif name in _CHANGES:
            named = [os.path.join(one["directory"] or tree, one["name"]) for one in _NAMED.finditer(arguments)]
            if not all(_is_below(os.path.normpath(one), (outputs,)) for one in named):
                yield line
        elif not (
            name in _ENDS or (name in _FORKS and (starts or "CLONE_THREAD" in arguments)) or (kind == "lsp" and name in _WAKING)
        ):
            yield line  # of the network, or another process
    if bool(started) != starts:
        yield f"starts {started} programs"


def _opened(name: str, arguments: str, path: str, readable: Sequence[str], writable: Sequence[str]) -> Iterator[str]:
    """What of an opened file is not promised."""
    if name == "creat" or re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", arguments):
        if not _is_below(path, writable):
            yield f"writes {path}"
    elif not _is_below(path, readable) or f"{readable[0]}/.git/" in path:
        yield f"reads {path}"


def _is_below(path: str, places: Sequence[str]) -> bool:
    return any(path == place or path.startswith((place.rstrip("/") + "/", place + ".")) for place in places)


def _bare(tree: str) -> str:
    return os.path.join(os.path.dirname(tree), "bare.git")


def _make_bare(tree: Path, environment: dict[str, str]) -> None:
    """A bare repository beside a tree, with the code of the tree, links included."""
    work = [f"--git-dir={_bare(str(tree))}", f"--work-tree={tree}", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (
        ["init", "-q", "--bare", _bare(str(tree))],
        [*work, "add", "-f", ".", ":!out"],
        [*work, "commit", "-qm", "one"],
    ):
        subprocess.run(["git", *arguments], env=environment, check=True)


def _run(strace: str, tree: Path, command: Sequence[str], without_network: Sequence[str]) -> list[str]:
    """The faults of one command."""
    place, left = tree / "out", tree / "out/temporary"
    left.mkdir(exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(place),
        "TMPDIR": str(left),
        "LANG": "C.UTF-8",
    }
    with tempfile.TemporaryDirectory() as traces:  # one for each thread, so that no call is torn by another one
        traced = [*without_network, strace, "-ff", "-y", "-qq", "-s", "4096", "-e", f"trace={_TRACED}", "-o", f"{traces}/of"]
        line = [*traced, sys.executable, "-P", "-m", "auditor", *command]
        if command[0] == "lsp":
            told = _edited(line, tree, environment)
        else:
            if command[0] == "fleet":
                _make_bare(tree, environment)
            ran = subprocess.run(line, cwd=tree, env=environment, capture_output=True, check=False)
            told = ran.stderr.decode("utf-8", "replace")
            told = told if ran.returncode not in (0, 1, 2) or "internal error" in told else ""
        trace = "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in Path(traces).iterdir())
        faults = [*_faults(trace, os.path.realpath(tree), os.path.realpath(place), command[0])]
    return [*faults, *filter(None, [told]), *(f"leaves {one}" for one in left.iterdir())]


def _edited(line: Sequence[str], tree: Path, environment: dict[str, str]) -> str:
    """A session of an editor with the server: all the code is opened, changed, asked about and fixed; what went wrong."""
    editor = Editor(tree)
    editor.start(line, environment)
    everything = lsp.Range(lsp.Position(0, 0), lsp.Position(1000, 0))
    for file in sorted(tree.iterdir()):
        if file.suffix in (".tf", ".json", ".yaml", ".tfvars") and file.is_file():
            editor.open(file.name)
            editor.until_told(file.name)
            editor.type(file.name, editor.texts[file.name] + "\n")
            editor.until_told(file.name)
            editor.hover(file.name, "\n")
            for action in editor.actions(file.name, everything):
                if action.edit is None:
                    editor.run(editor.client.code_action_resolve_async(action))
    code = editor.stop()
    return "\n".join(editor.logged) if code == 0 else f"ends with {code}"


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
            for command in _COMMANDS if at == 0 else (_COMMANDS[at % 2], _COMMANDS[-1 - at % 2]):
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
