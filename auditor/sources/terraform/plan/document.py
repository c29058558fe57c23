"""The JSON of a plan: its resources as they will be, their changes, and how they are configured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.lazy.expressions import regex
from auditor.model import Move
from auditor.sources.terraform.plan.addresses import module_of

Json = Mapping[str, Any]

_MOST_NAMED = 3
_WHOLE = "make a plan of the whole configuration"
OWNERS = ("aws_s3_bucket", "aws_kms_key", "aws_kms_replica_key")
"""The types of buckets and keys, of which more is configured beside them."""

# The type of which the provider deletes nothing, and the arguments that have it delete nothing of others.
_KEPT = "aws_s3_bucket_acl"
_KEEPING = {
    "aws_s3_bucket_public_access_block": ("skip_destroy",),
    "aws_kms_key_policy": ("bypass_policy_lockout_safety_check",),
}


def array(value: Any) -> Sequence[Any]:
    """A list, empty for anything else."""
    return value if isinstance(value, list) else []


def entries(value: Any) -> Json:
    """An object, empty for anything else."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[Json]:
    """The objects in a list."""
    return [one for one in array(value) if isinstance(one, dict)]


class Plan:
    """A plan, or the state before it.

    Args:
        document: the JSON.

    Attributes:
        configuration: what the plan holds of the code.
        changes: what becomes of each resource, by address. A deposed object, which waits to be destroyed, is not the resource of its address.
    """

    def __init__(self, document: Json) -> None:
        self.document = document
        self.configuration = entries(document.get("configuration"))
        self._listed = objects(document.get("resource_changes"))
        self.changes: dict[str, Json] = {str(one.get("address")): one for one in self._listed if "deposed" not in one}
        self._prior = list(_resources(entries(document.get("prior_state"))))
        self._recorded = frozenset(str(one.get("address")) for one in self._prior)

    @property
    def left_out(self) -> tuple[str, str] | None:
        """Why the plan does not show everything that is or will be there, as a clause, and what to do; None when it does.

        Sources: Terraform, internal/command/jsonplan/plan.go, Plan: `complete` is false after `-target` and with deferred changes;
        developer.hashicorp.com/terraform/internals/json-format, "Plan Representation", `deferred_changes`.
        """
        if self.document.get("errored") is True:
            return "the plan ended in an error and is not whole", _WHOLE
        deferred = [
            str(entries(one.get("resource_change")).get("address")) for one in objects(self.document.get("deferred_changes"))
        ]
        if deferred:
            named = ", ".join(deferred[:_MOST_NAMED]) + (
                f" and {len(deferred) - _MOST_NAMED} more" if deferred[_MOST_NAMED:] else ""
            )
            return f"the plan defers {named} to a later one", "apply it, and audit the next plan"
        if self.document.get("complete") is False:
            return "the plan is not complete (it has -target, or changes that are deferred)", _WHOLE
        return None

    def change_of(self, address: str) -> Json:
        """The change of a resource: its actions, and what is known only after apply."""
        return entries(self.changes.get(address, {}).get("change"))

    def actions_on(self, address: str) -> tuple[str, ...]:
        """What is done to a resource; nothing where the plan does not say."""
        return tuple(str(one) for one in array(self.change_of(address).get("actions")))

    def will_be(self) -> Iterator[Json]:
        """The resources after the apply, and the data sources, each as `planned_values` lists it.

        What is forgotten without being destroyed stays as it was; a plan with `-refresh-only` changes nothing.

        Source: Terraform, internal/command/jsonplan/values.go: what is not known before the apply is left out, and so are the values of a resource
        of which nothing is known, as of one that will not be there.
        """
        planned = _resources(entries(self.document.get("planned_values")))
        managed = [one for one in planned if "values" in one or self.change_of(str(one.get("address"))).get("after") is not None]
        if not managed and not self.changes:
            managed = [one for one in self._prior if one.get("mode") == "managed"]
        data = [one for one in self._prior if one.get("mode") == "data"]
        for one in (*data, *managed):
            if not self.is_forgotten(str(one.get("address"))):
                yield one
        seen = {str(one.get("address")) for one in (*data, *managed)}
        for address, one in self.changes.items():
            change = entries(one.get("change"))
            if one.get("mode") == "data" and address not in seen:
                yield {**one, "values": change.get("after")}  # it is read during apply
            elif self.stays(address):
                yield {**one, "values": change.get("before")}

    def deleted(self) -> Iterator[Json]:
        """What the provider had recorded of the resources that the plan deletes, deposed objects too, whether or not it makes others in their place."""
        for one in self._listed:
            change = entries(one.get("change"))
            if "delete" in array(change.get("actions")) and not ("deposed" not in one and self.stays(str(one.get("address")))):
                yield {**one, "values": change.get("before")}

    def before(self) -> Iterator[Json]:
        """What the provider had recorded of every resource, as it was refreshed for the plan."""
        return (one for one in self._prior if one.get("mode") == "managed")

    def is_made(self, address: str) -> bool:
        """Whether the plan creates a resource, or replaces it by a new one."""
        return "create" in self.actions_on(address)

    def keeps(self, address: str, argument: str) -> bool:
        """Whether what a resource has for an argument is there already, and nothing puts it again: the provider sends only what changes."""
        change = self.change_of(address)
        if self.is_forgotten(address) or (address not in self.changes and address in self._recorded):
            return True
        before, after = entries(change.get("before")).get(argument), entries(change.get("after")).get(argument)
        changes = {"create", "delete"}.intersection(self.actions_on(address)) or entries(change.get("after_unknown")).get(argument)
        return before is not None and before == after and not changes

    def writes(self, address: str, argument: str) -> bool:
        """Whether the plan gives an optional and computed argument another value: then the configuration has it, if only in a `dynamic` block.

        Source: Terraform, internal/command/jsonconfig/expression.go: the configuration in a plan leaves `dynamic` blocks out.
        """
        change = self.change_of(address)
        after = entries(change.get("after")).get(argument)
        return bool(after) and after != entries(change.get("before")).get(argument)

    def is_forgotten(self, address: str) -> bool:
        """Whether a resource is no longer managed, without being destroyed."""
        return self.actions_on(address) == ("forget",)

    def stays(self, address: str) -> bool:
        """Whether what a resource configured stays although it is no longer managed: it is forgotten, or the provider deletes nothing."""
        if self.is_forgotten(address):
            return True
        one, before = self.changes.get(address, {}), entries(self.change_of(address).get("before"))
        kept = one.get("type") == _KEPT or any(before.get(argument) is True for argument in _KEEPING.get(str(one.get("type")), ()))
        return kept and self.actions_on(address) == ("delete",) and self._has_owner(before)

    def _has_owner(self, values: Json) -> bool:
        """Whether the bucket or key of recorded values is there after the apply."""
        there = _resources(entries(self.document.get("planned_values")))
        owners = [entries(one.get("values")) for one in there if one.get("type") in OWNERS]
        return any(
            values.get("bucket", values.get("key_id")) in (one.get(name) for name in ("bucket", "key_id", "arn")) for one in owners
        )

    def moved(self) -> Iterator[Move]:
        """The resources that have another address than in the state.

        Source: developer.hashicorp.com/terraform/internals/json-format, "Plan Representation", `previous_address`.
        """
        for address, one in self.changes.items():
            if isinstance(former := one.get("previous_address"), str):
                yield Move(former, address)

    def module(self, path: Sequence[str]) -> Json:
        """The configuration of a module by the names of the calls that lead to it."""
        module = entries(self.configuration.get("root_module"))
        for name in path:
            module = entries(entries(entries(module.get("module_calls")).get(name)).get("module"))
        return module

    def configured(self, resource: Json) -> Json | None:
        """The configuration of a resource, None when the plan does not hold it."""
        _, path = module_of(str(resource.get("address")))
        wanted = tuple(resource.get(name) for name in ("mode", "type", "name"))
        for one in objects(self.module(path).get("resources")):
            if tuple(one.get(name) for name in ("mode", "type", "name")) == wanted:
                return one
        return None

    def provider_key(self, resource: Json) -> str:
        """Which provider configuration a resource has."""
        return str((self.configured(resource) or {}).get("provider_config_key", "aws"))

    def constant(self, expression: Any) -> Any:
        """What an expression of the root module says when it is a constant or a variable; None when that is unknown."""
        if not isinstance(expression, dict):
            return None
        if "constant_value" in expression:
            return expression["constant_value"]
        references = array(expression.get("references"))
        if len(references) == 1 and str(references[0]).startswith("var."):
            return entries(entries(self.document.get("variables")).get(str(references[0]).removeprefix("var."))).get("value")
        return None

    def is_sensitive_variable(self, name: str) -> bool:
        """Whether a variable of the root module is declared as sensitive."""
        declared = entries(entries(self.module(()).get("variables")).get(name))
        return declared.get("sensitive") is True


def _resources(values: Json) -> Iterator[Json]:
    """The resources of `planned_values` or of a state, those of the root module first."""
    pending = [entries(entries(values.get("values")).get("root_module") or values.get("root_module"))]
    while pending:
        one = pending.pop(0)
        yield from objects(one.get("resources"))
        pending += objects(one.get("child_modules"))


_ARN = regex(r"arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}):")


def accounts(plan: Plan, resources: Sequence[Json]) -> dict[str, str]:
    """The account that each provider configuration acts in, by its key, where a data source or an ARN shows it."""
    found: dict[str, str] = {}
    for one in resources:
        values = entries(one.get("values"))
        account = values.get("account_id") if one.get("type") == "aws_caller_identity" else None
        if one.get("mode") == "managed" and one.get("type") != "aws_s3_bucket":
            match = _ARN.match(str(values.get("arn", "")))
            account = match[1] if match else None
        if isinstance(account, str):
            found.setdefault(plan.provider_key(one), account)
    return found
