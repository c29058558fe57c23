"""Dataclasses whose methods are compiled when they are first called, or when they are called often.

The standard decorator compiles six methods for each class and looks for three special forms in each annotation, in 0.8 ms; a run calls one or
two methods, of half of its classes, and makes few objects of most. For a type checker this is the standard one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError
from typing import TYPE_CHECKING, Any, NoReturn

_COMPARED = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}
_FIELD: Any = dataclasses._FIELD  # type: ignore[attr-defined]  # noqa: SLF001 - it says of a field that it is one, and no class variable
_FEW = 16  # to make as many objects field by field costs less than to compile what makes them
_ABSENT = object()  # the default of an argument whose value is made by the factory of its field


def _dataclass(
    made: type[Any] | None = None,
    /,
    *,
    frozen: bool = False,
    slots: bool = False,
    eq: bool = True,
    order: bool = False,
    unsafe_hash: bool = False,
) -> Any:
    """The class as `dataclasses.dataclass` makes it, with methods that are compiled when they are first called.

    `fields`, `replace` and `asdict` know the class. Only what stands in the signature is supported, and of the special forms of
    annotations `ClassVar`.
    """
    if made is None:
        return lambda cls: _dataclass(cls, frozen=frozen, slots=slots, eq=eq, order=order, unsafe_hash=unsafe_hash)
    own = vars(made)
    names = [name for name, kind in made.__annotations__.items() if not str(kind).partition("[")[0].endswith("ClassVar")]
    defaults = {name: own[name] for name in names if name in own}
    home: list[type[Any]] = []
    added: dict[str, Any] = {
        "__dataclass_fields__": _Attribute(home, "__dataclass_fields__", lambda one: _fields(one, names, defaults)),
        "__match_args__": _Attribute(home, "__match_args__", _positional),
        "__init__": _init_of_few(home, frozen=frozen),
        "__repr__": _repr,
    }
    if eq:
        added["__eq__"] = _later(home, "__eq__", _comparison("=="))
        added["__hash__"] = _later(home, "__hash__", _hash) if frozen or unsafe_hash else None
    if order:
        added |= {name: _later(home, name, _comparison(operator)) for name, operator in _COMPARED.items()}
    # Python itself puts None where a class has `__eq__` and no `__hash__`
    added = {name: value for name, value in added.items() if own.get(name) is None}
    if frozen:
        added |= _OF_FROZEN
    if slots:
        made = _slotted(made, names, added)
    else:
        _put(made, defaults, added)
    home.append(made)
    return made


class _Attribute:
    """An attribute of a class that is made when it is first asked for."""

    __slots__ = ("_home", "_make", "_name")

    def __init__(self, home: Sequence[type[Any]], name: str, make: Callable[[type[Any]], Any]) -> None:
        self._home, self._name, self._make = home, name, make

    def __get__(self, one: object, asked: type[Any]) -> Any:
        made = self._make(self._home[0])
        setattr(self._home[0], self._name, made)
        return made


def _fields(made: type[Any], names: Sequence[str], defaults: Mapping[str, Any]) -> dict[str, Field[Any]]:
    """The fields of a class by name, those of its bases first.

    Args:
        made: the class.
        names: of the fields that it declares itself.
        defaults: what stands behind the name in its body: a value, or what `field` says.
    """
    fields: dict[str, Any] = {}
    for base in reversed(made.__mro__[1:]):
        fields |= getattr(base, "__dataclass_fields__", {})
    for name in names:
        default = defaults.get(name, MISSING)
        one: Any = default if isinstance(default, Field) else dataclasses.field(default=default)
        one.name, one.type, one.kw_only, one._field_type = name, made.__annotations__[name], one.kw_only is True, _FIELD  # noqa: SLF001
        fields[name] = one
    return fields


def _positional(made: type[Any]) -> tuple[str, ...]:
    """The arguments that may be given by their order."""
    return tuple(field.name for field in dataclasses.fields(made) if field.init and not field.kw_only)


def _put(made: type[Any], defaults: Mapping[str, Any], added: Mapping[str, Any]) -> None:
    """Adds to a class; where a field is described by `field`, its default takes the place of that."""
    for name, default in defaults.items():
        if isinstance(default, Field) and default.default is MISSING:
            delattr(made, name)
        elif isinstance(default, Field):
            setattr(made, name, default.default)
    for name, value in added.items():
        setattr(made, name, value)


def _slotted(made: Any, names: Sequence[str], added: Mapping[str, Any]) -> Any:
    """The class with what is added to it, and slots for those of its fields for which no base has one."""
    inherited = {name for base in made.__mro__[1:-1] for name in vars(base).get("__slots__", ())}
    body = vars(made).copy()
    for name in (*names, *inherited, "__dict__", "__weakref__"):
        body.pop(name, None)
    body |= added
    body["__qualname__"], body["__slots__"] = made.__qualname__, tuple(name for name in names if name not in inherited)
    return type(made)(made.__name__, made.__bases__, body)


def _later(home: Sequence[type[Any]], name: str, make: Callable[[type[Any], str], Any]) -> Callable[..., Any]:
    """A method that puts another one in its place, in the class that is its home, when it is called."""

    def first(self: Any, *args: Any, **given: Any) -> Any:
        made = home[0]
        method = make(made, name)
        method.__qualname__ = f"{made.__qualname__}.{name}"
        setattr(made, name, method)
        return method(self, *args, **given)

    return first


def _refuse(one: Any, name: str, *_: object) -> NoReturn:
    raise FrozenInstanceError(f"'{name}' of {one.__class__.__name__} cannot be changed")


def _state(one: Any) -> list[Any]:
    return [getattr(one, field.name) for field in dataclasses.fields(one)]


def _restore(one: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(one), state, strict=True):
        object.__setattr__(one, field.name, value)


_OF_FROZEN = {"__setattr__": _refuse, "__delattr__": _refuse, "__getstate__": _state, "__setstate__": _restore}


def _init_of_few(home: Sequence[type[Any]], *, frozen: bool) -> Callable[..., None]:
    """Makes an object field by field; once there are many, or where an argument is wrong, what is compiled takes its place."""
    put = object.__setattr__ if frozen else setattr
    compiled = _later(home, "__init__", _init_of_frozen if frozen else _init)
    made = 0
    names: tuple[str, ...] = ()
    fields: Mapping[str, Field[Any]] = {}

    def filled(one: Any, args: Sequence[Any], given: Mapping[str, Any]) -> bool:
        values = {**dict(zip(names, args, strict=False)), **given}
        if len(values) < len(args) + len(given):
            return False
        for name, field in fields.items():
            if field.init and name in values:
                put(one, name, values.pop(name))
            elif field.default is not MISSING:
                put(one, name, field.default)
            elif field.default_factory is not MISSING:
                put(one, name, field.default_factory())
            elif field.init:
                return False
        return not values

    def first(self: Any, *args: Any, **given: Any) -> None:
        nonlocal made, names, fields
        if not made:
            names, fields = _positional(home[0]), home[0].__dataclass_fields__
        made += 1
        if made > _FEW or not filled(self, args, given):
            compiled(self, *args, **given)
        elif hasattr(self, "__post_init__"):
            self.__post_init__()

    return first


def _init(made: type[Any], name: str) -> Any:
    return _initializer(made, name, lambda field: f"self.{field.name}=")


def _init_of_frozen(made: type[Any], name: str) -> Any:
    return _initializer(made, name, lambda field: f"_set_{field.name}(self,", ")")


def _initializer(made: type[Any], name: str, put: Callable[[Field[Any]], str], end: str = "") -> Any:
    scope: dict[str, Any] = {"_absent": _ABSENT}
    arguments: dict[bool, list[str]] = {False: ["self"], True: []}
    lines = []
    for field in dataclasses.fields(made):
        given, default, value = field.name, "", field.name
        scope[f"_set_{given}"] = getattr(made, given).__set__ if end and hasattr(made, "__slots__") else _setter(given)
        if field.default_factory is not MISSING:
            scope[f"_make_{given}"], default = field.default_factory, "=_absent"
            value = f"_make_{given}() if {given} is _absent else {given}" if field.init else f"_make_{given}()"
        elif field.default is not MISSING:
            scope[f"_default_{given}"], default = field.default, f"=_default_{given}"
            value = given if field.init else f"_default_{given}"
        if field.init:
            arguments[field.kw_only is True].append(given + default)
        if field.init or default:  # or else `__post_init__` makes it
            lines.append(f"{put(field)}{value}{end}")
    if hasattr(made, "__post_init__"):
        lines.append("self.__post_init__()")
    taken = ",".join([*arguments[False], *(["*", *arguments[True]] if arguments[True] else [])])
    return _compiled(name, taken, "\n ".join(lines) or "pass", scope)


def _setter(name: str) -> Callable[[Any, Any], None]:
    return lambda one, value: object.__setattr__(one, name, value)


def _repr(self: Any) -> str:
    shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _hash(made: type[Any], name: str) -> Any:
    hashed = (field.name for field in dataclasses.fields(made) if (field.compare if field.hash is None else field.hash))
    return _compiled(name, "self", f"return hash(({_values('self', hashed)}))", {})


def _comparison(operator: str) -> Callable[[type[Any], str], Any]:
    def make(made: type[Any], name: str) -> Any:
        compared = [field.name for field in dataclasses.fields(made) if field.compare]
        both = f"({_values('self', compared)}){operator}({_values('other', compared)})"
        return _compiled(name, "self,other", f"return {both} if other.__class__ is self.__class__ else NotImplemented", {})

    return make


def _values(one: str, names: Any) -> str:
    return "".join(f"{one}.{name}," for name in names)


def _compiled(name: str, arguments: str, body: str, scope: dict[str, Any]) -> Any:
    """A method; its text has nothing in it but the names of fields, as the standard decorator's has."""
    exec(f"def {name}({arguments}):\n {body}", scope)  # noqa: S102
    return scope[name]


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - so that it is exported
else:
    dataclass = _dataclass
