"""What provisioners may configure: a plan holds their arguments, but not what their commands do.

Source: developer.hashicorp.com/terraform/internals/json-format, "Configuration Representation", `provisioners` of a resource; and
developer.hashicorp.com/terraform/language/resources/provisioners/syntax: a provisioner runs a command, and `self` is its resource.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.foundation.errors import AUDIT_LIVE
from auditor.foundation.value import Known, Symbol, Value
from auditor.lazy.expressions import regex
from auditor.model import Opaque
from auditor.sources.api_terms import configures_nothing, written_by
from auditor.sources.terraform.plan.addresses import module_of
from auditor.sources.terraform.plan.document import Json, Plan, array, entries
from auditor.sources.terraform.values.resource_instance import Instance

_RESOURCE = regex(r"(?:data\.)?[\w-]+\.[\w-]+")
_INDIRECT = regex(r"(?:local|module|each)\.")


def provisioned(plan: Plan, resources: Sequence[Json], instances: Mapping[str, Instance]) -> Iterator[Opaque]:
    """The resources with provisioners, each with what it is given: itself, its arguments, and what its configuration refers to.

    Args:
        plan: it.
        resources: those that will be there.
        instances: the same, by address.
    """
    for resource in resources:
        written = plan.configured(resource) or {}
        instance = instances.get(str(resource.get("address")))
        provisioners = array(written.get("provisioners"))
        if instance is None or all(map(_is_harmless, provisioners)):
            continue
        address, place = instance.address, instance.body.location
        reason = f"the provisioner of {address} may configure what it is given"
        symbol = Symbol(f"the provisioner of {address}", reason, AUDIT_LIVE, place)
        given = (_address(address), *_given(plan, resource, written, instances))
        yield Opaque(address, place, instance.when, instance.calls, symbol=symbol, given=given)
        if kinds := written_by("\n".join(_texts(provisioners))):
            called = f"the commands of {address}"
            symbol = Symbol(called, f"{called} write it too", AUDIT_LIVE, place)
            yield Opaque(address, place, instance.when, instance.calls, symbol=symbol, given=given, kinds=kinds, overrides=True)


def _is_harmless(provisioner: Any) -> bool:
    """Whether a provisioner runs commands that are all known, and configure no bucket or key."""
    of_kind, arguments = entries(provisioner).get("type"), entries(entries(provisioner).get("expressions"))
    command = entries(arguments.get("command")).get("constant_value")
    return of_kind == "local-exec" and "interpreter" not in arguments and isinstance(command, str) and configures_nothing(command)


def _given(plan: Plan, resource: Json, written: Json, instances: Mapping[str, Instance]) -> Iterator[Value]:
    parts = (written.get("provisioners"), written.get("expressions"), written.get("depends_on"), resource.get("values"))
    module, _ = module_of(str(resource.get("address")))
    prefix = f"{module}." if module else ""
    for text in (one for part in parts for one in _texts(part)):
        yield Known(text)
        if _INDIRECT.match(text):
            # What a local value, an output or an item holds does not show.
            yield from map(_address, instances)
        elif text.startswith("var.") and not module:
            yield from map(Known, _texts(plan.constant({"references": [text]})))
        elif text.startswith("var."):
            yield from map(_address, instances)
        elif found := _RESOURCE.match(text):
            wanted = f"{prefix}{found.group()}"
            yield from (_address(one) for one in instances if one == wanted or one.startswith(f"{wanted}["))


def _texts(value: Any) -> Iterator[str]:
    """Every text in a part of a plan."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            yield one
        pending.extend(entries(one).values())
        pending.extend(array(one))


def _address(address: str) -> Value:
    return Known(address, None, address)
