from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.foundation.value import Choice, Domain, JsonText, Known, ListValue, Symbol, Template, Unknown, Value
from auditor.sources.resource_types import TERRAFORM
from auditor.sources.terraform.aws.attributes import account_of, arn_part, region_of
from tests.terraform.built import block, instance, symbol

ACCOUNT = Symbol("account of the aws provider", "")
REGION = Symbol("region of the aws provider", "")


def domain_of(value: Value) -> Domain:
    assert isinstance(value, Unknown)
    return value.symbol.domain


def test_a_bucket_with_a_literal_name() -> None:
    bucket = instance("aws_s3_bucket.a", bucket="images")
    for name in ("id", "bucket"):
        value = TERRAFORM.attribute_of(bucket, name)
        assert value == Known("images")
        assert isinstance(value, Known)
        assert value.origin == "aws_s3_bucket.a"
    arn = TERRAFORM.attribute_of(bucket, "arn")
    assert arn == Known("arn:aws:s3:::images")
    assert isinstance(arn, Known)
    assert arn.origin == "aws_s3_bucket.a"
    assert TERRAFORM.attribute_of(bucket, "bucket_domain_name") == Known("images.s3.amazonaws.com")
    assert TERRAFORM.attribute_of(bucket, "bucket_regional_domain_name") == Template(("images.s3.", REGION, ".amazonaws.com"))


def test_a_bucket_with_an_open_name_is_called_by_what_is_open() -> None:
    name = symbol("var.name")
    assert TERRAFORM.attribute_of(instance("aws_s3_bucket.a", bucket=name), "id") == Unknown(name)
    template = Template((symbol("var.env"), "-images"))
    bucket = instance("module.m.aws_s3_bucket.a[0]", bucket=template)
    assert TERRAFORM.attribute_of(bucket, "arn") == Template(("arn:aws:s3:::", symbol("var.env"), "-images"), None)
    assert getattr(TERRAFORM.attribute_of(bucket, "arn"), "origin", None) == "module.m.aws_s3_bucket.a[0]"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "Terraform makes the bucket's name up at deployment"),
        ({"bucket": None}, "Terraform makes the bucket's name up at deployment"),
        ({"bucket_prefix": "images-"}, "Terraform completes the bucket's name from bucket_prefix at deployment"),
    ],
)
def test_a_bucket_that_is_named_at_deployment(given: dict[str, object], reason: str) -> None:
    value = TERRAFORM.attribute_of(instance("aws_s3_bucket.a", **given), "id")
    assert value == Unknown(Symbol("aws_s3_bucket.a.bucket", ""))
    assert domain_of(value) is Domain.BUCKET
    assert isinstance(value, Unknown)
    assert value.symbol.reason == reason


def test_a_name_that_branches_is_one_symbol() -> None:
    bucket = instance("aws_s3_bucket.a", bucket=Choice(symbol("var.prod"), Known("images"), Known("images-test")))
    assert TERRAFORM.attribute_of(bucket, "id") == Unknown(Symbol("aws_s3_bucket.a.bucket", ""))
    assert domain_of(TERRAFORM.attribute_of(bucket, "id")) is Domain.BUCKET
    assert TERRAFORM.attribute_of(bucket, "arn") == Template(("arn:aws:s3:::", Symbol("aws_s3_bucket.a.bucket", "")))


def test_configuration_of_a_bucket_passes_the_reference_through() -> None:
    reference = TERRAFORM.attribute_of(instance("aws_s3_bucket.a", bucket="images"), "id")
    for name in ("bucket", "id"):
        value = TERRAFORM.attribute_of(instance("aws_s3_bucket_versioning.v", bucket=reference), name)
        assert value == Known("images")
        assert getattr(value, "origin", None) == "aws_s3_bucket.a"
    owned = TERRAFORM.attribute_of(
        instance("aws_s3_bucket_versioning.v", bucket=reference, expected_bucket_owner="123456789012"), "id"
    )
    assert owned == Unknown(Symbol("aws_s3_bucket_versioning.v.id", ""))


