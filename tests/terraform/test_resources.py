from __future__ import annotations

from dataclasses import replace
from typing import Any

from auditor.foundation.value import (
    ALWAYS,
    NULL,
    Choice,
    Domain,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Template,
    Unknown,
    Value,
    When,
)
from auditor.link import link
from auditor.model import (
    AliasDeclaration,
    Attachment,
    BucketDeclaration,
    Declarations,
    GrantDeclaration,
    IdentityDeclaration,
    IdentityPolicyDeclaration,
    KeyDeclaration,
    Kind,
    PolicyOwner,
)
from auditor.sources.resource_types import TERRAFORM
from auditor.sources.terraform.aws.attributes import account_of, region_of
from auditor.sources.terraform.values.resource_instance import EvaluatedBlocks, Instance
from tests.terraform.built import at, block, instance, symbol, value

ACCOUNT = Unknown(Symbol("account of the aws provider", ""))
REGION = Unknown(Symbol("region of the aws provider", ""))
COND = symbol("var.on")
ON = When().and_(COND)
BUCKET = instance("aws_s3_bucket.a", 1, bucket="images")


def read(*instances: Instance) -> Declarations:
    return TERRAFORM.declarations("infra", instances)


def only(*instances: Instance) -> Attachment:
    (attachment,) = read(*instances).attachments
    return attachment


def ref(of: Instance, name: str = "id") -> Value:
    return TERRAFORM.attribute_of(of, name)


def attached(address: str, line: int = 20, /, **given: Any) -> Attachment:
    """The attachment of a resource that refers to BUCKET."""
    found = only(BUCKET, instance(address, line, bucket=ref(BUCKET), **given))
    assert (found.address, found.location, found.inline) == (address, at(line), False)
    assert getattr(found.target, "origin", None) == "aws_s3_bucket.a"
    return found


def test_a_bucket() -> None:
    found = instance("module.m.aws_s3_bucket.a[0]", 4, bucket="images", when=ON)
    assert read(found) == Declarations(
        "infra",
        "terraform",
        buckets=(
            BucketDeclaration("module.m.aws_s3_bucket.a[0]", at(4), ON, name=Known("images"), region=REGION, account=ACCOUNT),
        ),
    )


def test_a_directory_bucket() -> None:
    (found,) = read(instance("aws_s3_directory_bucket.a", bucket="images--euw1-az1--x-s3")).buckets
    assert (found.directory, found.managed, found.name) == (True, True, Known("images--euw1-az1--x-s3"))


def test_a_bucket_that_is_only_referred_to() -> None:
    (found,) = read(instance("data.aws_s3_bucket.a", bucket="images")).buckets
    assert (found.address, found.managed, found.name) == ("data.aws_s3_bucket.a", False, Known("images"))


def test_a_data_source_of_a_bucket_of_the_code_is_no_second_bucket() -> None:
    for name in (ref(BUCKET), Known("images")):
        second = instance("data.aws_s3_bucket.b", bucket=name)
        policy = instance("aws_s3_bucket_policy.p", bucket=ref(second), policy="{}")
        found = read(BUCKET, second, policy)
        assert [bucket.address for bucket in found.buckets] == ["aws_s3_bucket.a"]
        (bucket,) = link([found])
        assert [linked.attachment.address for linked in bucket.slot(Kind.POLICY).linked] == ["aws_s3_bucket_policy.p"]


def test_a_bucket_policy() -> None:
    found = attached("aws_s3_bucket_policy.p", policy="{}")
    assert (found.kind, found.content, found.content_location) == (Kind.POLICY, Known("{}"), at(22))


