"""Elements of known maps by keys that are unresolved, through the command line: their cases, and the names of what stays unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asked import ROLE, ask

pytestmark = pytest.mark.whole

BUCKET = """
    variable "env" {}
    resource "aws_s3_bucket" "b" { bucket = "acme-media" }
    resource "aws_s3_bucket_ownership_controls" "b" {
      bucket = aws_s3_bucket.b.id
      rule { object_ownership = local.mine.ownership }
    }
"""
OWNERSHIP = {
    "equal": (
        ("BucketOwnerEnforced", "BucketOwnerEnforced", "BucketOwnerEnforced"),
        ("holds", "Object Ownership is BucketOwnerEnforced"),
    ),
    "different": (
        ("BucketOwnerEnforced", "ObjectWriter", "BucketOwnerEnforced"),
        (
            "unknown",
            "it depends on 'var.env == \"k1\"': in one case, Object Ownership is ObjectWriter: ACLs are on",
        ),
    ),
    "equal, of many": (("BucketOwnerEnforced",) * 20, ("holds", "Object Ownership is BucketOwnerEnforced")),
    "different, of many": (
        tuple("ObjectWriter" if at % 2 else "BucketOwnerEnforced" for at in range(20)),
        (
            "unknown",
            "it depends on 'local.all[var.env].ownership': in one case, Object Ownership is BucketOwnerPreferred: ACLs are on",
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OWNERSHIP)
def test_an_element_by_an_unresolved_key_is_one_of_the_elements(tmp_path: Path, case: str) -> None:
    settings, expected = OWNERSHIP[case]
    entries = "\n".join(f'k{at} = {{ ownership = "{one}" }}' for at, one in enumerate(settings))
    told = ask(tmp_path, {"main.tf": f"{BUCKET}\nlocals {{\nall = {{\n{entries}\n}}\nmine = local.all[var.env]\n}}\n"})
    assert told.of("aws_s3_bucket.b", "ownership") == {"ownership": expected}


def test_a_bucket_that_is_named_by_an_unresolved_key_is_one_bucket(tmp_path: Path) -> None:
    text = """
        variable "env" {}
        locals {
          buckets = {
            dev  = { name = "acme-dev" }
            prod = { name = "acme-prod" }
          }
        }
        resource "aws_s3_bucket" "b" { bucket = local.buckets[var.env].name }
        resource "aws_s3_bucket_policy" "b" {
          bucket = local.buckets[var.env].name
          policy = jsonencode({ Version = "2012-10-17", Statement = [{
            Effect = "Allow", Principal = { AWS = "%s" }, Action = ["s3:GetObject", "s3:PutObject"]
            Resource = "arn:aws:s3:::${local.buckets[var.env].name}/*" }] })
        }
    """
    told = ask(tmp_path, {"main.tf": text.replace("%s", ROLE)})
    assert {bucket for bucket, _ in told.verdicts} == {"aws_s3_bucket.b"}
    grants = ("holds", "statement 1 grants it for every key")
    assert told.of("aws_s3_bucket.b", "s3") == {"s3:GetObject": grants, "s3:PutObject": grants}


GRANT = """
    variable "env" {}
    variable "at" {}
    locals {
      same  = { dev = "%s", prod = "%s" }
      other = { dev = "%s", prod = "arn:aws:iam::111122223333:role/etl" }
      deep  = { dev = { who = "%s" } }
    }
    resource "aws_s3_bucket" "b" { bucket = "acme-media" }
    resource "aws_s3_bucket_policy" "b" {
      bucket = aws_s3_bucket.b.id
      policy = jsonencode({ Version = "2012-10-17", Statement = [{
        Effect = "Allow", Principal = { AWS = PRINCIPAL }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }] })
    }