def test_a_data_source_of_a_bucket_of_the_code_means_that_bucket() -> None:
    reference = TERRAFORM.attribute_of(instance("aws_s3_bucket.a", bucket="images"), "id")
    read = instance("data.aws_s3_bucket.a", bucket=reference)
    assert getattr(TERRAFORM.attribute_of(read, "arn"), "origin", None) == "aws_s3_bucket.a"
    other = instance("data.aws_s3_bucket.b", bucket="videos")
    assert TERRAFORM.attribute_of(other, "arn") == Known("arn:aws:s3:::videos")
    assert getattr(TERRAFORM.attribute_of(other, "arn"), "origin", None) == "data.aws_s3_bucket.b"


def test_a_key() -> None:
    key = instance("aws_kms_key.k")
    identifier = Symbol("aws_kms_key.k.key_id", "")
    assert TERRAFORM.attribute_of(key, "id") == TERRAFORM.attribute_of(key, "key_id") == Unknown(identifier)
    assert domain_of(TERRAFORM.attribute_of(key, "id")) is Domain.KEY
    arn = TERRAFORM.attribute_of(key, "arn")
    assert arn == Template(("arn:aws:kms:", REGION, ":", ACCOUNT, ":key/", identifier))
    assert getattr(arn, "origin", None) == "aws_kms_key.k"


def test_an_alias() -> None:
    key = instance("aws_kms_key.k")
    alias = instance("aws_kms_alias.a", name="alias/images", target_key_id=TERRAFORM.attribute_of(key, "key_id"))
    assert TERRAFORM.attribute_of(alias, "arn") == Template(("arn:aws:kms:", REGION, ":", ACCOUNT, ":alias/images"))
    assert TERRAFORM.attribute_of(alias, "target_key_arn") == TERRAFORM.attribute_of(key, "arn")
    assert getattr(TERRAFORM.attribute_of(alias, "target_key_arn"), "origin", None) == "aws_kms_key.k"
    assert getattr(TERRAFORM.attribute_of(alias, "target_key_id"), "origin", None) == "aws_kms_key.k"
    unnamed = instance("aws_kms_alias.a", name_prefix="alias/x-")
    assert TERRAFORM.attribute_of(unnamed, "name") == Template(("alias/x-", Symbol("aws_kms_alias.a.name", "")))


def test_a_data_source_of_a_key() -> None:
    by_alias = instance("data.aws_kms_key.k", key_id="alias/images")
    assert TERRAFORM.attribute_of(by_alias, "arn") == Template(
        ("arn:aws:kms:", REGION, ":", ACCOUNT, ":key/", Symbol("data.aws_kms_key.k.id", ""))
    )
    by_arn = instance("data.aws_kms_key.k", key_id="arn:aws:kms:eu-west-1:123456789012:key/abc")
    assert TERRAFORM.attribute_of(by_arn, "arn") == Known("arn:aws:kms:eu-west-1:123456789012:key/abc")
    assert TERRAFORM.attribute_of(by_arn, "id") == Known("abc")
    by_id = instance("data.aws_kms_key.k", key_id="abc")
    assert TERRAFORM.attribute_of(by_id, "arn") == Template(("arn:aws:kms:", REGION, ":", ACCOUNT, ":key/abc"))
    own = instance("data.aws_kms_key.k", key_id=TERRAFORM.attribute_of(instance("aws_kms_key.k"), "key_id"))
    assert getattr(TERRAFORM.attribute_of(own, "arn"), "origin", None) == "aws_kms_key.k"
    opened = instance("data.aws_kms_key.k", key_id=symbol("var.key"))
    assert TERRAFORM.attribute_of(opened, "arn") == Unknown(Symbol("data.aws_kms_key.k.arn", ""))


def test_an_alias_that_is_read() -> None:
    alias = instance("data.aws_kms_alias.s3", name="alias/aws/s3")
    assert TERRAFORM.attribute_of(alias, "name") == Known("alias/aws/s3")
    key = Symbol("data.aws_kms_alias.s3.target_key_id", "")
    assert TERRAFORM.attribute_of(alias, "target_key_arn") == Template(("arn:aws:kms:", REGION, ":", ACCOUNT, ":key/", key))


