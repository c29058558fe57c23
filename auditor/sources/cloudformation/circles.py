"""Resources that need one another in a circle, for which CloudFormation refuses the whole template.

A branch of Fn::If may not be there, and is passed over.

Source: AWS CloudFormation Template Reference, "DependsOn attribute" ("if the properties of resource A use a !Ref to resource B … Resource B is created
before resource A", likewise !GetAtt and !Sub).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from auditor.foundation.value import Known, ListValue, MapValue, Value
from auditor.sources.cloudformation.intrinsics import variables_in
from auditor.sources.cloudformation.template import text_in


def circle_from(first: Iterable[str], bodies: Mapping[str, MapValue]) -> list[str]:
    """A circle among what some resources need, in the order of need; empty where there is none.

    Args:
        first: the resources, by their logical ids.
        bodies: all that is written of each resource that is certainly there.
    """
    needs: dict[str, list[str]] = {}
    left = list(first)
    while left:
        name = left.pop()
        if name not in needs:
            needs[name] = [other for other in _needed(bodies[name]) if other in bodies]
            left += needs[name]
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1][:0:-1]  # what is needed comes first there, and the last is the first once more
        members = set(circle)
        start = circle.index(next(name for name in bodies if name in members))
        return circle[start:] + circle[:start]
    return []


def _needed(body: MapValue) -> Iterator[str]:
    """What a resource refers to, which may be a parameter, and what it depends on."""
    depends = body.entries.get("DependsOn")
    yield from map(text_in, depends.items if isinstance(depends, ListValue) else (depends,))
    left: list[Value] = [body.entries["Properties"]] if "Properties" in body.entries else []
    while left:
        node = left.pop()
        if isinstance(node, ListValue):
            left += node.items
        elif isinstance(node, MapValue) and "Fn::If" not in node.entries:
            if len(node.entries) == 1:
                yield from _referred(*next(iter(node.entries.items())))
            left += node.entries.values()


def _referred(function: str, argument: Value) -> Iterator[str]:
    """What one call of a function refers to."""
    first = argument.items[0] if isinstance(argument, ListValue) and argument.items else argument
    if not isinstance(first, Known):
        return
    if function in ("Ref", "Fn::GetAtt"):
        yield text_in(first).partition(".")[0]
    elif function == "Fn::Sub":
        given = argument.items[1] if isinstance(argument, ListValue) and len(argument.items) == 2 else None
        own = given.entries if isinstance(given, MapValue) else {}
        yield from (name.partition(".")[0] for name in variables_in(text_in(first)) if name not in own)