def test_the_legacy_arguments() -> None:
    bucket = instance(
        "aws_s3_bucket.a",
        1,
        bucket="images",
        acl="public-read",
        policy="{}",
        cors_rule=[block(10, allowed_methods=["GET"], allowed_origins=["*"])],
        server_side_encryption_configuration=[
            block(
                rule=[
                    block(14, apply_server_side_encryption_by_default=[block(15, sse_algorithm="aws:kms", kms_master_key_id="k")])
                ]
            )
        ],
        grant=[block(30, type="CanonicalUser", id="abc", permissions=["READ", "WRITE"])],
    )
    found = read(bucket).attachments
    assert all(one.inline and one.target == Known("aws_s3_bucket.a") for one in found)
    assert all(getattr(one.target, "origin", None) == "aws_s3_bucket.a" for one in found)
    grantee = {"Type": "CanonicalUser", "ID": "abc"}
    assert [(one.kind, one.content) for one in found] == [
        (Kind.POLICY, Known("{}")),
        (Kind.CORS, value([{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}])),
        (Kind.ENCRYPTION, value({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"})),
        (Kind.ACL, value({"ACL": "public-read"})),
        (Kind.ACL, value({"Grants": [{"Grantee": grantee, "Permission": "READ"}, {"Grantee": grantee, "Permission": "WRITE"}]})),
    ]
    assert [one.content_location for one in found] == [at(4), at(10), at(14), at(3), at(30)]


def test_a_legacy_argument_that_is_there_under_a_condition() -> None:
    found = only(instance("aws_s3_bucket.a", bucket="images", policy=Choice(COND, Known("{}"), NULL)))
    assert (found.when, found.content) == (ON, Known("{}"))


def a_set(items: list[object]) -> ListValue:
    listed = value(items)
    assert isinstance(listed, ListValue)
    return replace(listed, is_set=True)


def test_cors_rules() -> None:
    found = attached(
        "aws_s3_bucket_cors_configuration.c",
        cors_rule=[
            block(
                22,
                id="v7",
                allowed_headers=["*"],
                allowed_methods=["GET", "PUT"],
                allowed_origins=["https://x"],
                expose_headers=["ETag"],
                max_age_seconds=3000,
            ),
            block(30, allowed_methods=symbol("var.methods"), allowed_origins=["*"]),
        ],
    )
    assert found.kind is Kind.CORS
    assert found.content == a_set(
        [
            {
                "AllowedOrigins": ["https://x"],
                "AllowedMethods": ["GET", "PUT"],
                "AllowedHeaders": ["*"],
                "ExposeHeaders": ["ETag"],
                "MaxAgeSeconds": 3000,
                "ID": "v7",
            },
            {"AllowedOrigins": ["*"], "AllowedMethods": symbol("var.methods")},
        ]
    )
    assert isinstance(found.content, ListValue)
    first = found.content.items[0]
    assert isinstance(first, MapValue)
    assert first.location == at(22)
    assert first.key_locations["AllowedHeaders"] == at(24)
    assert found.content_location == at(22)


def test_dynamic_cors_rules() -> None:
    rule = block(22, allowed_methods=["GET"], allowed_origins=["*"])
    found = attached("aws_s3_bucket_cors_configuration.c", cors_rule=EvaluatedBlocks(((ON, rule),), symbol("var.rules")))
    known = value({"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]})
    assert found.content == ListValue((Choice(COND, known, NULL),), rest=symbol("var.rules"), is_set=True)


def test_ownership() -> None:
    found = attached("aws_s3_bucket_ownership_controls.o", rule=[block(22, object_ownership="BucketOwnerEnforced")])
    assert (found.kind, found.content, found.content_location) == (Kind.OWNERSHIP, Known("BucketOwnerEnforced"), at(23))
    opened = attached("aws_s3_bucket_ownership_controls.o", rule=EvaluatedBlocks((), symbol("var.rules")))
    assert opened.content == Unknown(symbol("var.rules"))


def test_encryption() -> None:
    kind = "aws_s3_bucket_server_side_encryption_configuration.e"
    found = attached(
        kind,
        rule=[
            block(
                22,
                bucket_key_enabled=True,
                apply_server_side_encryption_by_default=[block(24, sse_algorithm="aws:kms", kms_master_key_id="")],
            )
        ],
    )
    assert (found.kind, found.content) == (Kind.ENCRYPTION, value({"SSEAlgorithm": "aws:kms", "BucketKeyEnabled": True}))
    assert isinstance(found.content, MapValue)
    assert found.content.key_locations == {"SSEAlgorithm": at(25), "BucketKeyEnabled": at(23)}
    bare = attached(kind, rule=[block(22, bucket_key_enabled=True)])
    assert bare.content == value({"BucketKeyEnabled": True})
    opened = attached(kind, rule=[block(22, apply_server_side_encryption_by_default=EvaluatedBlocks((), symbol("var.sse")))])
    assert opened.content == Unknown(symbol("var.sse"))
    one, other = (block(22, apply_server_side_encryption_by_default=[block(sse_algorithm=name)]) for name in ("aws:kms", "AES256"))
    either = attached(kind, rule=[(ON, one), (When().and_(COND, truth=False), other)])
    assert either.content == Choice(COND, value({"SSEAlgorithm": "aws:kms"}), value({"SSEAlgorithm": "AES256"}))


def test_a_public_access_block() -> None:
    found = attached("aws_s3_bucket_public_access_block.b", block_public_policy=True, restrict_public_buckets=symbol("var.r"))
    assert found.kind is Kind.PUBLIC_ACCESS_BLOCK
    assert found.content == value({"BlockPublicPolicy": True, "RestrictPublicBuckets": symbol("var.r")})
    found = instance("aws_s3_account_public_access_block.b", 3, ignore_public_acls=True)
    (whole,) = read(found).account_public_access_blocks
    assert (whole.address, whole.content) == ("aws_s3_account_public_access_block.b", value({"IgnorePublicAcls": True}))


def test_acls() -> None:
    assert attached("aws_s3_bucket_acl.a", acl="private").content == value({"ACL": "private"})
    grant = block(grantee=[block(type="Group", uri="http://acs.amazonaws.com/groups/global/AllUsers")], permission="READ")
    found = attached("aws_s3_bucket_acl.a", access_control_policy=[block(22, grant=[grant])])
    assert found.content == value(
        {"Grants": [{"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}]}
    )


def test_a_key_with_its_policy_inside() -> None:
    found = read(instance("aws_kms_key.k", 3, policy="{}"))
    identifier = Unknown(Symbol("aws_kms_key.k.key_id", ""))
    arn = Template(("arn:aws:kms:", REGION.symbol, ":", ACCOUNT.symbol, ":key/", identifier.symbol))
    declared = KeyDeclaration(
        "aws_kms_key.k", at(3), key_id=identifier, arn=arn, region=REGION, account=ACCOUNT,
        origin=Known("AWS_KMS"), multi_region=Known(False), multi_region_type=Known("PRIMARY"),
    )  # fmt: skip
    assert found.keys == (declared,)
    (policy,) = found.attachments
    assert (policy.kind, policy.inline, policy.content, policy.content_location) == (Kind.KEY_POLICY, True, Known("{}"), at(4))
    assert read(instance("aws_kms_key.k", policy=None)).attachments == ()


def test_a_key_policy_of_its_own() -> None:
    key = instance("aws_kms_key.k")
    found = only(key, instance("aws_kms_key_policy.p", 9, key_id=ref(key), policy="{}"))
    assert (found.kind, found.inline, found.content_location) == (Kind.KEY_POLICY, False, at(11))
    assert getattr(found.target, "origin", None) == "aws_kms_key.k"


def test_aliases() -> None:
    key = instance("aws_kms_key.k")
    (found,) = read(key, instance("aws_kms_alias.a", 9, name="alias/images", target_key_id=ref(key))).aliases
    assert found == AliasDeclaration(
        "aws_kms_alias.a", at(9), name=Known("alias/images"), target=ref(key), region=REGION, account=ACCOUNT
    )
    assert getattr(found.target, "origin", None) == "aws_kms_key.k"


def test_keys_that_are_only_referred_to() -> None:
    found = read(instance("data.aws_kms_key.k", key_id="alias/images"), instance("data.aws_kms_alias.s", name="alias/aws/s3"))
    assert [(key.address, key.managed) for key in found.keys] == [("data.aws_kms_key.k", False), ("data.aws_kms_alias.s", False)]
    assert [(alias.name, getattr(alias.target, "origin", None)) for alias in found.aliases] == [
        (Known("alias/images"), "data.aws_kms_key.k"),
        (Known("alias/aws/s3"), "data.aws_kms_alias.s"),
    ]
    key = instance("aws_kms_key.k")
    again = read(key, instance("data.aws_kms_key.again", key_id=ref(key, "key_id")))
    assert [key.address for key in again.keys] == ["aws_kms_key.k"]


def test_a_grant() -> None:
    key = instance("aws_kms_key.k")
    grant = instance(
        "aws_kms_grant.g",
        9,
        key_id=ref(key),
        grantee_principal="arn:aws:iam::123456789012:role/r",
        operations=["Decrypt"],
        constraints=[block(encryption_context_equals={"a": "b"})],
    )
    (found,) = read(key, grant).grants
    assert found == GrantDeclaration(
        "aws_kms_grant.g",
        at(9),
        target=ref(key),
        grantee=Known("arn:aws:iam::123456789012:role/r"),
        operations=value(["Decrypt"]),
        constraints=value({"EncryptionContextEquals": {"a": "b"}}),
        account=account_of(grant),
        region=region_of(grant),
    )


def test_what_unresolved_blocks_say_is_unresolved() -> None:
    perhaps = EvaluatedBlocks((), rest=symbol("var.constraints"))
    (grant,) = read(instance("aws_kms_grant.g", constraints=perhaps)).grants
    assert grant.constraints == Unknown(symbol("var.constraints"))
    (acl,) = read(instance("aws_s3_bucket_acl.a", access_control_policy=perhaps)).attachments
    assert acl.content == Unknown(symbol("var.constraints"))


def test_roles_with_their_policies() -> None:
    policy = instance("aws_iam_policy.p", policy="managed")
    role = instance(
        "aws_iam_role.r",
        3,
        name="reader",
        assume_role_policy="trust",
        permissions_boundary=ref(policy, "arn"),
        inline_policy=[block(name="i", policy="inline")],
        managed_policy_arns=[ref(policy, "arn"), "arn:aws:iam::aws:policy/OfNobody"],
    )
    separate = instance("aws_iam_role_policy.s", 20, role=ref(role), policy="separate")
    joined = instance("aws_iam_role_policy_attachment.j", 30, role=ref(role, "name"), policy_arn=ref(policy, "arn"))
    several = instance("aws_iam_policy_attachment.m", 40, roles=[ref(role, "name")], policy_arn=ref(policy, "arn"))
    found = read(policy, role, separate, joined, several)
    arn = Template(("arn:aws:iam::", ACCOUNT.symbol, ":role/reader"))
    assert found.identities == (
        IdentityDeclaration(
            "aws_iam_role.r",
            at(3),
            name=Known("reader"),
            arn=arn,
            trust_policy=Known("trust"),
            boundary=Known("managed"),
            account=ACCOUNT,
            unique_id=Unknown(Symbol("aws_iam_role.r.unique_id", "")),
        ),
    )
    outside = Unknown(Symbol("policy arn:aws:iam::aws:policy/OfNobody", ""))
    assert found.identity_policies == tuple(
        IdentityPolicyDeclaration(
            address, at(line), identity=Known("reader"), document=document, owner=owner, called=called, account=ACCOUNT
        )
        for address, line, document, owner, called in (
            ("aws_iam_role.r", 3, Known("inline"), PolicyOwner.INLINE, Known("i")),
            ("aws_iam_role.r", 3, Known("managed"), PolicyOwner.ACCOUNT, ref(policy, "arn")),
            ("aws_iam_role.r", 3, outside, PolicyOwner.AWS, Known("arn:aws:iam::aws:policy/OfNobody")),
            ("aws_iam_role_policy.s", 20, Known("separate"), PolicyOwner.INLINE, NULL),
            ("aws_iam_role_policy_attachment.j", 30, Known("managed"), PolicyOwner.ACCOUNT, ref(policy, "arn")),
            ("aws_iam_policy_attachment.m", 40, Known("managed"), PolicyOwner.ACCOUNT, ref(policy, "arn")),
        )
    )
    assert all(getattr(one.identity, "origin", None) == "aws_iam_role.r" for one in found.identity_policies)


def test_conditions_are_kept() -> None:
    policy = instance("aws_s3_bucket_policy.p", bucket=ref(BUCKET), policy="{}", when=ON)
    assert only(BUCKET, policy).when == ON
    never = instance("aws_s3_bucket.b", acl=Choice(COND, NULL, Known("private")), when=ON)
    assert read(never).attachments == ()


def test_all_that_belongs_to_a_bucket_of_an_open_name_is_linked() -> None:
    bucket = instance("aws_s3_bucket.a", bucket=Choice(COND, Known("x"), Known("y")))
    other = instance("aws_s3_bucket.b", bucket_prefix="b-")
    found = read(
        bucket,
        other,
        instance("aws_s3_bucket_policy.p", bucket=ref(bucket), policy="{}"),
        instance(
            "aws_s3_bucket_ownership_controls.o", bucket=ref(bucket, "bucket"), rule=[block(object_ownership="BucketOwnerEnforced")]
        ),
    )
    assert found.buckets[0].name == Unknown(Symbol("aws_s3_bucket.a.bucket", ""))
    first, second = link([found])
    assert [linked.when for linked in first.slot(Kind.POLICY).linked] == [ALWAYS]
    assert [linked.attachment.address for linked in first.slot(Kind.OWNERSHIP).linked] == ["aws_s3_bucket_ownership_controls.o"]
    assert second.slots == dict.fromkeys(second.slots, second.slot(Kind.POLICY))
    assert isinstance(second.declaration.name, Unknown)
    assert second.declaration.name.symbol.domain is Domain.BUCKET


def test_other_types_are_passed_over() -> None:
    assert read(instance("aws_sqs_queue.q", name="q"), instance("data.aws_iam_role.r", name="r")) == Declarations(
        "infra", "terraform"
    )
    assert "aws_s3_bucket" in TERRAFORM.wanted(roles=True)
