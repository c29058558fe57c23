"""Attributes of resources and data sources: what is written, what follows from it, and what is unknown until deployment.

Sources: registry.terraform.io/providers/hashicorp/aws/latest/docs ("Attribute Reference" of each type); for the forms of ARNs, AWS
Service Authorization Reference, "Resource types defined by …".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from auditor.aws import bucket_names, log_delivery, partitions
from auditor.aws.holes import in_bucket_name, is_plain
from auditor.foundation.value import (
    Choice,
    Domain,
    JsonText,
    Known,
    ListValue,
    Meaning,
    Symbol,
    Template,
    Text,
    Unknown,
    Value,
    arn_part,
    is_null,
    origin_of,
    symbols_in,
    text_of,
    text_parts,
)
from auditor.sources.choices import choose, in_branches, meaning, read_from, where
from auditor.sources.naming import derived, name_of, some_item
from auditor.sources.terraform.aws.policy_document import policy_of
from auditor.sources.terraform.values.failure import resolve
from auditor.sources.terraform.values.resource_instance import EvaluatedBody, Instance
from auditor.sources.terraform.values.types import to_string

_KEYS = ("access_key", "secret_key", "token")
_CREDENTIALS = ("profile", "shared_config_files", "shared_credentials_files", "shared_credentials_file")
_ASSUMING = ("assume_role", "assume_role_with_web_identity", "endpoints")
_PROVIDER_ASSIGNS = "AWS assigns it at deployment"


def written_attribute(instance: Instance, name: str) -> Value:
    """An attribute that is the argument of its name: as it is written, or a symbol where it is not written or null."""
    value = instance.body.attribute(name)
    if instance.body.written(name) is None and is_null(value):
        return unresolved(instance, name)
    return _or(value, lambda: unresolved(instance, name))


def id_of_bucket_configuration(instance: Instance) -> Value:
    """The id of a bucket's configuration: the bucket's name, followed by the expected owner when one is written."""
    if is_null(instance.body.attribute("expected_bucket_owner")):
        return written_attribute(instance, "bucket")
    return unresolved(instance, "id")


def region_of(instance: Instance) -> Text:
    """The region that a resource lives in: its own `region` argument, else its provider's, else a symbol of that provider.

    Source: Terraform AWS provider 6, "Enhanced region support": the `region` argument of a resource overrides the provider's.
    """
    own = instance.body.attribute("region")
    if is_null(own) and instance.provider is not None:
        own = instance.provider.attribute("region")
    given = instance.deployment.region
    return _settled_text(own, Domain.REGION) or (Known(given) if given else _unresolved_region(instance))


def _unresolved_region(instance: Instance) -> Text:
    return Unknown(
        Symbol(
            f"region of {_provider_name(instance)}",
            "the provider configuration does not resolve the region",
            "give it with --region",
            instance.provider.location if instance.provider else None,
            Domain.REGION,
        )
    )


def account_of(instance: Instance) -> Text:
    """The account that a resource lives in: what its provider's configuration says, else one symbol for all that have the same credentials.

    Source: Terraform AWS provider, "Provider Configuration": `allowed_account_ids` refuses every other account, and `assume_role`
    acts in the account of the role.
    """
    if instance.provider is None:
        return _unresolved_account(instance)
    allowed = instance.provider.attribute("allowed_account_ids")
    if isinstance(allowed, ListValue) and len(allowed.items) == 1 and allowed.rest is None:
        account = _settled_text(to_string(allowed.items[0]), Domain.ACCOUNT)
        if account is not None:
            return account
    assumed = instance.provider.blocks("assume_role")
    if assumed.items and assumed.rest is None and not assumed.items[-1][0].literals:
        account = arn_part(assumed.items[-1][1].attribute("role_arn"), 4)
        if account is not None:
            return _settled_text(account, Domain.ACCOUNT) or _unresolved_account(instance)
    return _unresolved_account(instance)


def _unresolved_account(instance: Instance) -> Text:
    provider, given = instance.provider, instance.deployment.account
    credentials = "" if provider is None else _credentials(provider)
    is_default = provider is None or is_null(provider.attribute("alias"))
    if given is not None and (is_default or credentials == ""):
        return Known(given)
    named = _provider_name(instance) if credentials is None else f"the aws provider{credentials}"
    return Unknown(
        Symbol(
            f"account of {named}",
            "the account is known only at deployment",
            "give it with --account" if is_default else "",
            provider.location if provider is not None and credentials is None else None,
            Domain.ACCOUNT,
        )
    )


def _credentials(provider: EvaluatedBody) -> str | None:
    """Which credentials a provider configuration uses, as an addition to a name; empty for those of the environment, None where that is not evident.

    Source: Terraform AWS provider, "Authentication and Configuration".
    """
    if any(blocks.items or blocks.rest for blocks in map(provider.blocks, _ASSUMING)):
        return None
    if any(provider.written(name) for name in _KEYS):
        # Two keys may be of one account, and what they are is not to be printed.
        return None
    written = {name: provider.attribute(name) for name in _CREDENTIALS if provider.written(name) is not None}
    if not all(isinstance(value, Known) for value in written.values()):
        return None
    told = ", ".join(
        f"{name} = {value.value}" for name, value in written.items() if isinstance(value, Known) and not is_null(value)
    )
    return f" with {told}" if told else ""


def partition_of(instance: Instance) -> str:
    """The partition of a resource: by its region when that is resolved, else "aws".

    The default is an assumption: the external platforms are in the commercial partition, and no role reaches across partitions.
    """
    parts = text_parts(region_of(instance))
    start = parts[0] if parts and isinstance(parts[0], str) else ""
    return partitions.partition_of(start)


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
    """How a provider configuration is called inside the name of a symbol; two configurations of a root never share a name.

    No place is part of it: a configuration is the same one when the lines above it change.
    """
    if instance.provider is None:
        return "the aws provider"
    module, _, name = instance.provider.name.rpartition("provider.")
    return f"provider {name} of {module.removesuffix('.')}" if module else f"provider {name}"


def _symbol(instance: Instance, name: str, domain: Domain, reason: str = _PROVIDER_ASSIGNS, hint: str = "") -> Unknown:
    place = instance.body.location
    return Unknown(Symbol(f"{instance.address}.{name}", reason, hint, place, domain), place)


def unresolved(instance: Instance, name: str) -> Value:
    """An attribute that is not written; nothing in the code resolves it, but for the `output` of `terraform_data`, which is its `input`.

    Every resource and data source of the providers aws and awscc that has an attribute `arn` has a value there once it is read.
    Source: registry.terraform.io/providers/hashicorp/aws/latest/docs, "Attribute Reference" of each;
    developer.hashicorp.com/terraform/language/resources/terraform-data.
    """
    is_of_aws = instance.type.startswith(("aws_", "awscc_"))
    if (instance.type, name) == ("terraform_data", "output"):
        return instance.body.attribute("input")
    if instance.mode != "data" and (instance.type, name) in _UNIQUE_IDS:
        return _symbol(instance, name, Domain.IDENTITY)
    if name == "id" and instance.type in _NETWORKS:
        return _symbol(instance, name, Domain.NETWORK)
    if instance.mode == "data":
        reason, hint = _OUTSIDE.get(instance.type, ("it is read from outside the code at deployment", ""))
        return _symbol(instance, name, Domain.ARN if name == "arn" and is_of_aws else Domain.ANY, reason, hint)
    if instance.type in _RANDOM and (instance.type != "random_string" or instance.body.attribute("special") == Known(False)):
        drawn = _symbol(instance, name, Domain.ASSIGNED, "it is drawn at random at deployment")
        known = Meaning(drawn.symbol.name, plain=_is_plain(instance, name))
        return replace(drawn, symbol=replace(drawn.symbol, meaning=known))
    if not is_of_aws:
        return _symbol(instance, name, Domain.ANY, "it is known only after deployment")
    if name == "arn":
        return _symbol(instance, name, Domain.ARN)
    identifier = name in _IDENTIFIERS or name.endswith(("_id", "_arn"))
    return _symbol(instance, name, Domain.ASSIGNED if identifier else Domain.ANY)


def _is_plain(instance: Instance, name: str) -> bool:
    """Whether what is drawn at random is letters, digits and hyphens."""
    chosen = [value for argument in ("prefix", "separator") if not is_null(value := instance.body.attribute(argument))]
    plain = all(isinstance(value, Known) and re.fullmatch("[A-Za-z0-9-]*", str(value.value)) for value in chosen)
    return plain and name in (("hex", "dec") if instance.type == "random_id" else ("id", "result"))


# The ways of a request that only its own account's networks have.
_NETWORKS = frozenset({"aws_vpc", "aws_default_vpc", "aws_vpc_endpoint"})
_UNIQUE_IDS = frozenset(
    {
        ("aws_iam_role", "unique_id"),
        ("awscc_iam_role", "role_id"),
        ("aws_iam_user", "unique_id"),
        ("aws_cloudfront_origin_access_identity", "s3_canonical_user_id"),
    }
)
_IDENTIFIERS = frozenset({"id", "name", "account_id", "key_id", "unique_id", "version_id"})
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


# Buckets


# The argument that names a bucket, where it is not called so.
_NAMED_BY = {"awscc_s3_bucket": "bucket_name"}


def bucket_name(instance: Instance) -> Value:
    """The name of a bucket: as written, else a symbol of domain BUCKET.

    Source: registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket, bucket_prefix: a unique name that begins with it, by default
    `terraform-` and digits; for awscc CloudFormation makes it up.
    """
    assigned = f"{instance.address}.bucket"
    prefix = instance.body.attribute("bucket_prefix")

    def symbol(reason: str) -> Unknown:
        place = instance.body.location
        plain = is_null(prefix) or (isinstance(prefix, Known | Template) and is_plain(prefix))
        return Unknown(Symbol(assigned, reason, "" if plain else hint, place, Domain.BUCKET, Meaning(assigned, plain=plain)), place)

    reason, hint = "Terraform makes the bucket's name up at deployment", ""
    if not is_null(prefix):
        reason = "Terraform completes the bucket's name from bucket_prefix at deployment"
        hint = next((one.hint for one in symbols_in(prefix) if one.hint), "")
    name = where(_written(instance, _NAMED_BY.get(instance.type, "bucket"), lambda: symbol(reason)), instance.when)
    if isinstance(name, Choice):
        # Identity comes before name: one symbol for whatever the name turns out to be.
        name = Unknown(
            replace(
                derived(assigned, name).symbol,
                location=instance.body.location,
                # A data source may read any bucket, one of the code too.
                domain=Domain.ANY if instance.mode == "data" else Domain.BUCKET,
                meaning=Meaning(assigned, plain=bucket_names.is_plain(name), branched=True),
            ),
            name.location,
        )
    # A data source takes the ARN of an access point too.
    if instance.mode != "data" and isinstance(name, Known | Template | Unknown):
        name = in_bucket_name(name)
    return meaning(name, instance.address)


def bucket_arn(instance: Instance) -> Value:
    """The ARN of a bucket."""
    return meaning(text_joined(f"arn:{partition_of(instance)}:s3:::", bucket_name(instance)), instance.address)


def bucket_domain_name(instance: Instance) -> Value:
    """The host name of a bucket."""
    return meaning(text_joined(bucket_name(instance), ".s3.amazonaws.com"), instance.address)


def bucket_regional_domain_name(instance: Instance) -> Value:
    """The host name of a bucket in its region."""
    return meaning(text_joined(bucket_name(instance), ".s3.", region_of(instance), ".amazonaws.com"), instance.address)


def referred_bucket_name(instance: Instance) -> Value:
    """The bucket that a data source reads; a reference to a bucket of the code keeps meaning that bucket."""
    return read_from(_written(instance, "bucket", lambda: _symbol(instance, "bucket", Domain.ANY)), instance.address)


def referred_bucket_arn(instance: Instance) -> Value:
    """The ARN of the bucket that a data source reads."""
    name = referred_bucket_name(instance)
    origin = origin_of(name) or instance.address
    return meaning(text_joined(f"arn:{partition_of(instance)}:s3:::", name), origin)


def directory_bucket_arn(instance: Instance) -> Value:
    """The ARN of a directory bucket. Source: Amazon S3 User Guide, "Directory bucket ARNs"."""
    name = bucket_name(instance)
    return meaning(
        text_joined(f"arn:{partition_of(instance)}:s3express:", region_of(instance), ":", account_of(instance), ":bucket/", name),
        instance.address,
    )


# Keys


def key_id(instance: Instance) -> Value:
    """The id of a key, a symbol of domain KEY."""
    return _symbol(instance, "key_id", Domain.KEY)


def key_arn(instance: Instance) -> Value:
    """The ARN of a key."""
    return text_joined(
        f"arn:{partition_of(instance)}:kms:", region_of(instance), ":", account_of(instance), ":key/", key_id(instance)
    )


def key_arn_from(instance: Instance, reference: Value) -> Value:
    """The ARN of the key that a reference means (an ARN, or an id in the region and account of the instance); keeps its origin."""

    def arn(branch: Value) -> Value:
        if not isinstance(branch, Known | Template | Unknown) or is_null(branch):
            return _symbol(instance, "arn", Domain.ARN)
        parts = text_parts(branch)
        if parts and isinstance(parts[0], str) and parts[0].startswith("arn:"):
            if is_alias(branch):
                return _symbol(instance, "arn", Domain.ARN)
            return branch
        if is_alias(branch):
            identifier: Value = _symbol(instance, "id", Domain.ASSIGNED)
        elif isinstance(branch, Unknown) and branch.symbol.domain is not Domain.KEY:
            return _symbol(instance, "arn", Domain.ARN, branch.symbol.reason, branch.symbol.hint)
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


def cloud_control_alias_name(instance: Instance) -> Value:
    """The name of an alias of the provider awscc."""
    return written_attribute(instance, "alias_name")


def alias_name(instance: Instance) -> Value:
    """The name of an alias; without `name` the provider completes `name_prefix`, which is alias/ by default."""

    def assigned() -> Value:
        prefix = _written(instance, "name_prefix", lambda: Known("alias/"))
        return text_joined(prefix, _symbol(instance, "name", Domain.ASSIGNED))

    return meaning(_written(instance, "name", assigned), instance.address)


def alias_arn(instance: Instance) -> Value:
    """The ARN of an alias."""
    return text_joined(
        f"arn:{partition_of(instance)}:kms:", region_of(instance), ":", account_of(instance), ":", alias_name(instance)
    )


def referred_alias_key_id(instance: Instance) -> Value:
    """The id of the key of an alias that a data source reads."""
    return _symbol(instance, "target_key_id", Domain.ASSIGNED, "the key of the alias is known only at deployment")


def referred_alias_key_arn(instance: Instance) -> Value:
    """The ARN of the key of an alias that a data source reads."""
    return text_joined(
        f"arn:{partition_of(instance)}:kms:",
        region_of(instance),
        ":",
        account_of(instance),
        ":key/",
        referred_alias_key_id(instance),
    )


# IAM


def iam_name(argument: str) -> Callable[[Instance], Value]:
    """The name of something of IAM, written in an argument."""

    def name(instance: Instance) -> Value:
        return _written(instance, argument, lambda: _symbol(instance, "name", Domain.ASSIGNED))

    return name


def iam_arn(kind: str, argument: str = "name", path: bool = True) -> Callable[[Instance], Value]:
    """The ARN of something of IAM: with its path, which is `/` unless it is written, and unknown for what is only referred to."""

    def arn(instance: Instance) -> Value:
        def no_path() -> Value:
            return (
                _symbol(instance, "path", Domain.ASSIGNED, "the path is known only at deployment")
                if instance.mode == "data"
                else Known("/")
            )

        between = _written(instance, "path", no_path) if path else Known("/")
        name = iam_name(argument)(instance)
        made = text_joined(f"arn:{partition_of(instance)}:iam::", account_of(instance), f":{kind}", between, name)
        written = instance.body.attribute("arn")
        return made if is_null(written) else _or(written, lambda: made)

    return arn


def role_arns(instance: Instance) -> Value:
    """The ARNs of the roles that a search finds: how many there are is unknown, and each is of the provider's account, below the path of the search.

    Source: registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_roles.
    """
    found = _symbol(instance, "arns", Domain.ANY, "which roles there are is known only at deployment")
    each = text_joined(
        f"arn:{partition_of(instance)}:iam::",
        account_of(instance),
        ":role",
        _written(instance, "path_prefix", lambda: Known("/")),
        some_item(found),
    )
    return ListValue((), found.location, found.symbol, is_set=True, each=each if isinstance(each, Template) else None)


# What a provider configuration says of itself


def partition(instance: Instance) -> Value:
    """The partition as a value."""
    return Known(partition_of(instance), instance.body.location)


def dns_suffix(instance: Instance) -> Value:
    """The suffix of host names in the partition."""
    return Known("amazonaws.com.cn" if partition_of(instance) == "aws-cn" else "amazonaws.com", instance.body.location)


def described_region(instance: Instance) -> Value:
    """The region that a data source describes: that of its name, else its own."""
    return (
        _written(instance, "name", lambda: region_of(instance)) if instance.body.written("region") is None else region_of(instance)
    )


def canonical_user(instance: Instance) -> Value:
    """The canonical user id of the provider's account."""
    return Unknown(
        Symbol(
            f"canonical user id of {_provider_name(instance)}", "the account is known only at deployment", domain=Domain.ASSIGNED
        ),
        instance.body.location,
    )


