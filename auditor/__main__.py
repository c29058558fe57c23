"""The command line, as `auditor` (`program`) and `python -m auditor` (`main`) start it."""

import enum
import gc
import os
import signal
import sys


def interrupted(*_: object) -> None:
    """Ends the process before there is anything that has to be put in order."""
    os.write(2, b"interrupted\n")
    os._exit(130)


def _find_members_at_once() -> None:
    """Has members of enumerations looked up like any attribute of a class.

    Source: Python 3.11, enum.py, `_proto_member.__set_name__` and `EnumType.__getattr__`: they are attributes of the class there, and what is asked
    for those that are not (which 3.12 is without) makes each of them take a hundred times as long.
    """
    if "__getattr__" in vars(enum.EnumType) and "STRICT" in vars(enum.FlagBoundary):
        delattr(enum.EnumType, "__getattr__")


def _tell_version() -> None:
    """Writes the version, if there is somebody to read it."""
    from auditor.foundation.version import __version__

    try:
        if sys.stdout is not None:
            os.write(sys.stdout.fileno(), f"auditor {__version__}\n".encode())
    except BrokenPipeError:
        return
    except OSError as error:
        os.write(2, f"error: standard output: cannot be written: {error.strerror}\n".encode())
        sys.exit(2)


def main() -> None:
    """Runs the command line, of which `--version` alone needs nothing; also while it is loaded, an interruption ends it with 130."""
    if sys.argv[1:] == ["--version"]:
        _tell_version()
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupted)
    _find_members_at_once()
    # Nearly all that a run makes stays until its end: looking for garbage more often costs a tenth of the time, and spares a tenth of the memory.
    gc.set_threshold(1_500_000, 50, 50)
    from auditor.lazy import finder

    finder.install()
    from auditor.lazy.expressions import imported
    from auditor.lazy.modules import cleandoc, postponed, withdrawn

    postponed("inspect", cleandoc=cleandoc)  # click asks nothing else of it, and it takes 10 ms
    postponed("uuid", UUID=object)  # click says with it what a class is for, and it takes 3 ms
    for name in ("base64", "csv", "decimal", "hashlib", "ipaddress", "shlex", "tempfile", "textwrap", "zipfile"):
        postponed(name)
    imported("json")  # whose expressions stand in for what is written in C
    cli = imported("auditor.cli")
    withdrawn("uuid", "UUID")
    try:
        cli.main(prog_name="auditor")
    finally:
        gc.freeze()  # or else Python looks for garbage in all of it once more before it ends: a sixth of a short run


def program() -> None:
    """Runs the command line, and ends the process when all is written: to take apart what it holds is a fortieth of a short run."""
    code: object = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    if isinstance(code, int) and _is_written():
        os._exit(code)
    raise SystemExit(code)


def _is_written() -> bool:
    """Whether all that was said has left the process; where it cannot, Python says so as it ends."""
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
