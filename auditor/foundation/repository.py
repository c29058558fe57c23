"""The repository around a file, and the paths of files in it: from its top, the same wherever the tool is started, and what makes a file."""

from __future__ import annotations

import os

STANDARD_INPUT = "_standard-input"
"""The path of what was read from standard input: relative, not empty, and no file of the repository."""

PARENT = "_parent"
"""What stands for each `..` on the way to a file outside the repository.

GitHub refuses an upload whose addresses have a scheme or are empty, and an absolute path would depend on the machine. This way
the path is relative, no file of the repository is mistaken for it, and two files never become one.
"""

MADE_IN = {
    "the AWS CDK": "cdk.out",
    "CDK for Terraform": "cdktf.out",
    "the Serverless Framework": ".serverless",
    "the AWS SAM CLI": ".aws-sam",
}
"""The directory of files that each framework makes of a source, and makes anew the next time.

Sources: AWS CDK, "cdk synth"; CDK for Terraform, "cdktf synth"; Serverless Framework, "Package"; AWS SAM Developer Guide, "sam build".
"""


def maker_of(path: str) -> str:
    """The framework that made a file; empty for one that people write."""
    above = os.path.dirname(os.path.abspath(path)).split(os.sep)
    return next((maker for maker, directory in MADE_IN.items() if directory in above), "")


def top_above(directory: str) -> str | None:
    """The nearest directory with `.git` at or above one, both absolute; None when there is none."""
    while not os.path.exists(os.path.join(directory, ".git")):
        above = os.path.dirname(directory)
        if above == directory:
            return None
        directory = above
    return directory


class RepositoryPaths:
    """The paths of files from the top of their repository.

    Args:
        top: of the repository; None finds the nearest directory with `.git` above each file, else the current directory.
    """

    def __init__(self, top: str | None = None) -> None:
        self._top = top
        self._tops: dict[str, str] = {}
        self._paths: dict[str, str] = {}

    def of(self, path: str) -> str:
        """The path from the top, with `/`, symbolic links resolved; see `PARENT` and `STANDARD_INPUT` for what has none."""
        if path not in self._paths:
            self._paths[path] = STANDARD_INPUT if path == "-" else self._relative(path)
        return self._paths[path]

    def _relative(self, path: str) -> str:
        try:
            resolved = os.path.realpath(path)
            top = os.path.realpath(self._top) if self._top is not None else self._nearest(os.path.dirname(resolved))
            parts = os.path.relpath(resolved, top).split(os.sep)
            if parts[0] == os.pardir:
                # a symbolic link that leads out of the repository: its own path is the better name
                named = os.path.relpath(path, top).split(os.sep)
                parts = parts if named[0] == os.pardir else named
        except ValueError:  # another drive, or a name that no file can have
            return "/".join((PARENT, *(part for part in path.replace("\\", "/").split("/") if part not in {"", "..", "."})))
        return "/".join(PARENT if part == os.pardir else part for part in parts)

    def _nearest(self, directory: str) -> str:
        if directory not in self._tops:
            self._tops[directory] = top_above(directory) or os.path.realpath(os.getcwd())
        return self._tops[directory]
