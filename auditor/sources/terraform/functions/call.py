"""Calls of Terraform's functions.

Source of what each returns: developer.hashicorp.com/terraform/language/functions, and `terraform console`, against which they are tested.
"""

from __future__ import annotations

import importlib

from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Symbol, Unknown, Value, is_null
from auditor.sources.choices import distribute
from auditor.sources.naming import derived, in_one, name_of
from auditor.sources.terraform.functions.registry import FUNCTIONS, Arguments, Function
from auditor.sources.terraform.values.failure import Doubtful, Failed, doubtful, failed, resolve
from auditor.sources.terraform.values.scope import References

# The module of each function; it is loaded, which registers its functions, when one of them is called for the first time.
_HOMES = {
    "collections": (
        "alltrue anytrue chunklist coalesce coalescelist compact concat contains distinct element ephemeralasnull flatten index "
        "issensitive keys length list lookup map matchkeys merge nonsensitive one reverse sensitive setintersection setproduct "
        "setsubtract setunion slice sort tobool tolist tomap tonumber toset tostring transpose values zipmap"
    ),
    "dates": (
        "formatdate timeadd timecmp"
    ),
    "encoding": (
        "base64decode base64encode base64gzip base64sha256 base64sha512 csvdecode jsondecode jsonencode md5 sha1 sha256 sha512 "
        "textdecodebase64 textencodebase64 urldecode urlencode uuidv5"
    ),
    "filesystem": (
        "abspath basename dirname file filebase64 filebase64sha256 filebase64sha512 fileexists filemd5 fileset filesha1 "
        "filesha256 filesha512 pathexpand"
    ),
    "network": (
        "cidrhost cidrnetmask cidrsubnet cidrsubnets"
    ),
    "numbers": (
        "abs ceil floor max min parseint pow range signum sum"
    ),
    "provider": (
        "provider::aws::arn_build provider::aws::arn_parse provider::aws::trim_iam_role_path"
    ),
    "strings": (
        "chomp endswith format formatlist indent join lower regex regexall replace split startswith strcontains strrev substr "
        "title trim trimprefix trimspace trimsuffix upper"
    ),
    "yaml_text": (
        "yamldecode yamlencode"
    ),
}  # fmt: skip
HOMES = {name: module for module, names in _HOMES.items() for name in names.split()}

_NEW_EACH_TIME = frozenset({"timestamp", "plantimestamp", "uuid", "bcrypt"})


def call(name: str, values: tuple[Value, ...], module: References, location: Location) -> Value:
    """The result of a function; what is not evaluated is unknown, with the reason."""
    name = name.removeprefix("core::")
    failure = next((value for value in values if isinstance(value, Failed)), None)
    if failure is not None:
        return failure
    function = function_of(name)
    if function is None:
        return module.function(name, values, location) or _unknown_function(name, values, location)
    if len(values) < function.least or (function.most is not None and len(values) > function.most):
        return failed(f"{name} does not take {len(values)} arguments", location)
    if not module.meter.spend(1 + sum(map(_work, values))):
        return Unknown(Symbol(f"{name} at {location}", "there is too much to evaluate"), location)

    def run(arguments: tuple[Value, ...]) -> Value:
        failure = next((value for value in arguments if isinstance(value, Failed)), None)
        if failure is not None:
            return failure
        if not function.nulls and any(is_null(value) for value in arguments):
            return failed(f"{name}: an argument is null", location)
        made = function.work(Arguments(name, arguments, module, location))
        return resolve(made) if isinstance(made, Doubtful) and function.never_fails(arguments) else made

    answer = distribute(values, run, function.deep)
    if answer is None:  # under too many conditions, beside which the other arguments may still tell something
        return call_unknown(name, values, location) if function.deep else run(tuple(map(in_one, values)))
    return answer


def function_of(name: str) -> Function | None:
    """The function of a name without `core::`; None where it is not evaluated."""
    if name not in FUNCTIONS and name in HOMES:
        importlib.import_module(f"auditor.sources.terraform.functions.{HOMES[name]}")
    return FUNCTIONS.get(name)


def _work(value: Value) -> int:
    """How many steps a function takes for an argument."""
    match value:
        case ListValue(items=items):
            return len(items)
        case MapValue(entries=entries):
            return len(entries)
        case Known(value=str(text)):
            return len(text) // 256
    return 0


def call_unknown(name: str, values: tuple[Value, ...], location: Location) -> Unknown:
    """The result of a call whose arguments are too little known to evaluate it."""
    return doubtful(derived(f"{name}({', '.join(map(name_of, values))})", *values, location=location))


def _unknown_function(name: str, values: tuple[Value, ...], location: Location) -> Value:
    written = f"{name}({', '.join(map(name_of, values))})"
    if name in _NEW_EACH_TIME:
        # Two calls differ, so the place belongs to the name.
        return derived(f"{written} at {location}", reason=f"{name} gives a new value at each run", location=location)
    if "::" in name:
        return doubtful(derived(written, reason=f"{name} is a function of a provider", location=location))
    return doubtful(derived(written, reason=f"function {name} is not evaluated", location=location))
