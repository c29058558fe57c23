"""The changes of a fix, made at the calls of the module that declares the bucket."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

from auditor.finding import Certainty
from auditor.fixes import (
    AddField,
    AddRule,
    AddStatement,
    Append,
    Attach,
    Change,
    Code,
    Content,
    Fix,
    GiveArguments,
    Reference,
    Replace,
    items_of,
    place_of,
)
from auditor.fixes.fix import Part, worded
from auditor.fixes.hcl import ARGUMENTS
from auditor.fixes.references import is_described
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.foundation.value import Symbol, Value, origin_of, text_of, text_parts
from auditor.lazy.expressions import regex
from auditor.model import Attachment, Bucket, Declared, Kind
from auditor.sources.options import SourceOptions
from auditor.sources.terraform.aws.provider import Provider
from auditor.sources.terraform.calls.blocks import in_element, reach, rule_block, way_to_block, way_to_policy, with_instance
from auditor.sources.terraform.calls.goals import Exactly, Frame, Goal, Including, Route, meant
from auditor.sources.terraform.modules.directory import Library
from auditor.sources.terraform.modules.module import Module, ReadRoots, Root
from auditor.sources.terraform.modules.registry_modules import is_description
from auditor.sources.terraform.syntax.tree import Attribute, Block, Body, Conditional, Expression, GetAttribute, Literal, Variable
from auditor.sources.walk import directory_of

_KEY = regex(r'\["([^"\\\\]+)"\]$|\[(\d+)\]$')
# What code of a root module can say of a name: its variables and local values, and the workspace.
_SAYABLE = regex(r"(?:var|local)\.[\w-]+|terraform\.workspace")


class Calls:
    """The calls of the modules of one root.

    Args:
        directory: of the root; it is read anew where it was not kept.
        options: as it was read.
        texts: the files.
        provider: what is known of the types of resources.
    """

    def __init__(self, directory: str, options: SourceOptions, texts: Texts, provider: Provider) -> None:
        kept = texts.shared(ReadRoots).get(directory)
        self._provider = provider
        self._root = kept or Root(directory, options.at(directory), Library(texts, provider.names), provider.attribute_of)

    def fix(self, fix: Fix, bucket: Bucket, alike: Sequence[Declared] = ()) -> Fix | None:
        """A fix of a bucket in a called module, made at the call; None where nothing that the module takes makes it so.

        Args:
            fix: as it would be made in the module.
            bucket: whose problem it fixes.
            alike: the buckets that the same code declares, it among them.
        """
        try:
            ways = [self._way(change, bucket) for change in fix.changes]
        except RecursionError:
            return None
        together = [change for way in ways if way is not None for change in way.changes]
        if None in ways or not together:
            return None
        changes = tuple(_merged(_in_words_of(change, frame, alike) for change, frame in together))
        if not changes:
            return None
        of_root = all(frame.module is self._root.module and frame.below is not None for _, frame in together)
        alone = all(isinstance(change, Attach) or not (way and way.shared) for change, way in zip(fix.changes, ways, strict=True))
        sure = alone and of_root and all(frame.below is not None and _is_single(frame.below) for _, frame in together)
        certainty = fix.certainty if sure else Certainty.NEEDS_REVIEW
        title = fix.title if all(_is_apart(*one) for one in together) else f"{fix.title}: {_told(together, changes)}"
        return Fix(title, changes, certainty)

    def _module_of(self, declared: Declared) -> Module | None:
        """The module that declares something."""
        module: Module | None = self._root.module
        for place in declared.calls:
            module = _called_at(place, declared, module) if module else None
        described = _called_at(declared.location, declared, module) if module else None
        return described or module

    def _way(self, change: Change, bucket: Bucket) -> Route | None:
        attachment = change.attachment if isinstance(change, AddStatement | AddRule) else None
        module = self._module_of(attachment) if attachment is not None and is_described(attachment) else None
        module = module or self._module_of(bucket.declaration)
        if module is None or module.call_of_it is None:
            return None
        frame = Frame(module, there=_condition_of(bucket.declaration, module))
        above = _above(change, module)
        if above is not None:
            return Route(((change, above),))
        match change:
            case Attach(kind, target, content) if target.calls == bucket.declaration.calls:
                ways = (_attached(block, content, frame) for block in self._blocks(kind, target, module))
                return next((way for way in ways if way is not None), None)
            case AddRule(attachment, _, _, content):
                block = _block_of(attachment, module)
                return way_to_block(block.body, rule_block(content), frame) if block else None
            case AddStatement(_, Attachment() as attachment, content):
                block = _block_of(attachment, module)
                return way_to_policy(block.body, (content,), frame) if block else None
            case AddField(rule, name):
                fields = (_of_field(block, ARGUMENTS[name], change, frame) for block in _rules_at(rule, module))
                return next((way for way in fields if way is not None), None)
            case Replace(place, content, name) if is_description(module.source.directory):
                return _of_argument(name, content, frame) if place == bucket.declaration.location else None
            case Replace(place, content):
                return _at_place(place, Exactly(content), frame)
            case Append(place, entries):
                return _at_place(place, Including(entries), frame)
        return None

    def _blocks(self, kind: Kind, target: Declared, module: Module) -> Iterator[Block]:
        """The resources of a module that configure, or would configure, something of a kind."""
        for name, argument in self._provider.writing(kind):
            for labels in module.source.definitions.get("resource", {}):
                block = module.parsed("resource", *labels) if labels[0] == name else None
                if block is not None and _is_for(block, argument, target, module):
                    yield block


def _called_at(place: Location, declared: Declared, module: Module) -> Module | None:
    """The module that is called at a place and declares something, or calls what does; one that is described declares it at its call."""
    called = (call.module for call in module.calls_at(place))
    return next((one for one in called if one and declared.address.startswith(one.prefix)), None)


def _above(change: Change, module: Module) -> Frame | None:
    """The module that calls a module, or one above that, in whose own code a change is made; None where that is not so."""
    place = place_of(change) if isinstance(change, AddStatement | Append | Replace | AddRule | AddField) else None
    if place is None or (module.call_of_it is not None and place == module.call_of_it[1].header):
        return None  # a described module has no code but its call
    while module.call_of_it is not None:
        caller = module.call_of_it[0]
        if directory_of(place.path) == caller.source.directory:
            return Frame(caller, module)
        module = caller
    return None


def _is_apart(change: Change, frame: Frame) -> bool:
    """Whether a change is of the policy or CORS of something that stands beside the call: what the call gives stays as it is."""
    attachment = change.attachment if isinstance(change, AddStatement | AddRule) else None
    return attachment is not None and frame.below is not None and not attachment.address.startswith(frame.below.prefix)


def _is_single(module: Module) -> bool:
    """Whether a call makes one instance of its module."""
    call = module.call_of_it
    return call is not None and not {"count", "for_each"} & call[1].body.attributes.keys()


def _is_for(block: Block, argument: str, target: Declared, module: Module) -> bool:
    """Whether a resource is certainly for a bucket or key; without an argument that says so, whether it is that itself."""
    if not argument:
        return block.header == target.location
    attribute = block.body.attributes.get(argument)
    value: Value | None = module.value_of(attribute.expression) if attribute else None
    return origin_of(value) == target.address


def _attached(block: Block, content: Content, frame: Frame) -> Route | None:
    """The way to a resource that attaches a policy or CORS rules."""
    way: Route | None = Route()
    if isinstance(content, Mapping):
        statements = content["Statement"]
        way = way_to_policy(block.body, items_of(statements), frame)
    for rule in content if isinstance(content, tuple) else ():
        way = way.also(way_to_block(block.body, rule_block(rule), frame)) if way is not None and isinstance(rule, Mapping) else None
    return with_instance(way, block, frame)


def _condition_of(declared: Declared, module: Module) -> Value | None:
    """The condition under which a resource of a module is there; None where none is written as `count = CONDITION ? 1 : 0`."""
    for labels in module.source.at(declared.location, "resource"):
        if block := module.parsed("resource", *labels):
            match getattr(block.body.attributes.get("count"), "expression", None):
                case Conditional(condition, Literal(1), Literal(0)):
                    return module.value_of(condition)
    return None


def _block_of(attachment: Attachment, module: Module) -> Block | None:
    """The block of something that the module attaches."""
    if is_description(module.source.directory):
        local = attachment.address.removeprefix(module.prefix).partition("[")[0]
        return module.parsed("resource", *local.split(".")) if local.count(".") == 1 else None
    if attachment.calls != module.call_locations:
        return None
    return next((module.parsed("resource", *labels) for labels in module.source.at(attachment.location, "resource")), None)


def _rules_at(place: Location, module: Module) -> Iterator[Block]:
    """The blocks that make the CORS rules of a place: of a described module, at its call, all that it has."""
    for labels in module.source.definitions.get("resource", {}):
        block = module.parsed("resource", *labels)
        for inner in block.body.blocks if block is not None else ():
            if inner.header == place or (is_description(module.source.directory) and inner.labels == ("cors_rule",)):
                yield inner


def _of_field(block: Block, name: str, wanted: AddField, frame: Frame) -> Route | None:
    """The way to an argument of a rule that is there: what the block is given for it, or what it is made of."""
    if block.type == "dynamic":
        change = in_element(block, name, wanted, frame)
        caller = _above(change, frame.module) if change is not None else None
        return Route(((change, caller),)) if change is not None and caller is not None else None
    attribute = block.body.attributes.get(name)
    return reach(attribute.expression, Exactly(wanted.content), frame) if attribute is not None else None


def _of_argument(field: str, content: Content, frame: Frame) -> Route | None:
    """The way to what is wanted of a field of the AWS API, which one resource of a described module writes; None where none or several do."""
    name, module = ARGUMENTS.get(field), frame.module
    writing = [
        (block, argument)
        for labels in module.source.definitions.get("resource", {})
        if (block := module.parsed("resource", *labels)) is not None and (argument := _named_argument(block.body, name))
    ]
    if len(writing) != 1:
        return None
    block, argument = writing[0]
    return with_instance(reach(argument.expression, Exactly(content), frame), block, frame)


def _named_argument(body: Body, name: str | None) -> Attribute | None:
    """The first argument of a name, in a body or the blocks of it."""
    inner = (_named_argument(block.body, name) for block in body.blocks)
    return body.attributes.get(name or "") or next((one for one in inner if one), None)


def _at_place(place: Location, goal: Goal, frame: Frame) -> Route | None:
    """The way to what is wanted of the value that is written at a place: an argument's, or the default of a variable."""
    for kind in ("variable", "resource", "data"):
        for labels, definitions in frame.module.source.definitions.get(kind, {}).items():
            if definitions[0].path != place.path:
                continue
            block = frame.module.parsed(kind, *labels)
            if block is None or not place.within(block.location):
                continue
            attribute = _attribute_at(block.body, place)
            if attribute is None:
                return None
            if kind == "variable":
                return reach(_reference(labels[0], attribute), goal, frame)
            return reach(attribute.expression, goal, frame)
    return None


