"""Dataclasses whose methods are compiled when they are called often.

The standard decorator compiles six methods for each class and looks for three special forms in each annotation, in 0.8 ms; a run calls one or
two methods, of half of its classes, and makes few objects of most. For a type checker this is the standard one.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, dataclass_transform

_Class = TypeVar("_Class")
_COMPARED = {
    "__lt__": ("<", operator.lt),
    "__le__": ("<=", operator.le),
    "__gt__": (">", operator.gt),
    "__ge__": (">=", operator.ge),
}
_FIELD: Any = dataclasses._FIELD  # type: ignore[attr-defined]  # noqa: SLF001 - it says of a field that it is one, and no class variable
_FEW = 16  # to make or compare as many objects field by field costs less than to compile what does
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
    """The class as `dataclasses.dataclass` makes it, with methods that are compiled when they are called often.

    `fields`, `replace` and `asdict` know the class. Only what stands in the signature is supported, and of the special forms of
    annotations `ClassVar`.
    """
    if made is None:
        return lambda cls: _dataclass(cls, frozen=frozen, slots=slots, eq=eq, order=order, unsafe_hash=unsafe_hash)
    names = [name for name, kind in made.__annotations__.items() if not ("ClassVar" in str(kind) and _is_of_class(kind))]
    own = vars(made)
    home = _Home(names, {name: own[name] for name in names if name in own}, frozen=frozen)
    added: dict[str, Any] = {
        "__dataclass_fields__": _Attribute(home, "__dataclass_fields__", _fields),
        "__match_args__": _Attribute(home, "__match_args__", _positional),
        "__init__": _init_of_few(home),
        "__repr__": _repr,
    }
    if eq:
        added["__eq__"] = _later(home, "__eq__", *_EQUAL)
        added["__hash__"] = _later(home, "__hash__", _hash, _hash_of_few) if frozen or unsafe_hash else None
    if order:
        added |= {name: _later(home, name, *_comparison(*compared)) for name, compared in _COMPARED.items()}
    for name in added.keys() & own.keys():
        # Python itself puts None where a class has `__eq__` and no `__hash__`
        if own[name] is not None:
            del added[name]
    if frozen:
        added |= {"__setattr__": _refuse, "__delattr__": _refuse}
    if frozen or slots:
        added["__getstate__"] = _later(home, "__getstate__", _state, _state_of_few)
        added["__setstate__"] = _later(home, "__setstate__", _restoring, _restore_few)
    if slots:
        made = _slotted(made, names, added)
    else:
        _put(made, home.defaults, added)
    home.made = made
    return made


def _is_of_class(kind: object) -> bool:
    """Whether an annotation says that an attribute is one of the class."""
    return str(kind).partition("[")[0].endswith("ClassVar")


class _Home:
    """A class, for what is made of it later.

    Attributes:
        names: of the fields that it declares itself.
        defaults: what stands behind the name in its body: a value, or what `field` says.
        frozen: whether its objects never change.
        made: the class, once it is made.
    """

    __slots__ = ("defaults", "frozen", "made", "names")
    made: type[Any]

    def __init__(self, names: Sequence[str], defaults: Mapping[str, Any], *, frozen: bool) -> None:
        self.names, self.defaults, self.frozen = names, defaults, frozen


class _Attribute:
    """An attribute of a class that is made when it is first asked for."""

    __slots__ = ("_home", "_make", "_name")

    def __init__(self, home: _Home, name: str, make: Callable[[_Home], Any]) -> None:
        self._home, self._name, self._make = home, name, make

    def __get__(self, one: object, asked: type[Any]) -> Any:
        made = self._make(self._home)
        setattr(self._home.made, self._name, made)
        return made


def _fields(home: _Home) -> dict[str, Field[Any]]:
    """The fields of a class by name, those of its bases first."""
    fields: dict[str, Any] = {}
    for base in reversed(home.made.__mro__[1:]):
        fields |= getattr(base, "__dataclass_fields__", {})
    kinds = home.made.__annotations__
    for name in home.names:
        default = home.defaults.get(name, MISSING)
        one: Any = default if isinstance(default, Field) else dataclasses.field(default=default)
        one.name, one.type, one.kw_only, one._field_type = name, kinds[name], one.kw_only is True, _FIELD  # noqa: SLF001
        fields[name] = one
    return fields


def _positional(home: _Home) -> tuple[str, ...]:
    """The arguments that may be given by their order."""
    return tuple(field.name for field in home.made.__dataclass_fields__.values() if field.init and not field.kw_only)


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


def _later(home: _Home, name: str, make: Callable[[_Home, str], Any], few: Callable[..., Any]) -> Callable[..., Any]:
    """A method that is looked up field by field, and puts one that is compiled in its place once it was called often.

    Args:
        home: of the class.
        name: of the method.
        make: compiles it.
        few: what it answers meanwhile, given the home and the arguments.
    """
    left = _FEW

    def first(self: Any, *args: Any) -> Any:
        nonlocal left
        left -= 1
        return few(home, self, *args) if left >= 0 else _put_there(home, name, make(home, name))(self, *args)

    return first


def _put_there(home: _Home, name: str, method: Any) -> Any:
    """A method, in its place in the class."""
    method.__qualname__ = f"{home.made.__qualname__}.{name}"
    setattr(home.made, name, method)
    return method


def _refuse(one: Any, name: str, *_: object) -> NoReturn:
    raise FrozenInstanceError(f"'{name}' of {one.__class__.__name__} cannot be changed")


def _state(home: _Home, name: str) -> Any:
    return _compiled(name, "self", f"return ({_values('self', home.made.__dataclass_fields__)})", {})


def _state_of_few(home: _Home, one: Any) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in home.made.__dataclass_fields__)


def _restoring(home: _Home, name: str) -> Any:
    names = [*home.made.__dataclass_fields__]
    lines = [f"({''.join(f'{one},' for one in names)})=state", *(f"_set_{one}(self,{one})" for one in names)]
    return _compiled(name, "self,state", "\n ".join(lines), {f"_set_{one}": _putting(home.made, one) for one in names})


def _restore_few(home: _Home, one: Any, state: Sequence[Any]) -> None:
    for name, value in zip(home.made.__dataclass_fields__, state, strict=True):
        object.__setattr__(one, name, value)


def _init_of_few(home: _Home) -> Callable[..., None]:
    """Makes an object field by field; once there are many, or where an argument is wrong, what is compiled takes its place."""
    left = _FEW

    def first(self: Any, *args: Any, **given: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0 or not _filled(home, self, args, given):
            _put_there(home, "__init__", (_init_of_frozen if home.frozen else _init)(home, "__init__"))(self, *args, **given)
        elif hasattr(self, "__post_init__"):
            self.__post_init__()

    return first


def _filled(home: _Home, one: Any, args: Sequence[Any], given: dict[str, Any]) -> bool:
    """Whether an object has all its fields now; not where an argument is wrong."""
    put = object.__setattr__ if home.frozen else setattr
    named = 0
    values = dict(zip(home.made.__match_args__, args, strict=False))
    values.update(given)
    if len(values) < len(args) + len(given):
        return False
    for name, field in home.made.__dataclass_fields__.items():
        if field.init and name in values:
            put(one, name, values[name])
            named += 1
        elif field.default is not MISSING:
            put(one, name, field.default)
        elif field.default_factory is not MISSING:
            put(one, name, field.default_factory())
        elif field.init:
            return False
    return named == len(values)


def _init(home: _Home, name: str) -> Any:
    return _initializer(home.made, name, "self.{0}={1}")


def _init_of_frozen(home: _Home, name: str) -> Any:
    return _initializer(home.made, name, "_set_{0}(self,{1})")


def _initializer(made: type[Any], name: str, put: str) -> Any:
    """Makes an object; compiled with numbers for names, once for all classes whose fields are filled in the same way."""
    scope: dict[str, Any] = {"_absent": _ABSENT}
    names: dict[str, str] = {}
    arguments: dict[bool, list[str]] = {False: ["self"], True: []}
    defaults: dict[bool, dict[str, Any]] = {False: {}, True: {}}
    lines = []
    for number, field in enumerate(dataclasses.fields(made)):
        given = value = f"_{number}"
        default: Any = field.default
        names[given], scope[f"_set_{given}"] = field.name, _putting(made, field.name)
        if field.default_factory is not MISSING:
            scope[f"_make_{given}"], default = field.default_factory, _ABSENT
            value = f"_make_{given}() if {given} is _absent else {given}" if field.init else f"_make_{given}()"
        elif not field.init:
            scope[f"_default_{given}"], value = default, f"_default_{given}"
        if field.init:
            by_name = field.kw_only is True
            arguments[by_name].append(given)
            defaults[by_name] |= {} if default is MISSING else {field.name: default}
        if field.init or default is not MISSING:  # or else `__post_init__` makes it
            lines.append(put.format(given, value))
    if hasattr(made, "__post_init__"):
        lines.append("self.__post_init__()")
    taken = ",".join([*arguments[False], *(["*", *arguments[True]] if arguments[True] else [])])
    form = _form(taken, "\n ".join(lines) or "pass")
    code = form.replace(
        co_name=name,
        co_names=tuple(names.get(one, one) for one in form.co_names),
        co_varnames=tuple(names.get(one, one) for one in form.co_varnames),
    )
    method = FunctionType(code, scope, name, tuple(defaults[False].values()))
    method.__kwdefaults__ = defaults[True]
    return method


@functools.cache
def _form(arguments: str, body: str) -> CodeType:
    code: CodeType = _compiled("form", arguments, body, {}).__code__
    return code


def _putting(made: type[Any], name: str) -> Callable[[Any, Any], None]:
    """What sets a field of an object of a frozen class: the slot itself, where there is one."""
    if hasattr(made, "__slots__"):
        slot: Callable[[Any, Any], None] = getattr(made, name).__set__
        return slot
    return lambda one, value: object.__setattr__(one, name, value)


def _repr(self: Any) -> str:
    shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _is_hashed(field: Field[Any]) -> bool:
    return field.compare if field.hash is None else field.hash


def _hash(home: _Home, name: str) -> Any:
    hashed = (field.name for field in home.made.__dataclass_fields__.values() if _is_hashed(field))
    return _compiled(name, "self", f"return hash(({_values('self', hashed)}))", {})


def _hash_of_few(home: _Home, one: Any) -> int:
    return hash(tuple(getattr(one, field.name) for field in home.made.__dataclass_fields__.values() if _is_hashed(field)))


def _comparison(symbol: str, holds: Callable[[Any, Any], Any]) -> tuple[Callable[[_Home, str], Any], Callable[..., Any]]:
    """What compiles a comparison, and what compares field by field.

    Args:
        symbol: its operator.
        holds: the same as a function.
    """

    def make(home: _Home, name: str) -> Any:
        both = f"({_values('self', _compared(home))}){symbol}({_values('other', _compared(home))})"
        return _compiled(name, "self,other", f"return {both} if other.__class__ is self.__class__ else NotImplemented", {})

    def few(home: _Home, one: Any, other: Any) -> Any:
        if other.__class__ is not one.__class__:
            return NotImplemented
        names = _compared(home)
        return holds(tuple(getattr(one, name) for name in names), tuple(getattr(other, name) for name in names))

    return make, few


def _compared(home: _Home) -> list[str]:
    return [field.name for field in home.made.__dataclass_fields__.values() if field.compare]


def _values(one: str, names: Iterable[str]) -> str:
    return "".join(f"{one}.{name}," for name in names)


def _compiled(name: str, arguments: str, body: str, scope: dict[str, Any]) -> Any:
    """A method; its text has nothing in it but the names of fields, as the standard decorator's has."""
    exec(f"def {name}({arguments}):\n {body}", scope)  # noqa: S102
    return scope[name]


_EQUAL = _comparison("==", operator.eq)

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - so that it is exported
else:
    dataclass = _dataclass


@dataclass_transform(frozen_default=True, eq_default=True)
def unguarded(made: type[_Class]) -> type[_Class]:
    """A frozen slotted dataclass for the type checker, cheap to make: for what is made by the hundred thousand.

    At run time its fields are not guarded, which halves the cost of making one.
    """
    made_of_it: type[_Class] = dataclass(slots=True, unsafe_hash=True)(made)
    return made_of_it
