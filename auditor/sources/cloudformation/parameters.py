"""Parameters: what a template declares, and what they are given.

Sources: AWS CloudFormation User Guide, "Parameters"; AWS CLI Command Reference, "create-stack" (`--parameters file://`) and "deploy"
(`--parameter-overrides file://`, `--cli-input-json`, `--cli-input-yaml`); AWS CodePipeline User Guide, "Template configuration file"; AWS SAM
Developer Guide, "AWS SAM CLI configuration file" (samconfig).
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditor.foundation.errors import InputError
from auditor.foundation.json_text import parse_json_file
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.foundation.value import (
    NULL,
    Choice,
    Known,
    ListValue,
    MapValue,
    Meaning,
    Symbol,
    Template,
    Unknown,
    Value,
    is_null,
    scalar_text,
)
from auditor.lazy.expressions import regex
from auditor.sources.choices import choose, in_branches
from auditor.sources.cloudformation.intrinsics import split_text
from auditor.sources.cloudformation.limits import Limits, is_list
from auditor.sources.cloudformation.markers import without_markers
from auditor.sources.cloudformation.template import entries_of, parsed, text_in
from auditor.sources.naming import may_identify, quoted

# What the SAM CLI takes for parameters in a text: ParameterKey=Name,ParameterValue=value, or else Name=value after a space.
_KEY, _VALUE = r"""([A-Za-z0-9"']+)""", r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\\.|[^ "\\])+)"""
_NO_OVERRIDES = "has parameter_overrides that are not NAME=VALUE"
_OVERRIDES_ELSEWHERE = "has parameter_overrides in another file, which is not read: give them with --parameter NAME=VALUE"
_OVERRIDES = regex(f"ParameterKey={_KEY},ParameterValue={_VALUE}"), regex(f" {_KEY}={_VALUE}")


class GivenParameters(Mapping[str, Value]):
    """What a template's parameters are given, by name.

    A parameter file that cannot be read may give any parameter a value that nothing later gives one: such a parameter is unknown.
    """

    def __init__(self) -> None:
        self._values: dict[str, Value] = {}
        self._unread: InputError | None = None
        self.errors: list[InputError] = []

    def add(self, values: Iterable[tuple[str, Value]]) -> None:
        """Takes up what is given; later values win."""
        self._values.update(values)

    def lose(self, error: InputError) -> None:
        """Forgets what was given so far: a file that cannot be read may say something else."""
        self.errors.append(error)
        self._unread = error
        self._values.clear()

    def __getitem__(self, name: str) -> Value:
        if name in self._values:
            return self._values[name]
        if self._unread is None:
            raise KeyError(name)
        place = self._unread.location
        symbol = Symbol(
            name, f"{place.path}, which may give the parameter {name}, was not read", f"give it with --parameter {name}=…", place
        )
        return Unknown(symbol, place)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def given(parameters: Mapping[str, str], files: tuple[str, ...], texts: Texts) -> GivenParameters:
    """What the user gives: files in order, then what the command line says; with what could not be read.

    Args:
        parameters: of the command line.
        files: parameter files of the AWS command line, in any of its forms, template configurations of CodePipeline, or samconfig of the SAM CLI.
        texts: where files are read from.
    """
    found = GivenParameters()
    for path in files:
        text = texts.read(path)
        if isinstance(text, InputError):
            found.lose(text)
            continue
        value, faults = _parsed(text, path)
        try:
            listed = () if value is None else tuple(_listed(value, path))
        except _Unusable as unusable:
            listed, faults = (), [*faults, InputError(unusable.location, unusable.reason)]
        for fault in faults:
            found.lose(fault)
        found.add(listed)
    found.add((name, Known(text)) for name, text in parameters.items())
    return found


class _Unusable(Exception):
    def __init__(self, location: Location, reason: str = "is not a parameter file of the AWS command line") -> None:
        self.location, self.reason = location, reason


def _parsed(text: str, path: str) -> tuple[Value | None, list[InputError]]:
    """What a file says, by the end of its name; its errors may grow while it is looked at."""
    if path.endswith((".yaml", ".yml")):
        value, errors, _ = parsed(text, path)
        return None if value is None else _without_words(value), errors
    if path.endswith(".toml"):
        import tomllib

        try:
            return _of_toml(tomllib.loads(text.removeprefix("\ufeff"))), []
        except (ValueError, RecursionError) as error:
            return None, [InputError(Location(path), f"is not TOML: {error}")]
    value, faults = parse_json_file(text, path)
    return value, [*faults]


def _without_words(value: Value) -> Value:
    """A value in YAML in which a word without quotes that stands for a truth value is unknown: programs make different texts of it."""
    match value:
        case ListValue(items):
            return replace(value, items=tuple(_without_words(item) for item in items))
        case MapValue(entries):
            return replace(value, entries={name: _without_words(entry) for name, entry in entries.items()})
        case Known(bool(), place):
            return Unknown(
                Symbol(f"the word at {place}", "a word without quotes is a truth value in YAML", "put it in quotes", place), place
            )
    return value


def _of_toml(data: Any) -> Value:
    match data:
        case dict():
            return MapValue({name: _of_toml(entry) for name, entry in data.items()})
        case list():
            return ListValue(tuple(_of_toml(item) for item in data))
    return Known(data if isinstance(data, bool | int | float | str) else str(data))


def _listed(value: Value, path: str) -> Iterator[tuple[str, Value]]:
    match value:
        case ListValue(items) | MapValue({"Parameters": ListValue(items)}):
            for item in items:
                yield from _one(item, path)
        case MapValue(entries) if isinstance(entries.get("Parameters"), MapValue):
            yield from ((name, _text(entry)) for name, entry in entries_of(entries["Parameters"]).items())
        case MapValue(entries) if "version" in entries and posixpath.basename(path).startswith("samconfig"):
            yield from _of_sam(entries, path)
        case _:
            raise _Unusable(value.location or Location(path))


def _of_sam(environments: Mapping[str, Value], path: str) -> Iterator[tuple[str, Value]]:
    """The parameters in a samconfig: those of the environment `default`, unless another one is asked for."""
    said: dict[str, dict[str, Value]] = {}
    for name, environment in environments.items():
        commands = [
            entries_of(entries_of(entries_of(environment).get(command)).get("parameters")) for command in ("deploy", "global")
        ]
        written = next((one["parameter_overrides"] for one in commands if "parameter_overrides" in one), None)
        if written is not None or any(commands):
            said[name] = {} if written is None else dict(_overrides(written, path))
    yield from _by_case(said.pop("default", {}), said, lambda environment, name: _is_asked_for(environment, name, path))


def _by_case(
    usual: Mapping[str, Value], cases: Mapping[str, Mapping[str, Value]], is_so: Callable[[str, str], Symbol]
) -> Iterator[tuple[str, Value]]:
    """What is given in each of some cases, null for nothing.

    Args:
        usual: what is given in none of them.
        cases: what is given in each.
        is_so: the condition of a case, for a parameter; no two.
    """
    for name in dict.fromkeys(one for given_ in (usual, *cases.values()) for one in given_):
        value = before = usual.get(name, NULL)
        for case, given_ in cases.items():
            if (other := given_.get(name, NULL)) != before:
                value = choose(is_so(case, name), other, value)
        yield name, value


def perhaps_given(parameters: Mapping[str, str], files: Sequence[str], declared: Collection[str], texts: Texts) -> GivenParameters:
    """What a template is given where one of some files may be given to it, or none: those that give parameters that it has, and no others.

    Args:
        parameters: of the command line.
        files: that look like parameter files.
        declared: the parameters of the template.
        texts: where files are read from.
    """
    cases: dict[str, dict[str, Value]] = {}
    for path in files:
        text = texts.read(path)
        value, faults = _parsed(text, path) if isinstance(text, str) else (None, [])
        try:
            listed = {} if value is None or faults else dict(_listed(value, path))
        except _Unusable:
            continue
        if listed and listed.keys() <= {*declared}:
            cases[path] = listed
    found = GivenParameters()
    found.add(_by_case({}, cases, lambda path, _: _is_named(path)))
    found.add((name, Known(text)) for name, text in parameters.items())
    return found


def _is_named(path: str) -> Symbol:
    """The condition that a stack is given a parameter file; no two of them."""
    condition = f"--parameters == {quoted(path)}"
    reason, hint = f"CloudFormation is given {path} only where a command names it", f"give --parameter-file {shlex.quote(path)}"
    return Symbol(condition, reason, hint, Location(path), meaning=Meaning(condition, "--parameters", path))


def _is_asked_for(environment: str, name: str, path: str) -> Symbol:
    """The condition that a stack is deployed for an environment of a samconfig; no two environments."""
    condition, hint = f"--config-env == {quoted(environment)}", f"give the parameter with --parameter {name}=…"
    reason = f"{path} gives the parameter {name} another value for the environment {environment}"
    return Symbol(condition, reason, hint, Location(path), meaning=Meaning(condition, "--config-env", environment))


def _overrides(written: Value, path: str) -> Iterator[tuple[str, Value]]:
    """What `parameter_overrides` says, in text, a list or a table.

    Source: aws/aws-sam-cli, samcli/cli/types.py, CfnParameterOverridesType: what a text has between parameters is passed over; pull requests 7876
    (`file://`) and 8604 (`$include`).
    """
    match written:
        case MapValue({"$include": _}):
            raise _Unusable(written.location or Location(path), _OVERRIDES_ELSEWHERE)
        case Known(str() as text) if text.strip().startswith("file://"):
            raise _Unusable(written.location or Location(path), _OVERRIDES_ELSEWHERE)
        case Known(None | ""):
            return
        case Known(str() as text) if found := next(filter(None, (form.findall(f" {text.strip()}") for form in _OVERRIDES)), []):
            yield from ((_unquoted(name), Known(_unquoted(value))) for name, value in found)
        case ListValue(items):
            for item in items:
                yield from _overrides(item, path)
        case MapValue(entries):
            yield from ((_unquoted(name), _of_table(entry, path)) for name, entry in entries.items())
        case _:
            raise _Unusable(written.location or Location(path), _NO_OVERRIDES)


def _of_table(entry: Value, path: str) -> Value:
    """What a table gives a parameter: a list is joined by commas, without what is empty."""
    items = entry.items if isinstance(entry, ListValue) else (entry,)
    texts = []
    for item in items:
        if isinstance(item, Unknown):
            return item
        if not isinstance(item, Known):
            raise _Unusable(item.location or Location(path), _NO_OVERRIDES)
        texts += [str(item.value).strip()] if item.value not in (None, "") else []
    return Known(_unquoted(",".join(texts)))


def _unquoted(text: str) -> str:
    """A text without the quotes around it, in which a backslash keeps spaces and quotes."""
    inner = text[1:-1] if text[:1] == text[-1:] and text[:1] in ('"', "'") else text
    return inner.replace("\\ ", " ").replace('\\"', '"').replace("\\'", "'")


def _one(item: Value, path: str) -> Iterator[tuple[str, Value]]:
    match item:
        case Known(str() as text) if "=" in text:
            name, _, given_text = text.partition("=")
            yield name, Known(given_text, item.location)
        case MapValue(entries) if text_in(entries.get("ParameterKey")):
            name = text_in(entries["ParameterKey"])
            reason = f"the parameter {name} keeps the value that the stack has"
            kept = Unknown(Symbol(name, reason, f"give it with --parameter {name}=…", item.location), item.location)
            yield name, _text(entries["ParameterValue"]) if "ParameterValue" in entries else kept
        case _:
            raise _Unusable(item.location or Location(path))


def _text(value: Value) -> Value:
    return Known(scalar_text(value.value), value.location) if isinstance(value, Known) and not is_null(value) else value


def parameter(name: str, declaration: MapValue, assigned: Value | None, prefix: str) -> Value:
    """The value of a parameter.

    Args:
        name: its logical id.
        declaration: what the template says of it.
        assigned: what it is given; None or null when it is given nothing.
        prefix: what tells the stack apart from others of one root.
    """
    kind = text_in(declaration.entries.get("Type"))
    place = declaration.location
    full = f"{prefix}{name}"
    hint = "" if prefix else f"give it with --parameter {name}=…"
    if text_in(declaration.entries.get("NoEcho")).lower() == "true":
        return Unknown(Symbol(full, f"the parameter {full} is secret (NoEcho)", "", place), place)
    if kind.startswith("AWS::SSM::Parameter::Value"):
        reason = f"the parameter {full} is read from the Systems Manager parameter store at deployment"
        return Unknown(Symbol(full, reason, "", place), place)
    if isinstance(assigned, Choice):
        then, otherwise = (parameter(name, declaration, one, prefix) for one in (assigned.then, assigned.otherwise))
        return choose(assigned.condition, then, otherwise)
    value = assigned if assigned is not None and not is_null(assigned) else declaration.entries.get("Default")
    if isinstance(value, Known) and value.value is not None:
        return _typed(without_markers(Known(scalar_text(value.value), value.location)), kind)
    if value is not None and not isinstance(value, Known):
        return _typed(value, kind)
    limited = Meaning(full, type=Limits.of(name, declaration))
    symbol = Symbol(full, f"the parameter {full} has no default", hint, place, meaning=limited)
    if is_list(kind):
        return Unknown(symbol, place)
    listed = declaration.entries.get("AllowedValues")
    texts = [text_in(item) for item in listed.items if isinstance(item, Known)] if isinstance(listed, ListValue) else []
    if isinstance(listed, ListValue) and texts and len(texts) == len(listed.items) and not any(_is_marked(text) for text in texts):
        distinct = tuple(dict.fromkeys(texts))
        symbol = replace(symbol, meaning=Meaning(full, possible=tuple(quoted(text) for text in distinct)))
        chosen: Value = Known(distinct[-1], place)
        if len(distinct) <= _MOST_VALUES and not any(may_identify(Known(text)) for text in distinct):
            for text in reversed(distinct[:-1]):
                chosen = choose(replace(symbol, name=f"{full} == {quoted(text)}"), Known(text, place), chosen)
            return replace(chosen, written=full) if isinstance(chosen, Choice) else chosen
        if len(distinct) == 1:
            return chosen
    return Unknown(symbol, place)


def asserted(rules: MapValue, name: str, allowed: Value | None) -> dict[str, Value]:
    """The element `AllowedValues` of a parameter by all that rules assert of it; nothing where they say nothing that lists its values.

    Source: AWS CloudFormation User Guide, "Rules": a rule without a condition is evaluated for every stack, and where an assertion does not hold the
    stack is not made.

    Args:
        rules: the section `Rules`.
        name: the logical id of the parameter.
        allowed: the element as it is written, None where it is not.
    """
    listed = [values for values in (_asserted(test, name) for test in _tests(rules)) if values is not None]
    if not listed:
        return {}
    if isinstance(allowed, ListValue) and all(isinstance(one, Known) for one in allowed.items):
        listed.insert(0, allowed.items)
    left = tuple(one for one in listed[0] if all(text_in(one) in map(text_in, others) for others in listed[1:]))
    # Where no value is left, no stack is made, and nothing follows.
    return {"AllowedValues": ListValue(left or listed[-1])}


def _tests(rules: MapValue) -> Iterator[Value | None]:
    """The tests of the rules that have no condition."""
    for rule in rules.entries.values():
        assertions = entries_of(rule).get("Assertions")
        if "RuleCondition" not in entries_of(rule) and isinstance(assertions, ListValue):
            yield from (entries_of(one).get("Assert") for one in assertions.items)


def _asserted(test: Value | None, name: str) -> tuple[Value, ...] | None:
    """The values that a test leaves to a parameter; None where it does not list them."""
    if not isinstance(test, MapValue) or len(test.entries) != 1:
        return None
    ((function, argument),) = test.entries.items()
    items = argument.items if isinstance(argument, ListValue) else ()
    this = MapValue({"Ref": Known(name)})
    match function, items:
        case "Fn::Equals", (left, right) if this in (left, right):
            other = right if left == this else left
            return (other,) if isinstance(other, Known) else None
        case "Fn::Contains", (ListValue(listed), right) if right == this and all(isinstance(one, Known) for one in listed):
            return listed
        case "Fn::And", _:
            return next((found for item in items if (found := _asserted(item, name)) is not None), None)
        case "Fn::Or", _:
            each = [_asserted(item, name) for item in items]
            return None if None in each else tuple(value for values in each for value in values or ())
    return None


# A text is composed of no more cases.
_MOST_VALUES = 5


def _is_marked(text: str) -> bool:
    return without_markers(Known(text)) != Known(text)


def _typed(value: Value, kind: str) -> Value:
    return in_branches(value, lambda one: _items(one, kind)) if is_list(kind) else value


def _items(value: Value, kind: str) -> Value:
    """The items of a list that is given as text; an empty text is one item of a CommaDelimitedList.

    Source: aws-cloudformation/cfn-language-discussion, issue 102, with the processed template for a list that is left empty: `[""]`.
    """
    match value:
        case Known(text):
            texts = [item.strip() for item in scalar_text(text).split(",")] if text or kind == "CommaDelimitedList" else []
            return ListValue(tuple(Known(item, value.location) for item in texts), value.location)
        case Template():
            return split_text(",", value, value.location)
    return value
