"""Reports about many buckets: what is told once, what is told in one line, and in which order."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main

MODULE = """\
variable "name" {}
resource "aws_s3_bucket" "this" {
  bucket = var.name
}
resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Read", Effect = "Allow", Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" },
        Action = "s3:GetObject", Resource = aws_s3_bucket.this.arn },
      { Sid = "Sse", Effect = "Deny", Principal = "*", Action = "s3:PutObject", Resource = "${aws_s3_bucket.this.arn}/*",
        Condition = { Null = { "s3:x-amz-server-side-encryption" = "true" } } },
    ]
  })
}
"""
ROOT = """\
module "one" {
  source = "./m"
  name   = "acme-one"
}
module "two" {
  source = "./m"
  name   = "acme-two"
}
resource "aws_s3_bucket" "logs" {
  bucket = "acme-logs"
}
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two buckets of one module, and one that has nothing to do with the consumer."""
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "main.tf").write_text(MODULE)
    (tmp_path / "main.tf").write_text(ROOT)
    monkeypatch.chdir(tmp_path)


def report(*options: str) -> list[str]:
    return CliRunner(env={"COLUMNS": "100"}).invoke(main, ["check", ".", "--all-buckets", *options]).output.splitlines()


@pytest.mark.usefixtures("tree")
def test_a_finding_at_one_place_is_told_once_with_the_buckets_it_concerns() -> None:
    lines = report()
    grants = [line for line in lines if "access-grant-missing]" in line]
    assert [line.partition(":")[0] for line in grants] == [f"[{number}] error[access-grant-missing]" for number in (1, 2)]
    after = lines[lines.index(grants[0]) :]
    assert next(line for line in after if line.startswith("    also")) == "    also     module.two.aws_s3_bucket.this"
    tables = [line for line in lines if "s3:GetObject" in line and "fails" in line]
    assert tables == 2 * ["  ✗ s3:GetObject              fails    no statement allows s3:GetObject [1]"]


@pytest.mark.usefixtures("tree")
def test_every_obstacle_is_named() -> None:
    (at,) = {index for index, line in enumerate(report()[:16]) if "s3:PutObject" in line}
    assert [line.strip() for line in report()[at : at + 9]] == [
        "✗ s3:PutObject              fails    no statement allows s3:PutObject [2]",
        "then S3 refuses the bucket policy of",
        "module.one.aws_s3_bucket.this: statement 'Read' lists",
        "'s3:GetObject', which is about the objects, and none of its",
        "resources is (m/main.tf:11)",
        "then statement 'Sse' may deny it (Condition Null",
        "s3:x-amz-server-side-encryption true is unknown)",
        "(m/main.tf:13)",
        "→ PUT of 'x' is refused",
    ]


@pytest.mark.usefixtures("tree")
def test_a_bucket_that_has_nothing_to_do_with_the_consumer_has_one_line() -> None:
    lines = report()
    assert [line for line in lines if "aws_s3_bucket.logs" in line] == [
        "  ✗ aws_s3_bucket.logs             not set up for V7 Darwin (4 fail, 1 unknown, 3 hold)  main.tf:9"
    ]
    assert lines.index("All buckets, nearest to working first") + 3 == next(
        index for index, line in enumerate(lines) if "aws_s3_bucket.logs" in line
    )
    assert any(line.startswith("✗ aws_s3_bucket.logs ") for line in report("--verbose"))


@pytest.mark.usefixtures("tree")
def test_buckets_that_nothing_was_asked_of_have_one_line() -> None:
    command = ["check", ".", "--bucket", "module.one.aws_s3_bucket.this"]
    told = CliRunner(env={"COLUMNS": "100"}).invoke(main, command).output.splitlines()
    assert [line for line in told if "not audited" in line] == ["2 other buckets were not audited: --verbose names them"]
    every = CliRunner(env={"COLUMNS": "100"}).invoke(main, [*command, "--verbose"]).output.splitlines()
    assert every[every.index("Not audited") + 1 :][:3] == ["  · aws_s3_bucket.logs", "  · module.two.aws_s3_bucket.this", ""]
    assert not [line for line in report() if "not audited" in line]


@pytest.mark.usefixtures("tree")
def test_a_finding_has_one_number_however_much_is_told() -> None:
    Path("main.tf").write_text(f'resource "aws_s3_bucket" "before" {{}}\n{ROOT}')
    some, every = ([line for line in lines if re.match(r"\[\d+\] ", line)] for lines in (report(), report("--verbose")))
    assert sorted(some) == [line for line in sorted(every) if line in some]
    last = max(int(line[1 : line.index("]")]) for line in every)
    assert len(every) == last > len(some)
    explained = CliRunner().invoke(main, ["explain", str(last), ".", "--all-buckets"]).output
    assert explained.splitlines()[0][:30] == next(line for line in every if line.startswith(f"[{last}]"))[:30]


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ((), "1 . --all-buckets"),
        (("--verbose", "--color", "never", "--jobs", "2"), "1 . --all-buckets"),
        (("--no-config", "m"), "1 . m --all-buckets --no-config"),
        (("--with", "mirax=yes", "--ignore", "acls-enabled"), "1 . --all-buckets --with mirax=yes --ignore acls-enabled"),
        (("m", "--var", "name=secret"), "1 . m --all-buckets --var 'name=…'"),
        (("--symptom", "403"), "1 . --all-buckets --symptom 403"),
        (("--summary",), "cors-request-refused"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_the_last_lines_say_how_the_worst_finding_is_explained(arguments: tuple[str, ...], hint: str) -> None:
    assert report(*arguments)[-2] == f"For details: auditor explain {hint}"


SEVERAL = "".join(f'resource "aws_s3_bucket" "b{number}" {{\n  bucket = "acme-b{number}"\n}}\n' for number in range(1, 6))


@pytest.mark.usefixtures("tree")
def test_of_many_buckets_what_says_nothing_new_is_told_in_brief() -> None:
    Path("main.tf").write_text(SEVERAL)
    lines = report("--contract", "segments-ai")
    second = next(index for index, line in enumerate(lines) if line.startswith("✗ aws_s3_bucket.b2 "))
    assert lines[second + 1 : second + 5] == [
        "  ✗ 2 fail, 1 unknown: as told above; 1 not applicable",
        "  · [4] like [1], [5] like [2], [6] like [3]",
        "",
        next(line for line in lines if line.startswith("✗ aws_s3_bucket.b3 ")),
    ]
    assert [line[:3] for line in lines if line.startswith("[")][:4] == ["[1]", "[2]", "[3]", "[16"]  # that of the module
    assert "like [" not in "\n".join((*report("--verbose"), *report("--explain")))
    Path("main.tf").write_text(SEVERAL.partition('resource "aws_s3_bucket" "b5"')[0])
    assert "like [" not in "\n".join(report())


@pytest.mark.usefixtures("tree")
def test_what_decides_something_else_is_not_told_above() -> None:
    Path("m/main.tf").unlink()
    named = SEVERAL.replace('"acme-', '"${var.env}-')
    Path("main.tf").write_text(
        f"""{named}
