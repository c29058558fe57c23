"""What typing costs in an editor: from an edit to the diagnostics of it, with `auditor lsp` in a process of its own.

python -m tests.benchmarks.editor [BUCKETS]
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from auditor.lsp.project import Project
from auditor.lsp.session import QUIET
from tests.lsp.editor import Editor
from tests.lsp.test_project import BUCKET

FILES = 50
EDITS = 20
_OTHER = """variable "size_{name}" {{
  type    = number
  default = 3
}}

resource "aws_instance" "worker_{name}" {{
  count         = var.size_{name}
  ami           = "ami-12345678"
  instance_type = "m5.large"
  tags          = {{ Name = "worker-${{var.size_{name}}}" }}
}}
"""


def main() -> None:
    """Prints how long the diagnostics of an edit take: in an editor, and of that the audit; with what is kept, and without."""
    buckets = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        root.mkdir()
        for number in range(FILES):
            text = (BUCKET if number < buckets else _OTHER).format(name=f"n{number:02}")
            Path(root, f"n{number:02}.tf").write_text(text)
        editor = Editor(root)
        editor.start()
        editor.open("n00.tf")
        editor.until_told("n00.tf")
        before = _spent(editor)
        seen = sorted(_edits(editor))
        spent = (_spent(editor) - before) / EDITS
        editor.stop()
        kept, anew = sorted(_audits(root, keep=True)), sorted(_audits(root, keep=False))
    sys.stdout.write(
        f"{FILES} files, {buckets} of them with a bucket and its policy; {EDITS} edits, median and worst\n"
        f"  an edit to its diagnostics: {_shown(seen)}, {QUIET * 1000:.0f} ms of it quiet\n"
        f"  CPU of the server for one: {spent * 1000:.0f} ms\n"
        f"  the audit of an edit (CPU): {_shown(kept)}; without what is kept: {_shown(anew)}\n"
    )


def _shown(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f} ms and {seconds[-1] * 1000:.0f} ms"


def _spent(editor: Editor) -> float:
    """The CPU time of the server so far, in seconds."""
    process = editor.client._server
    fields = Path(f"/proc/{process.pid if process else 'self'}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _edits(editor: Editor) -> Iterator[float]:
    text = editor.texts["n00.tf"]
    for number in range(EDITS):
        started = time.monotonic()
        editor.type("n00.tf", text + f"# {number}\n")
        editor.until_told("n00.tf")
        yield time.monotonic() - started


def _audits(root: Path, *, keep: bool) -> Iterator[float]:
    path = str(root / "n00.tf")
    text = Path(path).read_bytes()
    project = Project()
    project.answers({path: text}, None)
    for number in range(EDITS):
        started = time.process_time()
        (project if keep else Project()).answers({path: text + b"# %d\n" % number}, {path})
        yield time.process_time() - started


if __name__ == "__main__":
    main()
