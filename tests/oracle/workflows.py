"""The workflows, that of the README among them, and the action, judged by zizmor: `python -m tests.oracle.workflows ZIZMOR`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent


def main(zizmor: str) -> int:
    """The exit code of zizmor, which is 0 where it has no finding."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(PROJECT / ".github", Path(folder, ".github"))
        workflows = Path(folder, ".github", "workflows")
        readme = (PROJECT / "README.md").read_text(encoding="utf-8")
        (workflow,) = [block for block in re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL) if "runs-on" in block]
        (workflows / "readme.yml").write_text(workflow, encoding="utf-8")
        shutil.copy(PROJECT / "action.yml", folder)
        return subprocess.run([zizmor, "--offline", "--persona=auditor", "--no-progress", folder], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