variable "env" {{}}
variable "account" {{}}
resource "aws_s3_bucket_policy" "b2" {{
  bucket = aws_s3_bucket.b2.id
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{ Effect = "Allow", Principal = {{ AWS = var.account }}, Action = ["s3:GetObject", "s3:PutObject"], Resource = "${{aws_s3_bucket.b2.arn}}/*" }}
    ]
  }})
}}
"""
    )
    lines = report("--contract", "v7-darwin")
    assert [line for line in lines if "var.account" in line][:2] == [
        "  ? s3:GetObject, s3:PutObject: it depends on 'var.account': in one case, no statement allows it [6]",
        "[6] unknown: var.account has no default",
    ]


def _write_calls(count: int) -> None:
    """A bucket that is handed to so many modules that are not here."""
    Path("m/main.tf").unlink()
    calls = "".join(
        f'module "m{number}" {{\n  source = "acme/x/aws"\n  bucket = aws_s3_bucket.b.id\n}}\n' for number in range(1, count + 1)
    )
    Path("main.tf").write_text(f'resource "aws_s3_bucket" "b" {{\n  bucket = "acme-b"\n}}\n{calls}')


@pytest.mark.usefixtures("tree")
def test_of_very_many_unknowns_that_say_the_same_the_first_places_are_told() -> None:
    _write_calls(13)
    alike = [line for line in report("--contract", "v7-darwin") if line.startswith("  · ")]
    assert alike == ["  · [4]-[12] like [1] (line 40, line 36 and 7 more)"]


@pytest.mark.usefixtures("tree")
def test_many_unknowns_that_say_the_same_of_one_bucket_are_told_in_a_line_each() -> None:
    _write_calls(9)
    lines = report("--contract", "v7-darwin")
    headlines = [line for line in lines if re.match(r"\[\d+\] unknown: module", line)]
    assert [line.partition("]")[0] for line in headlines] == ["[1", "[2", "[3", "[9"]  # the last tells what decides CORS
    alike = next(index for index, line in enumerate(lines) if line.startswith("  · "))
    assert lines[alike : alike + 2] == [
        "  · [4] like [1] (line 24), [5] like [1] (line 20), [6] like [1] (line 16), [7] like [1] (line 12),",
        "    [8] like [1] (line 8)",
    ]
    assert [line.rpartition(" ")[2] for line in lines if "[1]-[9]" in line]
    every = [line for line in report("--contract", "v7-darwin", "--verbose") if re.match(r"\[\d+\] unknown: module", line)]
    assert len(every) == 9


MADE_ELSEWHERE = "".join(
    f'module "b{number}" {{\n  source = "acme/bucket/aws"\n}}\n'
    f'resource "aws_s3_bucket_ownership_controls" "b{number}" {{\n  bucket = module.b{number}.id\n  rule {{\n    object_ownership = "BucketOwnerEnforced"\n  }}\n}}\n'
    for number in range(1, 6)
)


@pytest.mark.usefixtures("tree")
def test_a_module_that_is_missing_is_told_once_of_what_it_configures_and_never_as_told_above_of_itself() -> None:
    Path("m/main.tf").unlink()
    Path("main.tf").write_text(MADE_ELSEWHERE)
    lines = report("--contract", "v7-darwin")
    assert [line for line in lines if "] unknown: " in line] == [
        f"[{number}] unknown: module.b1 is not available locally" for number in (1, 2, 3)
    ]
    first, second = (lines.index(next(line for line in lines if line.startswith(f"? module.b{number}."))) for number in (1, 2))
    assert not [line for line in lines[first:second] if "as told above" in line or "like [" in line]
    assert lines[second + 1 : second + 5] == [
        "  ? s3:GetObject, s3:PutObject, kms:Decrypt, kms:GenerateDataKey, cors:GET, cors:PUT, bucket:name,",
        "    bucket:no-requester-pays, bucket:no-archive: as told above",
        "  ✓ 1 holds",
        "  · [4] like [1], [5] like [2], [6] like [3] (line 10)",
    ]


@pytest.mark.usefixtures("tree")
def test_the_closing_table_of_very_many_buckets_tells_together_what_is_said_of_several() -> None:
    code = "".join(f'resource "aws_s3_bucket" "b{number}" {{\n  bucket = "acme-b{number}"\n}}\n' for number in range(30))
    Path("main.tf").write_text(
        f'{code}resource "aws_s3_bucket_ownership_controls" "b0" {{\n  bucket = aws_s3_bucket.b0.id\n  rule {{\n    object_ownership = "BucketOwnerEnforced"\n  }}\n}}\n'
    )
    lines = report("--contract", "segments-ai")
    table = lines[lines.index("All buckets, nearest to working first") + 1 :]
    assert table[: table.index("")] == [
        "  ✗ aws_s3_bucket.b0    2 fail, 1 holds; 2 findings    main.tf:1",
        "  ✗ 29 buckets          2 fail, 1 unknown; 2 findings  aws_s3_bucket.b1, aws_s3_bucket.b2, …",
        "  ✗ aws_s3_bucket.this  2 fail, 1 unknown; 3 findings  m/main.tf:2",
    ]


def test_what_cannot_be_read_for_one_reason_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(12):
        Path(f"{number:02}.yaml").write_text("Resources:\n  B:\n    Type: AWS::S3::Bucket\n    {% if x %}\n")
    assert report()[:8] == [
        "not read: is not YAML: '%' cannot begin a value; a template that another tool fills in has to be",
        "filled in first",
        "  --> 00.yaml:4:6",
        "   |",
        " 4 |     {% if x %}",
        "   |      ^",
        "    also     01.yaml:4, 02.yaml:4, 03.yaml:4, 04.yaml:4, 05.yaml:4, 06.yaml:4, 07.yaml:4, 08.yaml:4",
        "             and 3 more, which --verbose lists",
    ]
    assert "             09.yaml:4, 10.yaml:4 and 11.yaml:4" in report("--verbose")


def test_a_summary_of_one_bucket_is_one_line_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "logs" {\n  bucket = "acme-logs"\n}\n')
    assert [line for line in report("--summary") if "_bucket." in line] == [
        "  ✗ aws_s3_bucket.logs  4 fail, 1 unknown, 3 hold; 2 findings  main.tf:1"
    ]


@pytest.mark.usefixtures("tree")
def test_a_summary_is_one_line_for_each_bucket() -> None:
    lines = report("--summary")
    assert [line for line in lines if line.startswith(("✗", "[", "  -->"))] == [lines[-1]]
    assert len([line for line in lines if "_bucket." in line]) == 3


GRANTED = MODULE.replace("Resource = aws_s3_bucket.this.arn }", 'Resource = "${aws_s3_bucket.this.arn}/*" }').replace(
    'Action = "s3:GetObject"', 'Action = ["s3:GetObject", "s3:PutObject"]'
)


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("test", "help_"),
    [
        (
            'Null = { "s3:x-amz-server-side-encryption" = "true" }',
            "remove the condition, since default encryption encrypts every object, or say in the contract what is sent (sends)",
        ),
        (
            'StringNotEquals = { "aws:SourceVpce" = "vpce-1" }',
            "the network is not that of the consumer: exempt the consumer from the statement by a condition on aws:PrincipalArn",
        ),
        ('StringEquals = { "aws:UserAgent" = "x" }', "say in the contract what its requests have (requests)"),
    ],
)
def test_an_unknown_of_a_request_says_where_it_is_tested_and_what_helps(test: str, help_: str) -> None:
    Path("m/main.tf").write_text(GRANTED.replace('Null = { "s3:x-amz-server-side-encryption" = "true" }', test))
    told = CliRunner().invoke(main, ["check", ".", "--all-buckets", "--format", "json"]).stdout
    verdicts = [
        one for one in json.loads(told)["verdicts"] if one["need"] == "s3:PutObject" and one["bucket"].startswith("module.one")
    ]
    (resolution,) = verdicts[0]["resolved_by"]
    assert (resolution["hint"], resolution["location"]["path"], resolution["location"]["line"]) == (help_, "m/main.tf", 13)


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("test", "help_"),
    [
        ('StringEquals = { "aws:PrincipalOrgID" = "o-1234567890" }', "grant it to the consumer in a statement of its own"),
        (
            'IpAddress = { "aws:SourceIp" = "203.0.113.0/24" }',
            "grant it to the consumer in a statement of its own, or give its addresses in the contract (requests)",
        ),
    ],
)
def test_nobody_is_exempted_from_what_allows(test: str, help_: str) -> None:
    code = GRANTED.partition('      { Sid = "Sse"')[0].replace('external_s3" }', f'external_s3" }}, Condition = {{ {test} }}')
    Path("m/main.tf").write_text(f"{code}    ]\n  }})\n}}\n")
    told = CliRunner().invoke(main, ["check", ".", "--all-buckets", "--format", "json"]).stdout
    hints = [
        one["resolved_by"][0]["hint"]
        for one in json.loads(told)["verdicts"]
        if one["need"] == "s3:PutObject" and one["resolved_by"]
    ]
    assert hints == [help_, help_]


@pytest.mark.usefixtures("tree")
def test_one_way_to_fix_two_findings_of_a_bucket_is_told_once() -> None:
    Path("main.tf").write_text("""\
