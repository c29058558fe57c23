"""Fixed files: written in place, or shown as a patch."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Mapping

from auditor.foundation.text import Texts


def written(files: Mapping[str, bytes]) -> None:
    """Writes each file whole or not at all; its mode stays.

    Raises:
        OSError: a file cannot be written; those before it are.
    """
    for path, content in files.items():
        real = os.path.realpath(path)
        handle, beside = tempfile.mkstemp(dir=os.path.dirname(real), prefix=".auditor-")
        try:
            with open(handle, "wb") as stream:
                stream.write(content)
            os.chmod(beside, os.stat(real).st_mode & 0o7777)
            os.replace(beside, real)
        except OSError:
            os.unlink(beside)
            raise


def patch(files: Mapping[str, bytes], texts: Texts) -> str:
    """The changes as a unified diff, as `patch -p1` and `git apply` take it."""
    shown: list[str] = []
    for path, content in files.items():
        old, new = (each.decode("utf-8").splitlines(keepends=True) for each in (texts.read_bytes(path), content))
        lines = difflib.unified_diff(old, new, f"a/{path}", f"b/{path}")
        shown += (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return "".join(shown)