def _attribute_at(body: Body, place: Location) -> Attribute | None:
    """The argument whose value holds a place."""
    inner = next((block for block in body.blocks if place.within(block.location)), None)
    if inner is not None:
        return _attribute_at(inner.body, place)
    return next((one for one in body.attributes.values() if place.within(one.location)), None)


def _reference(variable: str, default: Attribute) -> Expression:
    return GetAttribute(Variable("var", default.location), variable, default.location)


# ----------------------------------------------------------------------------------------------------- what is changed


def _merged(changes: Iterable[Change]) -> Iterator[Change]:
    """The changes, the arguments of each call together; what is wanted twice of one is a list of both."""
    arguments: dict[Location, dict[str, Content]] = {}
    others: list[Change] = []
    for change in changes:
        if not isinstance(change, GiveArguments):
            others += [] if change in others else [change]
            continue
        there = arguments.setdefault(change.call, {})
        for name, content in change.arguments.items():
            before = there.get(name)
            both = isinstance(before, tuple) and isinstance(content, tuple) and before != content
            there[name] = (*before, *content) if both else content  # type: ignore[misc]  # both are tuples
    yield from (GiveArguments(call, given) for call, given in arguments.items())
    yield from others


def _told(together: Sequence[tuple[Change, Frame]], changes: Sequence[Change]) -> str:
    """What is done at which call."""
    frame = together[0][1]
    module = frame.below or frame.module
    called = (module.address or "the module") if _is_single(module) else f"each instance of {module.address.rpartition('[')[0]}"
    names = [name for change in changes if isinstance(change, GiveArguments) for name in change.arguments]
    names += [change.name for change in changes if names and isinstance(change, Replace) and change.name]
    if not names:
        return f"change what {called} is given"
    others = any(isinstance(change, Append) for change in changes)
    return f"give {called} {' and '.join(names)}{', and change what it is given' if others else ''}"


