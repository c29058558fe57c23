"""What an argument that is known only after apply means: a plan lists what an expression refers to, never the expression.

`a.b.id` is listed together with its prefixes, an index by `each.key` or `count.index` apart from what it is the index of.
Source: developer.hashicorp.com/terraform/internals/json-format, "Expression Representation".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from auditor.foundation.value import Known, Symbol, Value, is_null, origin_of
from auditor.lazy.classes import dataclass
from auditor.sources.choices import choose
from auditor.sources.terraform.aws.provider import Provider
from auditor.sources.terraform.plan.addresses import key_of, module_of, parent, suffix
from auditor.sources.terraform.plan.document import Json, Plan, array, entries
from auditor.sources.terraform.values.resource_instance import Instance

# The attributes that can be what an argument means, by the attribute that is usual for it.
_CAN_BE = {
    "id": frozenset({"id", "bucket"}),
    "name": frozenset({"name", "id"}),
    "key_id": frozenset({"key_id", "id", "arn", "target_key_id", "target_key_arn"}),
    "arn": frozenset({"arn", "id", "key_id", "name", "target_key_id", "target_key_arn"}),
    "json": frozenset({"json", "minified_json", "policy"}),
}
_DEEPEST = 32
_UNTOLD = "the plan says which resource the argument refers to, not which attribute of it"
HINT = "audit the plan in the directory of its configuration"
"""What to do where a plan does not tell what an argument is made of."""


@dataclass(frozen=True, slots=True)
class Site:
    """The instance that an expression is written in: its address, its module's address, and its key."""

    address: str
    module: str
    key: Any


@dataclass(frozen=True, slots=True)
class ReferenceMeaning:
    """What an expression may well mean.

    Attributes:
        value: what it refers to.
        certain: whether it can hardly be anything else.
    """

    value: Value
    certain: bool


