"""Which platforms are audited when none is named: those that the code mentions, each on the buckets that mention it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from auditor.cli import main
from auditor.contract import Contract
from auditor.contract.load import load
from auditor.contract.party import OWNER
from auditor.selection.mentions import shared
from tests.asked import ROLE, ask

NOBODY = "; no platform is mentioned: --contract names another one, and 'auditor contracts' lists them"
SEGMENTS = "arn:aws:iam::931508227573:user/segmentsai-prod-user"


def bucket(name: str, who: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": who},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name.lower()}/*",
    }
    return {
        name: {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name.lower()}},
        f"{name}Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": name}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}},
        },
    }


def template(*buckets: dict[str, Any]) -> dict[str, str | bytes]:
    return {"template.json": json.dumps({"Resources": {name: one for each in buckets for name, one in each.items()}})}


def audited(at: Path, files: dict[str, str | bytes], *options: str) -> tuple[set[str], tuple[str, ...]]:
    told = ask(at, files, *options, every=False)
    return {address for address, _ in told.verdicts}, told.notes[1:]


OTHERS = bucket("Labels", SEGMENTS)
OURS = bucket("Images", ROLE)
NOBODYS = bucket("Logs", "arn:aws:iam::111122223333:root")


@pytest.mark.parametrize(
    ("files", "options", "expected"),
    [
        (template(OTHERS, NOBODYS), (), ({"Labels"}, ("segments-ai: buckets that mention Segments.ai",))),
        (template(OURS, NOBODYS), (), ({"Images"}, ("v7-darwin: buckets whose policy, key or CORS mentions V7 Darwin",))),
        (
            template(OURS, OTHERS),
            (),
            (
                {"Images", "Labels"},
                (
                    "segments-ai: buckets that mention Segments.ai",
                    "v7-darwin: buckets whose policy, key or CORS mentions V7 Darwin",
                ),
            ),
        ),
        (template(NOBODYS), (), ({"Logs"}, (f"v7-darwin: the only bucket found{NOBODY}",))),
        (template(OTHERS, NOBODYS), ("--bucket", "Logs"), ({"Logs"}, ("v7-darwin: selected with --bucket",))),
        (
            template(OTHERS, NOBODYS),
            ("--bucket", "Labels"),
            ({"Labels"}, ("segments-ai: buckets that mention Segments.ai", "v7-darwin: selected with --bucket")),
        ),
        (template(OTHERS), ("--contract", "v7-darwin"), ({"Labels"}, ("v7-darwin: the only bucket found",))),
        (template(OTHERS), ("--with", "access=read-only"), ({"Labels"}, ("v7-darwin: the only bucket found",))),
    ],
)
def test_a_platform_is_audited_on_the_buckets_that_mention_it(
    files: dict[str, str | bytes], options: tuple[str, ...], expected: tuple[set[str], tuple[str, ...]], tmp_path: Path
) -> None:
    assert audited(tmp_path, files, *options) == expected


@pytest.mark.parametrize("named", [(), ("--contract", "auto")], ids=["default", "auto"])
@pytest.mark.parametrize(
    ("symptom", "needs"),
    [("ownership", {"ownership", "s3:GetObject"}), ("cors", {"cors:GET", "cors:PUT"})],
)
def test_a_symptom_narrows_the_needs_of_every_platform(
    named: tuple[str, ...], symptom: str, needs: set[str], tmp_path: Path
) -> None:
    told = ask(tmp_path, template(OURS, OTHERS), *named, "--symptom", symptom, every=False)
    assert {address for address, _ in told.verdicts} == {"Images", "Labels"}
    assert {need for _, need in told.verdicts} == needs


ROLE_OF_FIVETRAN = """\
resource "aws_s3_bucket" "b" {
  bucket = "acme-b"
}

resource "aws_iam_role" "r" {
  assume_role_policy = <<-EOF
    {"Statement": [{"Effect": "Allow", "Principal": {PRINCIPAL}, "Action": "ACTION"}]}
  EOF
}

