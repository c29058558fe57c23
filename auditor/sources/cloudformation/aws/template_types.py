"""The types of resources as far as they are known: resources as declarations, and what references to them give.

Source: AWS CloudFormation Template Reference, "Properties" and "Return values" of each type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import Domain, Known, MapValue, Symbol, Unknown, Value, alternatives, is_null, origin_of
from auditor.lazy.expressions import regex
from auditor.model import (
    AliasDeclaration,
    Attachment,
    BucketDeclaration,
    Declarations,
    Directive,
    IdentityDeclaration,
    IdentityPolicyDeclaration,
    KeyDeclaration,
    Kind,
    MembershipDeclaration,
    Opaque,
    OrganizationPolicyDeclaration,
    Owner,
)
from auditor.sources.choices import in_branches, read_from, where_written
from auditor.sources.cloudformation.aws import not_evaluated
from auditor.sources.cloudformation.aws.attributes import ASSIGNED, is_custom
from auditor.sources.cloudformation.aws.connectors import connectors_of
from auditor.sources.cloudformation.aws.found import StackDeclarations
from auditor.sources.cloudformation.aws.resource_type import Property, TemplateType
from auditor.sources.cloudformation.aws.slips import attribute_meant, corrected, nearest
from auditor.sources.cloudformation.stack import WITH_ROLE, Stack, StackResource

_IDENTITIES = regex(rf"AWS::IAM::|{'|'.join(WITH_ROLE)}")
_NOTHING_KNOWN = TemplateType("")
# The ways of a request that only its own account's networks have.
_NETWORKS = {"AWS::EC2::VPC": Domain.NETWORK, "AWS::EC2::VPCEndpoint": Domain.NETWORK}
_UNIQUE_IDS = frozenset({("AWS::IAM::Role", "RoleId"), ("AWS::CloudFront::CloudFrontOriginAccessIdentity", "S3CanonicalUserId")})
# What else may make a bucket or key, or add to one.
_MACROS = r"::MODULE\b|Rain::(?:Module|Include)\b|Fn::Transform|!Transform"


# The services of which no type that CloudFormation has is this much like another one, so that what is so is a slip.
_SERVICES = ("AWS::S3", "AWS::KMS", "AWS::IAM")
_MISSPELT = ("s3::bucket", "s3:bucket", "s3_bucket")  # in lower case

_NONE: frozenset[Kind] = frozenset()  # the properties of a resource that configures nothing are not looked at


class TemplateTypes:
    """The types that are known.

    Args:
        parts: what CloudFormation knows of each record: the kind of configuration that the record is about, None when it is about
            something of its own, and the type that makes it or the property that it is.
        of_roles: the types that matter only beside a bucket.
    """

    def __init__(self, parts: Iterable[tuple[Kind | None, TemplateType | Property]], of_roles: frozenset[str]) -> None:
        self._types: dict[str, TemplateType] = {}
        self._kinds: dict[str, Kind] = {}
        self._properties: dict[str, list[tuple[Kind, Property]]] = {}
        for kind, part in parts:
            if isinstance(part, TemplateType):
                self._types[part.name] = part
                if kind is not None:
                    self._kinds[part.name] = kind
            elif kind is not None:
                for owner in part.owners:
                    self._properties.setdefault(owner, []).append((kind, part))
        alone = sorted(one.name for one in self._types.values() if one.declare is not None and one.name not in of_roles)
        self._by_letters = {_letters(name): name for name in self._types}
        self._meant: dict[str, str | None] = {}
        self._relevant = re.compile(rf"(?:{'|'.join(map(re.escape, alone))})\b|{_MACROS}")

    def is_relevant(self, text: str, *, roles: bool = False) -> bool:
        """Whether a template can declare a bucket or key, or add to one; with `roles`, something of IAM too."""
        if self._relevant.search(text) is not None or (roles and _IDENTITIES.search(text) is not None):
            return True
        lowered = text.lower()
        return any(word in lowered for word in _MISSPELT)

    def attribute_meant(self, resource_type: str, name: str) -> str | None:
        """See `Types`."""
        return attribute_meant(resource_type, name)

    def corrected(self, resource_type: str, body: MapValue, name: str) -> tuple[MapValue, tuple[InputError, ...]]:
        """See `Types`."""
        return corrected(resource_type, body, name)

    def meant(self, resource_type: str) -> str | None:
        """The type that is meant by one that CloudFormation does not know; None where no slip is certain.

        A slip is one of case or of colons, and in the services whose types are all listed one of a letter or two.
        """
        if resource_type in self._types:
            return None
        if resource_type not in self._meant:
            letters = _letters(resource_type)
            found = self._by_letters.get(letters) or self._by_letters.get(f"aws{letters}")
            self._meant[resource_type] = found or self._near(resource_type)
        return self._meant[resource_type]

    def _near(self, resource_type: str) -> str | None:
        """The type of the same service whose name is all but a letter or two that of another one."""
        service, _, name = resource_type.rpartition("::")
        if service not in _SERVICES:
            return None
        own = {known.rpartition("::")[2]: known for known in self._types if known.startswith(f"{service}::")}
        near = nearest(name, own)
        return own[near] if near else None

    def reference_to(self, resource: StackResource) -> Value:
        """What `Ref` gives; a text carries the resource's address in `origin`."""
        compute = self._types.get(resource.type, _NOTHING_KNOWN).reference
        if compute is not None:
            return read_from(compute(resource), resource.address)
        # The physical id: unknown, and without wildcards, except where a custom resource makes up what it likes.
        domain = Domain.ANY if is_custom(resource.type) else _NETWORKS.get(resource.type, Domain.ASSIGNED)
        return read_from(Unknown(Symbol(resource.address, ASSIGNED, "", resource.location, domain)), resource.address)

    def attribute_of(self, resource: StackResource, name: str) -> Value:
        """What `Fn::GetAtt` gives; likewise, unless it does not name its bucket, key or role."""
        known = self._types.get(resource.type, _NOTHING_KNOWN)
        compute = known.attributes.get(name)
        if compute is not None:
            return read_from(compute(resource), resource.address)
        full = f"{resource.address}.{name}"
        if resource.type in not_evaluated.STACKS:
            reason = f"the template of the nested stack {resource.address} is not available locally"
            return Unknown(Symbol(full, reason, "", resource.location), None, None)
        if is_custom(resource.type):
            return Unknown(Symbol(full, "a custom resource returns it at deployment", "", resource.location))
        domain = Domain.ASSIGNED if name.endswith(("Arn", "Id", "Name", "ARN")) else Domain.ANY
        domain = Domain.IDENTITY if (resource.type, name) in _UNIQUE_IDS else domain
        return Unknown(Symbol(full, ASSIGNED, "", resource.location, domain), None, None if known.owner else resource.address)

    def declarations(
        self,
        root: str,
        stack: Stack,
        directives: Sequence[Directive],
        errors: Sequence[InputError],
        beside: Callable[[], Iterable[Stack]] = tuple,
    ) -> Declarations:
        """What a stack declares, with the stacks nested in it, and what stacks beside it configure of its buckets or declare of keys and roles.

        Args:
            root: the template's file.
            stack: it.
            directives: the comments and metadata that speak to the tool.
            errors: what could not be read before.
            beside: the stacks that it imports from, or that import from it; their own buckets are audited with them.
        """
        found = StackDeclarations()
        for one in _with_nested(stack):
            self._read_stack(one, found)
        own = found.of(BucketDeclaration)
        others = tuple(beside())
        for one in (nested for other in others for nested in _with_nested(other)):
            self._read_stack(one, found)
        prefixes = tuple(other.prefix for other in others)
        return Declarations(
            root,
            "cloudformation",
            buckets=own,
            attachments=tuple(kept for one in found.of(Attachment) for kept in _of_own(one, own, prefixes)),
            keys=found.of(KeyDeclaration),
            aliases=found.of(AliasDeclaration),
            identities=found.of(IdentityDeclaration),
            identity_policies=found.of(IdentityPolicyDeclaration),
            memberships=found.of(MembershipDeclaration),
            organization_policies=found.of(OrganizationPolicyDeclaration),
            opaque=found.of(Opaque),
            not_read=tuple(found.not_read),
            errors=tuple(dict.fromkeys((*errors, *stack.errors()))),
            directives=tuple(directives),
            absent=frozenset(address for one in _with_nested(stack) for address in _absent_identities(one)),
        )

    def _read_stack(self, stack: Stack, found: StackDeclarations) -> None:
        for resource in stack.resources.values():
            known = self._types.get(resource.type, _NOTHING_KNOWN)
            declare = known.declare or not_evaluated.reader(resource)
            if declare is not None:
                declare(resource, found)
            self._read_properties(resource, found)
            connectors_of(resource, found)
        # What may add to the template may add to every bucket, key and role of it.
        place = stack.template.sections.location or Location(stack.template.path)
        owners = (*found.of(BucketDeclaration), *found.of(KeyDeclaration), *found.of(IdentityDeclaration))
        own = tuple(Known(one.address, None, one.address) for one in owners if one.address.startswith(stack.prefix))
        for symbol in stack.additions:
            found.add(Opaque(symbol.name, symbol.location or place, stack.when, stack.calls, symbol=symbol, given=own))
        for symbol in (*stack.macros, *stack.unread):
            found.add(Opaque(symbol.name, symbol.location or place, stack.when, stack.calls, symbol=symbol, unread=True))

    def _configured_by(self, resource: StackResource) -> frozenset[Kind] | None:
        """What a resource can configure beside itself, None when anything."""
        if resource.type in not_evaluated.STACKS_AND_SETS or not_evaluated.reader(resource) is not None:
            return None
        kind = self._kinds.get(resource.type)
        return _NONE if kind is None else frozenset({kind})

    def _read_properties(self, resource: StackResource, found: StackDeclarations) -> None:
        kinds = self._configured_by(resource)
        if kinds != _NONE and (unread := resource.unread) is not None:
            found.declare(Opaque, resource, symbol=unread, kinds=kinds, unread=True)
        properties = self._properties.get(resource.type, [])
        for kind, part in properties:
            for when, value in where_written(resource.value(part.name)):
                content = in_branches(value, part.content)
                if not is_null(content):
                    found.attach(resource, kind, content, part.name, when)
        if properties and (macro := resource.macro) is not None:
            kinds = frozenset(kind for kind, part in properties if part.name not in resource.written.entries)
            found.declare(Opaque, resource, symbol=macro, given=(self.reference_to(resource),), kinds=kinds)