""".replace("%s", ROLE)
HOLDS = ("holds", "statement 1 grants it for every key")
BY_ENV = (
    "unknown",
    "it depends on 'var.env == \"dev\"' and 'var.env == \"prod\"': in one case, no statement allows s3:GetObject",
)
SOMETHING = ("unknown", "it depends on something that the code leaves unresolved: in one case, no statement allows s3:GetObject")


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (f'lookup(local.same, var.env, "{ROLE}")', HOLDS),
        (f'lookup(local.other, var.env, "{ROLE}")', ("unknown", "it depends on 'var.env == \"prod\"': in one case, no statement allows s3:GetObject")),
        ('lookup(local.same, var.env, "arn:aws:iam::111122223333:role/etl")', BY_ENV),
        ("lookup(local.same, var.env)", HOLDS),
        (f'lookup(local.deep, var.env, {{ who = "{ROLE}" }}).who', HOLDS),
        (f'coalesce(lookup(local.same, var.env, ""), "{ROLE}")', HOLDS),
        ("values(local.same)[var.at]", HOLDS),
        ("element(values(local.same), var.at)", HOLDS),
        ("values(local.other)[var.at]", ("unknown", f"it depends on '[\"{ROLE}\", \"arn:aws:iam::111122223333:role/etl\"][var.at]': in one case, no statement allows s3:GetObject")),
        (f'try(values(local.same)[var.at], "{ROLE}")', HOLDS),
        ('try(values(local.same)[var.at], "arn:aws:iam::111122223333:role/etl")', SOMETHING),
    ],
)  # fmt: skip
def test_a_principal_by_an_unresolved_key_or_position(tmp_path: Path, principal: str, expected: tuple[str, str]) -> None:
    told = ask(tmp_path, {"main.tf": GRANT.replace("PRINCIPAL", principal)})
    assert told.of("aws_s3_bucket.b", "s3:Get") == {"s3:GetObject": expected}


@pytest.mark.parametrize("name", ["data.aws_iam_policy.x", "data.aws_kms_key.x", "data.aws_vpc.x", "aws_sqs_queue.x"])
def test_the_arn_of_what_exists_is_never_null(tmp_path: Path, name: str) -> None:
    kind = "data" if name.startswith("data.") else "resource"
    declared = f'{kind} "{name.removeprefix("data.").removesuffix(".x")}" "x" {{}}'
    text = GRANT.replace("PRINCIPAL", f'"{ROLE}"').replace(
        "bucket = aws_s3_bucket.b.id", f"count = {name}.arn == null ? 0 : 1\nbucket = aws_s3_bucket.b.id"
    )
    told = ask(tmp_path, {"main.tf": f"{text}\n{declared}\n"})
    assert told.of("aws_s3_bucket.b", "s3:Get") == {"s3:GetObject": HOLDS}


SETS = """
    variable "prefix" {}
    resource "aws_s3_bucket" "a" { bucket = "${var.prefix}-a" }
    resource "aws_s3_bucket" "b" { bucket = "${var.prefix}-b" }
    data "aws_iam_policy_document" "p" {
      for_each = toset([aws_s3_bucket.a.arn, aws_s3_bucket.b.arn])
      statement {
        effect    = "EFFECT"
        actions   = ["s3:GetObject", "s3:PutObject"]
        resources = ["${each.value}/*"]
        principals {
          type        = "AWS"
          identifiers = ["%s"]
        }
      }
    }
    resource "aws_s3_bucket_policy" "a" {
      bucket = aws_s3_bucket.a.id
      policy = data.aws_iam_policy_document.p[aws_s3_bucket.a.arn].json
    }