def _in_words_of(change: Change, frame: Frame, alike: Sequence[Declared]) -> Change:
    """A change in which what the module declares is named as code beside its call can name it."""

    def said(content: Content) -> Content:
        return worded(content, lambda reference: _named(reference, frame, alike))

    match change:
        case GiveArguments(_, arguments):
            return dataclasses.replace(change, arguments={name: said(content) for name, content in arguments.items()})
        case Append(_, entries):
            return dataclasses.replace(change, entries=tuple(map(said, entries)))
        case Replace(_, content):
            return dataclasses.replace(change, content=said(content))
        case AddStatement(_, _, content) | AddRule(_, _, _, content):
            return dataclasses.replace(change, content={name: said(value) for name, value in content.items()})
    return change


def _named(reference: Reference, frame: Frame, alike: Sequence[Declared]) -> tuple[Part, ...]:
    """A reference as the output of the called module that has it, else as the text that it is, as far as code at the call can say it.

    What one call makes several of is said of each of them; the reference itself comes back where no text does that.
    """
    value, below = meant(reference), frame.below
    if value is None or below is None:
        return (reference,)
    for (output,) in (
        below.source.definitions.get("output", {}) if _is_single(below) and not frame.module.source.is_unit else ()
    ):  # instances cannot refer to one another
        said = below.output(output)
        if said == value and origin_of(said) == reference.declared.address:
            return (Code(f"module.{below.keys[-1]}.{output}"),)
    parts = tuple(Code(one.name) if isinstance(one, Symbol) else one for one in text_parts(value))
    others = [one for one in _of_call(reference.declared, below, alike) if meant(Reference(one, reference.attribute)) != value]
    if others:
        each = _of_each(parts, below, others, reference.attribute) if not frame.module.address else None
        return each or (reference,)
    sayable = below.call_of_it is not None and not frame.module.address and not frame.module.source.is_unit
    return parts if all(isinstance(one, str) or (sayable and _SAYABLE.fullmatch(one.text)) for one in parts) else (reference,)


