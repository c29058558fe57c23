"""What runs or makes something that is not in the code: stacks, invocations, provisioners. It may configure whatever it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.foundation.errors import AUDIT_LIVE
from auditor.foundation.value import (
    Domain,
    Known,
    Symbol,
    Value,
    alternatives,
    is_null,
    is_text,
    shown,
    symbols_in,
    text_parts,
    texts_in,
)
from auditor.lazy.expressions import regex
from auditor.model import Opaque
from auditor.sources.api_terms import configures_nothing, written_by
from auditor.sources.terraform.aws.found import RootDeclarations
from auditor.sources.terraform.modules.body import WrittenBody
from auditor.sources.terraform.modules.module import Root
from auditor.sources.terraform.syntax.tree import Literal, TemplateExpression, Variable
from auditor.sources.terraform.values.resource_instance import Instance

# What a provisioner may call the id that AWS gives its resource.
_OF_ITSELF = ("self.id at ", "self.arn at ")
# The API groups of the operators that make and configure resources of AWS.
_OPERATORS = regex(r"\b(?:services\.k8s\.aws|aws\.(?:m\.)?upbound\.io|aws\.crossplane\.io)/")


def may_configure(reason: str, *arguments: str) -> Callable[[Instance, RootDeclarations], None]:
    """Reads a resource that may configure what some of its arguments hand to it.

    Args:
        reason: why, as a clause; `{}` stands for its address.
        arguments: their names.
    """

    def declare(instance: Instance, found: RootDeclarations) -> None:
        found.declare(
            Opaque,
            instance,
            symbol=Symbol(instance.address, reason.format(instance.address), AUDIT_LIVE, instance.body.location),
            given=tuple(instance.body.attribute(name) for name in arguments),
        )

    return declare


def may_manage(*arguments: str) -> Callable[[Instance, RootDeclarations], None]:
    """Reads what is handed to Kubernetes: only a resource of an operator for AWS configures a bucket, an application that is told its name does not.

    Source: aws-controllers-k8s.github.io/community/docs (API groups of ACK: `s3.services.k8s.aws`); docs.crossplane.io, providers for AWS
    (`s3.aws.upbound.io`, `s3.aws.m.upbound.io`, `s3.aws.crossplane.io`).

    Args:
        arguments: the names of those that hold manifests.
    """
    configure = may_configure("{} may have a Kubernetes operator configure what it is given", *arguments)

    def declare(instance: Instance, found: RootDeclarations) -> None:
        written = (text for name in arguments for text in texts_in(instance.body.attribute(name)))
        if any(isinstance(part, str) and _OPERATORS.search(part) for text in written for part in text_parts(text)):
            configure(instance, found)

    return declare


STACK = "the template of {} is not in the code, and may configure what it is given"
"""Why a stack may configure something."""


def provisioned(root: Root) -> Iterator[Opaque]:
    """The resources with provisioners, which may configure whatever they are given.

    Source: developer.hashicorp.com/terraform/language/resources/provisioners/syntax: a provisioner runs a command when its resource is created; what
    it refers to by `self` are the arguments of that resource.
    """
    modules = tuple(root.modules_saying_more())
    for module in modules:
        types = frozenset(
            labels[0]
            for labels, definitions in module.source.definitions.get("resource", {}).items()
            if any(definition.raw.mentions("provisioner") for definition in definitions)
        )
        for instance in module.instances(types) if types else ():
            if isinstance(instance.body, WrittenBody) and instance.body.holds("provisioner"):
                if _configures_nothing(instance.body):
                    continue
                reason = f"the provisioner of {instance.address} may configure what it is given"
                yield Opaque(
                    instance.address,
                    instance.body.location,
                    instance.when,
                    instance.calls,
                    symbol=Symbol(f"the provisioner of {instance.address}", reason, AUDIT_LIVE, instance.body.location),
                    given=(Known(instance.address, instance.body.location, instance.address), *instance.body.everything()),
                )
                yield from _commands(instance, instance.body)


def _configures_nothing(body: WrittenBody) -> bool:
    """Whether all provisioners of a resource run commands that certainly configure no bucket or key."""
    blocks, read = body.syntax.blocks, body.blocks("provisioner").items
    labels = [block.labels for block in blocks if "provisioner" in (block.type, *block.labels)]
    return len(labels) == len(read) and all(
        label == ("local-exec",) and isinstance(written, WrittenBody) and _is_harmless(written)
        for label, (_, written) in zip(labels, read, strict=True)
    )


def _is_harmless(provisioner: WrittenBody) -> bool:
    if not is_null(provisioner.attribute("interpreter")):
        return False
    command = provisioner.attribute("command")
    # Where something unresolved may be anything, it may be commands.
    certain = all(is_text(part) for _, part in alternatives(command)) and all(
        part.domain is not Domain.ANY or part.name.startswith(_OF_ITSELF) for part in symbols_in(command)
    )
    return certain and all(configures_nothing(shown(text_parts(part), "-")) for _, part in alternatives(command) if is_text(part))


def _commands(instance: Instance, body: WrittenBody) -> Iterator[Opaque]:
    """What the commands of its provisioners certainly write, whatever else does; those that run when it is destroyed write nothing before."""
    for when, written in body.blocks("provisioner").items:
        if not isinstance(written, WrittenBody) or _is_at_end(written):
            continue
        texts = [text for value in (written.attribute("command"), written.attribute("inline")) for text in texts_in(value)]
        said = "\n".join(part for text in texts for part in text_parts(text) if isinstance(part, str))
        if kinds := written_by(said):
            symbol = Symbol(
                f"the commands of {instance.address}",
                f"the commands of {instance.address} write it too",
                AUDIT_LIVE,
                written.location,
            )
            yield Opaque(
                instance.address,
                written.location,
                instance.when.also(when),
                instance.calls,
                symbol=symbol,
                given=(Known(instance.address, None, instance.address), *written.everything(), *_of_itself(body, written)),
                kinds=kinds,
                overrides=True,
            )


def _is_at_end(provisioner: WrittenBody) -> bool:
    """Whether it runs when its resource is destroyed: `when = destroy`, in JSON syntax a text."""
    attribute = provisioner.syntax.attributes.get("when")
    match attribute.expression if attribute else None:
        case Variable("destroy") | Literal("destroy") | TemplateExpression(("destroy",)):
            return True
    return False


def _of_itself(body: WrittenBody, provisioner: WrittenBody) -> Iterator[Value]:
    """What `self` may mean in a provisioner, where it stands there."""
    attributes = (provisioner.attribute(name) for name in provisioner.syntax.attributes)
    if any(part.name.startswith("self") for value in attributes for part in symbols_in(value)):
        for name in body.names():
            yield body.attribute(name)