""".replace("%s", ROLE)


@pytest.mark.parametrize(
    ("effect", "expected"),
    [("Allow", ("holds", "statement 1 grants it for every key")), ("Deny", ("fails", "statement 1 denies {}"))],
)
def test_a_document_for_each_of_some_arns(tmp_path: Path, effect: str, expected: tuple[str, str]) -> None:
    told = ask(tmp_path, {"main.tf": SETS.replace("EFFECT", effect)})
    status, reason = expected
    assert told.of("aws_s3_bucket.a", "s3") == {
        need: (status, reason.replace("{}", need)) for need in ("s3:GetObject", "s3:PutObject")
    }
    assert {status for status, _ in told.of("aws_s3_bucket.b", "s3").values()} == {"fails"}


def test_buckets_for_each_of_some_names(tmp_path: Path) -> None:
    text = """
        variable "a" {}
        variable "b" {}
        resource "aws_s3_bucket" "x" {
          for_each = toset([var.a, var.b, "acme-c"])
          bucket   = each.key
        }
        resource "aws_s3_bucket_policy" "x" {
          for_each = aws_s3_bucket.x
          bucket   = each.value.id
          policy = jsonencode({ Version = "2012-10-17", Statement = [{
            Effect = "Allow", Principal = { AWS = "%s" }, Action = "s3:GetObject", Resource = "${each.value.arn}/*" }] })
        }
        resource "aws_s3_bucket_ownership_controls" "x" {
          for_each = toset([var.a, "acme-c"])
          bucket   = aws_s3_bucket.x[each.key].id
          rule { object_ownership = "BucketOwnerEnforced" }
        }
    """
    told = ask(tmp_path, {"main.tf": text.replace("%s", ROLE)})
    unwritten = "no Object Ownership is written: a new bucket has ACLs disabled, one from before April 2023 may not"
    for key, ownership in (
        ('"acme-c"', ("holds", "Object Ownership is BucketOwnerEnforced")),
        ("var.a", ("holds", "Object Ownership is BucketOwnerEnforced")),
        ("var.b", ("unknown", unwritten)),
    ):
        assert told.of(f"aws_s3_bucket.x[{key}]", "s3:Get") == {"s3:GetObject": HOLDS}
        assert told.of(f"aws_s3_bucket.x[{key}]", "ownership") == {"ownership": ownership}
    assert len({bucket for bucket, _ in told.verdicts}) == 3


def test_one_of_two_texts_that_may_be_equal_has_an_instance(tmp_path: Path) -> None:
    text = """
        variable "a" {}
        variable "b" {}
        resource "aws_s3_bucket" "m" { bucket = "acme-media" }
        resource "aws_s3_bucket_policy" "m" {
          for_each = toset([for one in [var.a, var.b] : one])
          bucket   = aws_s3_bucket.m.id
          policy = jsonencode({ Version = "2012-10-17", Statement = [{
            Effect = "Allow", Principal = { AWS = "%s" }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.m.arn}/*" }] })
        }
    """
    told = ask(tmp_path, {"main.tf": text.replace("%s", ROLE)})
    assert told.of("aws_s3_bucket.m", "s3:Get") == {"s3:GetObject": HOLDS}


LISTED = """
    variable "ids" {}
    data "aws_iam_roles" "r" {}
    resource "aws_iam_role" "app" {
      assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
        Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }] })
    }
    resource "aws_s3_bucket" "b" { bucket = "acme-media" }
    resource "aws_s3_bucket_policy" "b" {
      bucket = aws_s3_bucket.b.id
      policy = jsonencode({ Version = "2012-10-17", Statement = [{
        Effect = "Allow", Principal = { AWS = PRINCIPAL }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }] })
    }
"""
LACKING = ("fails", "no statement allows s3:GetObject")
NOBODY = ("fails", "neither a policy of the caller nor the resource's own allows s3:GetObject")
BY_ACCOUNT = (
    "unknown",
    "it depends on 'account of the aws provider': in one case, neither a policy of the caller nor the resource's own allows s3:GetObject",
)
BY_ROLE = (
    "unknown",
    "it depends on 'some item of data.aws_iam_roles.r.arns': in one case, neither a policy of the caller nor the resource's own allows s3:GetObject",
)
BY_ITEM = ("unknown", "it depends on 'some item of var.ids': in one case, no statement allows s3:GetObject")


@pytest.mark.parametrize(
    ("principal", "own", "other"),
    [
        ('formatlist("arn:aws:iam::%s:root", var.ids)', NOBODY, BY_ITEM),
        ('[for id in var.ids : "arn:aws:iam::${id}:root"]', NOBODY, BY_ITEM),
        ('distinct(concat(["arn:aws:iam::111122223333:root"], formatlist("arn:aws:iam::%s:root", var.ids)))', NOBODY, BY_ITEM),
        (f'concat(["{ROLE}"], formatlist("arn:aws:iam::%s:root", var.ids))', BY_ACCOUNT, HOLDS),
        (
            'formatlist("arn:aws:iam::%s:role/etl", var.ids)',
            ("unknown", "it depends on 'some item of var.ids': in one case, neither a policy of the caller nor the resource's own allows s3:GetObject"),
            LACKING,
        ),
        ("data.aws_iam_roles.r.arns", BY_ROLE, LACKING),
        ("sort(data.aws_iam_roles.r.arns)", BY_ROLE, LACKING),
        ("tolist(data.aws_iam_roles.r.arns)[0]", (BY_ROLE[0], BY_ROLE[1].replace("arns'", "arns at 0'")), LACKING),
        ('flatten([data.aws_iam_roles.r.arns, "arn:aws:iam::111122223333:root"])', BY_ROLE, LACKING),
        ('compact([one(data.aws_iam_roles.r.arns), "arn:aws:iam::111122223333:root"])', BY_ROLE, LACKING),
        ('setunion(data.aws_iam_roles.r.arns, ["arn:aws:iam::111122223333:root"])', BY_ROLE, LACKING),
        (
            'formatlist("%s", var.ids)',
            ("unknown", "it depends on 'formatlist(\"%s\", var.ids)' and 'BlockPublicPolicy': in one case, neither a policy of the caller nor the resource's own allows s3:GetObject"),
            ("unknown", "it depends on 'formatlist(\"%s\", var.ids)', 'BlockPublicPolicy' and 'RestrictPublicBuckets': in one case, no statement allows s3:GetObject"),
        ),
    ],
)  # fmt: skip
def test_what_every_item_of_an_unresolved_list_looks_like_is_known(
    tmp_path: Path, principal: str, own: tuple[str, str], other: tuple[str, str]
) -> None:
    files = {"main.tf": LISTED.replace("PRINCIPAL", principal)}
    assert ask(tmp_path, files, "--with", "principal=aws_iam_role.app").of("aws_s3_bucket.b", "s3:Get") == {"s3:GetObject": own}
    assert ask(tmp_path, files).of("aws_s3_bucket.b", "s3:Get") == {"s3:GetObject": other}


def test_an_item_of_a_list_is_not_the_item_that_something_is_made_for(tmp_path: Path) -> None:
    text = """
        variable "ids" { type = set(string) }
        resource "aws_s3_bucket" "b" { for_each = var.ids }
        resource "aws_s3_bucket_policy" "b" {
          for_each = var.ids
          bucket   = aws_s3_bucket.b[each.key].id
          policy = jsonencode({ Version = "2012-10-17", Statement = [
            { Effect = "Allow", Principal = { AWS = formatlist("arn:aws:iam::%s:root", var.ids) }, Action = "s3:GetObject"
              Resource = "${aws_s3_bucket.b[each.key].arn}/*" },
            { Effect = "Deny", Principal = { AWS = "arn:aws:iam::${each.value}:root" }, Action = "s3:GetObject"
              Resource = "${aws_s3_bucket.b[each.key].arn}/*" }] })
        }
    """
    assert ask(tmp_path, {"main.tf": text}).statuses("s3:Get") == {"unknown"}


@pytest.mark.parametrize("count", [3, 64, 70])
def test_as_many_buckets_as_there_are_names_are_configured(tmp_path: Path, count: int) -> None:
    text = """
        variable "prefix" {}
        locals { names = [for one in [NAMES] : "${var.prefix}-${one}"] }
        resource "aws_s3_bucket" "x" {
          for_each = toset(local.names)
          bucket   = each.key
        }
        resource "aws_s3_bucket_policy" "x" {
          for_each = toset(local.names)
          bucket   = aws_s3_bucket.x[each.value].id
          policy = jsonencode({ Version = "2012-10-17", Statement = [{
            Effect = "Allow", Principal = { AWS = "%s" }, Action = "s3:GetObject"
            Resource = "${aws_s3_bucket.x[each.value].arn}/*" }] })
        }
    """
    names = ", ".join(f'"n{at}"' for at in range(count))
    told = ask(tmp_path, {"main.tf": text.replace("%s", ROLE).replace("NAMES", names)})
    reads = {bucket: one for (bucket, need), one in told.verdicts.items() if need == "s3:GetObject"}
    assert len(reads) == min(count, 65)
    certain = {one for bucket, one in reads.items() if not bucket.endswith("[each.key]")}
    assert certain == {HOLDS}
    assert {status for status, _ in reads.values()} <= {"holds", "unknown"}


def test_what_a_resource_has_does_not_fail_for_what_its_name_is_made_of(tmp_path: Path) -> None:
    text = """
        variable "prefix" {}
        resource "aws_s3_bucket" "b" {
          count  = 1
          bucket = "${var.prefix}-b"
        }
        resource "aws_s3_bucket_policy" "b" {
          bucket = try(aws_s3_bucket.b[0].id, "")
          policy = jsonencode({ Version = "2012-10-17", Statement = [{
            Effect = "Allow", Principal = { AWS = "%s" }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.b[0].arn}/*" }] })
        }
    """
    told = ask(tmp_path, {"main.tf": text.replace("%s", ROLE)})
    assert {bucket for bucket, _ in told.verdicts} == {"aws_s3_bucket.b[0]"}
    assert told.of("aws_s3_bucket.b[0]", "s3:Get") == {"s3:GetObject": HOLDS}


INSTANCES = """
    variable "names" { type = map(string) }
    resource "aws_s3_bucket" "b" {
      for_each = var.names
      bucket   = each.value
    }
    resource "aws_s3_bucket_policy" "b" {
      for_each = EACH
      bucket   = BUCKET
      policy = jsonencode({ Version = "2012-10-17", Statement = [{
        Effect = "Allow", Principal = { AWS = "%s" }, Action = "s3:GetObject", Resource = "${ARN}/*" }] })
    }
    locals {
      ids   = { for k, v in aws_s3_bucket.b : k => v.id }
      both  = { for name, one in aws_s3_bucket.b : "${name}" => { id = one.id, arn = one.arn } }
      twice = { for k, v in local.both : k => v.arn }
      other = { for k, v in aws_s3_bucket.b : "x-${k}" => v.arn }
      some  = { for k, v in aws_s3_bucket.b : k => v.arn if k != "x" }
      flags = { for k, v in var.names : k => true }
      mixed = { for k, v in merge(var.names, {}) : k => v }
      a_few = { for k, v in var.names : k => true if v != "x" }
      moved = { for k, v in var.names : v => k }
    }
""".replace("%s", ROLE)


@pytest.mark.parametrize(
    ("each", "bucket", "arn", "status"),
    [
        ("aws_s3_bucket.b", "each.value.id", "each.value.arn", "holds"),
        ("local.ids", "each.value", "aws_s3_bucket.b[each.key].arn", "holds"),
        ("local.both", "each.value.id", "each.value.arn", "holds"),
        ("var.names", "local.ids[each.key]", "local.twice[each.key]", "holds"),
        ("local.twice", "local.both[each.key].id", "each.value", "holds"),
        ("local.flags", "aws_s3_bucket.b[each.key].id", "aws_s3_bucket.b[each.key].arn", "holds"),
        ("local.mixed", "aws_s3_bucket.b[each.key].id", "local.ids[each.key]", "fails"),
        ("local.mixed", "aws_s3_bucket.b[each.key].id", "local.twice[each.key]", "holds"),
        ("local.a_few", "aws_s3_bucket.b[each.key].id", "local.twice[each.key]", "unknown"),
        ("local.moved", "aws_s3_bucket.b[each.key].id", "local.twice[each.key]", "unknown"),
        ("var.names", "local.ids[each.key]", "local.other[each.key]", "unknown"),
        ("local.some", "aws_s3_bucket.b[each.key].id", "each.value", "unknown"),
        ("local.ids", "each.value", 'local.twice["a"]', "unknown"),
    ],
)
def test_a_map_over_the_instances_of_unresolved_keys_has_them(
    tmp_path: Path, each: str, bucket: str, arn: str, status: str
) -> None:
    text = INSTANCES.replace("EACH", each).replace("BUCKET", bucket).replace("ARN", arn)
    told = ask(tmp_path, {"main.tf": text})
    assert told.of("aws_s3_bucket.b[each.key]", "s3:Get")["s3:GetObject"][0] == status
    assert {address for address, _ in told.verdicts} == {"aws_s3_bucket.b[each.key]"}


def test_a_map_over_instances_of_known_and_of_unresolved_keys_has_both(tmp_path: Path) -> None:
    text = INSTANCES.replace("for_each = var.names", 'for_each = toset(["acme-a", var.other])').replace("EACH", "local.ids")
    text = text.replace("BUCKET", "each.value").replace("ARN", "local.twice[each.key]") + 'variable "other" {}'
    told = ask(tmp_path, {"main.tf": text})
    reads = {address: status for (address, need), (status, _) in told.verdicts.items() if need == "s3:GetObject"}
    assert reads == {'aws_s3_bucket.b["acme-a"]': "holds", "aws_s3_bucket.b[var.other]": "holds"}


@pytest.mark.parametrize("conditions", [2, 4, 5, 8, 9, 10])
def test_an_instance_is_the_one_of_its_resource_whatever_its_count_depends_on(tmp_path: Path, conditions: int) -> None:
    names = [f"v{number}" for number in range(conditions)]
    needed = " || ".join(f"length(var.{name}) != 0" for name in names)
    text = (
        "".join(f'variable "{name}" {{}}\n' for name in names)
        + f"""
    locals {{
      needed = {needed}
    }}
    resource "aws_s3_bucket" "b" {{
      count  = local.needed ? 1 : 0
      bucket = "acme-b"
    }}
    resource "aws_s3_bucket" "other" {{
      bucket = var.v0
    }}
    resource "aws_s3_bucket_ownership_controls" "b" {{
      count  = local.needed ? 1 : 0
      bucket = aws_s3_bucket.b[0].id
      rule {{
        object_ownership = "BucketOwnerEnforced"
      }}
    }}
    """
    )
    told = ask(tmp_path, {"main.tf": text})
    assert {address: status for (address, need), (status, _) in told.verdicts.items() if need == "ownership"} == {
        "aws_s3_bucket.b[0]": "holds",
        "aws_s3_bucket.other": "unknown",
    }
    assert told.verdicts["aws_s3_bucket.other", "ownership"][1].startswith("no Object Ownership is written")


TESTED = """
    variable "x" {}
    variable "m" { type = map(string) }
    variable "a" { type = list(string) }
    variable "b" { type = list(string) }
    resource "aws_s3_bucket" "b" { bucket = "acme-media" }
    resource "aws_s3_bucket_policy" "b" {
      bucket = aws_s3_bucket.b.id
      policy = jsonencode({ Version = "2012-10-17", Statement = [
        { Effect = "Allow", Principal = { AWS = "arn:aws:iam::258327614892:root" }, Action = "s3:GetObject"
          Resource = "${aws_s3_bucket.b.arn}/*", Condition = { FIRST } },
        { Effect = "Deny", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*", Condition = { SECOND } }] })
    }
"""


@pytest.mark.parametrize(
    ("first", "second", "given"),
    [
        (
            'StringLike = { "aws:PrincipalArn" = concat(["x"], var.a) }',
            'StringEquals = { "aws:PrincipalArn" = concat(["x"], var.a) }',
            {"a": '["arn:aws:iam::258327614892:role/*"]'},
        ),
        (
            'NumericLessThan = { "s3:signatureAge" = concat(["0"], var.a) }',
            'NumericGreaterThan = { "s3:signatureAge" = concat(["0"], var.a) }',
            {"a": "[]"},
        ),
        (
            'IpAddress = { "aws:SourceIp" = concat([var.x], var.a) }',
            'IpAddress = { "aws:SourceIp" = concat([var.x], var.b) }',
            {"x": "1.2.3.4", "a": '["0.0.0.0/0"]', "b": "[]"},
        ),
        (
            "StringEquals = var.m",
            "StringNotEquals = var.m",
            {"m": '{ "aws:PrincipalArn" = "arn:aws:iam::258327614892:role/external_s3" }'},
        ),
        (
            'StringLike = merge(var.m, { "aws:PrincipalArn" = "*" })',
            'StringLike = merge(var.m, { "aws:PrincipalAccount" = "*" })',
            {"m": '{ "aws:PrincipalArn" = "x", "aws:PrincipalAccount" = "258327614892" }'},
        ),
    ],
    ids=["other operators", "other relations", "other lists", "other operators of a map", "a map that overrides"],
)
def test_two_tests_of_what_is_unresolved_may_turn_out_differently(
    tmp_path: Path, first: str, second: str, given: dict[str, str]
) -> None:
    """With the values that are given, the first one can be met and the second one not."""
    files = {"main.tf": TESTED.replace("FIRST", first).replace("SECOND", second)}
    assert ask(tmp_path, files).statuses("s3:Get") == {"unknown"}
    options = [option for name, value in given.items() for option in ("--var", f"{name}={value}")]
    assert ask(tmp_path, files, *options).statuses("s3:Get") <= {"holds", "unknown"}


def test_two_items_of_an_unresolved_list_need_not_be_the_same(tmp_path: Path) -> None:
    """One of them may be the consumer's account, which is then let in and not denied."""
    text = """
        variable "ids" { type = list(string) }
        locals { accounts = formatlist("arn:aws:iam::%s:root", var.ids) }
        resource "aws_s3_bucket" "b" { bucket = "acme-media" }
        resource "aws_s3_bucket_policy" "b" {
          bucket = aws_s3_bucket.b.id
          policy = jsonencode({ Version = "2012-10-17", Statement = [
            { Effect = "Allow", Principal = { AWS = local.accounts[0] }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" },
            { Effect = "Deny", Principal = { AWS = local.accounts[1] }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }] })
        }
    """
    assert ask(tmp_path, {"main.tf": text}).statuses("s3:Get") == {"unknown"}
    given = ask(tmp_path, {"main.tf": text}, "--var", 'ids=["258327614892", "111122223333"]')
    assert given.statuses("s3:Get") == {"holds"}
