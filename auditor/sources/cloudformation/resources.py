"""Resources as declarations: which property of which type says what, in the shapes of `auditor.model`.

Source: AWS CloudFormation Template Reference, "Properties" of each type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import (
    ALWAYS,
    NULL,
    Domain,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Unknown,
    Value,
    When,
    alternatives,
    is_null,
    scalar_text,
)
from auditor.model import (
    AliasDeclaration,
    Attachment,
    BucketDeclaration,
    Declarations,
    Directive,
    IdentityPolicyDeclaration,
    KeyDeclaration,
    Kind,
    Opaque,
    RoleDeclaration,
)
from auditor.policy.services.managed import managed_policy
from auditor.sources.choices import in_branches, items_of, where_written
from auditor.sources.cloudformation import serverless
from auditor.sources.cloudformation.attributes import (
    attribute_of,
    bucket_name,
    iam_name,
    is_custom,
    key_arn,
    key_id,
    reference_to,
    text,
)
from auditor.sources.cloudformation.stack import Resource, Stack
from auditor.sources.key_state import key_state
from auditor.sources.naming import name_of


def declarations(root: str, stack: Stack, directives: Sequence[Directive], errors: Sequence[InputError]) -> Declarations:
    """What a stack declares, with the stacks nested in it.

    Args:
        root: the template's file.
        stack: it.
        directives: the comments and metadata that speak to the tool.
        errors: what could not be read before.
    """
    found = _Found()
    for one in _with_nested(stack):
        _read(one, found)
    return Declarations(
        root,
        "cloudformation",
        buckets=tuple(found.buckets),
        attachments=tuple(found.attachments),
        keys=tuple(found.keys),
        aliases=tuple(found.aliases),
        roles=tuple(found.roles),
        identity_policies=tuple(found.identity_policies),
        opaque=tuple(found.opaque),
        not_read=tuple(found.not_read),
        errors=tuple(dict.fromkeys((*errors, *stack.errors()))),
        directives=tuple(directives),
    )


@dataclass(slots=True)
class _Found:
    """The declarations found so far."""

    buckets: list[BucketDeclaration] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    keys: list[KeyDeclaration] = field(default_factory=list)
    aliases: list[AliasDeclaration] = field(default_factory=list)
    roles: list[RoleDeclaration] = field(default_factory=list)
    identity_policies: list[IdentityPolicyDeclaration] = field(default_factory=list)
    opaque: list[Opaque] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)


def _with_nested(stack: Stack) -> Iterator[Stack]:
    yield stack
    for resource in stack.resources.values():
        if resource.type in STACKS and (child := stack.child(resource)) is not None:
            yield from _with_nested(child)


def _read(stack: Stack, found: _Found) -> None:
    own: list[Value] = []
    for resource in stack.resources.values():
        reader = _READERS.get(resource.type)
        if reader is None and (is_custom(resource.type) or resource.type.endswith("::MODULE")):
            reader = _custom if is_custom(resource.type) else _module
        if reader is not None:
            reader(resource, found)
            if resource.type in _SUBJECTS:
                own.append(reference_to(resource))
    # What may add to the template may add to every bucket and key of it.
    place = stack.template.sections.location or Location(stack.template.path)
    found.opaque.extend(
        Opaque(symbol.name, symbol.location or place, stack.when, stack.calls, symbol=symbol, given=tuple(own))
        for symbol in stack.additions
    )


# Buckets


def _bucket(resource: Resource, found: _Found) -> None:
    around = resource.stack.surroundings
    found.buckets.append(
        BucketDeclaration(
            resource.address,
            resource.location,
            resource.when,
            resource.stack.calls,
            name=bucket_name(resource),
            region=around.region,
            account=around.account,
            directory=resource.type == "AWS::S3Express::DirectoryBucket",
        )
    )
    for kind, name, shape in _INLINE:
        for when, content in where_written(resource.value(name)):
            shaped = in_branches(content, shape)
            if not is_null(shaped):
                header = resource.written.key_locations.get(name) or resource.location
                _attach(found, resource, kind, shaped, getattr(shaped, "location", None) or header, header=header, when=when)
    if (macro := resource.macro) is not None:
        kinds = frozenset(kind for kind, name, _ in _INLINE if name not in resource.written.entries)
        found.opaque.append(
            Opaque(
                resource.address,
                resource.location,
                resource.when,
                resource.stack.calls,
                symbol=macro,
                given=(reference_to(resource),),
                kinds=kinds,
            )
        )


def _attach(
    found: _Found,
    resource: Resource,
    kind: Kind,
    content: Value,
    place: Location | None,
    *,
    header: Location | None = None,
    when: When = ALWAYS,
    target: Value | None = None,
) -> None:
    """Adds an attachment; without a target it is written inside the resource itself, under the property at `header`."""
    if resource.when.also(when).contradictory:
        return
    found.attachments.append(
        Attachment(
            resource.address,
            header or resource.location,
            resource.when.also(when),
            resource.stack.calls,
            kind=kind,
            target=Known(resource.address, resource.location, resource.address) if target is None else target,
            content=content,
            content_location=place,
            inline=target is None,
        )
    )


# Source: AWS CloudFormation, AWS::S3::Bucket, AccessControl; Amazon S3 User Guide, "Canned ACL".
_CANNED = {
    "Private": "private",
    "PublicRead": "public-read",
    "PublicReadWrite": "public-read-write",
    "AuthenticatedRead": "authenticated-read",
    "LogDeliveryWrite": "log-delivery-write",
    "BucketOwnerRead": "bucket-owner-read",
    "BucketOwnerFullControl": "bucket-owner-full-control",
    "AwsExecRead": "aws-exec-read",
}


def _acl(content: Value) -> Value:
    if isinstance(content, Known):
        content = replace(content, value=_CANNED.get(scalar_text(content.value), content.value))
    return MapValue({"ACL": content}, content.location)


def _in(content: Value, name: str) -> Value:
    """What stands under a name that must be there, in every branch; what is unknown stays so."""

    def inner(branch: Value) -> Value:
        if not isinstance(branch, MapValue):
            return branch if isinstance(branch, Unknown) else _misshapen(branch)
        if name in branch.entries:
            return branch.entries[name]
        if branch.rest is not None:
            return Unknown(branch.rest, branch.location)
        return _misshapen(branch, f"it has no {name}, which CloudFormation requires")

    return in_branches(content, inner)


def _first(content: Value) -> Value:
    """The first item of a list that is there, in every branch."""

    def first(branch: Value) -> Value:
        if not isinstance(branch, ListValue):
            return branch if isinstance(branch, Unknown) or is_null(branch) else _misshapen(branch)
        value: Value = NULL if branch.rest is None else Unknown(branch.rest, branch.location)
        for item in reversed(branch.items):
            otherwise = value
            value = in_branches(item, lambda one, otherwise=otherwise: otherwise if is_null(one) else one)  # type: ignore[misc]
        return value

    return in_branches(content, first)


def _misshapen(value: Value, reason: str = "it is not written in the form that CloudFormation takes") -> Value:
    if is_null(value):
        return value
    return Unknown(Symbol(f"the value at {value.location}", reason, "fix it", value.location), value.location)


def _ownership(content: Value) -> Value:
    return _in(_first(_in(content, "Rules")), "ObjectOwnership")


def _encryption(content: Value) -> Value:
    def shape(rule: Value) -> Value:
        if not isinstance(rule, MapValue):
            return rule if isinstance(rule, Unknown) or is_null(rule) else _misshapen(rule)
        return in_branches(rule.entries.get("ServerSideEncryptionByDefault", NULL), lambda by_default: _rule(rule, by_default))

    return in_branches(_first(_in(content, "ServerSideEncryptionConfiguration")), shape)


def _rule(rule: MapValue, by_default: Value) -> Value:
    if not isinstance(by_default, MapValue | Known) or (isinstance(by_default, Known) and not is_null(by_default)):
        return _misshapen(by_default) if not isinstance(by_default, Unknown) else by_default
    inner = by_default if isinstance(by_default, MapValue) else MapValue({})
    entries = {
        name: inner.entries[name] for name in ("SSEAlgorithm", "KMSMasterKeyID") if not _blank(inner.entries.get(name, NULL))
    }
    places = {name: inner.key_locations[name] for name in entries if name in inner.key_locations}
    if not is_null(enabled := rule.entries.get("BucketKeyEnabled", NULL)):
        entries["BucketKeyEnabled"] = _truth(enabled)
        if "BucketKeyEnabled" in rule.key_locations:
            places["BucketKeyEnabled"] = rule.key_locations["BucketKeyEnabled"]
    return MapValue(entries, rule.location, inner.rest or rule.rest, places)


def _blank(value: Value) -> bool:
    return isinstance(value, Known) and value.value in (None, "")


# Source: AWS CloudFormation, AWS::S3::Bucket CorsRule, against Amazon S3 API Reference, CORSRule.
_CORS_NAMES = {"ExposedHeaders": "ExposeHeaders", "Id": "ID", "MaxAge": "MaxAgeSeconds"}
_CALLED_OTHERWISE = {theirs: ours for ours, theirs in _CORS_NAMES.items()}


def _cors(content: Value) -> Value:
    return in_branches(_in(content, "CorsRules"), _cors_rules)


def _cors_rules(rules: Value) -> Value:
    if not isinstance(rules, ListValue):
        return rules if isinstance(rules, Unknown) or is_null(rules) else _misshapen(rules)
    return replace(rules, items=tuple(in_branches(item, _cors_rule) for item in rules.items))


def _cors_rule(rule: Value) -> Value:
    if not isinstance(rule, MapValue):
        return rule
    rest = rule.rest
    entries: dict[str, Value] = {}
    for name, value in rule.entries.items():
        if right := _CALLED_OTHERWISE.get(name):
            place = rule.key_locations.get(name) or rule.location
            rest = Symbol(f"{name} at {place}", f"CloudFormation has no {name} in a CORS rule", f"write {right}", place)
        elif not is_null(value):
            entries[_CORS_NAMES.get(name, name)] = value
    places = {_CORS_NAMES.get(name, name): place for name, place in rule.key_locations.items()}
    return MapValue(entries, rule.location, rest, places)


_PUBLIC_ACCESS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def _public_access(content: Value) -> Value:
    if not isinstance(content, MapValue):
        return content if isinstance(content, Unknown) else _misshapen(content)
    entries = {name: _truth(content.entries[name]) for name in _PUBLIC_ACCESS if not is_null(content.entries.get(name, NULL))}
    return MapValue(entries, content.location, content.rest, content.key_locations)


def _truth(value: Value) -> Value:
    """A boolean, which may be written as text."""
    return in_branches(
        value,
        lambda branch: (
            replace(branch, value=scalar_text(branch.value).lower() == "true")
            if isinstance(branch, Known) and scalar_text(branch.value).lower() in ("true", "false")
            else branch
        ),
    )


_INLINE: Sequence[tuple[Kind, str, Callable[[Value], Value]]] = (
    (Kind.ACL, "AccessControl", _acl),
    (Kind.OWNERSHIP, "OwnershipControls", _ownership),
    (Kind.ENCRYPTION, "BucketEncryption", _encryption),
    (Kind.CORS, "CorsConfiguration", _cors),
    (Kind.PUBLIC_ACCESS_BLOCK, "PublicAccessBlockConfiguration", _public_access),
)


def _bucket_policy(resource: Resource, found: _Found) -> None:
    place = resource.written.key_locations.get("PolicyDocument") or resource.location
    document = resource.value("PolicyDocument")
    _attach(found, resource, Kind.POLICY, document, getattr(document, "location", None) or place, target=resource.value("Bucket"))


# Keys


def _key(resource: Resource, found: _Found) -> None:
    around = resource.stack.surroundings
    found.keys.append(
        KeyDeclaration(
            resource.address,
            resource.location,
            resource.when,
            resource.stack.calls,
            key_id=key_id(resource),
            arn=key_arn(resource),
            region=around.region,
            account=around.account,
            spec=resource.value("KeySpec"),
            usage=resource.value("KeyUsage"),
            state=key_state(resource.value("Enabled")),
        )
    )
    header = resource.written.key_locations.get("KeyPolicy") or resource.location
    for when, document in where_written(resource.value("KeyPolicy")):
        _attach(found, resource, Kind.KEY_POLICY, document, getattr(document, "location", None) or header, header=header, when=when)


def _alias(resource: Resource, found: _Found) -> None:
    found.aliases.append(
        AliasDeclaration(
            resource.address,
            resource.location,
            resource.when,
            resource.stack.calls,
            name=text(reference_to(resource)),
            target=resource.value("TargetKeyId"),
        )
    )


# Roles


def _role(resource: Resource, found: _Found) -> None:
    name = text(iam_name(resource, "RoleName"))
    found.roles.append(
        RoleDeclaration(
            resource.address,
            resource.location,
            resource.when,
            resource.stack.calls,
            name=replace(name, origin=resource.address),
            arn=text(attribute_of(resource, "Arn")),
            trust_policy=resource.value("AssumeRolePolicyDocument"),
            boundary=_boundary(resource.stack, resource.value("PermissionsBoundary")),
            account=resource.stack.surroundings.account,
        )
    )
    reference = replace(name, origin=resource.address)
    for when, policy in items_of(resource.value("Policies")):
        _identity_policy(found, resource, reference, _in(policy, "PolicyDocument"), when)
    for when, arn in items_of(resource.value("ManagedPolicyArns")):
        _identity_policy(found, resource, reference, _managed(resource.stack, arn), when)


def _boundary(stack: Stack, arn: Value) -> Value:
    """The document of a permissions boundary, null when there is none."""
    return in_branches(arn, lambda branch: branch if is_null(branch) else _managed(stack, branch))


def _managed(stack: Stack, arn: Value) -> Value:
    """The document of a managed policy that a role names."""
    origin = getattr(arn, "origin", None) or ""
    policy = stack.resources.get(origin.removeprefix(stack.prefix))
    if policy is not None and policy.type == "AWS::IAM::ManagedPolicy":
        return policy.value("PolicyDocument")
    if isinstance(arn, Known) and (document := managed_policy(str(arn.value))) is not None:
        return document
    if isinstance(arn, Unknown):
        return arn
    name = scalar_text(arn.value) if isinstance(arn, Known) else name_of(arn)
    return Unknown(Symbol(f"policy {name}", "the managed policy is not in the code", location=getattr(arn, "location", None)))


def _identity_policy(found: _Found, resource: Resource, role: Value, document: Value, when: When = ALWAYS) -> None:
    if is_null(document):
        return
    found.identity_policies.append(
        IdentityPolicyDeclaration(
            resource.address,
            resource.location,
            resource.when.also(when),
            resource.stack.calls,
            role=role,
            document=document,
        )
    )


def _policy(resource: Resource, found: _Found) -> None:
    for when, role in items_of(resource.value("Roles")):
        _identity_policy(found, resource, role, resource.value("PolicyDocument"), when)


def _role_policy(resource: Resource, found: _Found) -> None:
    _identity_policy(found, resource, resource.value("RoleName"), resource.value("PolicyDocument"))


def _function(resource: Resource, found: _Found) -> None:
    """The role that SAM makes for a function which names none."""
    for when, written in alternatives(resource.value("Role")):
        if not is_null(written):
            continue
        role = serverless.role(resource)
        boundary = _boundary(resource.stack, role.boundary)
        found.roles.append(replace(role, when=role.when.also(when), boundary=boundary))
        for within, policy in items_of(resource.value("Policies")):
            document = serverless.document(policy, resource)
            if is_null(document):
                document = _managed(resource.stack, policy)
            _identity_policy(found, resource, role.name, document, when.also(within))


# Nested stacks


def _nested(resource: Resource, found: _Found) -> None:
    if resource.stack.child(resource) is not None:
        return
    where = resource.value("Location" if resource.type == "AWS::Serverless::Application" else "TemplateURL")
    named = "its address is not resolved"
    if isinstance(where, Known) and where.value:
        named = f"'{scalar_text(where.value)}'"
    elif isinstance(where, MapValue):
        named = "it is in the Serverless Application Repository"
    symbol = Symbol(
        f"the nested stack {resource.address}",
        f"the template of the nested stack {resource.address} is not on disk ({named})",
        "audit it beside this template, under a relative path",
        resource.location,
        Domain.ANY,
    )
    found.not_read.append(scalar_text(where.value) if isinstance(where, Known) and where.value else resource.address)
    found.opaque.append(
        Opaque(
            resource.address,
            resource.location,
            resource.when,
            resource.stack.calls,
            symbol=symbol,
            given=(resource.value("Parameters"),),
        )
    )


def _module(resource: Resource, found: _Found) -> None:
    """A module of the CloudFormation registry: what it declares is not in the code."""
    found.not_read.append(f"the module {resource.type}")
    reason = f"the module {resource.type} is in the CloudFormation registry"
    _may_configure(resource, found, Symbol(f"the module {resource.address}", reason, "", resource.location))


# Of the CDK: they configure nothing of what is asked about.
# Source: AWS CDK, the custom resource handlers of aws-s3 and aws-s3-deployment.
_HARMLESS_CUSTOM = frozenset({"Custom::S3AutoDeleteObjects", "Custom::S3BucketNotifications", "Custom::CDKBucketDeployment"})


def _custom(resource: Resource, found: _Found) -> None:
    """A custom resource: its code may configure what it is given."""
    if resource.type not in _HARMLESS_CUSTOM:
        reason = f"the code of the custom resource {resource.address} may configure what it is given"
        _may_configure(resource, found, Symbol(f"the custom resource {resource.address}", reason, "", resource.location))


def _may_configure(resource: Resource, found: _Found, symbol: Symbol) -> None:
    given = tuple(resource.value(name) for name in resource.written.entries)
    found.opaque.append(
        Opaque(resource.address, resource.location, resource.when, resource.stack.calls, symbol=symbol, given=given)
    )


def _stack_set(resource: Resource, found: _Found) -> None:
    """Its instances are stacks of other accounts and regions: what they make is none of this stack's."""
    found.not_read.append(f"the stack set {resource.address}")


# Helpers


STACKS = frozenset({"AWS::CloudFormation::Stack", "AWS::Serverless::Application"})
_SUBJECTS = frozenset({"AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket", "AWS::KMS::Key", "AWS::KMS::ReplicaKey"})

Reader = Callable[[Resource, _Found], None]

_READERS: Mapping[str, Reader] = {
    "AWS::S3::Bucket": _bucket,
    "AWS::S3Express::DirectoryBucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::S3Express::BucketPolicy": _bucket_policy,
    "AWS::KMS::Key": _key,
    "AWS::KMS::ReplicaKey": _key,
    "AWS::KMS::Alias": _alias,
    "AWS::IAM::Role": _role,
    "AWS::IAM::Policy": _policy,
    "AWS::IAM::ManagedPolicy": _policy,
    "AWS::IAM::RolePolicy": _role_policy,
    "AWS::Serverless::Function": _function,
    **dict.fromkeys(STACKS, _nested),
    "AWS::CloudFormation::StackSet": _stack_set,
}
