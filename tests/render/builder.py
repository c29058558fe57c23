"""Reports made by hand: the sample that the golden files show, and the parts to make others of."""

from __future__ import annotations

from dataclasses import replace

from auditor.contract import Contract, Need, Party
from auditor.finding import Certainty, Edit, Finding, Patch, Related, Severity, Symptom
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.model import Bucket, BucketDeclaration
from auditor.needs.access import AccessNeed
from auditor.needs.cors import CorsNeed
from auditor.needs.key import KeyNeed
from auditor.needs.ownership import OwnershipNeed
from auditor.report import Report
from auditor.rule import all_rules
from auditor.verdict import Outcome, Resolution, Status, Step, Verdict

ROLE = "arn:aws:iam::258327614892:role/external_s3"
ORIGIN = "https://darwin.v7labs.com"
PARTY = Party(ROLE, outside=True)

MAIN = """\
resource "aws_s3_bucket" "images" {
  bucket = "acme-images"
}

resource "aws_s3_bucket_policy" "images" {
  bucket = aws_s3_bucket.images.id
  policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
      Action    = ["s3:GetObject", "s3:PutObject"]
      Resource  = "${aws_s3_bucket.images.arn}/in/*"
    }]
  })
}

resource "aws_s3_bucket_cors_configuration" "images" {
  bucket = aws_s3_bucket.images.id
  cors_rule {
    allowed_origins = ["https://darwin.v7labs.com/"]
    allowed_methods = ["GET", "PUT"]
    allowed_headers = ["*"]
  }
}

resource "aws_s3_bucket" "archive" {
  bucket = "acme-archive"
}

resource "aws_s3_bucket_policy" "archive" {
  bucket = aws_s3_bucket.archive.id
  policy = data.aws_iam_policy_document.archive.json
}

resource "aws_s3_bucket" "thumbnails" {
  bucket = "acme-thumbnails"
}
"""

VARIABLES = """\
variable "role_arn" {
  description = "Who may read the archive"
  type        = string
}
"""

ONE_LINE = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",'
    '"Action":"s3:*","Resource":"arn:aws:s3:::acme-logs/*"}]}\n'
)

PATH = "infra/prod/main.tf"
VARIABLES_PATH = "infra/prod/variables.tf"
POLICY_PATH = "policies/log bucket.json"
BROKEN_PATH = "infra/prod/broken.tf"

TEXTS = {
    PATH: MAIN.encode(),
    VARIABLES_PATH: VARIABLES.encode(),
    POLICY_PATH: ONE_LINE.encode(),
    BROKEN_PATH: b'resource "aws_s3_bucket" "x" {\n  bucket = \n}\n',
}


def _need(id_: str) -> Need:
    why = f"it needs {id_}"
    match id_.split(":"):
        case ["s3", _]:
            return AccessNeed(id_, why, party=PARTY, action=id_)
        case ["kms", _]:
            return KeyNeed(id_, why, party=PARTY, action=id_)
        case ["cors", method]:
            return CorsNeed(id_, why, party=PARTY, method=method, origin=ORIGIN)
    return OwnershipNeed(id_, why, party=PARTY)


NEEDS = tuple(
    map(_need, ("s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey", "cors:GET", "cors:PUT", "ownership"))
)

CONTRACT = Contract(
    id="v7-darwin",
    title="V7 Darwin",
    parties=(PARTY,),
    origins=(ORIGIN,),
    needs=NEEDS,
    parameters={"access": "read-write"},
)


def at(path: str, line: int, column: int = 1, end_column: int | None = None, end_line: int | None = None) -> Location:
    return Location(path, line, column, end_line or line, end_column or column + 1)


RULES = tuple(
    rule
    for rule in all_rules()
    if rule.id in {"access-grant-missing", "access-granted-to-everyone", "cors-request-refused", "input-error"}
)


def bucket(name: str, line: int, root: str = "infra/prod", path: str = PATH) -> Bucket:
    header = Location(path, line, 1, line, 1 + len(f'resource "aws_s3_bucket" "{name}"'))
    return Bucket(BucketDeclaration(f"aws_s3_bucket.{name}", header), root, "terraform")


IMAGES = bucket("images", 1)
ARCHIVE = bucket("archive", 26)
THUMBNAILS = bucket("thumbnails", 35)

STATEMENT = Location(PATH, 12, 19, 12, 52)
ORIGIN_PLACE = Location(PATH, 20, 24, 20, 52)
ROLE_VARIABLE = Location(VARIABLES_PATH, 1, 1, 1, 20)

HOLDS = {
    "s3:GetObject": "granted for every key",
    "s3:PutObject": "granted for every key",
    "cors:GET": "the first CORS rule answers the page",
    "cors:PUT": "the first CORS rule answers the preflight",
    "ownership": "Object Ownership is BucketOwnerEnforced",
}


