"""Templates of CloudFormation in stacks and stack sets of Terraform: what they declare, with what the code gives them.

Source: Terraform AWS provider, Resources aws_cloudformation_stack, aws_cloudformation_stack_set (`parameters`, `auto_deployment`),
aws_cloudformation_stack_set_instance and aws_cloudformation_stack_instances (`stack_set_name`, `parameter_overrides`).
"""

from __future__ import annotations

from collections.abc import Iterable

from auditor.foundation.equality import same_text
from auditor.foundation.errors import InputError
from auditor.foundation.value import ALWAYS, Known, Template, Truth, Unknown, is_null, origin_of
from auditor.model import Declarations
from auditor.sources.cloudformation.aws.template_types import TemplateTypes
from auditor.sources.cloudformation.inline import declared_inline
from auditor.sources.cloudformation.stack_sets import Overrides, Spread, groups_in
from auditor.sources.terraform.aws.attributes import account_of, region_of
from auditor.sources.terraform.values.resource_instance import Instance

_SETS = ("aws_cloudformation_stack_set", "awscc_cloudformation_stack_set")
_OF_SETS = ("aws_cloudformation_stack_set_instance", "aws_cloudformation_stack_instances")


def inline(instance: Instance, instances: Iterable[Instance], types: TemplateTypes) -> Declarations | tuple[InputError, ...]:
    """What the template in a stack or stack set declares; where it is not resolved, what keeps it from being read.

    Args:
        instance: the stack or stack set.
        instances: everything of its root.
        types: what CloudFormation knows of each type.
    """
    body, is_set = instance.body, instance.type in _SETS
    spread = Spread.of(instance.address, body.location) if is_set else None
    return declared_inline(
        body.attribute("template_body"),
        body.attribute("parameters"),
        body.written("template_body") or body.location,
        address=instance.address,
        account=spread.account if spread else account_of(instance),
        region=spread.region if spread else region_of(instance),
        when=instance.when.and_(spread.exists) if spread else instance.when,
        calls=(*instance.calls, body.location),
        types=types,
        overrides=_overrides(instance, instances) if is_set else None,
    )


def _is_set_of(instance: Instance, stacks: Instance) -> Truth:
    """Whether some stacks are those of a stack set."""
    named, name = stacks.body.attribute("stack_set_name"), instance.body.attribute("name")
    if origin_of(named) == instance.address:
        return Truth.TRUE
    texts = (Known, Template, Unknown)
    return same_text(named, name) if isinstance(named, texts) and isinstance(name, texts) else Truth.UNKNOWN


def _overrides(instance: Instance, instances: Iterable[Instance]) -> Overrides:
    body = instance.body
    groups = list(groups_in(body.attribute("stack_instances_group"), "parameter_overrides") or ())
    certain = bool(groups)
    for stacks in instances:
        of_it = _is_set_of(instance, stacks) if stacks.type in _OF_SETS else Truth.FALSE
        if of_it is not Truth.FALSE:
            groups.append(stacks.body.attribute("parameter_overrides"))
            certain = certain or (of_it is Truth.TRUE and stacks.when == ALWAYS)
    deployment = body.blocks("auto_deployment")
    is_automatic = bool(deployment.items or deployment.rest) or not is_null(body.attribute("auto_deployment"))
    return Overrides(groups, whole=certain and not is_automatic)
