"""Attributes of resources and data sources: what is written, what follows from it, and what is unknown until deployment.

Sources: registry.terraform.io/providers/hashicorp/aws/latest/docs ("Attribute Reference" of each type); for the forms of ARNs, AWS
Service Authorization Reference, "Resource types defined by …".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol, runtime_checkable

from auditor.foundation.value import (
    Choice,
    Domain,
    JsonText,
    Known,
    ListValue,
    Symbol,
    Template,
    Text,
    Unknown,
    Value,
    is_null,
    text_of,
    text_parts,
)
from auditor.sources.choices import choose, in_branches
from auditor.sources.naming import derived, name_of
from auditor.sources.origin import meaning, read_from
from auditor.sources.terraform.aws.policy_document import policy_of
from auditor.sources.terraform.values.failure import resolve
from auditor.sources.terraform.values.resource_instance import Instance
from auditor.sources.terraform.values.types import to_string


@runtime_checkable
class Exporting(Protocol):
    """A body that knows attributes which the provider computed, such as that of a plan."""

    def exported(self, name: str) -> Value:
        """The computed attribute, null when it is not known."""
        ...


_PROVIDER_ASSIGNS = "AWS assigns it at deployment"


def attribute_of(instance: Instance, name: str) -> Value:
    """The value of an attribute of a resource or data source; never fails.

    Args:
        instance: the resource or data source.
        name: a written argument or an exported attribute.

    Returns:
        A written argument as it is written, unless the provider makes something else of it; what follows from written arguments (an
        ARN) composed of them; anything else a symbol named by address and attribute. A text carries the address in `origin`, unless
        it was passed on from another resource and means that one.
    """
    if isinstance(instance.body, Exporting):
        known = instance.body.exported(name)
        if not is_null(known):
            return meaning(known, instance.address)
    compute = _COMPUTED.get((instance.mode, instance.type), {}).get(name)
    if compute is not None:
        return read_from(compute(instance), instance.address)
    if instance.mode == "resource" and instance.type in _KEYED_BY_BUCKET and name == "id":
        # The id of these is the bucket's name, followed by the expected owner when one is written.
        if is_null(instance.body.attribute("expected_bucket_owner")):
            return _read(instance, "bucket")
        return _unresolved(instance, name)
    return _read(instance, name)


def region_of(instance: Instance) -> Text:
    """The region that a resource lives in: its own `region` argument, else its provider's, else a symbol of that provider.

    Source: Terraform AWS provider 6, "Enhanced region support": the `region` argument of a resource overrides the provider's.
    """
    own = instance.body.attribute("region")
    if is_null(own) and instance.provider is not None:
        own = instance.provider.attribute("region")
    return _settled_text(own, Domain.REGION) or Unknown(
        Symbol(
            f"region of {_provider_name(instance)}",
            "the provider configuration does not resolve the region",
            "give it with --region",
            instance.provider.location if instance.provider else None,
            Domain.REGION,
        )
    )


def account_of(instance: Instance) -> Text:
    """The account that a resource lives in: what its provider's configuration says, else one symbol for each configuration.

    Source: Terraform AWS provider, "Provider Configuration": `allowed_account_ids` refuses every other account, and `assume_role`
    acts in the account of the role.
    """
    symbol = Symbol(
        f"account of {_provider_name(instance)}",
        "the account is known only at deployment",
        location=instance.provider.location if instance.provider else None,
        domain=Domain.ACCOUNT,
    )
    if instance.provider is None:
        return Unknown(symbol)
    allowed = instance.provider.attribute("allowed_account_ids")
    if isinstance(allowed, ListValue) and len(allowed.items) == 1 and allowed.rest is None:
        account = _settled_text(to_string(allowed.items[0]), Domain.ACCOUNT)
        if account is not None:
            return account
    assumed = instance.provider.blocks("assume_role")
    if assumed.items and assumed.rest is None and not assumed.items[-1][0].literals:
        account = arn_part(assumed.items[-1][1].attribute("role_arn"), 4)
        if account is not None:
            return _settled_text(account, Domain.ACCOUNT) or Unknown(symbol)
    return Unknown(symbol)


def partition_of(instance: Instance) -> str:
    """The partition of a resource: by its region when that is resolved, else "aws".

    The default is an assumption: the outside platforms are in the commercial partition, and no role reaches across partitions.
    Source: AWS General Reference, "Amazon Resource Names (ARNs)": aws, aws-cn, aws-us-gov.
    """
    parts = text_parts(region_of(instance))
    start = parts[0] if parts and isinstance(parts[0], str) else ""
    return "aws-cn" if start.startswith("cn-") else "aws-us-gov" if start.startswith("us-gov-") else "aws"


def arn_part(arn: Value, at: int) -> Text | None:
    """A colon-separated part of an ARN, counted from 0 (4 is the account, 5 all that follows); None when it is not evident."""
    if not isinstance(arn, Known | Template) or is_null(arn):
        return None
    fields: list[list[str | Symbol]] = [[]]
    for part in text_parts(arn):
        if isinstance(part, Symbol):
            fields[-1].append(part)
            continue
        for count, piece in enumerate(part.split(":", 6 - len(fields))):
            if count:
                fields.append([])
            fields[-1].append(piece)
    if len(fields) != 6 or fields[0] != ["arn"]:
        return None
    return text_of(fields[at], arn.location)


def text_joined(*parts: str | Value) -> Value:
    """Text made of literal pieces and values; where a value branches, so does the text."""
    for at, part in enumerate(parts):
        if isinstance(part, Choice):
            before, after = parts[:at], parts[at + 1 :]
            return choose(
                part.condition,
                text_joined(*before, part.then, *after),
                text_joined(*before, part.otherwise, *after),
            )
    pieces: list[str | Symbol] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
        elif isinstance(part, Known | Template | Unknown):
            pieces.extend(text_parts(part))
        else:
            pieces.append(derived(name_of(part), part).symbol)
    return text_of(pieces)


# Reading


def _read(instance: Instance, name: str) -> Value:
    """A written argument, or a symbol where it is not written or null."""
    value = instance.body.attribute(name)
    if instance.body.written(name) is None and is_null(value):
        return _unresolved(instance, name)
    return read_from(_or(value, lambda: _unresolved(instance, name)), instance.address)


def _or(value: Value, otherwise: Callable[[], Value]) -> Value:
    """A value, with another one in the branches where it is null."""
    return in_branches(value, lambda branch: otherwise() if is_null(branch) else branch)


def _written(instance: Instance, name: str, otherwise: Callable[[], Value]) -> Value:
    """An argument as text, and something else where it is null or empty."""
    value = resolve(to_string(instance.body.attribute(name)))
    return in_branches(value, lambda branch: otherwise() if is_null(branch) or branch == Known("") else branch)


def _settled_text(value: Value, domain: Domain) -> Text | None:
    """A text with its hole marked as of a domain; None when it is null or no plain text."""
    if isinstance(value, Unknown):
        return replace(value, symbol=replace(value.symbol, domain=domain), origin=None)
    if isinstance(value, Known | Template) and not is_null(value) and value != Known(""):
        return replace(value, origin=None)
    return None


def _provider_name(instance: Instance) -> str:
    """How a provider configuration is called inside the name of a symbol; two configurations never share a name."""
    if instance.provider is None:
        return "the aws provider"
    alias = instance.provider.attribute("alias")
    name = f"aws.{alias.value}" if isinstance(alias, Known) and alias.value else "aws"
    place = instance.provider.location
    return f"provider {name} ({place.path}:{place.line})"


def _symbol(instance: Instance, name: str, domain: Domain, reason: str = _PROVIDER_ASSIGNS, hint: str = "") -> Unknown:
    place = instance.body.location
    return Unknown(Symbol(f"{instance.address}.{name}", reason, hint, place, domain), place, instance.address)


def _unresolved(instance: Instance, name: str) -> Unknown:
    """An attribute that nothing in the code resolves."""
    if instance.mode == "data":
        reason, hint = _OUTSIDE.get(instance.type, ("it is read from outside the code at deployment", ""))
        return _symbol(instance, name, Domain.ANY, reason, hint)
    if instance.type in _RANDOM and (instance.type != "random_string" or instance.body.attribute("special") == Known(False)):
        return _symbol(instance, name, Domain.ASSIGNED, "it is drawn at random at deployment")
    if not instance.type.startswith("aws"):
        return _symbol(instance, name, Domain.ANY, "it is known only after deployment")
    identifier = name in _IDENTIFIERS or name.endswith(("_id", "_arn"))
    return _symbol(instance, name, Domain.ASSIGNED if identifier else Domain.ANY)


_IDENTIFIERS = frozenset({"id", "arn", "name", "account_id", "key_id", "unique_id", "version_id"})
_RANDOM = frozenset({"random_id", "random_integer", "random_pet", "random_string", "random_uuid"})

_OUTSIDE: Mapping[str, tuple[str, str]] = {
    "aws_ssm_parameter": (
        "it is read from the Systems Manager parameter store at deployment",
        "pass it in as a variable and give it with --var",
    ),
    "aws_secretsmanager_secret_version": (
        "it is read from Secrets Manager at deployment",
        "pass it in as a variable and give it with --var",
    ),
    "terraform_remote_state": (
        "it is read from the state of another root module",
        "pass it in as a variable and give it with --var",
    ),
    "tfe_outputs": ("it is read from the state of another workspace", "pass it in as a variable and give it with --var"),
    "external": ("it is the output of a program that runs at deployment", "pass it in as a variable and give it with --var"),
    "http": ("it is read from the network at deployment", "pass it in as a variable and give it with --var"),
    "local_file": ("it is read from a file at deployment", "use file() so that it can be read offline"),
    "template_file": ("the template_file data source is not evaluated", "use templatefile() instead"),
}

# Configuration of a bucket whose id is the bucket's name. `aws_s3_bucket_acl` is not among them: its id also holds the ACL.
_KEYED_BY_BUCKET = frozenset(
    f"aws_s3_bucket_{name}"
    for name in (
        "accelerate_configuration",
        "cors_configuration",
        "lifecycle_configuration",
        "logging",
        "notification",
        "object_lock_configuration",
        "ownership_controls",
        "policy",
        "public_access_block",
        "replication_configuration",
        "request_payment_configuration",
        "server_side_encryption_configuration",
        "versioning",
        "website_configuration",
    )
)


# Buckets


def _bucket_name(instance: Instance) -> Value:
    assigned = f"{instance.address}.bucket"

    def symbol(reason: str) -> Unknown:
        place = instance.body.location
        return Unknown(Symbol(assigned, reason, "", place, Domain.BUCKET), place)

    prefix = instance.body.attribute("bucket_prefix")
    reason = "Terraform makes the bucket's name up at deployment"
    if not is_null(prefix):
        reason = "Terraform completes the bucket's name from bucket_prefix at deployment"
    name = _written(instance, "bucket", lambda: symbol(reason))
    if isinstance(name, Choice):
        # Identity comes before name: one symbol for whatever the name turns out to be.
        name = Unknown(
            replace(derived(assigned, name).symbol, location=instance.body.location, domain=Domain.BUCKET), name.location
        )
    return meaning(name, instance.address)


def _bucket_arn(instance: Instance) -> Value:
    return meaning(text_joined(f"arn:{partition_of(instance)}:s3:::", _bucket_name(instance)), instance.address)


def _bucket_domain_name(instance: Instance) -> Value:
    return meaning(text_joined(_bucket_name(instance), ".s3.amazonaws.com"), instance.address)


def _bucket_regional_domain_name(instance: Instance) -> Value:
    return meaning(text_joined(_bucket_name(instance), ".s3.", region_of(instance), ".amazonaws.com"), instance.address)


def _referred_bucket_name(instance: Instance) -> Value:
    """The bucket that a data source reads; a reference to a bucket of the code keeps meaning that bucket."""
    return read_from(_written(instance, "bucket", lambda: _symbol(instance, "bucket", Domain.ANY)), instance.address)


def _referred_bucket_arn(instance: Instance) -> Value:
    name = _referred_bucket_name(instance)
    origin = getattr(name, "origin", None) or instance.address
    return meaning(text_joined(f"arn:{partition_of(instance)}:s3:::", name), origin)


def _directory_bucket_arn(instance: Instance) -> Value:
    # Source: Amazon S3 User Guide, "Directory bucket ARNs".
    name = _bucket_name(instance)
    return meaning(
        text_joined(f"arn:{partition_of(instance)}:s3express:", region_of(instance), ":", account_of(instance), ":bucket/", name),
        instance.address,
    )


# Keys


def _key_id(instance: Instance) -> Value:
    return _symbol(instance, "key_id", Domain.KEY)


def _key_arn(instance: Instance) -> Value:
    return text_joined(
        f"arn:{partition_of(instance)}:kms:", region_of(instance), ":", account_of(instance), ":key/", _key_id(instance)
    )


def key_arn_from(instance: Instance, reference: Value) -> Value:
    """The ARN of the key that a reference means (an ARN, or an id in the region and account of the instance); keeps its origin."""

    def arn(branch: Value) -> Value:
        if not isinstance(branch, Known | Template | Unknown) or is_null(branch):
            return _symbol(instance, "arn", Domain.ASSIGNED)
        parts = text_parts(branch)
        if parts and isinstance(parts[0], str) and parts[0].startswith("arn:"):
            if is_alias(branch):
                return _symbol(instance, "arn", Domain.ASSIGNED)
            return branch
        if is_alias(branch):
            identifier: Value = _symbol(instance, "id", Domain.ASSIGNED)
        elif isinstance(branch, Unknown) and branch.symbol.domain is not Domain.KEY:
            return _symbol(instance, "arn", Domain.ASSIGNED, branch.symbol.reason, branch.symbol.hint)
        else:
            identifier = branch
        made = text_joined(
            f"arn:{partition_of(instance)}:kms:", region_of(instance), ":", account_of(instance), ":key/", identifier
        )
        return meaning(made, branch.origin) if branch.origin and not is_alias(branch) else made

    return in_branches(reference, arn)


def key_id_from(instance: Instance, reference: Value) -> Value:
    """The id of the key that a reference means; keeps its origin."""

    def identifier(branch: Value) -> Value:
        if isinstance(branch, Known | Template) and not is_null(branch) and not is_alias(branch):
            resource = arn_part(branch, 5)
            if resource is None:
                return branch
            parts = text_parts(resource)
            if isinstance(parts[0], str) and parts[0].startswith("key/"):
                return replace(text_of((parts[0].removeprefix("key/"), *parts[1:])), origin=branch.origin)
        if isinstance(branch, Unknown) and branch.symbol.domain is Domain.KEY:
            return branch
        return _symbol(instance, "id", Domain.ASSIGNED)

    return in_branches(reference, identifier)


def is_alias(reference: Value) -> bool:
    """Whether a reference to a key is evidently an alias, by name or ARN.

    Source: AWS KMS Developer Guide, "Key identifiers (KeyId)".
    """
    if not isinstance(reference, Known | Template):
        return False
    resource = arn_part(reference, 5) or reference
    parts = text_parts(resource)
    return bool(parts) and isinstance(parts[0], str) and parts[0].startswith("alias/")


def _alias_name(instance: Instance) -> Value:
    # Source: resource aws_kms_alias: without `name` the provider completes `name_prefix`, which is alias/ by default.
    def assigned() -> Value:
        prefix = _written(instance, "name_prefix", lambda: Known("alias/"))
        return text_joined(prefix, _symbol(instance, "name", Domain.ASSIGNED))

    return meaning(_written(instance, "name", assigned), instance.address)


def _alias_arn(instance: Instance) -> Value:
    return text_joined(
        f"arn:{partition_of(instance)}:kms:", region_of(instance), ":", account_of(instance), ":", _alias_name(instance)
    )


def _referred_alias_key_id(instance: Instance) -> Value:
    return _symbol(instance, "target_key_id", Domain.ASSIGNED, "the key of the alias is known only at deployment")


def _referred_alias_key_arn(instance: Instance) -> Value:
    return text_joined(
        f"arn:{partition_of(instance)}:kms:",
        region_of(instance),
        ":",
        account_of(instance),
        ":key/",
        _referred_alias_key_id(instance),
    )


# IAM


def _iam_name(argument: str) -> Callable[[Instance], Value]:
    def name(instance: Instance) -> Value:
        return _written(instance, argument, lambda: _symbol(instance, "name", Domain.ASSIGNED))

    return name


def _iam_arn(kind: str, argument: str = "name", path: bool = True) -> Callable[[Instance], Value]:
    """The ARN of something of IAM: with its path, which is `/` unless it is written, and unknown for what is only referred to."""

    def arn(instance: Instance) -> Value:
        def no_path() -> Value:
            return (
                _symbol(instance, "path", Domain.ASSIGNED, "the path is known only at deployment")
                if instance.mode == "data"
                else Known("/")
            )

        between = _written(instance, "path", no_path) if path else Known("/")
        name = _iam_name(argument)(instance)
        made = text_joined(f"arn:{partition_of(instance)}:iam::", account_of(instance), f":{kind}", between, name)
        written = instance.body.attribute("arn")
        return made if is_null(written) else _or(written, lambda: made)

    return arn


# What a provider configuration says of itself


def _partition(instance: Instance) -> Value:
    return Known(partition_of(instance), instance.body.location)


def _dns_suffix(instance: Instance) -> Value:
    return Known("amazonaws.com.cn" if partition_of(instance) == "aws-cn" else "amazonaws.com", instance.body.location)


def _described_region(instance: Instance) -> Value:
    return (
        _written(instance, "name", lambda: region_of(instance)) if instance.body.written("region") is None else region_of(instance)
    )


def _canonical_user(instance: Instance) -> Value:
    return Unknown(
        Symbol(
            f"canonical user id of {_provider_name(instance)}", "the account is known only at deployment", domain=Domain.ASSIGNED
        ),
        instance.body.location,
    )


def _service_account_id(instance: Instance) -> Value:
    # One of AWS's own accounts, by region: it is not the outside platform's.
    return _symbol(instance, "id", Domain.ACCOUNT, "AWS's own account for the region")


def _service_account_arn(instance: Instance) -> Value:
    return text_joined(f"arn:{partition_of(instance)}:iam::", _service_account_id(instance), ":root")


def _document(instance: Instance) -> Value:
    return JsonText(policy_of(instance.body, instance.address), instance.body.location)


# Other resources whose ARNs policies name


def _arn(service: str, resource: str, *, region: bool = True, account: bool = True) -> Callable[[Instance], Value]:
    """An ARN of a form; `{name}` in `resource` stands for the name argument, `{id}` for what AWS assigns."""

    def arn(instance: Instance) -> Value:
        pieces: list[str | Value] = [f"arn:{partition_of(instance)}:{service}:"]
        if region:
            pieces.append(region_of(instance))
        pieces.append(":")
        if account:
            pieces.append(account_of(instance))
        pieces.append(":")
        for piece in re.split(r"(\{\w+\})", resource):
            if piece == "{id}":
                pieces.append(_symbol(instance, "id", Domain.ASSIGNED))
            elif piece.startswith("{"):
                argument = piece[1:-1]
                pieces.append(_written(instance, argument, lambda argument=argument: _symbol(instance, argument, Domain.ASSIGNED)))  # type: ignore[misc]
            else:
                pieces.append(piece)
        return text_joined(*pieces)

    return arn


def _origin_access_identity_arn(instance: Instance) -> Value:
    # Source: Amazon CloudFront Developer Guide, "Use an origin access identity": the principal that a bucket policy names.
    return text_joined(
        f"arn:{partition_of(instance)}:iam::cloudfront:user/CloudFront Origin Access Identity ",
        _symbol(instance, "id", Domain.ASSIGNED),
    )


Compute = Callable[[Instance], Value]

_KEY: Mapping[str, Compute] = {"id": _key_id, "key_id": _key_id, "arn": _key_arn}
_SERVICE_ACCOUNT: Mapping[str, Compute] = {"id": _service_account_id, "arn": _service_account_arn}

_COMPUTED: Mapping[tuple[str, str], Mapping[str, Compute]] = {
    ("resource", "aws_s3_bucket"): {
        "id": _bucket_name,
        "bucket": _bucket_name,
        "arn": _bucket_arn,
        "region": region_of,
        "bucket_region": region_of,
        "bucket_domain_name": _bucket_domain_name,
        "bucket_regional_domain_name": _bucket_regional_domain_name,
    },
    ("resource", "aws_s3_directory_bucket"): {"id": _bucket_name, "bucket": _bucket_name, "arn": _directory_bucket_arn},
    ("data", "aws_s3_bucket"): {
        "id": _referred_bucket_name,
        "bucket": _referred_bucket_name,
        "arn": _referred_bucket_arn,
        "region": region_of,
        "bucket_region": region_of,
        "bucket_domain_name": lambda instance: text_joined(_referred_bucket_name(instance), ".s3.amazonaws.com"),
        "bucket_regional_domain_name": lambda instance: text_joined(
            _referred_bucket_name(instance), ".s3.", region_of(instance), ".amazonaws.com"
        ),
    },
    ("resource", "aws_kms_key"): _KEY,
    ("resource", "aws_kms_external_key"): _KEY,
    ("resource", "aws_kms_replica_key"): _KEY,
    ("resource", "aws_kms_replica_external_key"): _KEY,
    ("resource", "aws_kms_alias"): {
        "id": _alias_name,
        "name": _alias_name,
        "arn": _alias_arn,
        "target_key_arn": lambda instance: key_arn_from(instance, instance.body.attribute("target_key_id")),
    },
    ("data", "aws_kms_key"): {
        "id": lambda instance: key_id_from(instance, instance.body.attribute("key_id")),
        "arn": lambda instance: key_arn_from(instance, instance.body.attribute("key_id")),
    },
    ("data", "aws_kms_alias"): {
        "id": _alias_arn,
        "arn": _alias_arn,
        "target_key_id": _referred_alias_key_id,
        "target_key_arn": _referred_alias_key_arn,
    },
    ("resource", "aws_iam_role"): {"name": _iam_name("name"), "id": _iam_name("name"), "arn": _iam_arn("role")},
    ("data", "aws_iam_role"): {"id": _iam_name("name"), "arn": _iam_arn("role")},
    ("resource", "aws_iam_user"): {"name": _iam_name("name"), "id": _iam_name("name"), "arn": _iam_arn("user")},
    ("data", "aws_iam_user"): {"arn": _iam_arn("user", "user_name")},
    ("resource", "aws_iam_group"): {"name": _iam_name("name"), "id": _iam_name("name"), "arn": _iam_arn("group")},
    ("data", "aws_iam_group"): {"arn": _iam_arn("group", "group_name")},
    ("resource", "aws_iam_policy"): {"name": _iam_name("name"), "id": _iam_arn("policy"), "arn": _iam_arn("policy")},
    ("resource", "aws_iam_instance_profile"): {"arn": _iam_arn("instance-profile")},
    ("data", "aws_caller_identity"): {"account_id": account_of, "id": account_of},
    ("data", "aws_region"): {"name": _described_region, "id": _described_region, "region": _described_region},
    ("data", "aws_partition"): {
        "partition": _partition,
        "id": _partition,
        "dns_suffix": _dns_suffix,
        "reverse_dns_prefix": lambda instance: Known("cn.com.amazonaws" if partition_of(instance) == "aws-cn" else "com.amazonaws"),
    },
    ("data", "aws_canonical_user_id"): {"id": _canonical_user},
    ("data", "aws_elb_service_account"): _SERVICE_ACCOUNT,
    ("data", "aws_redshift_service_account"): _SERVICE_ACCOUNT,
    ("data", "aws_cloudtrail_service_account"): _SERVICE_ACCOUNT,
    ("data", "aws_billing_service_account"): _SERVICE_ACCOUNT,
    ("data", "aws_iam_policy_document"): {"json": _document, "minified_json": _document},
    ("resource", "aws_cloudfront_origin_access_identity"): {"iam_arn": _origin_access_identity_arn},
    ("resource", "aws_cloudfront_distribution"): {"arn": _arn("cloudfront", "distribution/{id}", region=False)},
    ("resource", "aws_cloudtrail"): {"arn": _arn("cloudtrail", "trail/{name}")},
    ("resource", "aws_cloudwatch_log_group"): {"arn": _arn("logs", "log-group:{name}")},
    ("resource", "aws_dynamodb_table"): {"arn": _arn("dynamodb", "table/{name}")},
    ("resource", "aws_lambda_function"): {"arn": _arn("lambda", "function:{function_name}")},
    ("resource", "aws_sns_topic"): {"arn": _arn("sns", "{name}"), "id": _arn("sns", "{name}")},
    ("resource", "aws_sqs_queue"): {"arn": _arn("sqs", "{name}")},
}
