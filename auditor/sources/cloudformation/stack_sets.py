"""What a template is given by the code that makes stacks of it: one stack, or those of a stack set, each with its account, Region and values.

Sources: AWS CloudFormation Template Reference, AWS::CloudFormation::Stack, AWS::CloudFormation::StackSet (Parameters, StackInstancesGroup,
ParameterOverrides) and AutoDeployment; AWS CloudFormation User Guide, "StackSets concepts" and "Override parameter values in your stacks".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from auditor.foundation.location import Location
from auditor.foundation.value import (
    NULL,
    Domain,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Text,
    Unknown,
    Value,
    alternatives,
    is_null,
    scalar_text,
)
from auditor.lazy.classes import dataclass
from auditor.sources.choices import choose, in_branches
from auditor.sources.cloudformation.template import entries_of, text_in

_KEYS, _VALUES = ("ParameterKey", "parameter_key"), ("ParameterValue", "parameter_value")


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the stacks of a stack set are: in accounts and Regions that other code, or AWS Organizations, chooses.

    Attributes:
        account: of each of them.
        region: likewise.
        exists: the condition under which there is one.
    """

    account: Text
    region: Text
    exists: Symbol

    @staticmethod
    def of(address: str, location: Location) -> Spread:
        """That of the stack set of an address: it makes nothing but through its instances."""
        reason = f"the accounts and Regions of the stacks of {address} are not resolved"

        def one(what: str, domain: Domain) -> Text:
            return Unknown(Symbol(f"{what} of the stacks of {address}", reason, "", location, domain))

        exists = Symbol(f"a stack of {address} exists", reason, "audit its template on its own", location)
        return Spread(one("account", Domain.ACCOUNT), one("region", Domain.REGION), exists)


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the stacks of a stack set are given in place of what the set says.

    Attributes:
        groups: what each group of them is given, as parameters are written.
        whole: whether every stack is of one of these groups.
    """

    groups: Sequence[Value]
    whole: bool


def given(
    parameters: Value, declared: Mapping[str, Value], address: str, place: Location, overrides: Overrides | None = None
) -> dict[str, Value]:
    """The values of the parameters of a template; none for one of a single stack that has neither a value nor a default.

    Args:
        parameters: what they are given: a map, a list of keys with values, null, or something unresolved.
        declared: the section `Parameters` of the template.
        address: of what makes the stack.
        place: where that is written.
        overrides: of a stack set, what its stacks are given in place of that: the values are then those of any of them.
    """
    found: dict[str, Value] = {}
    for name, declaration in declared.items():
        default = entries_of(declaration).get("Default", NULL)
        value = _value(parameters, name, default, address, place)
        if overrides is not None:
            found[name] = _of_any(overrides, name, value, address, place)
        elif not is_null(value):
            found[name] = _without_null(value, name, address, place)
    return found


def _of_any(overrides: Overrides, name: str, own: Value, address: str, place: Location) -> Value:
    """The value of a parameter in whichever stack of a set; where none is in the code, whoever makes them gives it."""
    groups = [_value(group, name, own, address, place) for group in overrides.groups]
    if not groups:
        reason = f"the stacks of {address} are not in the code, and each may be given another {name}"
        return Unknown(Symbol(f"{address}/{name}", reason, "", place), place)
    *others, value = [_without_null(one, name, address, place) for one in (groups if overrides.whole else (*groups, own))]
    for number, other in reversed([*enumerate(others, 1)]):
        reason = f"which of the stacks of {address} it is decides what it is given"
        value = choose(Symbol(f"a stack of {address} is of its group {number}", reason, "", place), other, value)
    return value


def groups_in(groups: Value, name: str) -> tuple[Value, ...] | None:
    """What each of some groups of stacks is given; None where what groups there are is not resolved.

    Args:
        groups: a list of maps, or null.
        name: the entry of a group that holds it.
    """
    if is_null(groups):
        return ()
    if not isinstance(groups, ListValue) or groups.rest is not None:
        return None
    found = [one for item in groups.items for _, one in alternatives(item) if not is_null(one)]
    if not all(isinstance(one, MapValue) and one.rest is None for one in found):
        return None
    return tuple(entries_of(one).get(name, NULL) for one in found)


def _without_null(value: Value, name: str, address: str, place: Location) -> Value:
    """The value of a parameter; where it has none, one that nobody knows."""
    missing = Unknown(Symbol(f"{address}/{name}", f"the parameter {address}/{name} has no default", "", place), place)
    return in_branches(value, lambda one: missing if is_null(one) else one)


def _value(parameters: Value, name: str, otherwise: Value, address: str, place: Location) -> Value:
    """The value of one parameter: what some parameters say, else something else."""
    symbol = Symbol(f"{address}/{name}", f"the parameters of {address} are not resolved", "", place)

    unresolved = Unknown(symbol, place)

    def in_list(items: Sequence[Value]) -> Value:
        if not items:
            return otherwise
        head, *tail = items
        return in_branches(head, lambda pair: of_pair(pair, tail))

    def of_pair(pair: Value, tail: Sequence[Value]) -> Value:
        if is_null(pair):
            return in_list(tail)
        key = _entry(pair, _KEYS) if isinstance(pair, MapValue) else None
        if not isinstance(pair, MapValue) or not isinstance(key, Known):
            return unresolved
        return in_branches(_entry(pair, _VALUES), said) if text_in(key) == name else in_list(tail)

    def said(value: Value) -> Value:
        if is_null(value):
            return otherwise
        return replace(value, value=scalar_text(value.value)) if isinstance(value, Known) else value

    def of(whole: Value) -> Value:
        match whole:
            case Known(None):
                return otherwise
            case MapValue(entries) if name in entries:
                return in_branches(entries[name], said)
            case MapValue(rest=None):
                return otherwise
            case ListValue(items, rest=None):
                return in_list(items)
        return unresolved

    return in_branches(parameters, of)


def _entry(pair: MapValue, names: Sequence[str]) -> Value:
    return next((pair.entries[name] for name in names if name in pair.entries), NULL)