resource "aws_iam_role_policy" "r" {
  role   = aws_iam_role.r.id
  policy = POLICY
}
"""
AS_TEXT = """<<-EOF
    {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${aws_s3_bucket.b.id}/*"}]}
  EOF"""
AS_VALUE = 'jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }] })'
FIVETRAN = ('"AWS": "arn:aws:iam::834469178297:root"', "sts:AssumeRole")
GOOGLE = ('"Federated": "accounts.google.com"', "sts:AssumeRoleWithWebIdentity")


@pytest.mark.parametrize(
    ("trusted", "policy", "expected"),
    [
        (FIVETRAN, AS_TEXT, "fivetran: buckets that mention Fivetran"),
        (FIVETRAN, AS_VALUE, "fivetran: buckets that mention Fivetran"),
        (FIVETRAN, AS_TEXT.replace("aws_s3_bucket.b.id", "var.other"), f"v7-darwin: the only bucket found{NOBODY}"),
        (GOOGLE, AS_TEXT, f"v7-darwin: the only bucket found{NOBODY}"),  # anybody who signs in with Google, not BigQuery Omni alone
    ],
)
def test_a_role_that_trusts_a_platform_mentions_it(trusted: tuple[str, str], policy: str, expected: str, tmp_path: Path) -> None:
    principal, action = trusted
    text = ROLE_OF_FIVETRAN.replace("PRINCIPAL", principal).replace("ACTION", action).replace("POLICY", policy)
    assert audited(tmp_path, {"main.tf": text})[1] == (expected,)


@pytest.mark.parametrize(
    ("principal", "at", "beside"),
    [
        ("local.who", "main.tf", {"names.tf": 'locals { who = "834469178297" }'}),
        ("var.who", "role/main.tf", {"main.tf": 'module "role" {\n  source = "./role"\n  who = "834469178297"\n}'}),
    ],
)
def test_a_role_is_read_where_another_file_of_its_root_names_the_platform(
    principal: str, at: str, beside: dict[str, str | bytes], tmp_path: Path
) -> None:
    text = ROLE_OF_FIVETRAN.replace("PRINCIPAL", f'"AWS": "arn:aws:iam::${{{principal}}}:root"')
    text = text.replace("ACTION", "sts:AssumeRole").replace("POLICY", AS_TEXT) + 'variable "who" {}\n'
    assert audited(tmp_path, {at: text, **beside})[1] == ("fivetran: buckets that mention Fivetran",)


TRUST = f'{{"Statement": [{{"Effect": "Allow", "Principal": {{{FIVETRAN[0]}}}, "Action": "{FIVETRAN[1]}"}}]}}'
WITH_LOCAL = 'locals { trust = file("${path.module}/trust.json") }'


@pytest.mark.parametrize(
    ("trusted", "beside"),
    [
        ('file("${path.module}/trust.tpl")', {"trust.tpl": TRUST}),
        ('templatefile("${path.module}/trust.tpl", {})', {"trust.tpl": TRUST}),
        ('file("${path.module}/trust.json")', {"trust.json": TRUST}),
        ("local.trust", {"names.tf": WITH_LOCAL, "trust.json": TRUST}),
    ],
)
def test_a_role_is_read_where_its_trust_policy_is_in_a_file_that_is_not_code(
    trusted: str, beside: dict[str, str | bytes], tmp_path: Path
) -> None:
    """The file may not be in memory before the role is read."""
    begin, end = ROLE_OF_FIVETRAN.index("<<-EOF"), ROLE_OF_FIVETRAN.index("EOF\n}") + 3
    text = ROLE_OF_FIVETRAN.replace(ROLE_OF_FIVETRAN[begin:end], trusted).replace("POLICY", AS_TEXT)
    assert audited(tmp_path, {"main.tf": text, **beside})[1] == ("fivetran: buckets that mention Fivetran",)


def role_for(resource: dict[str, Any]) -> dict[str, Any]:
    """A role that Fivetran assumes, and what it may read."""
    trust = {"Effect": "Allow", "Principal": {"AWS": "834469178297"}, "Action": "sts:AssumeRole"}
    reading = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}]}
    return {
        "R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}},
        "P": {"Type": "AWS::IAM::RolePolicy", "Properties": {"RoleName": {"Ref": "R"}, "PolicyDocument": reading}},
    }


def test_a_role_is_read_in_a_template_that_imports_the_bucket_and_not_where_it_has_to_do_with_none(tmp_path: Path) -> None:
    export = {"Name": {"Value": {"Ref": "B"}, "Export": {"Name": "the-bucket"}}}
    imported = {"Fn::Sub": ["arn:aws:s3:::${Name}/*", {"Name": {"Fn::ImportValue": "the-bucket"}}]}
    files: dict[str, str | bytes] = {
        "bucket.json": json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket"}}, "Outputs": export}),
        "role.json": json.dumps({"Resources": role_for(imported)}),
        "alone.json": json.dumps({"Resources": {**role_for({"Ref": "Of"}), "X": "what would be told of a template that is read"}}),
    }
    told = ask(tmp_path, files, every=False)
    assert {address for address, _ in told.verdicts} == {"", "B"}
    assert (told.notes[1:], told.errors) == (("fivetran: buckets that mention Fivetran",), ())


def test_what_several_consumers_share_tells_of_none_of_them() -> None:
    known: list[Contract] = [load("v7-darwin", {}), load("segments-ai", {})]
    assert shared(known) == frozenset()
    assert shared([*known, load("segments-ai", {"principal": ROLE})]) == {"258327614892"}


KEYED = """\
resource "aws_kms_key" "shared" {
  policy = jsonencode({
    Statement = [
      { Effect = "Allow", Principal = { Service = "delivery.logs.amazonaws.com" }, Action = "kms:GenerateDataKey", Resource = "*" },
    ]
  })
}

resource "aws_s3_bucket" "one" {
  for_each = toset(["logs", "backup"])
  bucket   = "acme-${each.key}"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "one" {
  for_each = aws_s3_bucket.one
  bucket   = each.value.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.shared.arn
    }
  }
}
"""
LOGS = """\
resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.one["logs"].id
  policy = jsonencode({
    Statement = [
      { Effect = "Allow", Principal = { Service = "delivery.logs.amazonaws.com" }, Action = "s3:PutObject", Resource = "arn:aws:s3:::acme-logs/*" },
    ]
  })
}
"""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.tf": KEYED}, {'aws_s3_bucket.one["logs"]', 'aws_s3_bucket.one["backup"]'}),
        ({"main.tf": KEYED, "logs.tf": LOGS}, {'aws_s3_bucket.one["logs"]'}),
    ],
)
def test_a_key_speaks_of_those_of_its_buckets_that_mention_the_platform_themselves(
    files: dict[str, str | bytes], expected: set[str], tmp_path: Path
) -> None:
    buckets, notes = audited(tmp_path, files)
    assert (buckets, notes) == (expected, ("vended-logs: buckets that mention AWS log delivery",))


def test_who_is_only_denied_wants_no_proof(tmp_path: Path) -> None:
    denied = json.loads(json.dumps(bucket("Labels", SEGMENTS)))
    denied["LabelsPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Effect"] = "Deny"
    told = ask(tmp_path, template(OURS, denied), every=False)
    assert {address for address, _ in told.verdicts} == {"Images"}
    asked = ask(tmp_path, template(OURS, denied), "--contract", "segments-ai", every=False)
    assert asked.verdicts["Labels", "s3:GetObject"] == ("fails", "statement 1 denies s3:GetObject")


DELIVERED = """\
variable "arn" {}
data "aws_caller_identity" "own" {}
resource "aws_cloudfront_distribution" "site" {
  for_each = toset(["a", "b"])
}
resource "random_id" "suffix" {
  for_each = toset(["a", "b"])
}
resource "aws_s3_bucket" "site" {
  bucket = "acme-site"
}
resource "aws_s3_bucket_policy" "site" {
  bucket = aws_s3_bucket.site.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    {
      Effect    = "Allow"
      Principal = { Service = "cloudfront.amazonaws.com" }
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.site.arn}/*"
      Condition = { StringEquals = { "AWS:SourceArn" = %s } }
    },
    { Effect = "Allow", Principal = { Service = "example.amazonaws.com" }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.site.arn}/*",
      Condition = { ArnLike = { "aws:SourceArn" = aws_cloudfront_distribution.site["b"].arn } } }
  ] })
}
"""
OF_TEMPLATE = """\
Parameters:
  Given: {Type: String}
Resources:
  Site:
    Type: AWS::S3::Bucket
  Delivery:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig: {Enabled: true}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Site
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: cloudfront.amazonaws.com}
            Action: s3:GetObject
            Resource: !Sub "${Site.Arn}/*"
            Condition: {StringEquals: {"AWS:SourceArn": !Sub "arn:aws:cloudfront::${AWS::AccountId}:distribution/${%s}"}}
"""
OWN = '"arn:aws:cloudfront::${data.aws_caller_identity.own.account_id}:distribution/${aws_cloudfront_distribution.site["a"].id}"'


@pytest.mark.parametrize(
    ("name", "text", "distribution"),
    [
        ("main.tf", DELIVERED % 'aws_cloudfront_distribution.site["a"].arn', 'aws_cloudfront_distribution.site["a"]'),
        ("main.tf", DELIVERED % OWN, 'aws_cloudfront_distribution.site["a"]'),
        ("main.tf", DELIVERED % "[for one in aws_cloudfront_distribution.site : one.arn]", None),
        ("main.tf", DELIVERED % "var.arn", None),
        ("main.tf", DELIVERED % OWN.replace("aws_cloudfront_distribution.site", "random_id.suffix").replace(".id}", ".hex}"), None),
        ("main.tf", DELIVERED % OWN.replace("distribution/", "distribution/E-"), None),
        ("main.tf", DELIVERED % '"arn:aws:cloudfront::111122223333:distribution/*"', None),
        ("t.yaml", OF_TEMPLATE % "Delivery", "Delivery"),
        ("t.yaml", OF_TEMPLATE % "Given", None),
    ],
)
def test_a_service_is_let_in_for_the_resource_that_the_policy_names(
    name: str, text: str, distribution: str | None, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    report = json.loads(CliRunner().invoke(main, ["check", str(tmp_path), "--format", "json"]).stdout)
    (verdict,) = (one for one in report["verdicts"] if one["need"] == "s3:GetObject")
    (contract,) = report["contracts"]
    assert contract["with"].get("distribution", "") == (distribution or "")
    assert verdict["status"] == ("unknown" if distribution is None else "holds")


LOGGED = """\
Resources:
  Site: {Type: AWS::S3::Bucket}
  Logs: {Type: AWS::S3::Bucket}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Logs
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: logging.s3.amazonaws.com}
            Action: s3:PutObject
            Resource: !Sub "${Logs.Arn}/*"
            Condition: {ArnLike: {"aws:SourceArn": !GetAtt Site.Arn}, StringEquals: {"aws:SourceAccount": %s}}
"""


@pytest.mark.parametrize(
    ("account", "options", "status"),
    [
        ("!Ref AWS::AccountId", (), "holds"),
        ('"111122223333"', (), "unknown"),
        ('"111122223333"', ("--account", "111122223333"), "holds"),
        ("!Ref AWS::AccountId", ("--contract", "s3-access-logs", "--with", "account=111122223333", "--with", "prefix="), "unknown"),
    ],
)
def test_access_logs_are_delivered_for_the_account_of_the_bucket(
    account: str, options: tuple[str, ...], status: str, tmp_path: Path
) -> None:
    told = ask(tmp_path, {"t.yaml": LOGGED % account}, *options, every=False)
    assert told.verdicts["Logs", "s3:PutObject"][0] == status


TRAIL = """\
data "aws_caller_identity" "own" {}
resource "aws_s3_bucket" "b" { bucket = "acme-trails" }
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { Service = "cloudtrail.amazonaws.com" }, Action = "s3:GetBucketAcl", Resource = aws_s3_bucket.b.arn },
    %s
  ] })
}
"""
OWN_FOLDER = "AWSLogs/${data.aws_caller_identity.own.account_id}/*"


def of_trail(
    effect: str, *folders: str, who: str = '{ Service = "cloudtrail.amazonaws.com" }', action: str = "s3:PutObject"
) -> str:
    resources = ", ".join(f'"${{aws_s3_bucket.b.arn}}/{folder}"' for folder in folders)
    return f'{{ Effect = "{effect}", Principal = {who}, Action = "{action}", Resource = [{resources}] }},\n'


@pytest.mark.parametrize(
    ("statements", "account", "prefix", "status"),
    [
        (of_trail("Allow", OWN_FOLDER), OWNER, "", "holds"),
        (of_trail("Allow", f"audit/{OWN_FOLDER}", action="s3:Put*"), OWNER, "audit/", "holds"),
        (of_trail("Allow", "AWSLogs/111122223333/*"), "111122223333", "", "holds"),
        (of_trail("Allow", "audit/AWSLogs/*"), "", "audit/", "holds"),
        (of_trail("Allow", "audit/*"), "", "audit/", "holds"),
        (of_trail("Allow", "*"), "", "", "holds"),
        (of_trail("Allow", OWN_FOLDER) + of_trail("Deny", "AWSLogs/*", who='"*"'), OWNER, "", "fails"),
        (of_trail("Allow", OWN_FOLDER) + of_trail("Deny", "AWSLogs/Other/*", who='"*"'), OWNER, "", "holds"),
        (of_trail("Allow", OWN_FOLDER) + of_trail("Deny", "AWSLogs/111122223333/*", who='"*"'), "", "", "unknown"),
        (of_trail("Allow", OWN_FOLDER) + of_trail("Deny", "AWSLogs/????????????/x", who='"*"'), "", "", "unknown"),
        (of_trail("Allow", OWN_FOLDER) + of_trail("Deny", "s3/2024-01/*", who='"*"'), OWNER, "", "holds"),
        (of_trail("Allow", OWN_FOLDER, f"audit/{OWN_FOLDER}"), "", "", "unknown"),
        (of_trail("Allow", "AWSLogs/${var.account}/*"), "", "", "unknown"),
        (of_trail("Allow", "AWSLogs/111122223333"), "", "", "unknown"),
        (of_trail("Allow", "AWSLogs/1111*"), "", "", "unknown"),
        (of_trail("Allow", OWN_FOLDER, action="s3:GetObject"), "", "", "fails"),
        (of_trail("Allow", OWN_FOLDER, who='{ Service = "config.amazonaws.com" }'), "", "", "fails"),
        (of_trail("Deny", OWN_FOLDER), "", "", "fails"),
        (of_trail("Allow", OWN_FOLDER, action="${var.account}"), "", "", "unknown"),
    ],
)
def test_a_service_delivers_below_what_the_policy_lets_it_write(
    statements: str, account: str, prefix: str, status: str, tmp_path: Path
) -> None:
    told = ask(tmp_path, {"main.tf": TRAIL % statements + 'variable "account" {}\n'}, every=False)
    (contract,) = (one for one in told.contracts if one["id"] == "cloudtrail")
    assert (contract["with"]["account"], contract["with"]["prefix"]) == (account, prefix)
    assert told.verdicts["aws_s3_bucket.b", "s3:PutObject"][0] == status


FOLDERS = (
    OWN_FOLDER,
    f"audit/{OWN_FOLDER}",
    OWN_FOLDER.replace("*", "CloudTrail/*"),
    "AWSLogs/111122223333/*",
    "AWSLogs/111122223333/CloudTrail/*",
    "AWSLogs/1111????????/*",
    "AWSLogs/*3333/*",
    "*1111*",
    "s3/AWSLogs/*",
    "AWSLogs/${var.account}/*",
    "AWSLogs/*",
    "*/CloudTrail/*",
    "audit/*",
    "*",
)


@pytest.mark.property
@given(
    st.lists(st.sampled_from(FOLDERS), min_size=1, max_size=2, unique=True),
    st.lists(st.tuples(st.sampled_from(["Allow", "Deny"]), st.sampled_from(FOLDERS)), max_size=2),
)
def test_what_is_decided_for_the_account_of_the_bucket_is_so_for_every_account(
    tmp_path_factory: pytest.TempPathFactory, folders: list[str], others: list[tuple[str, str]]
) -> None:
    top = tmp_path_factory.mktemp("trail")
    code = 'variable "account" {}\n' + TRAIL % (
        of_trail("Allow", *folders) + "".join(of_trail(effect, folder, who='"*"') for effect, folder in others)
    )
    told = ask(top, {"main.tf": code}, every=False)
    (given_,) = (one["with"] for one in told.contracts if one["id"] == "cloudtrail")
    status = told.verdicts["aws_s3_bucket.b", "s3:PutObject"][0]
    for account in ("111122223333", "444455556666"):
        values = {"account": account if given_["account"] in ("", OWNER) else given_["account"], "prefix": given_["prefix"]}
        options = [option for name, value in values.items() for option in ("--with", f"{name}={value}")]
        known = ask(top, {}, "--contract", "cloudtrail", *options, "--account", account)
        assert status in ("unknown", known.verdicts["aws_s3_bucket.b", "s3:PutObject"][0]), (code, values)


RECORDED = """\
data "aws_caller_identity" "own" {}
resource "aws_s3_bucket" "b" { bucket = "acme-trails" }
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    {
      Effect    = "Allow"
      Principal = { Service = "config.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${aws_s3_bucket.b.arn}/AWSLogs/${data.aws_caller_identity.own.account_id}/*"
      Condition = { StringEquals = { "s3:x-amz-acl" = "private" } }
    },
  ] })
}
"""


def test_a_fix_names_the_account_of_the_bucket_as_the_code_does(tmp_path: Path) -> None:
    told = ask(tmp_path, {"main.tf": RECORDED}, "--fix", every=False)
    text = (tmp_path / "main.tf").read_text(encoding="utf-8")
    own = "data.aws_caller_identity.own.account_id"
    assert f'Resource  = "${{aws_s3_bucket.b.arn}}/AWSLogs/${{{own}}}/Config/*"' in text
    assert text.count(f'Condition = {{ StringEquals = {{ "aws:SourceAccount" = [{own}] }} }}') == 2
    assert told.statuses("s3:") == {"holds"}


def test_a_fix_that_would_have_to_declare_the_account_is_only_shown(tmp_path: Path) -> None:
    """The account is read from what another block is given, and nothing in the directory asks for it."""
    elsewhere = RECORDED.replace('data "aws_caller_identity" "own" {}\n', "").replace(
        "data.aws_caller_identity.own.account_id", "module.who.id"
    )
    files = {
        "main.tf": 'module "who" {\n  source = "./who"\n}\n' + elsewhere,
        "who/main.tf": 'data "aws_caller_identity" "own" {}\noutput "id" { value = data.aws_caller_identity.own.account_id }\n',
    }
    ask(tmp_path, files, "--fix", every=False)
    assert (tmp_path / "main.tf").read_text(encoding="utf-8") == files["main.tf"]