def test_roles_and_policies() -> None:
    role = instance("aws_iam_role.r", name="reader", path="/teams/")
    assert TERRAFORM.attribute_of(role, "arn") == Template(("arn:aws:iam::", ACCOUNT, ":role/teams/reader"))
    assert TERRAFORM.attribute_of(role, "id") == Known("reader")
    assert TERRAFORM.attribute_of(instance("aws_iam_role.r"), "arn") == Template(
        ("arn:aws:iam::", ACCOUNT, ":role/", Symbol("aws_iam_role.r.name", ""))
    )
    assert domain_of(TERRAFORM.attribute_of(role, "unique_id")) is Domain.IDENTITY
    read = instance("data.aws_iam_role.r", name="reader")
    assert TERRAFORM.attribute_of(read, "arn") == Template(
        ("arn:aws:iam::", ACCOUNT, ":role", Symbol("data.aws_iam_role.r.path", ""), "reader")
    )
    assert TERRAFORM.attribute_of(instance("aws_iam_policy.p", name="p"), "arn") == Template(
        ("arn:aws:iam::", ACCOUNT, ":policy/p")
    )
    assert TERRAFORM.attribute_of(instance("aws_iam_user.u", name="u"), "arn") == Template(("arn:aws:iam::", ACCOUNT, ":user/u"))


def test_what_a_provider_configuration_says() -> None:
    provider = block(7, region="eu-west-1", allowed_account_ids=["123456789012"], alias="data")
    assert TERRAFORM.attribute_of(instance("data.aws_region.r", provider=provider), "name") == Known("eu-west-1")
    assert TERRAFORM.attribute_of(instance("data.aws_caller_identity.c", provider=provider), "account_id") == Known("123456789012")
    assert TERRAFORM.attribute_of(instance("aws_kms_key.k", provider=provider), "arn") == Template(
        ("arn:aws:kms:eu-west-1:123456789012:key/", Symbol("aws_kms_key.k.key_id", ""))
    )
    assumed = block(assume_role=[block(role_arn="arn:aws:iam::210987654321:role/deploy")])
    assert account_of(instance("aws_s3_bucket.a", provider=assumed)) == Known("210987654321")
    hole = block(assume_role=[block(role_arn=Template(("arn:aws:iam::", symbol("var.account"), ":role/deploy")))])
    assert account_of(instance("aws_s3_bucket.a", provider=hole)) == Unknown(symbol("var.account"))
    assert domain_of(account_of(instance("aws_s3_bucket.a", provider=hole))) is Domain.ACCOUNT
    whole = replace(block(7, assume_role=[block(role_arn=symbol("var.role"))]), name="provider.aws.data")
    assert account_of(instance("aws_s3_bucket.a", provider=whole)) == Unknown(Symbol("account of provider aws.data", ""))


def test_a_provider_configuration_is_called_by_its_module_and_alias() -> None:
    def called(name: str) -> Value:
        return region_of(instance("aws_s3_bucket.a", provider=replace(block(7), name=name)))

    assert called("provider.aws") == Unknown(Symbol("region of provider aws", ""))
    assert called("provider.aws.west") == Unknown(Symbol("region of provider aws.west", ""))
    assert called("module.a.module.b.provider.aws.west") == Unknown(Symbol("region of provider aws.west of module.a.module.b", ""))


def test_one_provider_configuration_is_one_account() -> None:
    bucket, caller = instance("aws_s3_bucket.a"), instance("data.aws_caller_identity.c")
    assert account_of(bucket) == TERRAFORM.attribute_of(caller, "account_id") == Unknown(ACCOUNT)
    assert domain_of(account_of(bucket)) is Domain.ACCOUNT
    same = instance("data.aws_caller_identity.c", provider=block(7, alias="elsewhere"))
    assert TERRAFORM.attribute_of(same, "account_id") == Unknown(ACCOUNT)
    other = instance("data.aws_caller_identity.c", provider=block(7, alias="other", profile="other"))
    assert TERRAFORM.attribute_of(other, "account_id") != Unknown(ACCOUNT)


def test_the_region_of_a_resource_comes_first() -> None:
    provider = block(region="eu-west-1")
    assert region_of(instance("aws_s3_bucket.a", provider=provider, region="us-east-1")) == Known("us-east-1")
    opened = region_of(instance("aws_s3_bucket.a", provider=block(region=symbol("var.region"))))
    assert opened == Unknown(symbol("var.region"))
    assert domain_of(opened) is Domain.REGION
    assert TERRAFORM.attribute_of(instance("data.aws_region.r", provider=provider, region="us-east-1"), "region") == Known(
        "us-east-1"
    )
    assert TERRAFORM.attribute_of(instance("data.aws_region.r"), "name") == Unknown(REGION)


