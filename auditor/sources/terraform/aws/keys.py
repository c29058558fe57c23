"""KMS: keys, their aliases and the grants on them, in the shapes of `auditor.model`."""

from __future__ import annotations

from auditor.foundation.value import ALWAYS, NULL, Known, Text, Value, When, alternatives, is_null, origin_of
from auditor.model import AliasDeclaration, GrantDeclaration, KeyDeclaration
from auditor.sources.api_terms import imported, key_state, multi_region, multi_region_type
from auditor.sources.choices import in_branches
from auditor.sources.terraform.aws.attributes import account_of, is_alias, region_of
from auditor.sources.terraform.aws.blocks import Fields, first_block, first_written, map_of, text
from auditor.sources.terraform.aws.found import RootDeclarations
from auditor.sources.terraform.values.resource_instance import Instance

_CONSTRAINT_FIELDS: Fields = {
    "EncryptionContextEquals": "encryption_context_equals",
    "EncryptionContextSubset": "encryption_context_subset",
}


def key(instance: Instance, found: RootDeclarations) -> None:
    """Declares a key. A replica has the spec and usage of its primary key, where that is in the code.

    Source: AWS KMS Developer Guide, "Multi-Region keys", shared properties: key spec and key usage, but not the key state.
    """
    alias = instance.type == "aws_kms_alias"
    primary = found.instances.get(origin_of(instance.body.attribute("primary_key_arn")) or "")
    made = instance.body if primary is None else primary.body
    managed = instance.mode == "resource" and not alias
    state = key_state(first_written(instance.body, ("is_enabled", "enabled")))
    shared = multi_region(instance.body.attribute("multi_region"), replica="replica" in instance.type)
    found.declare(
        KeyDeclaration,
        instance,
        key_id=text(found.attribute_of(instance, "target_key_id" if alias else "id")),
        arn=text(found.attribute_of(instance, "target_key_arn" if alias else "arn")),
        region=region_of(instance),
        account=account_of(instance),
        managed=instance.mode == "resource",
        spec=first_written(made, ("customer_master_key_spec", "key_spec")),
        usage=made.attribute("key_usage"),
        state=imported(state, _origin(instance), instance.address, instance.body.location),
        origin=_origin_of_material(instance, primary) if managed else NULL,
        multi_region=shared if managed else NULL,
        multi_region_type=multi_region_type(replica="replica" in instance.type) if managed else NULL,
    )


def _origin(instance: Instance) -> Value:
    """The Origin of a key: EXTERNAL where key material has to be imported, and the code does not do that itself.

    Source: registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_external_key: keys pending import can only be disabled.
    """
    if instance.mode == "resource" and instance.type.endswith("_external_key"):
        material = instance.body.attribute("key_material_base64")
        return in_branches(material, lambda given: Known("EXTERNAL") if is_null(given) else NULL)
    return instance.body.attribute("origin")


def _origin_of_material(instance: Instance, primary: Instance | None) -> Value:
    """The Origin of a key that the code makes; null where a custom key store, or a primary key elsewhere, says so.

    Source: AWS KMS API Reference, CreateKey, Origin; AWS KMS Developer Guide, "Multi-Region keys", shared properties: key material origin.
    """
    made = primary or instance
    if "external" in made.type:
        return Known("EXTERNAL")
    if "replica" in made.type:
        return NULL
    return in_branches(made.body.attribute("custom_key_store_id"), lambda store: Known("AWS_KMS") if is_null(store) else NULL)


def referred_key(instance: Instance, found: RootDeclarations) -> None:
    """Declares the key that a data source reads, with the alias by which it reads it."""
    key(instance, found)
    reference = instance.body.attribute("name" if instance.type == "aws_kms_alias" else "key_id")
    for when, branch in alternatives(reference):
        if is_alias(branch) and not (isinstance(branch, Known) and str(branch.value).startswith("arn:")):
            place = Known(instance.address, instance.body.location, instance.address)
            _alias(instance, found, text(branch), place, when)


def alias(instance: Instance, found: RootDeclarations) -> None:
    """Declares an alias."""
    _alias(instance, found, text(found.attribute_of(instance, "name")), instance.body.attribute("target_key_id"))


def _alias(instance: Instance, found: RootDeclarations, name: Text, target: Value, when: When = ALWAYS) -> None:
    region, account = region_of(instance), account_of(instance)
    found.declare(AliasDeclaration, instance, when, name=name, target=target, region=region, account=account)


def grant(instance: Instance, found: RootDeclarations) -> None:
    """Declares a grant on a key."""
    body = instance.body
    found.declare(
        GrantDeclaration,
        instance,
        target=body.attribute("key_id"),
        grantee=text(body.attribute("grantee_principal")),
        operations=body.attribute("operations"),
        constraints=first_block(body.blocks("constraints"), lambda block: map_of(block, _CONSTRAINT_FIELDS)),
        account=account_of(instance),
        region=region_of(instance),
    )
