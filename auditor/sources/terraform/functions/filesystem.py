"""Functions on files: only inside the scanned tree, as `scope.Files` allows."""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Callable

from auditor.foundation.value import Known, ListValue, SourceMap, Unknown, Value
from auditor.sources.terraform.functions.encoding import HASHES, digest
from auditor.sources.terraform.functions.registry import Arguments, strict, structural, text_argument
from auditor.sources.terraform.values.failure import Failed, failed


def _reading(name: str, use: Callable[[bytes], str | None]) -> None:
    """Registers a function of a file's content; `use` answers None for what is not UTF-8."""

    @structural(name, 1, 1, deep=True, makes="string")
    def run(arguments: Arguments) -> Value:
        path = arguments.values[0]
        if not isinstance(path, Known):
            return arguments.unknown()
        if not isinstance(path.value, str):
            return failed(f"{name}: a path is required", arguments.location)
        content = arguments.module.files.read(path.value)
        if isinstance(content, str):
            return arguments.not_evaluated(content)
        text = use(content)
        if text is None:
            return failed(f"{name}: {path.value} is not UTF-8", arguments.location)
        written = SourceMap.of_file(arguments.module.files.path(path.value)) if name == "file" else None
        return Known(text, arguments.location, None, written)


def _decoded(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


_reading("file", _decoded)
_reading("filebase64", lambda content: base64.b64encode(content).decode())


def _file_hash(algorithm: str, form: str) -> Callable[[bytes], str | None]:
    return lambda content: digest(algorithm, content, form)


for _name, (_algorithm, _form) in HASHES.items():
    _reading(f"file{_name}", _file_hash(_algorithm, _form))


@structural("fileexists", 1, 1, deep=True, makes="bool")
def file_exists(arguments: Arguments) -> Value:
    """`fileexists`."""
    path = text_argument(arguments.values[0])
    if not isinstance(path, Known):
        return path if isinstance(path, Failed) else arguments.unknown()
    there = arguments.module.files.exists(str(path.value))
    if isinstance(there, str):
        return arguments.not_evaluated(there)
    return failed("fileexists: it is not a regular file", arguments.location) if there is None else Known(there, arguments.location)


@structural("fileset", 2, 2, deep=True)
def file_set(arguments: Arguments) -> Value:
    """`fileset`: the files of a directory that match a pattern with `*`, `**`, `?` and braces."""
    directory, pattern = arguments.values
    if not isinstance(directory, Known) or not isinstance(pattern, Known) or not isinstance(directory.value, str):
        return ListValue((), arguments.location, arguments.unknown().symbol, is_set=True)
    matcher = _glob(str(pattern.value))
    if matcher is None:
        return arguments.not_evaluated("this pattern is not evaluated")
    names = arguments.module.files.names(directory.value)
    if isinstance(names, str):
        return ListValue((), arguments.location, arguments.not_evaluated(names).symbol, is_set=True)
    return ListValue(
        tuple(Known(name, arguments.location) for name in names if matcher(name)), arguments.location, None, is_set=True
    )


def _glob(pattern: str) -> Callable[[str], bool] | None:
    import re

    if any(character in pattern for character in "[]\\") or pattern.count("*") > 6:
        return None
    made, at, depth = [], 0, 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            made.append("(?:[^/]+/)*")
            at += 3
            continue
        character = pattern[at]
        if pattern.startswith("**", at):
            made.append(".*")
            at += 1
        elif character == "*":
            made.append("[^/]*")
        elif character == "?":
            made.append("[^/]")
        elif character == "{":
            made.append("(?:")
            depth += 1
        elif character == "}" and depth:
            made.append(")")
            depth -= 1
        elif character == "," and depth:
            made.append("|")
        else:
            made.append(re.escape(character))
        at += 1
    if depth:
        return None
    expression = re.compile("".join(made))
    return lambda name: expression.fullmatch(name) is not None


@strict("basename", "text", makes="string", total=True)
def base_name(path: str) -> str:
    """`basename`: Go's filepath.Base."""
    if not path:
        return "."
    stripped = path.rstrip("/")
    return posixpath.basename(stripped) if stripped else "/"


@strict("dirname", "text", makes="string", total=True)
def directory_name(path: str) -> str:
    """`dirname`: Go's filepath.Dir."""
    head = path[: path.rfind("/") + 1]
    cleaned = posixpath.normpath(head) if head else "."
    return "/" if cleaned == "//" else cleaned


def _of_machine(name: str) -> None:
    @structural(name, 1, 1, makes="string")
    def run(arguments: Arguments) -> Value:
        path = arguments.values[0]
        if isinstance(path, Known) and isinstance(path.value, str):
            if name == "pathexpand" and not path.value.startswith("~"):
                return Known(path.value, arguments.location)
            if name == "abspath" and path.value.startswith("/"):
                cleaned = posixpath.normpath(path.value)
                return Known("/" if cleaned == "//" else cleaned, arguments.location)
        elif isinstance(path, Unknown):
            return arguments.unknown()
        return arguments.not_evaluated(f"{name} depends on the machine")


_of_machine("abspath")
_of_machine("pathexpand")