def log_delivery_canonical_user(instance: Instance) -> Value:
    """The canonical user id by which CloudFront delivers standard logs."""
    known = log_delivery.CANONICAL_USERS
    return Known(known.get(partition_of(instance), known[partitions.COMMERCIAL]), instance.body.location)


def service_account_id(instance: Instance) -> Value:
    """The id of one of AWS's own accounts, by region: it is not the external platform's."""
    return _symbol(instance, "id", Domain.ACCOUNT, "AWS's own account for the region")


def service_account_arn(instance: Instance) -> Value:
    """The ARN of one of AWS's own accounts."""
    return text_joined(f"arn:{partition_of(instance)}:iam::", service_account_id(instance), ":root")


def document(instance: Instance) -> Value:
    """The JSON of a policy document."""
    return JsonText(policy_of(instance.body, instance.address), instance.body.location)


# Other resources whose ARNs policies name


def arn_of_form(service: str, resource: str, *, region: bool = True, account: bool = True) -> Callable[[Instance], Value]:
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


def origin_access_identity_arn(instance: Instance) -> Value:
    """The principal that a bucket policy names. Source: Amazon CloudFront Developer Guide, "Use an origin access identity"."""
    return text_joined(
        f"arn:{partition_of(instance)}:iam::cloudfront:user/CloudFront Origin Access Identity ",
        _symbol(instance, "id", Domain.ASSIGNED),
    )
