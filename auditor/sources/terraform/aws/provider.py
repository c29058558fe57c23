"""The AWS provider as far as its types are known: instances as declarations, and their attributes.

Source: registry.terraform.io/providers/hashicorp/aws/latest/docs, "Argument Reference" and "Attribute Reference" of each type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from auditor.foundation.equality import same_text
from auditor.foundation.errors import InputError
from auditor.foundation.value import Truth, Value, is_null
from auditor.model import (
    AliasDeclaration,
    Attachment,
    BucketDeclaration,
    Declarations,
    ExclusiveDeclaration,
    GrantDeclaration,
    IdentityDeclaration,
    IdentityPolicyDeclaration,
    KeyDeclaration,
    Kind,
    MembershipDeclaration,
    Opaque,
    OrganizationPolicyDeclaration,
    Owner,
)
from auditor.sources.choices import meaning, read_from
from auditor.sources.terraform.aws.attributes import account_of, written_attribute
from auditor.sources.terraform.aws.found import RootDeclarations
from auditor.sources.terraform.aws.lifecycle import in_force
from auditor.sources.terraform.aws.resource_type import Content, Inside, TerraformType
from auditor.sources.terraform.modules.body import made_of
from auditor.sources.terraform.modules.misnamed import BlockNames
from auditor.sources.terraform.values.resource_instance import Exporting, Instance

_NOTHING_KNOWN = TerraformType("")


class Provider:
    """The types that are known.

    Args:
        parts: what Terraform knows of each record: the kind of configuration that the record is about, None when it is about something
            of its own, and the type that writes it, or where inside another type it is written.
        of_roles: the types that are read only when a contract is for a role of the code.
        inline: reads the template of CloudFormation that one of some instances holds; where that is not resolved, what keeps it from being read.
        names: those of the arguments of each type (`data.TYPE` for data sources), where they are known.
    """

    def __init__(
        self,
        parts: Iterable[tuple[Kind | None, TerraformType | Inside]],
        of_roles: frozenset[str],
        inline: Callable[[Instance, Iterable[Instance]], Declarations | tuple[InputError, ...]] = lambda *_: (),
        names: Mapping[str, BlockNames] | None = None,
    ) -> None:
        self._of_roles, self._inline, self.names = of_roles, inline, names or {}
        self._types: dict[tuple[bool, str], TerraformType] = {}
        self._wanted: dict[bool, frozenset[str]] = {}
        self._configures: dict[tuple[bool, str], list[tuple[Kind, Content, str]]] = {}
        self.left: dict[str, Kind] = {}
        """What a resource that is removed from the code without being destroyed leaves configured, by its type."""
        self.buckets: frozenset[str] = frozenset()
        """The types whose resources are buckets."""
        self.foreign: frozenset[str] = frozenset()
        """The types whose resources may configure anything that they are given."""
        for kind, part in parts:
            key = (False, part.owner) if isinstance(part, Inside) else (part.data, part.name)
            target = "" if isinstance(part, Inside) else part.target
            if kind is not None and part.content is not None:
                self._configures.setdefault(key, []).append((kind, part.content, target))
            if isinstance(part, TerraformType):
                self._types[key] = part
                if part.owner and not part.data and "bucket" in part.computed:
                    self.buckets |= {part.name}
                if part.foreign:
                    self.foreign |= {part.name}
                if kind is not None and not part.data and part.is_read:
                    self.left[part.name] = kind

    def type_of(self, mode: str, name: str) -> TerraformType:
        """What is known of a type; one of which nothing is known has no attributes of its own."""
        return self._types.get((mode == "data", name), _NOTHING_KNOWN)

    def wanted(self, *, roles: bool) -> frozenset[str]:
        """The names of the types that are read."""
        if roles not in self._wanted:
            wanted = (one.name for one in self._types.values() if one.is_read and (roles or one.name not in self._of_roles))
            self._wanted[roles] = frozenset(wanted)
        return self._wanted[roles]

    def attribute_of(self, instance: Instance, name: str) -> Value:
        """The value of an attribute of a resource or data source; never fails.

        Args:
            instance: the resource or data source.
            name: a written argument or an exported attribute.

        Returns:
            A written argument as it is written, unless the provider makes something else of it; what follows from written arguments (an
            ARN) composed of them; anything else a symbol named by address and attribute. A text carries the address in `origin`, unless
            it was passed on from another resource and means that one, or does not name its bucket, key or role.
        """
        known = self.type_of(instance.mode, instance.type)
        compute = known.computed.get(name)
        means_it = compute is not None or not known.is_referred_to
        if isinstance(instance.body, Exporting):
            exported = instance.body.exported(name)
            if not is_null(exported):
                return meaning(exported, instance.address) if means_it else exported
        value = written_attribute(instance, name) if compute is None else compute(instance)
        return read_from(value, instance.address) if means_it else value

    def writing(self, kind: Kind) -> Iterator[tuple[str, str]]:
        """The types of resources that configure something of a kind, each with the argument that says of what; empty where it is of itself."""
        for (data, name), configured in self._configures.items():
            yield from ((name, target) for one, _, target in configured if one is kind and not data)

    def declarations(self, root: str, instances: Iterable[Instance]) -> Declarations:
        """What the resources and data sources of one root module, with its child modules, declare.

        Args:
            root: the directory of the root module.
            instances: those of the types that are wanted; others are passed over.
        """
        listed = [one for one in instances if self.type_of(one.mode, one.type).is_read]
        found = RootDeclarations(
            {one.address: in_force(one, owner=self.type_of(one.mode, one.type).owner) for one in listed}, self.attribute_of
        )
        for instance in found.instances.values():
            self._read(instance, found)
        attachments = found.of(Attachment)
        return Declarations(
            root,
            "terraform",
            buckets=_without_read_again(found.of(BucketDeclaration)),
            attachments=tuple(one for one in attachments if one.kind is not Kind.ACCOUNT_PUBLIC_ACCESS_BLOCK),
            account_public_access_blocks=tuple(one for one in attachments if one.kind is Kind.ACCOUNT_PUBLIC_ACCESS_BLOCK),
            keys=_keys_without_read_again(found.of(KeyDeclaration), found.instances),
            aliases=found.of(AliasDeclaration),
            grants=found.of(GrantDeclaration),
            identities=found.of(IdentityDeclaration),
            identity_policies=found.of(IdentityPolicyDeclaration),
            opaque=found.of(Opaque),
            memberships=found.of(MembershipDeclaration),
            exclusive=found.of(ExclusiveDeclaration),
            organization_policies=found.of(OrganizationPolicyDeclaration),
            errors=tuple(dict.fromkeys(found.errors)),
        )

    def _read(self, instance: Instance, found: RootDeclarations) -> None:
        known = self.type_of(instance.mode, instance.type)
        inside = self._inline(instance, found.instances.values()) if known.holds_template else ()
        if isinstance(inside, Declarations):
            found.join(inside)
        else:
            found.errors.extend(inside)
            if known.declare is not None:
                known.declare(instance, found)
        for kind, content, target in self._configures.get((instance.mode == "data", instance.type), ()):
            for written in made_of(instance.body, content):
                meant = instance.body.attribute(target) if target else None
                if kind.owner is Owner.ACCOUNT and (meant is None or is_null(meant) or instance.body.written(target) is None):
                    meant = account_of(instance)
                found.attach(instance, kind, written, meant)


def _without_read_again(buckets: Sequence[BucketDeclaration]) -> tuple[BucketDeclaration, ...]:
    """The buckets without data sources that read a bucket of the same code: those are that bucket."""
    managed = [bucket for bucket in buckets if bucket.managed]
    addresses = {bucket.address for bucket in managed}
    return tuple(
        bucket
        for bucket in buckets
        if bucket.managed
        or not (
            bucket.name.origin in addresses
            or any(same_text(bucket.name, other.name) is Truth.TRUE for other in managed)
        )
    )  # fmt: skip


def _keys_without_read_again(keys: Sequence[KeyDeclaration], instances: Mapping[str, Instance]) -> tuple[KeyDeclaration, ...]:
    """The keys without data sources that read a key of the same code; an alias stays, since it says by which name."""
    managed = {key.address for key in keys if key.managed}
    return tuple(
        key
        for key in keys
        if key.managed or instances[key.address].type != "aws_kms_key" or key.arn.origin not in managed
    )  # fmt: skip