def _of_call(declared: Declared, called: Module, alike: Sequence[Declared]) -> Iterator[Declared]:
    """What else the same call makes, of what the same code declares."""
    header = called.call_of_it[1].header if called.call_of_it else None
    for one in alike:
        if one.address != declared.address and one.location == declared.location and header in (*one.calls, one.location):
            yield one


def _of_each(parts: Sequence[Part], called: Module, others: Sequence[Declared], attribute: str) -> tuple[Part, ...] | None:
    """A text of one instance of a call as code at the call says it of each, by the key that is in it; None where the others have another form."""
    key, name = _key_of(called.address)
    if not key or not all(isinstance(part, str) for part in parts):
        return None
    form = "".join(map(str, parts)).split(key)
    for one in others:
        theirs = meant(Reference(one, attribute))
        its_key, _ = _key_of(one.address[: one.address.find("]", len(called.address.rpartition("[")[0])) + 1])
        if not its_key or theirs != text_of((its_key.join(form),)):
            return None
    return tuple(part for piece in form for part in (Code(name), piece))[1:]


def _key_of(address: str) -> tuple[str, str]:
    """The key of an instance of a call, and what names it in the call; two empty texts for an address without one."""
    found = _KEY.search(address)
    if found is None:
        return "", ""
    return (found[1], "each.key") if found[1] is not None else (found[2], "count.index")
