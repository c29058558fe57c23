"""Templates for tests, and short ways to ask them."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from auditor.foundation.text import Texts
from auditor.foundation.value import Known, Value
from auditor.model import Declarations
from auditor.render.parts.values import written
from auditor.sources.cloudformation.stack import Stack, Surroundings
from auditor.sources.cloudformation.template import parse_template
from auditor.sources.options import SourceOptions
from auditor.sources.read import read
from auditor.sources.resource_types import CLOUDFORMATION

NAME = "template.yaml"


def stack(text: str, given: Mapping[str, str] | None = None, region: str | None = None) -> Stack:
    """The stack of one template."""
    template, errors = parse_template(dedent(text), NAME, CLOUDFORMATION.is_relevant)
    assert template is not None, errors
    values: dict[str, Value] = {name: Known(value) for name, value in (given or {}).items()}
    return Stack(template, values, Surroundings.of(CLOUDFORMATION, region), lambda _: None)


def output(expression: str, head: str = "", given: Mapping[str, str] | None = None, region: str | None = None) -> str:
    """What an expression in a template evaluates to, written in one line."""
    text = f"{dedent(head)}\nOutputs: {{Asked: {{Value: {expression}}}}}\n"
    if "Resources:" not in text:
        text += "Resources: {}\n"
    return written(stack(text, given, region).output("Asked"))


def declared(files: Mapping[str, str], options: SourceOptions | None = None, *paths: str) -> tuple[Declarations, ...]:
    """What some files declare together; all are named unless paths say which."""
    texts = Texts({name: dedent(text).encode() for name, text in files.items()})
    from auditor.sources.cloudformation import read_templates

    wanted = dict.fromkeys(files, False)
    wanted.update(dict.fromkeys(paths, True))
    return tuple(read_templates(wanted, options or SourceOptions(), texts, CLOUDFORMATION))


def faults(text: str) -> list[str]:
    """What could not be read of one template on standard input, with its place."""
    _, errors = read(("-",), SourceOptions(), Texts({"-": text.encode()}))
    return [str(error) for error in errors]
