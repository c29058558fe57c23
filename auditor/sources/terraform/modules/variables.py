"""Input variables: their declarations, and the values that a root module is given.

Source: developer.hashicorp.com/terraform/language/values/variables, "Variable Definition Precedence"; type constraints:
developer.hashicorp.com/terraform/language/expressions/type-constraints.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import field
from typing import TYPE_CHECKING

from auditor.foundation.errors import RESOLVE, InputError
from auditor.foundation.location import Location
from auditor.foundation.text import UNIT_FILE, VARIABLE_SUFFIXES, Texts
from auditor.foundation.value import NULL, JsonText, Known, ListValue, MapValue, Meaning, Symbol, Unknown, Value, is_null
from auditor.lazy.classes import dataclass
from auditor.sources.choices import in_branches
from auditor.sources.naming import derived, name_of, quoted, shortened
from auditor.sources.options import SourceOptions
from auditor.sources.terraform.modules.directory import joined
from auditor.sources.terraform.modules.evaluate import resolved
from auditor.sources.terraform.syntax import native as grammar
from auditor.sources.terraform.syntax.tree import (
    Attribute,
    Binary,
    Block,
    Call,
    Expression,
    GetAttribute,
    Literal,
    ObjectExpression,
    TemplateExpression,
    TupleExpression,
    Variable,
)
from auditor.sources.terraform.values.declared import ANY, BOOL, NUMBER, STRING, ObjectAttribute, Type
from auditor.sources.terraform.values.scope import Scope
from auditor.sources.terraform.values.types import to_string
from auditor.sources.walk import VARIABLES_BELOW, holds_code, is_passed_over

if TYPE_CHECKING:
    from auditor.sources.terraform.modules.terragrunt.unit import Unit

_PRIMITIVE = {"string": STRING, "number": NUMBER, "bool": BOOL, "any": Type("any")}
_ENVIRONMENT = "TF_VAR_"


@dataclass(frozen=True, slots=True)
class GivenVariable:
    """A value given to a root variable: an expression of a file, or a raw text of the command line or environment.

    Attributes:
        expression: that of a file.
        raw: the text of the command line or environment.
        location: where it stands.
        unread: why it cannot be read; None when it can.
        value: what a unit of Terragrunt gives it in the environment; None where something else gives it.
    """

    expression: Expression | None
    raw: str
    location: Location
    unread: InputError | None = None
    value: Value | None = None


@dataclass(slots=True)
class GivenValues:
    """What a root module's variables are given.

    Attributes:
        values: by name, in Terraform's order of precedence.
        unread: a file of variables that could not be read, and may give any variable a value that nothing later gives one; None when every
            file was read.
        errors: what could not be read.
        by_files: what the files give that `-var-file` may name, by the name of the variable and the path of the file from the root's directory.
            An unread one may give all, which stands under the empty name.
        others: what may give any variable a value that nothing else gives one; None when there is no such thing.
        compared: whether `by_files` counts for variables that have no default, too: they are open all the same, but two sides may give others.
        by_user: the variables to which the user gives a value, so that none of these files does.
    """

    values: dict[str, GivenVariable] = field(default_factory=dict)
    unread: InputError | None = None
    errors: list[InputError] = field(default_factory=list)
    by_files: dict[str, dict[str, GivenVariable]] = field(default_factory=dict)
    by_user: frozenset[str] = frozenset()
    compared: bool = False
    others: Symbol | None = None

    def of(self, name: str, location: Location) -> GivenVariable | None:
        """What a variable is given, None when it is certainly given nothing."""
        found = self.values.get(name)
        if found is None and self.unread is not None:
            return GivenVariable(None, "", location, self.unread)
        if found is None and self.others is not None:
            return GivenVariable(None, "", location, value=derived(f"{self.others.name}.{name}", Unknown(self.others)))
        return found

    def in_files(self, name: str) -> Mapping[str, GivenVariable]:
        """What each file that `-var-file` may name gives a variable, by its path from the root's directory."""
        return {} if name in self.by_user else {**self.by_files.get("", {}), **self.by_files.get(name, {})}

    def last_in(self, name: str) -> Iterator[tuple[Symbol, GivenVariable]]:
        """What each of these files gives a variable, with the condition that it is the last to do so; no two, where one follows the other."""
        files = self.in_files(name)
        giving, among = sorted(files), frozenset(files)
        is_of_all = len(giving) == len({one for each in self.by_files.values() for one in each})
        subject = "-var-file" if is_of_all else f"the last -var-file of {', '.join(giving)}"
        # A name of a file may have what stands between two.
        which = subject if is_of_all else " ".join(map(quoted, giving))
        for path, one in files.items():
            condition = shortened(f"{subject} == {quoted(path)}" if len(giving) > 1 else f"-var-file={path}")
            reason, hint = (
                f"Terraform reads {path} only where -var-file names it",
                f"give --var-file {shlex.quote(one.location.path)}",
            )
            yield Symbol(condition, reason, hint, one.location, meaning=Meaning(condition, which, path, among=among)), one

    def lose(self, error: InputError) -> None:
        """Forgets what was given so far: a file that cannot be read may say something else."""
        self.unread = error
        self.values.clear()


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a `variable` block says.

    Attributes:
        type: the constraint.
        default: the default, None when there is none.
        nullable: whether null may be given.
        sensitive: whether its value must not be shown.
        possible: the texts that its validation lets through, as `name_of` writes them; empty where it may be others.
    """

    type: Type
    default: Expression | None
    nullable: bool
    sensitive: bool
    location: Location
    possible: tuple[str, ...] = ()


def declaration(block: Block, scope: Scope) -> Declaration:
    """What a `variable` block says; `scope` is only there for the defaults of optional attributes."""
    attributes = block.body.attributes
    return Declaration(
        type_of(attributes["type"].expression, scope) if "type" in attributes else ANY,
        attributes["default"].expression if "default" in attributes else None,
        not _is(attributes.get("nullable"), False),
        _is(attributes.get("sensitive"), True) or _is(attributes.get("ephemeral"), True),
        block.header,
        _possible(block),
    )


def _possible(block: Block) -> tuple[str, ...]:
    """The texts to which a validation limits a variable: `contains(["a", "b"], var.x)`, or `var.x == "a" || var.x == "b"`.

    Source: developer.hashicorp.com/terraform/language/values/variables, "Custom Validation Rules".
    """
    conditions = (
        inner.body.attributes["condition"].expression
        for inner in block.body.blocks
        if inner.type == "validation" and "condition" in inner.body.attributes
    )
    return next((texts for condition in conditions if (texts := _texts(condition, block.labels[-1]))), ())


def _texts(condition: Expression, name: str) -> tuple[str, ...]:
    match condition:
        case Call("contains", (TupleExpression(items), GetAttribute(Variable("var"), named))) if named == name:
            found = [item.value for item in items if isinstance(item, Literal) and isinstance(item.value, str)]
            return tuple(name_of(Known(text)) for text in found) if len(found) == len(items) else ()
        case Binary("==", GetAttribute(Variable("var"), named), Literal(str() as text)) if named == name:
            return (name_of(Known(text)),)
        case Binary("||", left, right):
            one, other = _texts(left, name), _texts(right, name)
            return (*one, *other) if one and other else ()
    return ()


def _is(attribute: Attribute | None, truth: bool) -> bool:
    return attribute is not None and isinstance(attribute.expression, Literal) and attribute.expression.value is truth


def type_of(expression: Expression, scope: Scope) -> Type:
    """The type that a type expression means; what is not a type is `any`."""
    match expression:
        case Variable(name):
            return _PRIMITIVE.get(name) or (Type(name, ANY) if name in ("list", "set", "map") else ANY)
        case Literal(str() as name) | TemplateExpression((str() as name,)):
            return _PRIMITIVE.get(name) or (
                Type(name, ANY) if name in ("list", "map") else ANY
            )  # quoted, as Terraform 0.11 wrote it
        case Call("list" | "set" | "map" as kind, (element,)):
            return Type(kind, type_of(element, scope))
        case Call("tuple", (TupleExpression(items),)):
            return Type("tuple", elements=tuple(type_of(item, scope) for item in items))
        case Call("object", (ObjectExpression(entries),)):
            return Type(
                "object",
                attributes={str(key.value): _attribute(inner, scope) for key, inner in entries if isinstance(key, Literal)},
            )
    return ANY


def _attribute(expression: Expression, scope: Scope) -> ObjectAttribute:
    match expression:
        case Call("optional", (inner, default)):
            return ObjectAttribute(type_of(inner, scope), optional=True, default=resolved(default, scope))
        case Call("optional", (inner,)):
            return ObjectAttribute(type_of(inner, scope), optional=True, default=NULL)
    return ObjectAttribute(type_of(expression, scope))


def given_to_root(directory: str, options: SourceOptions, texts: Texts, unit: Unit | None = None) -> GivenValues:
    """What a root module's variables are given, in Terraform's order of precedence; before all, what a unit of Terragrunt gives them."""
    inputs = _inputs_of(unit, directory) if unit else {}
    given = GivenValues({**inputs}, compared=options.compared, others=unit.inputs.rest if unit else None)
    for key, raw in options.environment.items():
        if key.startswith(_ENVIRONMENT):
            given.values[key.removeprefix(_ENVIRONMENT)] = GivenVariable(None, raw, Location(f"environment variable {key}"))
    places = dict.fromkeys((directory,) if unit is None else (unit.place(directory), directory))
    try:
        present = {
            name: joined(place, name) for place in places for name in texts.disk.names(place) if name.endswith(VARIABLE_SUFFIXES)
        }
    except OSError as error:
        present = {}
        given.lose(InputError(Location(directory or "."), f"cannot be read: {error.strerror or error}"))
    usual = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if name in present]
    automatic = [name for name in present if name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
    for path in map(present.__getitem__, usual):
        _add_file(path, texts, given)
    # Source: Terragrunt, internal/runner/run, NullTFVarsFile: inputs that are null are given in `.terragrunt-null-vars.auto.tfvars.json`.
    given.values |= {name: one for name, one in inputs.items() if one.value is not None and is_null(one.value)}
    for path in map(present.__getitem__, sorted(automatic)):
        _add_file(path, texts, given)
    if all(assignment.name for assignment in options.assignments):
        given.by_user = frozenset(one.name for one in options.assignments).union(
            key.removeprefix(_ENVIRONMENT) for key in options.environment if key.startswith(_ENVIRONMENT)
        )
        for path in _to_be_named(directory, {*usual, *automatic}, texts):
            found: list[InputError] = []
            for name, one in _values_of(joined(directory, path), texts, found).items():
                if name not in given.by_user:
                    given.by_files.setdefault(name, {})[path] = one
            given.errors += () if _is_encrypted(joined(directory, path), texts) else found
    if unit is not None:
        _give_files(unit, texts, given)
    for assignment in options.assignments:
        if assignment.name:
            given.values[assignment.name] = GivenVariable(None, assignment.value, Location(f"--var {assignment.name}"))
        else:
            _add_file(assignment.value, texts, given)
    return given


def _inputs_of(unit: Unit, directory: str) -> dict[str, GivenVariable]:
    """What a unit of Terragrunt in a directory gives to variables in the environment."""
    places = unit.inputs.key_locations
    file = Location(joined(directory, UNIT_FILE))
    return {
        name: GivenVariable(None, "", places.get(name) or value.location or file, value=value)
        for name, value in unit.inputs.entries.items()
    }


def _give_files(unit: Unit, texts: Texts, given: GivenValues) -> None:
    """Gives what is in the files of variables that a unit of Terragrunt names, and forgets what those may override that are not known."""
    for path in unit.var_files:
        _add_file(path, texts, given)
    if unit.override is not None:
        given.values.clear()
        given.others = unit.override


def _to_be_named(directory: str, read: Collection[str], texts: Texts) -> Iterator[str]:
    """The files of variables that Terraform reads only where `-var-file` names them: beside the code of a root, and below where there is no other.

    Their paths are from the directory of the root.

    Args:
        directory: of the root.
        read: the names of those that Terraform reads in any case.
        texts: where directories are listed.
    """
    below = [("", 0)]
    for place, depth in below:
        with suppress(OSError):  # the root's own is told already
            files = texts.disk.files(joined(directory, place))
            if place and holds_code(files):
                continue
            for name in files:
                if name.endswith(VARIABLE_SUFFIXES) and (place or name not in read):
                    yield posixpath.join(place, name)
            if depth < VARIABLES_BELOW:
                further = sorted({*texts.disk.names(joined(directory, place))}.difference(files))
                below += [(posixpath.join(place, name), depth + 1) for name in further if not is_passed_over(name)]


def _is_encrypted(path: str, texts: Texts) -> bool:
    """Whether a file is as git-crypt commits it: it cannot be read here, and nothing is wrong with it.

    Source: git-crypt, `commands.cpp`: what an encrypted file begins with.
    """
    return (texts.read_already(path) or b"").startswith(b"\0GITCRYPT\0")


def _add_file(path: str, texts: Texts, given: GivenValues) -> None:
    """Gives what a file gives."""
    values = _values_of(path, texts, given.errors)
    if (lost := values.pop("", None)) is not None and lost.unread is not None:
        given.lose(lost.unread)
    given.values.update(values)


def _values_of(path: str, texts: Texts, errors: list[InputError]) -> dict[str, GivenVariable]:
    """What a file gives to variables, by their names; what could not be read may give one to any, and stands under the empty name.

    Args:
        path: of the file.
        texts: where it is read.
        errors: takes those of the file.
    """
    text = texts.read(path)
    if isinstance(text, InputError):
        errors.append(text)
        return {"": GivenVariable(None, "", text.location, text)}
    if path.endswith(".json"):
        from auditor.sources.terraform.syntax.json import parse_json_attributes

        attributes, found = parse_json_attributes(text, path)
        unread: Mapping[str, InputError] = {"": found[0]} if found else {}
        attributes = {} if found else attributes
    else:
        attributes, unread, found = grammar.parse_attributes(text, path)
    errors.extend(found)
    values = {name: GivenVariable(attribute.expression, "", attribute.location) for name, attribute in attributes.items()}
    return values | {name: GivenVariable(None, "", error.location, error) for name, error in unread.items()}


def given_value(given: GivenVariable, wanted: Type, scope: Scope) -> Value:
    """A given value before conversion: raw text of a primitive variable is the text itself, of others an expression.

    Source: Terraform, internal/configs/named_values.go, VariableParsingMode.
    """
    if given.unread is not None:
        return unread_value(given.unread)
    if given.value is not None:
        return in_branches(given.value, lambda value: _from_environment(value, wanted, given.location, scope))
    if given.expression is not None:
        return resolved(given.expression, scope)
    if wanted.kind in ("string", "number", "bool") or wanted is ANY:
        return Known(given.raw, given.location)
    expression, _ = grammar.parse_expression(given.raw, given.location.path, 1, 1)
    return Known(given.raw, given.location) if expression is None else resolved(expression, scope)


def _from_environment(value: Value, wanted: Type, location: Location, scope: Scope) -> Value:
    """A value that goes through the environment, as JSON unless it is text: what it becomes depends on the type of the variable.

    Source: terragrunt.gruntwork.io/docs/reference/hcl, "Attributes": `inputs`.
    """
    if wanted.kind in ("string", "number", "bool"):
        return value
    if wanted is ANY:
        return JsonText(value, value.location) if isinstance(value, ListValue | MapValue) else to_string(value)
    if isinstance(value, JsonText):
        return value.content
    if not isinstance(value, Known) or not isinstance(value.value, str):
        return value
    expression, _ = grammar.parse_expression(value.value, location.path, 1, 1)
    return value if expression is None else resolved(expression, scope)


def unread_value(error: InputError) -> Value:
    """What stands for a value that could not be read."""
    return Unknown(Symbol(str(error.location), f"{error.place} could not be read", RESOLVE, error.location), error.location)