class PlanReferences:
    """The references of one plan.

    Args:
        plan: it.
        instances: by address.
        provider: what is known of the types of resources.
    """

    def __init__(self, plan: Plan, instances: Mapping[str, Instance], provider: Provider) -> None:
        self.plan = plan
        self.instances = instances
        self.provider = provider

    def meaning(self, expression: Json, site: Site, usual: str) -> ReferenceMeaning | None:
        """What an expression means when it refers to one thing that can be it; None when it does not.

        Args:
            expression: it.
            site: where it is written.
            usual: the attribute that the argument usually is.
        """
        found = self._resolved(expression, site, usual, 0)
        return (
            None
            if found is None
            else ReferenceMeaning(found[0], found[1] and usual != "json" and not self._may_be_derived(found[0]))
        )

    def _may_be_derived(self, value: Value) -> bool:
        """Whether another bucket is called as a text would be that is made of the name of this one.

        An argument that is made of a name, such as `"${aws_s3_bucket.a.id}-copy"`, has the same references as the name itself.
        """
        bucket = self.instances.get(origin_of(value) or "")
        if bucket is None or bucket.type != "aws_s3_bucket":
            return False
        others = (one for one in self.instances.values() if (one.type, one.mode) == ("aws_s3_bucket", "resource"))
        return any(self._overlap(bucket, one) for one in others if one is not bucket)

    def _overlap(self, one: Instance, other: Instance) -> bool:
        """Whether the name of one bucket holds that of the other, or may: both are written, and not known before the apply."""
        names = [self.provider.attribute_of(bucket, "bucket") for bucket in (one, other)]
        texts = [str(name.value) for name in names if isinstance(name, Known)]
        if len(texts) == len(names):
            return texts[0] in texts[1] or texts[1] in texts[0]
        return all(bucket.body.written("bucket") is not None for bucket in (one, other))

    def _resolved(self, expression: Json, site: Site, usual: str, depth: int) -> tuple[Value, bool] | None:
        listed = [str(one) for one in array(expression.get("references"))]
        targets = [one for one in listed if not one.startswith(("each.", "count."))]
        longest = [one for one in targets if not any(other.startswith((f"{one}.", f"{one}[")) for other in targets)]
        keys = {one for one in listed if one not in targets}
        if len(longest) != 1 or depth > _DEEPEST or not keys <= {"each.key", "count.index"} or len(keys) > 1:
            return None
        found = self._referred(longest[0], site, usual, depth, indexed=bool(keys))
        if found is None or "count.index" not in keys:
            return found
        # `x[1 - count.index]` has the same references as `x[count.index]`: there is no doubt only where there is one.
        return found[0], found[1] and self._is_only(longest[0], site)

    def _is_only(self, reference: str, site: Site) -> bool:
        prefix = f"{site.module}." if site.module else ""
        return sum(address.startswith(f"{prefix}{reference}[") for address in self.instances) == 1

    def _referred(self, reference: str, site: Site, usual: str, depth: int, *, indexed: bool) -> tuple[Value, bool] | None:
        prefix = f"{site.module}." if site.module else ""
        key = suffix(site.key) if indexed else ""
        if reference.startswith("var."):
            return None if indexed else self._input(reference, site.module, usual, depth)
        if reference.startswith("module."):
            match = re.fullmatch(r"(module\.[\w-]+)(\[[^\]]+\])?(?:\.([\w-]+))?(?:\[0\])?", reference)
            if match is None or (indexed and match[3]):
                return None
            called = f"{prefix}{match[1]}{match[2] or key}"
            return self._output(match[3], called, usual, depth) if match[3] else self._any_output(called, site, usual, depth)
        match = re.fullmatch(r"((?:data\.)?[\w-]+\.[\w-]+)(\[[^\]]+\])?(?:\.([\w-]+))?", reference)
        if match is None or (indexed and (match[2] or match[3])) or (match[3] and match[3] not in _CAN_BE.get(usual, ())):
            return None
        if not match[3] and not indexed:
            return None  # the whole resource, or a splat
        instance = self.instances.get(f"{prefix}{match[1]}{match[2] or key}")
        if instance is None or (usual == "json" and not match[3] and instance.type != "aws_iam_policy_document"):
            return None
        return self.provider.attribute_of(instance, match[3]) if match[3] else self._any_attribute(instance, site, usual), True

    def _input(self, reference: str, module: str, usual: str, depth: int) -> tuple[Value, bool] | None:
        if not module or reference.count(".") != 1:
            return None
        _, path = module_of(f"{module}.")
        call = entries(entries(self.plan.module(path[:-1]).get("module_calls")).get(path[-1]))
        expression = entries(entries(call.get("expressions")).get(reference.removeprefix("var.")))
        if isinstance(expression.get("constant_value"), str):
            return Known(expression["constant_value"]), True
        above, step = parent(module)
        return self._resolved(expression, Site(module, above, key_of(step)), usual, depth + 1)

    def _output(self, name: str, module: str, usual: str, depth: int) -> tuple[Value, bool] | None:
        _, path = module_of(f"{module}.")
        output = entries(entries(self.plan.module(path).get("outputs")).get(name))
        return self._resolved(entries(output.get("expression")), Site(module, module, None), usual, depth + 1)

    def _any_output(self, module: str, site: Site, usual: str, depth: int) -> tuple[Value, bool] | None:
        """What `module.m[each.key]` with an attribute that the plan does not tell means, where all its outputs that can be it are one."""
        if usual == "json":
            return None
        _, path = module_of(f"{module}.")
        names = entries(self.plan.module(path).get("outputs"))
        found = [one for name in names if (one := self._output(name, module, usual, depth)) is not None and not is_null(one[0])]
        origins = {origin_of(value) for value, _ in found}
        if len(origins) != 1 or None in origins:
            return None
        return self._one_of([value for value, _ in found], site, usual), all(certain for _, certain in found)

    def _any_attribute(self, instance: Instance, site: Site, usual: str) -> Value:
        """What `x[each.key]` with an attribute that the plan does not tell means."""
        computed = self.provider.type_of(instance.mode, instance.type).computed
        names = (usual, *sorted(_CAN_BE.get(usual, frozenset()).intersection(computed).difference({usual})))
        return self._one_of([self.provider.attribute_of(instance, name) for name in names], site, usual)

    def _one_of(self, values: Sequence[Value], site: Site, usual: str) -> Value:
        """What one resource is named by, where the plan does not tell by which attribute: for a KMS key alone it matters whether that is its ARN.

        Source: Amazon S3 API Reference, ServerSideEncryptionByDefault, KMSMasterKeyID: across accounts the key must be named by its ARN.
        """
        found, named = values[0], self.instances.get(origin_of(values[0]) or "")
        if usual != "arn" or named is None or "_kms_" not in named.type:
            return found
        for at, other in enumerate(values[1:], start=1):
            name = f"{site.address} names {named.address} in form {at}"
            found = choose(Symbol(name, _UNTOLD, HINT, named.body.location), other, found)
        return found