resource "aws_s3_bucket" "b" {
  bucket = "acme-b"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = ["arn:aws:iam::258327614892:root", "arn:aws:iam::111111111111:root"] }
      Action    = "s3:PutObject"
      Resource  = "${aws_s3_bucket.b.arn}/x/*"
    }]
  })
}
""")
    assert [line for line in report() if line.startswith("    fix  ")][:2] == [
        "    fix      Add a statement to aws_s3_bucket_policy.b.",
        "    fix      As for [1]",
    ]


def test_the_closing_table_shortens_no_two_names_to_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("main.tf").write_text(
        "".join(
            f'resource "aws_s3_bucket" "a_long_name_that_is_of_{middle}_and_ends_as_another_one_does_too" {{\n  bucket = "acme-{middle}"\n}}\n'
            for middle in ("one", "two")
        )
    )
    lines = (
        CliRunner(env={"COLUMNS": "80"})
        .invoke(main, ["check", ".", "--all-buckets", "--contract", "v7-darwin"])
        .output.splitlines()
    )
    table = lines[lines.index("All buckets, nearest to working first") + 1 :]
    assert table[: table.index("")] == [
        line
        for middle in ("one", "two")
        for line in (
            f"  ✗ aws_s3_bucket.a_long_name_that_is_of_{middle}_and_ends_as_another_one_does_too",
            "    4 fail, 1 unknown, 3 hold; 2 findings",
        )
    ]
