"""What is put into a list, or in the place of its items, leaves lines, comments and alignment as they are; each result is what `terraform fmt` writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.finding import Edit
from auditor.fixes.apply import applied
from auditor.fixes.place import relisted
from auditor.fixes.source import SourceFile
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from tests.fixes.test_styles import ROLE, fixed, shown, terraform


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


OWN = f'Sid       = "PlatformAccess"\n      Effect    = "Allow"\n      Principal = {{ AWS = "{ROLE}" }}\n'
OWN += '      Action    = ["s3:GetObject", "s3:PutObject"]\n      Resource  = "${aws_s3_bucket.b.arn}/*"\n'
OTHER = 'Effect    = "Allow"\n      Principal = { AWS = "arn:aws:iam::111122223333:root" }\n      Action    = "s3:ListBucket"\n'
OTHER += "      Resource  = aws_s3_bucket.b.arn\n"
LISTED = f"jsonencode({{\n    Statement = [{{\n      {OTHER}    }}]\n  }})"
NAMED = "locals {\n  statements = %s\n}\n"


@pytest.mark.parametrize(
    ("policy", "after"),
    [
        (LISTED, LISTED.replace("    }]", f"      }}, {{\n      {OWN}    }}]")),
        (LISTED.replace("[{", "{").replace("}]", "}"), LISTED.replace("    }]", f"      }}, {{\n      {OWN}    }}]")),
        (
            f"jsonencode({{\n    Statement = [\n      {{ {OTHER[:-1].replace('    ', '').replace(chr(10), ', ')} }}, # others\n    ]\n  }})",
            None,
        ),
    ],
    ids=["a brace in the line of the list", "one statement", "a comment behind"],
)
def test_a_statement_stands_as_terraform_has_it(policy: str, after: str | None) -> None:
    if after is None:
        after = policy.replace("# others\n", "# others\n      {\n  " + f"      {OWN}".replace("\n", "\n  ") + "    },\n")
    assert fixed("main.tf", terraform(policy)) == terraform(after)


@pytest.mark.parametrize("key", ['"Effect" =', "# who\n    Effect =", "/* { */ Effect ="])
def test_a_list_of_statements_under_a_name_holds_objects(key: str) -> None:
    statement = OTHER.replace("Effect    =", key)
    code = terraform("jsonencode({ Statement = local.statements })") + NAMED % f"[{{\n    {statement}  }}]"
    assert shown("main.tf", code, "access-grant-missing")[1] == '  Sid       = "PlatformAccess"'
    assert fixed("main.tf", code) is not None


def test_the_first_of_a_list_under_a_name_is_an_object() -> None:
    code = terraform("jsonencode({ Statement = local.statements })") + NAMED % "[]"
    after = OWN.replace("\n      ", "\n    ")
    assert fixed("main.tf", code) == code.replace("[]", f"[{{\n    {after}  }}]")


TEMPLATE = """\
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      CorsConfiguration:
        CorsRules: [{AllowedOrigins: ["https://acme.example"], AllowedMethods: [GET]}] # pages
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref B
      PolicyDocument:
        Statement:
          Effect: Allow
  # who
          Principal: {AWS: "ROLE"}
          Action: [s3:GetObject, s3:PutObject]
          Resource: !Sub arn:aws:s3:::${B}
""".replace("ROLE", ROLE)


def test_a_rule_in_flow_style_gets_one_beside_it_in_flow_style() -> None:
    rule = '{AllowedOrigins: ["https://darwin.v7labs.com"], AllowedMethods: [GET, PUT], AllowedHeaders: ["*"]}'
    assert fixed("t.yaml", TEMPLATE, "cors-request-refused") == TEMPLATE.replace("}] # pages", f"}}, {rule}] # pages")
    assert shown("t.yaml", TEMPLATE, "cors-request-refused") == [rule]


def test_a_plain_text_that_flow_style_would_take_for_a_map_is_put_in_quotes() -> None:
    after = '[!Sub "arn:aws:s3:::${B}", !Sub "${B.Arn}/*"]'
    assert fixed("t.yaml", TEMPLATE) == TEMPLATE.replace("!Sub arn:aws:s3:::${B}", after)


def test_a_comment_stays_where_one_statement_becomes_one_of_two() -> None:
    template = TEMPLATE.replace(ROLE, "arn:aws:iam::111122223333:root")
    after = fixed("t.yaml", template) or ""
    assert "          - Effect: Allow\n  # who\n            Principal: {AWS:" in after


METHODS = '[ # those\n  "GET", # read\n  # and\n  "POST",\n  "PUT" # write\n]'


@pytest.mark.parametrize(
    ("before", "items", "after"),
    [
        (METHODS, ['"GET"', '"PUT"'], METHODS.replace('  "POST",\n', "")),
        (METHODS, ['"GET"'], '[ # those\n  "GET" # read\n  # and\n]'),
        (METHODS, ['"*"'], '[ # those\n  "*" # read\n  # and\n]'),
        (
            METHODS,
            ['"GET"', '"POST"', '"PUT"', '"HEAD"'],
            METHODS.replace('"PUT" #', '"PUT", #').replace("\n]", '\n  "HEAD"\n]'),
        ),
        ('[\n  "a",\n]', ['"b"', '"c"'], '[\n  "b",\n  "c",\n]'),
        ('[\n  "a"\n]', ['"b"', '"c"'], '[\n  "b",\n  "c"\n]'),
        ("- a # one\n- 'b'\n", ['"b"', '"c"'], "- \"c\" # one\n- 'b'\n"),
        ("- a\n", ["b", "c"], None),
        ("- a\n- b\n", ["c", "d", "e"], "- c\n- d\n- e\n"),
        ('["a",\n  "b",\n  "c"]', ['"a"'], None),
        ('[\n  "a", "b"\n]', ['"a"'], None),
        ('["a"]', ['"b"'], None),
        ("- a:\n    b\n", ['"b"'], None),
    ],
)
def test_a_list_of_lines_gets_other_items(before: str, items: list[str], after: str | None) -> None:
    Path("x").write_text(before)
    source = SourceFile.of("x", before.encode())
    assert source is not None
    edit = relisted(source, source.edit(0, len(before.rstrip()), "").location, items)
    assert (edit and made(edit)) == after


def made(edit: Edit) -> str:
    return applied(Texts(border=border_of((".",))), [edit])["x"].decode()
