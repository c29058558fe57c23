"""Terraform resources as declarations: which argument of which type says what, in the shapes of `auditor.model`.

Source: registry.terraform.io/providers/hashicorp/aws/latest/docs, "Argument Reference" of each type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from auditor.foundation.equality import same_text
from auditor.foundation.location import Location
from auditor.foundation.value import (
    ALWAYS,
    NULL,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Template,
    Text,
    Truth,
    Unknown,
    Value,
    When,
    alternatives,
    is_null,
)
from auditor.model import (
    AliasDeclaration,
    Attachment,
    BucketDeclaration,
    Declarations,
    GrantDeclaration,
    IdentityPolicyDeclaration,
    KeyDeclaration,
    Kind,
    RoleDeclaration,
)
from auditor.policy.services.managed import managed_policy
from auditor.sources.choices import choose, items_of, where_written
from auditor.sources.key_state import key_state
from auditor.sources.naming import derived, name_of
from auditor.sources.terraform.aws.attributes import account_of, attribute_of, is_alias, region_of
from auditor.sources.terraform.aws.policy_document import under
from auditor.sources.terraform.values.resource_instance import EvaluatedBlocks, EvaluatedBody, Instance

_Fields = Mapping[str, str]
"""Names of the AWS API, each with the argument that it is written in."""


def declarations(root: str, instances: Iterable[Instance]) -> Declarations:
    """What the resources and data sources of one root module, with its child modules, declare.

    Args:
        root: the directory of the root module.
        instances: those of the types in `TYPES`; others are passed over.
    """
    listed = [instance for instance in instances if (instance.mode, instance.type) in _READERS]
    found = _Found({instance.address: instance for instance in listed if instance.type == "aws_iam_policy"})
    for instance in listed:
        _READERS[(instance.mode, instance.type)](instance, found)
    _attach_managed_policies(listed, found)
    return Declarations(
        root,
        "terraform",
        buckets=_without_seconds(found.buckets),
        attachments=tuple(found.attachments),
        account_public_access_blocks=tuple(found.account_blocks),
        keys=_keys_without_seconds(found.keys, listed),
        aliases=tuple(found.aliases),
        grants=tuple(found.grants),
        roles=tuple(found.roles),
        identity_policies=tuple(found.identity_policies),
    )


@dataclass(slots=True)
class _Found:
    """The managed policies of the code by their addresses, and the declarations found so far."""

    managed: Mapping[str, Instance]
    buckets: list[BucketDeclaration] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    account_blocks: list[Attachment] = field(default_factory=list)
    keys: list[KeyDeclaration] = field(default_factory=list)
    aliases: list[AliasDeclaration] = field(default_factory=list)
    grants: list[GrantDeclaration] = field(default_factory=list)
    roles: list[RoleDeclaration] = field(default_factory=list)
    identity_policies: list[IdentityPolicyDeclaration] = field(default_factory=list)


# Buckets


def _bucket(instance: Instance, found: _Found) -> None:
    found.buckets.append(_bucket_declaration(instance))
    body = instance.body
    acl: list[tuple[When, Value]] = [
        (when, MapValue({"ACL": value}, body.written("acl"), None, _places(body, {"ACL": "acl"})))
        for when, value in where_written(body.attribute("acl"))
    ]
    for when, value in acl:
        _attach(found, instance, Kind.ACL, value, body.written("acl"), when=when)
    for when, policy in where_written(body.attribute("policy")):
        _attach(found, instance, Kind.POLICY, policy, body.written("policy"), when=when)
    grants = body.blocks("grant")
    if grants.items or grants.rest:
        listed = _listed(grants, _inline_grants)
        _attach(found, instance, Kind.ACL, MapValue({"Grants": listed}, listed.location), listed.location)
    cors = body.blocks("cors_rule")
    if cors.items or cors.rest:
        rules = _cors_rules(cors)
        _attach(found, instance, Kind.CORS, rules, rules.location)
    encryption = body.blocks("server_side_encryption_configuration")
    if encryption.items or encryption.rest:
        content = _first_block(encryption, lambda block: _encryption_rule(block.blocks("rule")))
        for when, value in where_written(content):
            _attach(found, instance, Kind.ENCRYPTION, value, getattr(value, "location", None), when=when)


def _bucket_declaration(instance: Instance) -> BucketDeclaration:
    return BucketDeclaration(
        instance.address,
        instance.body.location,
        instance.when,
        instance.calls,
        instance.comments,
        name=_text(attribute_of(instance, "bucket")),
        region=region_of(instance),
        account=account_of(instance),
        directory=instance.type == "aws_s3_directory_bucket",
        managed=instance.mode == "resource",
    )


def _referred_bucket(instance: Instance, found: _Found) -> None:
    found.buckets.append(_bucket_declaration(instance))


def _without_seconds(buckets: Sequence[BucketDeclaration]) -> tuple[BucketDeclaration, ...]:
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


def _attach(
    found: _Found,
    instance: Instance,
    kind: Kind,
    content: Value,
    place: Location | None,
    *,
    when: When = ALWAYS,
    target: Value | None = None,
) -> None:
    """Adds an attachment; without a target it is written inside the instance itself."""
    if instance.when.also(when).contradictory:
        return
    found.attachments.append(
        Attachment(
            instance.address,
            instance.body.location,
            instance.when.also(when),
            instance.calls,
            instance.comments,
            kind=kind,
            target=Known(instance.address, instance.body.location, instance.address) if target is None else target,
            content=_in_force(_without_null_statements(content), instance, kind),
            content_location=place,
            inline=target is None,
        )
    )


_PUBLIC_ACCESS_FIELDS: _Fields = {
    "BlockPublicAcls": "block_public_acls",
    "IgnorePublicAcls": "ignore_public_acls",
    "BlockPublicPolicy": "block_public_policy",
    "RestrictPublicBuckets": "restrict_public_buckets",
}

_CONTENT: Mapping[Kind, frozenset[str]] = {
    Kind.POLICY: frozenset({"policy"}),
    Kind.ACL: frozenset({"acl", "grant", "access_control_policy"}),
    Kind.CORS: frozenset({"cors_rule"}),
    Kind.OWNERSHIP: frozenset({"rule"}),
    Kind.ENCRYPTION: frozenset({"rule", "server_side_encryption_configuration"}),
    Kind.PUBLIC_ACCESS_BLOCK: frozenset(_PUBLIC_ACCESS_FIELDS.values()),
    Kind.KEY_POLICY: frozenset({"policy"}),
}
"""The arguments that each kind of configuration is written in."""


def _without_null_statements(content: Value) -> Value:
    """A policy whose statements that are null by themselves are unknown: `jsonencode` writes the null, and S3 does not take it.

    Inside a choice null means that nothing is there.
    """
    if not isinstance(content, JsonText) or not isinstance(content.content, MapValue):
        return content
    statements = content.content.entries.get("Statement")
    if not isinstance(statements, ListValue) or not any(map(is_null, statements.items)):
        return content
    items = tuple(
        Unknown(Symbol(f"statement {number}", "it is null, which S3 does not take", "leave it out", content.location))
        if is_null(item)
        else item
        for number, item in enumerate(statements.items, 1)
    )
    entries = {**content.content.entries, "Statement": replace(statements, items=items)}
    return replace(content, content=replace(content.content, entries=entries))


def _in_force(content: Value, instance: Instance, kind: Kind) -> Value:
    """What is configured: what the code says, unless `ignore_changes` lets something else stay that was written since."""
    if not instance.ignored & {*_CONTENT[kind], "all"}:
        return content
    symbol = Symbol(
        f"{kind.value} of {instance.address}",
        f"ignore_changes keeps what is deployed, whatever {instance.address} says",
        "take it out of ignore_changes",
        instance.body.location,
    )
    return choose(replace(symbol, name=f"{instance.address} is as written"), content, Unknown(symbol, instance.body.location))


def _bucket_policy(instance: Instance, found: _Found) -> None:
    body = instance.body
    _attach(found, instance, Kind.POLICY, body.attribute("policy"), body.written("policy"), target=body.attribute("bucket"))


def _cors(instance: Instance, found: _Found) -> None:
    rules = _cors_rules(instance.body.blocks("cors_rule"))
    _attach(found, instance, Kind.CORS, rules, rules.location, target=instance.body.attribute("bucket"))


_CORS_FIELDS: _Fields = {
    "AllowedOrigins": "allowed_origins",
    "AllowedMethods": "allowed_methods",
    "AllowedHeaders": "allowed_headers",
    "ExposeHeaders": "expose_headers",
    "MaxAgeSeconds": "max_age_seconds",
    "ID": "id",
}


def _cors_rules(blocks: EvaluatedBlocks) -> ListValue:
    return _listed(blocks, lambda body: [_map(body, _CORS_FIELDS)])


def _ownership(instance: Instance, found: _Found) -> None:
    rules = instance.body.blocks("rule")
    content = _first_block(rules, lambda body: body.attribute("object_ownership"))
    place = rules.items[0][1].written("object_ownership") if rules.items else None
    _attach(found, instance, Kind.OWNERSHIP, content, place or instance.body.location, target=instance.body.attribute("bucket"))


def _encryption(instance: Instance, found: _Found) -> None:
    rules = instance.body.blocks("rule")
    content = _encryption_rule(rules)
    place = rules.items[0][1].location if rules.items else instance.body.location
    _attach(found, instance, Kind.ENCRYPTION, content, place, target=instance.body.attribute("bucket"))


def _encryption_rule(rules: EvaluatedBlocks) -> Value:
    return _first_block(rules, _encryption_of)


def _encryption_of(rule: EvaluatedBody) -> Value:
    def by_default(body: EvaluatedBody | None) -> Value:
        entries: dict[str, Value] = {}
        places: dict[str, Location] = {}
        pairs: list[tuple[EvaluatedBody, str, str]] = [(rule, "BucketKeyEnabled", "bucket_key_enabled")]
        if body is not None:
            pairs = [(body, "SSEAlgorithm", "sse_algorithm"), (body, "KMSMasterKeyID", "kms_master_key_id"), *pairs]
        for source, name, argument in pairs:
            value = source.attribute(argument)
            if is_null(value) or value == Known(""):
                continue
            entries[name] = value
            place = source.written(argument)
            if place is not None:
                places[name] = place
        return MapValue(entries, rule.location, None, places)

    blocks = rule.blocks("apply_server_side_encryption_by_default")
    if not blocks.items and blocks.rest is None:
        return by_default(None)
    otherwise = by_default(None) if blocks.rest is None else Unknown(blocks.rest, rule.location)
    return _first_block(blocks, by_default, otherwise)


def _public_access_block(instance: Instance, found: _Found) -> None:
    body = instance.body
    _attach(
        found, instance, Kind.PUBLIC_ACCESS_BLOCK, _map(body, _PUBLIC_ACCESS_FIELDS), body.location, target=body.attribute("bucket")
    )


def _account_public_access_block(instance: Instance, found: _Found) -> None:
    body = instance.body
    found.account_blocks.append(
        Attachment(
            instance.address,
            body.location,
            instance.when,
            instance.calls,
            instance.comments,
            kind=Kind.PUBLIC_ACCESS_BLOCK,
            target=body.attribute("account_id"),
            content=_map(body, _PUBLIC_ACCESS_FIELDS),
            content_location=body.location,
        )
    )


def _acl(instance: Instance, found: _Found) -> None:
    body = instance.body

    def grants(policy: EvaluatedBody) -> Value:
        listed = _listed(policy.blocks("grant"), lambda grant: [_grant(grant)])
        return MapValue({"Grants": listed}, policy.location, None, {"Grants": listed.location} if listed.location else {})

    given = _first_block(body.blocks("access_control_policy"), grants, MapValue({}, body.location))
    for when, acl in alternatives(body.attribute("acl")):
        content = given if is_null(acl) else MapValue({"ACL": acl}, body.written("acl"), None, _places(body, {"ACL": "acl"}))
        place = body.written("acl") if not is_null(acl) else getattr(given, "location", None)
        _attach(found, instance, Kind.ACL, content, place or body.location, when=when, target=body.attribute("bucket"))


_GRANTEE_FIELDS: _Fields = {
    "Type": "type",
    "ID": "id",
    "URI": "uri",
    "EmailAddress": "email_address",
}


def _grant(grant: EvaluatedBody) -> Value:
    entries = {
        "Grantee": _first_block(grant.blocks("grantee"), lambda grantee: _map(grantee, _GRANTEE_FIELDS)),
        "Permission": grant.attribute("permission"),
    }
    return MapValue(entries, grant.location, None, _places(grant, {"Permission": "permission"}))


def _inline_grants(grant: EvaluatedBody) -> Sequence[Value]:
    """The legacy `grant` block: one grantee with a set of permissions."""
    grantee = _map(grant, _GRANTEE_FIELDS)
    places = _places(grant, {"Permission": "permissions"})
    found: list[Value] = []
    for when, permissions in alternatives(grant.attribute("permissions")):
        items: Sequence[Value] = permissions.items if isinstance(permissions, ListValue) else (permissions,)
        if isinstance(permissions, ListValue) and permissions.rest is not None:
            items = (*items, Unknown(permissions.rest, permissions.location))
        found.extend(
            under(when, MapValue({"Grantee": grantee, "Permission": permission}, grant.location, None, places))
            for permission in items
            if not is_null(permission)
        )
    return found


# Keys


def _key(instance: Instance, found: _Found) -> None:
    found.keys.append(_key_declaration(instance))
    for when, policy in where_written(instance.body.attribute("policy")):
        _attach(found, instance, Kind.KEY_POLICY, policy, instance.body.written("policy"), when=when)


def _key_declaration(instance: Instance) -> KeyDeclaration:
    alias = instance.type == "aws_kms_alias"
    return KeyDeclaration(
        instance.address,
        instance.body.location,
        instance.when,
        instance.calls,
        instance.comments,
        key_id=_text(attribute_of(instance, "target_key_id" if alias else "id")),
        arn=_text(attribute_of(instance, "target_key_arn" if alias else "arn")),
        region=region_of(instance),
        account=account_of(instance),
        managed=instance.mode == "resource",
        spec=_first_written(instance.body, ("customer_master_key_spec", "key_spec")),
        usage=instance.body.attribute("key_usage"),
        state=key_state(_first_written(instance.body, ("is_enabled", "enabled"))),
    )


def _first_written(body: EvaluatedBody, names: Sequence[str]) -> Value:
    """An argument that types call by different names."""
    return next((value for name in names if not is_null(value := body.attribute(name))), NULL)


def _referred_key(instance: Instance, found: _Found) -> None:
    found.keys.append(_key_declaration(instance))
    reference = instance.body.attribute("name" if instance.type == "aws_kms_alias" else "key_id")
    for when, branch in alternatives(reference, instance.when):
        if is_alias(branch) and not (isinstance(branch, Known) and str(branch.value).startswith("arn:")):
            name = _text(branch)
            place = Known(instance.address, instance.body.location, instance.address)
            found.aliases.append(
                AliasDeclaration(
                    instance.address, instance.body.location, when, instance.calls, instance.comments, name=name, target=place
                )
            )


def _keys_without_seconds(keys: Sequence[KeyDeclaration], instances: Iterable[Instance]) -> tuple[KeyDeclaration, ...]:
    """The keys without data sources that read a key of the same code."""
    managed = {key.address for key in keys if key.managed}
    again = {
        instance.address
        for instance in instances
        if (instance.mode, instance.type) == ("data", "aws_kms_key")
        and getattr(attribute_of(instance, "arn"), "origin", None) in managed
    }
    return tuple(key for key in keys if key.address not in again)


def _key_policy(instance: Instance, found: _Found) -> None:
    body = instance.body
    _attach(found, instance, Kind.KEY_POLICY, body.attribute("policy"), body.written("policy"), target=body.attribute("key_id"))


def _alias(instance: Instance, found: _Found) -> None:
    found.aliases.append(
        AliasDeclaration(
            instance.address,
            instance.body.location,
            instance.when,
            instance.calls,
            instance.comments,
            name=_text(attribute_of(instance, "name")),
            target=instance.body.attribute("target_key_id"),
        )
    )


_CONSTRAINT_FIELDS: _Fields = {
    "EncryptionContextEquals": "encryption_context_equals",
    "EncryptionContextSubset": "encryption_context_subset",
}


def _key_grant(instance: Instance, found: _Found) -> None:
    body = instance.body
    found.grants.append(
        GrantDeclaration(
            instance.address,
            body.location,
            instance.when,
            instance.calls,
            instance.comments,
            target=body.attribute("key_id"),
            grantee=_text(body.attribute("grantee_principal")),
            operations=body.attribute("operations"),
            constraints=_first_block(body.blocks("constraints"), lambda block: _map(block, _CONSTRAINT_FIELDS), NULL),
        )
    )


# Roles


def _role(instance: Instance, found: _Found) -> None:
    body = instance.body
    name = _text(attribute_of(instance, "name"))
    found.roles.append(
        RoleDeclaration(
            instance.address,
            body.location,
            instance.when,
            instance.calls,
            instance.comments,
            name=name,
            arn=_text(attribute_of(instance, "arn")),
            trust_policy=body.attribute("assume_role_policy"),
            boundary=_boundary(body.attribute("permissions_boundary"), found.managed),
            account=account_of(instance),
        )
    )
    blocks = body.blocks("inline_policy")
    for when, block in blocks.items:
        _identity_policy(found, instance, name, block.attribute("policy"), when)
    if blocks.rest is not None:
        _identity_policy(found, instance, name, Unknown(blocks.rest, body.location))


def _identity_policy(found: _Found, instance: Instance, role: Value, document: Value, when: When = ALWAYS) -> None:
    if is_null(document):
        return
    found.identity_policies.append(
        IdentityPolicyDeclaration(
            instance.address,
            instance.body.location,
            instance.when.also(when),
            instance.calls,
            instance.comments,
            role=role,
            document=document,
        )
    )


def _role_policy(instance: Instance, found: _Found) -> None:
    _identity_policy(found, instance, instance.body.attribute("role"), instance.body.attribute("policy"))


def _later(_instance: Instance, _found: _Found) -> None:
    """Read once everything else is known."""


def _attach_managed_policies(instances: Sequence[Instance], found: _Found) -> None:
    """The managed policies that are attached to roles, found by the reference to them."""
    attached: list[tuple[Value, Value]]
    for instance in instances:
        body = instance.body
        if instance.type == "aws_iam_role":
            attached = [(_text(attribute_of(instance, "name")), body.attribute("managed_policy_arns"))]
        elif instance.type == "aws_iam_role_policy_attachment":
            attached = [(body.attribute("role"), body.attribute("policy_arn"))]
        elif instance.type == "aws_iam_role_policy_attachments_exclusive":
            attached = [(body.attribute("role_name"), body.attribute("policy_arns"))]
        elif instance.type == "aws_iam_policy_attachment":
            attached = [(role, body.attribute("policy_arn")) for _, role in items_of(body.attribute("roles"))]
        else:
            continue
        for role, arns in attached:
            for when, arn in items_of(arns):
                _identity_policy(found, instance, role, _managed_policy(arn, found.managed), when)


def _boundary(arn: Value, policies: Mapping[str, Instance]) -> Value:
    """The document of a permissions boundary, null when there is none."""
    found: Value = NULL
    for when, branch in alternatives(arn):
        if not is_null(branch):
            found = under(when, _managed_policy(branch, policies), found)
    return found


def _managed_policy(arn: Value, policies: Mapping[str, Instance]) -> Value:
    policy = policies.get(getattr(arn, "origin", None) or "")
    if policy is not None:
        return policy.body.attribute("policy")
    if isinstance(arn, Known) and (document := managed_policy(str(arn.value))) is not None:
        return document
    if isinstance(arn, Unknown):
        return arn
    name = arn.value if isinstance(arn, Known) else name_of(arn)
    return Unknown(Symbol(f"policy {name}", "the managed policy is not in the code", location=getattr(arn, "location", None)))


# Helpers


def _text(value: Value) -> Text:
    """A value as text; one that branches becomes a symbol that stands for all of it."""
    if isinstance(value, Known | Template | Unknown):
        return value
    origins = {getattr(branch, "origin", None) for _, branch in alternatives(value)}
    text = derived(name_of(value), value, location=getattr(value, "location", None))
    return Unknown(text.symbol, text.location, origins.pop() if len(origins) == 1 else None)


def _map(body: EvaluatedBody, fields: _Fields) -> MapValue:
    """Arguments under the names of the AWS API; those not written are left out."""
    entries: dict[str, Value] = {}
    for name, argument in fields.items():
        value = body.attribute(argument)
        if not is_null(value):
            entries[name] = value
    return MapValue(entries, body.location, None, _places(body, fields))


def _places(body: EvaluatedBody, arguments: Mapping[str, str]) -> dict[str, Location]:
    places = {name: body.written(argument) for name, argument in arguments.items()}
    return {name: place for name, place in places.items() if place is not None}


def _listed(blocks: EvaluatedBlocks, build: Callable[[EvaluatedBody], Sequence[Value]]) -> ListValue:
    """A list made of blocks: what is there only under a condition is a choice between it and null."""
    items = tuple(under(when, item) for when, body in blocks.items for item in build(body))
    place = blocks.items[0][1].location if blocks.items else None
    return ListValue(items, place, blocks.rest)


def _first_block(blocks: EvaluatedBlocks, build: Callable[[EvaluatedBody], Value], otherwise: Value | None = None) -> Value:
    """What the first block that is there says; `otherwise` when there is none."""
    value = otherwise if otherwise is not None else NULL if blocks.rest is None else Unknown(blocks.rest)
    for when, body in reversed(blocks.items):
        value = under(when, build(body), value)
    return value


Reader = Callable[[Instance, _Found], None]

_READERS: Mapping[tuple[str, str], Reader] = {
    ("resource", "aws_s3_bucket"): _bucket,
    ("resource", "aws_s3_directory_bucket"): _bucket,
    ("data", "aws_s3_bucket"): _referred_bucket,
    ("resource", "aws_s3_bucket_policy"): _bucket_policy,
    ("resource", "aws_s3_bucket_cors_configuration"): _cors,
    ("resource", "aws_s3_bucket_ownership_controls"): _ownership,
    ("resource", "aws_s3_bucket_server_side_encryption_configuration"): _encryption,
    ("resource", "aws_s3_bucket_public_access_block"): _public_access_block,
    ("resource", "aws_s3_bucket_acl"): _acl,
    ("resource", "aws_s3_account_public_access_block"): _account_public_access_block,
    ("resource", "aws_kms_key"): _key,
    ("resource", "aws_kms_external_key"): _key,
    ("resource", "aws_kms_replica_key"): _key,
    ("resource", "aws_kms_replica_external_key"): _key,
    ("data", "aws_kms_key"): _referred_key,
    ("data", "aws_kms_alias"): _referred_key,
    ("resource", "aws_kms_key_policy"): _key_policy,
    ("resource", "aws_kms_alias"): _alias,
    ("resource", "aws_kms_grant"): _key_grant,
    ("resource", "aws_iam_role"): _role,
    ("resource", "aws_iam_role_policy"): _role_policy,
    ("resource", "aws_iam_policy"): _later,
    ("resource", "aws_iam_policy_attachment"): _later,
    ("resource", "aws_iam_role_policy_attachment"): _later,
    ("resource", "aws_iam_role_policy_attachments_exclusive"): _later,
}

TYPES: frozenset[str] = frozenset(resource_type for _, resource_type in _READERS)
"""The (mode, type) of every resource and data source that `declarations` reads."""
