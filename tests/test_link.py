"""What belongs to what: identity before name, three-valued."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.foundation.equality import same_text
from auditor.foundation.location import Location
from auditor.foundation.value import (
    ALWAYS,
    Choice,
    Domain,
    Known,
    ListValue,
    Symbol,
    Template,
    Text,
    Truth,
    Unknown,
    Value,
    text_of,
    text_parts,
)
from auditor.link import link
from auditor.link.renaming import with_symbols
from auditor.model import Attachment, Bucket, BucketDeclaration, Declarations, Kind, Linked, Opaque, Slot
from tests.asked import ROLE, ask

HERE = Location("main.tf")
NAME, OTHER = Symbol("var.name", "var.name has no default"), Symbol("var.other", "var.other has no default")
MINE, THEIRS = (Symbol(f"aws_s3_bucket.{name}.bucket", "AWS assigns it", domain=Domain.BUCKET) for name in "ab")
KEY = Symbol("aws_kms_key.a.key_id", "AWS assigns it", domain=Domain.KEY)
ACCOUNT = Symbol("account", "known at deployment", domain=Domain.ACCOUNT)
REGION = Symbol("region", "known at deployment", domain=Domain.REGION)


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        (Known("a"), Known("a"), Truth.TRUE),
        (Known("a"), Known("b"), Truth.FALSE),
        (Unknown(NAME), Unknown(NAME), Truth.TRUE),
        (Unknown(NAME), Unknown(OTHER), Truth.UNKNOWN),
        (Unknown(NAME), Known("a"), Truth.UNKNOWN),
        (Unknown(MINE), Unknown(THEIRS), Truth.FALSE),
        (Unknown(MINE), Known("UPPER"), Truth.FALSE),
        (Unknown(MINE), Known("acme-data"), Truth.UNKNOWN),
        (Template(("a-", NAME)), Template(("a-", NAME)), Truth.TRUE),
        (Template(("a-", NAME)), Known("a-x"), Truth.UNKNOWN),
        (Template(("a-", NAME)), Known("b-x"), Truth.FALSE),
        (Template(("a-", NAME, "-z")), Known("a-x-y"), Truth.FALSE),
        (Template(("a-", NAME)), Template(("a-", OTHER)), Truth.UNKNOWN),
        (Template(("arn:aws:iam::", ACCOUNT, ":root")), Known("arn:aws:iam::12:root"), Truth.FALSE),
        (Template((NAME, "-logs-", OTHER)), Known("acme-images"), Truth.FALSE),
        (Template((NAME, "-logs-", OTHER)), Known("acme-logs-eu"), Truth.UNKNOWN),
        (Template((NAME, "-b-", OTHER, "-a-", NAME)), Known("x-a-b-x"), Truth.FALSE),
        (Template((NAME, ":", ACCOUNT, ":", OTHER)), Known("arn:aws:iam::12:root"), Truth.FALSE),
        (Template((NAME, ":", ACCOUNT, ":", OTHER)), Known("arn:aws:iam::123456789012:root"), Truth.UNKNOWN),
        (Template(("arn:", NAME, ":iam::", ACCOUNT, ":role/x-", REGION)), Known("arn:aws:iam::123456789012:role/y"), Truth.FALSE),
        (Template((NAME, "-logs-", OTHER)), Known("x" * 300), Truth.UNKNOWN),
        (Known(""), Unknown(ACCOUNT), Truth.FALSE),
        (Known(""), Unknown(NAME), Truth.UNKNOWN),
        (Unknown(KEY), Template(("arn:aws:kms:eu-west-1:", ACCOUNT, ":key/", NAME)), Truth.FALSE),
        (Unknown(KEY), Template(("alias/", NAME)), Truth.FALSE),
        (Unknown(KEY), Known("alias/a"), Truth.FALSE),
        (Unknown(KEY), Template(("a", NAME)), Truth.UNKNOWN),
        (Unknown(NAME), Template(("alias/", OTHER)), Truth.UNKNOWN),
    ],
)
def test_equality_of_texts(left: Text, right: Text, answer: Truth) -> None:
    assert same_text(left, right) is answer
    assert same_text(right, left) is answer


TEXTS = st.lists(st.sampled_from(["a", "b", "ab", NAME, OTHER]), max_size=4).map(text_of)


@given(TEXTS, TEXTS, st.sampled_from(["", "a", "b", "ab"]), st.sampled_from(["", "a", "b", "ab"]))
def test_settling_a_hole_never_turns_a_decided_equality(left: Text, right: Text, name: str, other: str) -> None:
    def resolved(text: Text) -> Text:
        return text_of(
            {NAME: name, OTHER: other}.get(part, part) if isinstance(part, Symbol) else part for part in text_parts(text)
        )

    before, after = same_text(left, right), same_text(resolved(left), resolved(right))
    assert before in (Truth.UNKNOWN, after)


def bucket(label: str, name: Text) -> BucketDeclaration:
    return BucketDeclaration(f"aws_s3_bucket.{label}", HERE, name=name)


def policy(target: Value, label: str = "p") -> Attachment:
    return Attachment(f"aws_s3_bucket_policy.{label}", HERE, target=target, content=Known("{}"))


def linked(*declarations: Declarations) -> dict[str, Slot]:
    return {found.declaration.address: found.slot(Kind.POLICY) for found in link(declarations)}


def root(
    *buckets: BucketDeclaration, attachments: tuple[Attachment, ...] = (), opaque: tuple[Opaque, ...] = (), name: str = "."
) -> Declarations:
    return Declarations(name, "terraform", buckets=buckets, attachments=attachments, opaque=opaque)


def test_identity_comes_before_name() -> None:
    """Two buckets of one unknown name: the reference says which."""
    attached = policy(Unknown(NAME, origin="aws_s3_bucket.b"))
    found = linked(root(bucket("a", Unknown(NAME)), bucket("b", Unknown(NAME)), attachments=(attached,)))
    assert found == {"aws_s3_bucket.a": Slot(), "aws_s3_bucket.b": Slot((Linked(attached),))}


@pytest.mark.parametrize("target", ["acme", "arn:aws:s3:::acme"])
def test_a_literal_name_links_and_an_arn_perhaps(target: str) -> None:
    attached = policy(Known(target))
    found = linked(root(bucket("a", Known("acme")), bucket("b", Known("other")), attachments=(attached,)))
    perhaps = Linked(attached, ALWAYS.and_(Symbol("aws_s3_bucket_policy.p belongs to aws_s3_bucket.a", "")), certain=False)
    assert found == {"aws_s3_bucket.a": Slot((Linked(attached) if target == "acme" else perhaps,)), "aws_s3_bucket.b": Slot()}


def test_the_arn_of_a_bucket_that_is_declared_nowhere_is_no_name_either() -> None:
    attached = policy(Known("arn:aws:s3:::acme"))
    perhaps = Linked(attached, ALWAYS.and_(Symbol("aws_s3_bucket_policy.p belongs to acme", "")), certain=False)
    assert linked(root(attachments=(attached,))) == {"acme": Slot((perhaps,))}


def test_what_may_belong_is_linked_under_a_condition() -> None:
    attached = policy(Unknown(OTHER))
    found = linked(root(bucket("a", Known("acme")), attachments=(attached,)))
    belongs = Symbol("aws_s3_bucket_policy.p belongs to aws_s3_bucket.a", "")
    assert found["aws_s3_bucket.a"] == Slot((Linked(attached, ALWAYS.and_(belongs), certain=False),))
    assert found["var.other"] == Slot((Linked(attached),))


def test_what_is_certain_rules_out_what_is_only_possible() -> None:
    certain, possible = policy(Known("acme")), policy(Unknown(OTHER), "q")
    found = linked(root(bucket("a", Known("acme")), attachments=(possible, certain)))
    assert found["aws_s3_bucket.a"] == Slot((Linked(certain),))


def test_a_choice_of_targets_links_under_its_condition() -> None:
    flag = Symbol("var.flag", "unknown")
    attached = policy(Choice(flag, Known("acme"), Known("other")))
    found = linked(root(bucket("a", Known("acme")), bucket("b", Known("other")), attachments=(attached,)))
    assert found["aws_s3_bucket.a"].linked == (Linked(attached, ALWAYS.and_(flag)),)
    assert found["aws_s3_bucket.b"].linked == (Linked(attached, ALWAYS.and_(flag, truth=False)),)


def test_a_bucket_that_is_declared_nowhere_is_a_subject_too() -> None:
    attached = policy(Template(("acme-", NAME)))
    (found,) = link([root(attachments=(attached,))])
    assert found.declaration.address == "acme-<var.name>"
    assert not found.declaration.managed
    assert found.slot(Kind.POLICY) == Slot((Linked(attached),))


@pytest.mark.parametrize("name", ["f(" + "x" * 100 + ")", "failure of var.a.b: a null has no attribute 'b'"])
def test_a_bucket_whose_name_nobody_can_read_is_called_by_what_refers_to_it(name: str) -> None:
    one, other = Unknown(Symbol(name, "unknown")), Unknown(Symbol(f"{name}!", "unknown"))
    attached = policy(Choice(Symbol("var.flag", "unknown"), one, other))
    again = policy(one, "q")
    found = linked(root(attachments=(attached, again)))
    assert [*found] == ["the bucket of aws_s3_bucket_policy.p", "bucket 2 of aws_s3_bucket_policy.p"]
    assert [one.attachment.address for one in found["the bucket of aws_s3_bucket_policy.p"].linked] == [
        "aws_s3_bucket_policy.q",
        "aws_s3_bucket_policy.p",
    ]


def test_a_settled_name_links_across_roots() -> None:
    attached = policy(Known("acme"))
    found = linked(root(bucket("a", Known("acme")), name="buckets"), root(attachments=(attached,), name="policies"))
    assert found == {"aws_s3_bucket.a": Slot((Linked(attached),))}


def test_a_module_that_is_not_on_disk_may_attach_to_what_it_is_given() -> None:
    reason = Symbol("module.cors", "module.cors is not available locally")
    opaque = Opaque("module.cors", HERE, symbol=reason, given=(Known("acme", origin="aws_s3_bucket.a"),))
    found = link([root(bucket("a", Known("acme")), bucket("b", Known("other")), opaque=(opaque,))])
    assert [one.slot(Kind.CORS) for one in found] == [Slot((), (reason,)), Slot()]


def test_a_bucket_knows_its_root() -> None:
    (found,) = link([root(bucket("a", Known("acme")), name="infra")])
    assert isinstance(found, Bucket)
    assert (found.root, found.language) == ("infra", "terraform")


def test_what_shares_the_conditions_of_its_bucket_is_certain() -> None:
    flag, other = Symbol("var.create", "unknown"), Symbol("var.other", "unknown")
    declared = BucketDeclaration("aws_s3_bucket.a", HERE, ALWAYS.and_(flag), name=Known("acme"))
    both = Attachment("p", HERE, ALWAYS.and_(flag), target=Known("acme"), content=Known("{}"))
    more = Attachment("q", HERE, ALWAYS.and_(flag).and_(other), target=Known("acme"), content=Known("{}"))
    assert linked(root(declared, attachments=(both,))) == {"aws_s3_bucket.a": Slot((Linked(both),))}
    assert linked(root(declared, attachments=(more,))) == {"aws_s3_bucket.a": Slot((Linked(more, ALWAYS.and_(other)),))}


@pytest.mark.parametrize("count", [500, 501])
def test_what_may_belong_to_very_many_buckets_is_one_reason_for_each(count: int) -> None:
    names = [Known(f"b{number}") for number in range(count)]
    buckets = tuple(BucketDeclaration(f"aws_s3_bucket.{name.value}", HERE, name=name) for name in names)
    own = Attachment("aws_s3_bucket_policy.own", HERE, kind=Kind.POLICY, target=names[0], content=Known("{}"))
    lost = [
        Attachment(f"aws_s3_bucket_policy.{name}", HERE, kind=Kind.POLICY, target=Unknown(NAME), content=Known("{}"))
        for name in "xyz"
    ]
    first, second, *_ = link((Declarations(".", "terraform", buckets=buckets, attachments=(own, *lost)),))
    assert [linked.attachment for linked in first.slot(Kind.POLICY).linked] == [own]
    slot = second.slot(Kind.POLICY)
    if count == 500:
        assert ([linked.attachment for linked in slot.linked], slot.perhaps) == (lost, ())
    else:
        assert (slot.linked, [symbol.reason for symbol in slot.perhaps]) == (
            (),
            ["the bucket of aws_s3_bucket_policy.x and of 2 more like it is not resolved"],
        )
    assert second.slot(Kind.CORS) == Slot()


BUCKET_OF = {
    "cloudformation": (
        "t.yaml",
        """
        Resources:
          B: {Type: AWS::S3::Bucket, Properties: {BucketName: acme-data}}
          P:
            Type: AWS::S3::BucketPolicy
            Properties:
              Bucket: !GetAtt B.%s
              PolicyDocument: {Version: "2012-10-17", Statement: [%s]}
        """,
    ),
    "terraform": (
        "main.tf",
        """
        resource "aws_s3_bucket" "B" { bucket = "acme-data" }
        resource "aws_s3_bucket_policy" "P" {
          bucket = aws_s3_bucket.B.%s
          policy = jsonencode({ Version = "2012-10-17", Statement = [%s] })
        }
        """,
    ),
}
ROLE_OF = {
    "cloudformation": (
        "t.yaml",
        """
        Resources:
          B: {Type: AWS::S3::Bucket}
          W: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
          P:
            Type: AWS::IAM::ManagedPolicy
            Properties:
              Roles: [!GetAtt W.%s]
              PolicyDocument: {Version: "2012-10-17", Statement: [%s]}
        """,
    ),
    "terraform": (
        "main.tf",
        """
        resource "aws_s3_bucket" "B" {}
        resource "aws_iam_role" "W" { assume_role_policy = var.trust }
        variable "trust" {}
        resource "aws_iam_role_policy" "P" {
          role   = aws_iam_role.W.%s
          policy = jsonencode({ Version = "2012-10-17", Statement = [%s] })
        }
        """,
    ),
}


@pytest.mark.parametrize(
    ("language", "attribute"),
    [
        *(("cloudformation", attribute) for attribute in ("Arn", "DomainName", "WebsiteURL")),
        *(("terraform", attribute) for attribute in ("arn", "bucket_domain_name", "hosted_zone_id", "acl", "tags_all", "region")),
    ],
)
def test_a_policy_is_given_the_name_of_its_bucket_and_nothing_else(tmp_path: Path, language: str, attribute: str) -> None:
    name, text = BUCKET_OF[language]
    statement = json.dumps(
        {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-data/*"}
    )
    told = ask(tmp_path, {name: text % (attribute, statement)})
    place = {"cloudformation": "", "terraform": "aws_s3_bucket_policy."}[language]
    bucket = "B" if language == "cloudformation" else "aws_s3_bucket.B"
    nothing = "the bucket has no policy, so nothing lets another account in"
    reason = f"it depends on '{place}P belongs to {bucket}': in one case, {nothing}"
    assert told.of(bucket, "s3:GetObject") == {"s3:GetObject": ("unknown", reason)}


@pytest.mark.parametrize(("language", "attribute"), [("cloudformation", "Arn"), ("terraform", "arn")])
def test_a_policy_is_given_the_name_of_its_role_and_nothing_else(tmp_path: Path, language: str, attribute: str) -> None:
    name, text = ROLE_OF[language]
    statement = json.dumps({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
    role, bucket = ("W", "B") if language == "cloudformation" else ("aws_iam_role.W", "aws_s3_bucket.B")
    told = ask(tmp_path, {name: text % (attribute, statement)}, "--with", f"principal={role}")
    assert told.of(bucket, "s3:GetObject")["s3:GetObject"][0] == "unknown"


def test_a_list_that_another_root_reads_is_in_an_order_of_its_own_there() -> None:
    read = with_symbols(
        ListValue((Known("b"), Unknown(NAME)), order='sort(["b", var.name])'), lambda one: replace(one, name=f"{one.name} (live/a)")
    )
    assert isinstance(read, ListValue)
    assert read.order == 'sort(["b", var.name]) (live/a)'
    assert [getattr(item, "symbol", item) for item in read.items] == [Known("b"), replace(NAME, name="var.name (live/a)")]


REFERRED = 'data "aws_s3_bucket" "b" {\n  bucket = "acme-data"\n}\n'
DECLARED = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-data"\n%s}\n'
GRANTED = REFERRED + (
    'resource "aws_s3_bucket_policy" "b" {\n  bucket = data.aws_s3_bucket.b.id\n  policy = jsonencode({ Version = "2012-10-17", Statement = [\n'
    f'    {{ Effect = "Allow", Principal = {{ AWS = "{ROLE}" }}, Action = "s3:*Object", Resource = "${{data.aws_s3_bucket.b.arn}}/*" }}\n'
    "  ] })\n}\n"
)


@pytest.mark.parametrize(
    ("declared", "options", "audited"),
    [
        ({"storage/main.tf": DECLARED % ""}, (), {"aws_s3_bucket.b"}),
        ({"storage/main.tf": DECLARED % ""}, ("--contract=v7-darwin", "--all-buckets"), {"aws_s3_bucket.b"}),
        ({"storage/main.tf": DECLARED % ""}, ("--bucket=data.aws_s3_bucket.b",), {"data.aws_s3_bucket.b"}),
        ({"storage/main.tf": DECLARED % "", ".auditor.yaml": "exclude: [storage]\n"}, (), {"data.aws_s3_bucket.b"}),
        ({"storage/main.tf": DECLARED % "  count = var.made ? 1 : 0\n" + 'variable "made" {}\n'}, (), {"aws_s3_bucket.b[0]", "data.aws_s3_bucket.b"}),
        ({"dev/main.tf": DECLARED % "", "prod/main.tf": DECLARED % ""}, (), {"data.aws_s3_bucket.b"}),
        ({}, (), {"data.aws_s3_bucket.b"}),
    ],
)  # fmt: skip
def test_a_bucket_that_another_root_declares_is_audited_there(
    tmp_path: Path, declared: Mapping[str, str], options: tuple[str, ...], audited: set[str]
) -> None:
    told = ask(tmp_path, {"policies/main.tf": GRANTED, **declared}, *options, every=False)
    assert {address for address, need in told.verdicts if need == "s3:GetObject"} == audited
    assert told.statuses("s3:GetObject") == {"holds"}