def proven(subject: Bucket) -> tuple[Verdict, ...]:
    """All needs hold; the bucket has no customer key."""
    where = subject.declaration.location
    return tuple(
        Verdict(CONTRACT, subject, each, Outcome(Status.HOLDS, HOLDS[each.id], where))
        if each.id in HOLDS
        else Verdict(CONTRACT, subject, each, Outcome(Status.NOT_APPLICABLE, "default encryption is SSE-S3", where))
        for each in NEEDS
    )


def failing(subject: Bucket) -> tuple[Verdict, ...]:
    refused = {
        "s3:GetObject": ("no statement allows it for keys outside 'in/'", {"key": "a"}, STATEMENT),
        "s3:PutObject": ("no statement allows it for keys outside 'in/'", {"key": "a"}, STATEMENT),
        "cors:GET": ("no CORS rule names the origin as a browser sends it", {"method": "GET", "origin": ORIGIN}, ORIGIN_PLACE),
        "cors:PUT": (
            "no CORS rule names the origin as a browser sends it",
            {"method": "PUT", "origin": ORIGIN, "headers": "content-type, x-amz-date"},
            ORIGIN_PLACE,
        ),
    }
    steps = (Step("the policy has one statement", at(PATH, 7)), Step("its resource ends with 'in/*'", STATEMENT))
    return tuple(
        replace(
            verdict,
            outcome=Outcome(Status.FAILS, *refused[verdict.need.id][::2], witness=refused[verdict.need.id][1], steps=steps),
        )
        if verdict.need.id in refused
        else verdict
        for verdict in proven(subject)
    )


ROLE_SETTLES = Resolution(
    "var.role_arn",
    "var.role_arn has no default",
    f"var.role_arn is {ROLE}",
    "var.role_arn is something else",
    "give it with --var role_arn=…",
    ROLE_VARIABLE,
)


def opened(subject: Bucket) -> tuple[Verdict, ...]:
    return tuple(
        replace(
            verdict,
            outcome=Outcome(
                Status.UNKNOWN,
                "it depends on 'var.role_arn'",
                ROLE_VARIABLE,
                resolved_by=(ROLE_SETTLES,),
                assumptions=("V7's own account lets its role make the request.",),
            ),
        )
        if verdict.need.id.startswith("s3:")
        else verdict
        for verdict in proven(subject)
    )


FINDINGS = (
    Finding(
        rule="access-grant-missing",
        severity=Severity.ERROR,
        message="V7 Darwin may not read and write every object of 'aws_s3_bucket.images': the statement ends at keys below 'in/'.",
        location=STATEMENT,
        fixes=(
            Patch(
                "Let the statement cover every key",
                'Resource = "${aws_s3_bucket.images.arn}/*"',
                (Edit(STATEMENT, '"${aws_s3_bucket.images.arn}/*"'),),
                Certainty.SAFE,
            ),
        ),
        related=(
            Related(Location(PATH, 1, 1, 1, 34), "the bucket"),
            Related(Location(PATH, 5, 1, 5, 41), "its policy"),
        ),
        bucket="aws_s3_bucket.images",
        subject="s3:PutObject",
        symptoms=(Symptom.FORBIDDEN,),
    ),
    Finding(
        rule="cors-request-refused",
        severity=Severity.ERROR,
        message="No browser sends the origin 'https://darwin.v7labs.com/': an origin has no slash at its end.",
        location=ORIGIN_PLACE,
        help="Check which pages use the bucket.",
        fixes=(Patch("Name the origin as browsers send it", "", (Edit(ORIGIN_PLACE, '"https://darwin.v7labs.com"'),)),),
        bucket="aws_s3_bucket.images",
        subject="https://darwin.v7labs.com/",
        symptoms=(Symptom.CORS,),
    ),
    Finding(
        rule="access-granted-to-everyone",
        severity=Severity.WARNING,
        message="Everybody may do everything with the objects of 'acme-logs'.",
        location=Location(POLICY_PATH, 1, 59, 1, 74),
        subject="Statement 1",
    ),
)

ERROR = InputError(Location(BROKEN_PATH, 2, 12, 2, 13), "an expression is missing")


def sample() -> Report:
    """Three buckets as the demonstration has them: wrong, unknown, right."""
    return Report(
        contracts=(CONTRACT,),
        verdicts=(*failing(IMAGES), *opened(ARCHIVE), *proven(THUMBNAILS)),
        findings=FINDINGS,
        errors=(ERROR,),
        rules=RULES,
        notes=("read 2 roots, found 3 buckets", "v7-darwin: put to all buckets, as asked"),
        texts=Texts(dict(TEXTS)),
    )


def empty(**parts: object) -> Report:
    """A report with nothing but what is given."""
    given = {"contracts": (), "verdicts": (), "findings": (), "errors": (), "rules": RULES, "texts": Texts(dict(TEXTS)), **parts}
    return Report(**given)  # type: ignore[arg-type]