def _letters(resource_type: str) -> str:
    return re.sub(r"[^a-z0-9]", "", resource_type.lower())


def _absent_identities(stack: Stack) -> Iterator[str]:
    """The addresses of the roles and users of a stack whose condition does not hold."""
    for name, kind in stack.absent.items():
        if kind in ("AWS::IAM::Role", "AWS::IAM::User") or kind in WITH_ROLE:
            yield f"{stack.prefix}{name}{'Role' if kind in WITH_ROLE else ''}"


def _with_nested(stack: Stack) -> Iterator[Stack]:
    yield stack
    for resource in stack.resources.values():
        if resource.type in not_evaluated.STACKS_AND_SETS and (child := stack.child(resource)) is not None:
            yield from _with_nested(child)


def _of_own(attachment: Attachment, own: Sequence[BucketDeclaration], beside: tuple[str, ...]) -> Iterator[Attachment]:
    """An attachment as far as it may be to a bucket of a stack, where stacks with some prefixes are read beside it; one to a key as it is."""
    if attachment.kind.owner is not Owner.BUCKET or not beside:
        yield attachment
    elif attachment.address.startswith(beside):
        addresses = {one.address for one in own}
        for when, target in alternatives(attachment.target, attachment.when):
            if origin_of(target) in addresses:
                yield replace(attachment, target=target, when=when)
    elif not all((origin_of(target) or "").startswith(beside) for _, target in alternatives(attachment.target)):
        yield attachment