def test_partitions() -> None:
    assert TERRAFORM.attribute_of(instance("data.aws_partition.p"), "partition") == Known("aws")
    assert TERRAFORM.attribute_of(instance("data.aws_partition.p"), "dns_suffix") == Known("amazonaws.com")
    china = block(region="cn-north-1")
    assert TERRAFORM.attribute_of(instance("data.aws_partition.p", provider=china), "partition") == Known("aws-cn")
    assert TERRAFORM.attribute_of(instance("aws_s3_bucket.a", provider=china, bucket="b"), "arn") == Known("arn:aws-cn:s3:::b")
    assert TERRAFORM.attribute_of(instance("aws_s3_bucket.a", provider=block(region="us-gov-west-1"), bucket="b"), "arn") == Known(
        "arn:aws-us-gov:s3:::b"
    )


def test_a_policy_document_is_structured_json() -> None:
    document = instance("data.aws_iam_policy_document.d", statement=[block(3, actions=["s3:GetObject"])])
    value = TERRAFORM.attribute_of(document, "json")
    assert isinstance(value, JsonText)
    assert value == TERRAFORM.attribute_of(document, "minified_json")
    assert value.origin == "data.aws_iam_policy_document.d"


@pytest.mark.parametrize(
    ("address", "name", "reason", "domain"),
    [
        ("aws_vpc_endpoint.e", "id", "AWS assigns it at deployment", Domain.NETWORK),
        ("aws_vpc_endpoint.e", "state", "AWS assigns it at deployment", Domain.ANY),
        ("random_id.r", "hex", "it is drawn at random at deployment", Domain.ASSIGNED),
        ("random_string.r", "result", "it is known only after deployment", Domain.ANY),
        ("terraform_data.t", "id", "it is known only after deployment", Domain.ANY),
        ("data.aws_ssm_parameter.p", "value", "it is read from the Systems Manager parameter store at deployment", Domain.ANY),
        ("data.terraform_remote_state.s", "outputs", "it is read from the state of another root module", Domain.ANY),
        ("data.template_file.t", "rendered", "the template_file data source is not evaluated", Domain.ANY),
        ("data.aws_elb_service_account.e", "id", "AWS's own account for the region", Domain.ACCOUNT),
    ],
)
def test_what_nothing_settles(address: str, name: str, reason: str, domain: Domain) -> None:
    value = TERRAFORM.attribute_of(instance(address), name)
    assert isinstance(value, Unknown)
    assert value.symbol.name == f"{address}.{name}"
    assert (value.symbol.reason, value.symbol.domain) == (reason, domain)


def test_written_arguments_are_as_written() -> None:
    assert TERRAFORM.attribute_of(instance("aws_sqs_queue.q", name="q"), "name") == Known("q")
    assert TERRAFORM.attribute_of(instance("aws_sqs_queue.q", name="q"), "arn") == Template(
        ("arn:aws:sqs:", REGION, ":", ACCOUNT, ":q")
    )
    assert TERRAFORM.attribute_of(instance("random_string.r", special=False), "result") == Unknown(
        Symbol("random_string.r.result", "")
    )
    assert TERRAFORM.attribute_of(instance("aws_s3_bucket.a", tags=["x"]), "tags") == ListValue((Known("x"),))


def test_parts_of_arns() -> None:
    assert arn_part(Known("arn:aws:iam::123456789012:role/a:b"), 4) == Known("123456789012")
    assert arn_part(Known("arn:aws:iam::123456789012:role/a:b"), 5) == Known("role/a:b")
    assert arn_part(Template(("arn:aws:kms:", symbol("r"), ":", symbol("a"), ":key/", symbol("k"))), 5) == Template(
        ("key/", symbol("k"))
    )
    assert arn_part(Template((symbol("x"), ":role/a")), 4) is None
    assert arn_part(Unknown(symbol("x")), 4) is None
    assert arn_part(Known("alias/x"), 5) is None
