"""Files whose names code of Terraform computes: which files a module may read by a name that is not written out where it is read.

The code is looked at as text. What stands in a comment or in text is not a call, and is passed over. A local value, and an attribute that is
read by its name (`each.value.policy_file`), is one of the literals that it is given, if it is given nothing else. Of any other name nothing is
known.

Source of the forms: developer.hashicorp.com/terraform/language/syntax/configuration ("Comments"), …/expressions/strings ("String Templates"),
…/expressions/type-constraints ("Optional Object Type Attributes"), …/functions/file, fileset, templatefile.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from auditor.lazy.expressions import regex

_READING, _LISTING = b"file", b"fileset"  # in the names of all functions that read or list files; most code has none
_STRING = rb'"((?:[^"\\\n$]|\\.|\$\{[^}\n]*\}|\$(?!\{))*)"'
_LITERAL = regex(_STRING)
_BLANKS = rb"(?:\s|(?:#|//)[^\n]*\n)*"
_ATTRIBUTE = rb"(?!data\.|module\.|path\.)[A-Za-z_]\w*(?:\.\w+)*\.(?!(?:value|key)\b)(\w+)"
_READ = regex(
    # it begins with a literal, which is searched for many times faster than an edge of a word
    rb"file(?:(?<=\bfile)(?!set)[a-z0-9]*|(?<=\btemplatefile))\s*\("
    + _BLANKS
    + rb"(?:"
    + _STRING
    + rb"\s*[,)]|local\.(\w+)\s*[,)]|"
    # what a provider made is not known before it did
    + _ATTRIBUTE
    + rb"\s*[,)]|(?!data\.)([^\s)]))"
)
_SET = regex(rb"\bfileset\s*\(\s*(?:" + _STRING + rb"\s*,\s*" + _STRING + rb"\s*\)|([^\s)]))")
_OWN_SET = regex(rb"(\bfileset\s*\(\s*)path\.module\s*,")
_HOLE = regex(r"\$\{[^}]*\}|\*+|\?|\{[^}]*\}|\[[^\]]*\]")
_MODULE = "${path.module}"
_LOCAL = regex(rb"\$\{\s*local\.(\w+)\s*\}")
_TEMPLATE = regex(rb"[$%]\{|\}")
_ESCAPED = regex(rb"\\.")
_COMMENT = regex(rb"\s(?:#|//)[^\n]*$")
_CALL = regex(rb"\b\w+\([^()]*\)")
_BRANCHES = regex(rb"[^?:()]*\?\s*\x00\s*:\s*\x00")
_GROUP = regex(rb"(?<!\w)\(\s*\x00\s*\)")
_VARIABLE = regex(rb"\bvariable\s+$")
_DEFAULT = regex(rb"\n[^\S\n]*default\s*=\s*([^\n]*)")
_GIVEN = regex(rb"\s*(?:=(?![=>])|:)[ \t]*([^\n]*)")
_TYPE = regex(rb"(?:null|string|any|optional\(\s*(?:string|any)\s*(?:,\s*(?:null|\x00)\s*)?)")

Given = Callable[[bytes], "list[bytes] | None"]
"""The literals that attributes of a name are given in all that a module may see; None where they may be given something else."""


def _nothing_known(name: bytes) -> list[bytes] | None:  # noqa: ARG001 - whatever the name is
    """No attribute is known."""
    return None


def may_read(text: bytes, directory: str, paths: Sequence[str], given: Given = _nothing_known) -> bool:
    """Whether code reads files whose names are not written out, and one of some paths may be one of them.

    Args:
        text: of the code of a module.
        directory: of the module.
        paths: from the top of the repository.
        given: what attributes are given.
    """
    if _READING not in text:
        return False
    for found in _READ.finditer(text):
        literal, local, attribute, _ = found.groups()
        if literal is not None and b"${" not in literal.replace(_MODULE.encode(), b""):
            continue
        if not _is_code(text, found.start()):
            continue
        names = [literal] if literal is not None else _values(text, local) if local else given(attribute) if attribute else None
        if names is None or any(_fits(_resolved(text, name), directory, paths) for name in names):
            return True
    if _LISTING not in text:
        return False
    sets = _OWN_SET.sub(rb'\1"${path.module}",', text)
    return any(
        (other or _fits(_resolved(sets, place + b"/" + pattern), directory, paths)) and _is_code(sets, found.start())
        for found in _SET.finditer(sets)
        for place, pattern, other in [found.groups(b"")]
    )


def attribute_values(texts: Iterable[bytes], name: bytes) -> list[bytes] | None:
    """The literals that attributes, arguments and variables of a name are given; None where they may be given something else.

    Args:
        texts: of the code of each module that may give them.
        name: that they have.
    """
    found: list[bytes] = []
    for text in texts:
        for match in re.finditer(rb'(?<![\w.-])(?:"' + name + rb'"|' + name + rb")(?![\w-])", text):
            values = _given_at(text, match) if _is_code(text, match.start()) else []
            if values is None:
                return None
            found += values
    return found


def key_of(name: bytes) -> re.Pattern[bytes]:
    """Where data in YAML, JSON or HCL gives a name a value."""
    return re.compile(rb"(?<![\w.-])" + name + rb"[\"']?\s*(?:=|:(?=[\s\"'\[{$]))")


def _given_at(text: bytes, match: re.Match[bytes]) -> list[bytes] | None:
    """What a name is given where it stands; nothing where it is only referred to."""
    quoted = match[0].startswith(b'"')
    if quoted and _VARIABLE.search(text[text.rfind(b"\n", 0, match.start()) + 1 : match.start()]):
        end = text.find(b"\n}", match.end())
        defaults = [_literals(written) for written in _DEFAULT.findall(text[match.end() : end + 1 or len(text)])]
        return None if None in defaults else [value for values in defaults for value in values or ()]
    following = _GIVEN.match(text, match.end())
    if following is None:
        return None if quoted else []
    written = _COMMENT.sub(b"", following[1]).rstrip(b" \t\r,})")  # also of an object in one line
    if _TYPE.fullmatch(_LITERAL.sub(b"\0", written)):
        return _LITERAL.findall(written)
    return _values(text, written.removeprefix(b"local.")) if re.fullmatch(rb"local\.\w+", written) else _literals(written)


def _is_code(text: bytes, at: int) -> bool:
    """Whether what looks like code is: not where its line shows that it stands in a comment, or in text outside of `${…}`."""
    before = text[text.rfind(b"\n", 0, at) + 1 : at]
    if _TEMPLATE.search(before):
        return True
    if before.lstrip().startswith((b"#", b"//")):
        return False
    return _ESCAPED.sub(b"", before).count(b'"') % 2 == 0


def _values(text: bytes, local: bytes) -> list[bytes] | None:
    """The literals of which a local value of a module is one; None where it may be something else.

    Args:
        text: of the code of the module.
        local: the name.
    """
    if re.search(rb'"' + local + rb'"\s*:', text):  # the JSON syntax
        return None
    found: list[bytes] = []
    for written in re.findall(rb"(?m)^(?:\s*locals\s*\{)?[ \t]*" + local + rb"[ \t]*=(?![=>])[ \t]*([^\n]*)", text):
        literals = _literals(written)
        if literals is None:
            return None
        found += literals
    return found or None


def _literals(written: bytes) -> list[bytes] | None:
    """The literals of which an expression in one line is one, whatever its conditions are; None where it may be something else."""
    rest, before = _COMMENT.sub(b"", _LITERAL.sub(b"\0", written)), b""
    while rest != before:
        before = rest
        rest = _BRANCHES.sub(b"\0", _GROUP.sub(b"\0", _CALL.sub(b"f", rest)))
    return _LITERAL.findall(written) if rest.strip() == b"\0" else None


def _resolved(text: bytes, written: bytes) -> bytes:
    """What is written, with the local values in it that are one literal."""

    def value(found: re.Match[bytes]) -> bytes:
        values = _values(text, found[1])
        return values[0] if values is not None and len({*values}) == 1 else found[0]

    return _LOCAL.sub(value, written)


def computed_names(text: bytes, directory: str) -> Iterator[re.Pattern[str]]:
    """The files at or below a module that its code reads by a name of which it computes a part of a segment, as patterns of their paths.

    A name of which nothing but the extension is written, beside no directory, may be any file and is left out.

    Args:
        text: of the code.
        directory: of the code.
    """
    if _READING not in text:
        return
    literals = [literal for literal, *_ in _READ.findall(text)]
    if _LISTING in text:
        literals += (place + b"/" + pattern for place, pattern, _ in _SET.findall(_OWN_SET.sub(rb'\1"${path.module}",', text)))
    for literal in literals:
        own = literal.startswith(_MODULE.encode())
        rest = literal.removeprefix(_MODULE.encode()).decode("utf-8", "replace")
        written = _HOLE.sub("", rest).removesuffix(".json").strip("./")
        if _HOLE.search(rest) and (own or written):
            yield _pattern(literal, directory, ".*" if "**" in rest else "[^/]*", below="" if directory == "." else f"{directory}/")


def _fits(written: bytes, directory: str, paths: Sequence[str]) -> bool:
    """Whether one of some paths can be what is written, whatever its holes and wildcards stand for."""
    matches = _pattern(written, directory, ".*").fullmatch
    return any(matches(path) or matches(f"/{path}") for path in paths)


def _pattern(written: bytes, directory: str, hole: str, below: str = "") -> re.Pattern[str]:
    """What is written of a path as a pattern of paths.

    Args:
        written: a path with holes and wildcards.
        directory: of the code.
        hole: the pattern of each of them.
        below: where a path that is not relative to the module begins, at any depth.
    """
    text = written.decode("utf-8", "replace")
    own = text.startswith(_MODULE)
    text = posixpath.normpath(posixpath.join(directory, text.removeprefix(_MODULE).lstrip("/")) if own else text)
    while text.startswith("../"):
        text = text[3:]
    pattern, at = "" if own else f"{re.escape(below)}(?:.*/)?", 0
    for found in _HOLE.finditer(text):
        pattern += re.escape(text[at : found.start()]) + hole
        at = found.end()
    return re.compile(pattern + re.escape(text[at:]), re.DOTALL)
