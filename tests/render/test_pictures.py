"""Pictures of who reaches a bucket, and the page that shows them."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from auditor.cli import main

EVIL = "</svg><script>alert(1)</script>"
CODE = """\
resource "aws_s3_bucket" "b" {
  bucket = "acme-data"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Read", Effect = "Allow", Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" },
        Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" },
      { Sid = "EVIL", Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "${aws_s3_bucket.b.arn}/*",
        Condition = { Bool = { "aws:SecureTransport" = "false" } } },
    ]
  })
}
resource "aws_s3_bucket_cors_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  cors_rule {
    allowed_origins = ["https://darwin.v7labs.com"]
    allowed_methods = ["GET"]
  }
}
""".replace("EVIL", EVIL)


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text(CODE)


def shown(*arguments: str) -> str:
    return CliRunner().invoke(main, arguments, catch_exceptions=False).stdout


def test_mermaid_is_given_no_more_than_it_draws(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        "".join(f'resource "aws_s3_bucket" "b{number}" {{\n  bucket = "acme-{number}"\n}}\n' for number in range(600))
    )
    drawn = shown("inspect", ".", "--format", "mermaid")
    parts = drawn.count("  subgraph ")
    assert drawn.endswith(f'  more["{600 - parts} more buckets are left out<br/>inspect a directory of them alone"]\n')
    assert 45_000 < len(drawn) < 50_000


def test_mermaid_draws_each_way_to_the_bucket() -> None:
    coded = "".join(c if c.isalnum() else f"#{ord(c)};" for c in f"'{EVIL}'")
    assert shown("inspect", ".", "--format", "mermaid").splitlines() == [
        "flowchart LR",
        '  subgraph g0["aws_s3_bucket.b"]',
        "    direction LR",
        '    g0b0[("aws_s3_bucket.b<br/>acme-data")]',
        '    g0p0(["arn:aws:iam::258327614892:role/external_s3"])',
        '    g0s0["Allow #39;Read#39;<br/>s3:GetObject"]',
        '    g0p1(["everyone"])',
        f'    g0s1{{{{"Deny {coded}<br/>s3:*<br/>if aws:SecureTransport"}}}}'.replace("#47;", "/"),
        '    g0p2(["pages at https://darwin.v7labs.com"])',
        '    g0c1[/"CORS rule 1<br/>GET"/]',
        "    g0p0 --> g0s0",
        "    g0p1 --> g0s1",
        "    g0p2 --> g0c1",
        "    g0s0 --> g0b0",
        "    g0s1 -.-x g0b0",
        "    g0c1 --> g0b0",
        "  end",
    ]


def test_dot_draws_the_same() -> None:
    lines = shown("inspect", ".", "--format", "dot").splitlines()
    assert [line.strip() for line in lines if "->" in line] == [
        "g0p0 -> g0s0;",
        "g0p1 -> g0s1;",
        "g0p2 -> g0c1;",
        "g0s0 -> g0b0;",
        "g0s1 -> g0b0 [style=dashed, arrowhead=tee];",
        "g0c1 -> g0b0;",
    ]
    assert f"    g0s1 [shape=octagon, label=\"Deny '{EVIL}'\\ns3:*\\nif aws:SecureTransport\"];" in lines


class Page(HTMLParser):
    """The tags of a page, their ids, and what they refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        told = dict(attrs)
        self.ids += [told["id"] or ""] if "id" in told else []
        self.links += [told["href"] or ""] if "href" in told else []


def test_a_page_stands_alone_and_runs_nothing() -> None:
    text = shown("check", ".", "--format", "html")
    page = Page()
    page.feed(text)
    assert {"script", "img", "link", "iframe", "object"}.isdisjoint(page.tags)
    assert len(page.ids) == len(set(page.ids))
    inner = {link[1:] for link in page.links if link.startswith("#")}
    assert inner <= set(page.ids)
    assert inner
    assert all(link.startswith(("#", "https://")) for link in page.links)
    assert "default-src 'none'" in text


def test_a_picture_says_in_words_what_it_shows() -> None:
    text = shown("check", ".", "--format", "html")
    start, end = text.index("<svg"), text.index("</svg>") + len("</svg>")
    picture = ET.fromstring(text[start:end])  # noqa: S314 - our own
    assert picture.attrib["role"] == "img"
    title, description = picture.findtext("title"), picture.findtext("desc")
    assert title == "Who reaches aws_s3_bucket.b"
    assert description == (
        "arn:aws:iam::258327614892:role/external_s3 by Allow 'Read', s3:GetObject to aws_s3_bucket.b; "
        f"everyone by Deny '{EVIL}', s3:*, if aws:SecureTransport to aws_s3_bucket.b; "
        "pages at https://darwin.v7labs.com by CORS rule 1, GET to aws_s3_bucket.b"
    )


def test_a_page_of_a_change_has_the_pictures_before_and_after(tmp_path: Path) -> None:
    for name, text in (("a", CODE), ("b", CODE.replace('"s3:GetObject"', '["s3:GetObject", "s3:PutObject"]'))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text)
    text = shown("diff", "a", "b", "--format", "html")
    page = Page()
    page.feed(text)
    assert {"script", "img", "link", "iframe", "object"}.isdisjoint(page.tags)
    assert len(page.ids) == len(set(page.ids))
    assert page.tags.count("svg") == 2
    assert [part.partition("<")[0] for part in text.split("<figcaption>")[1:]] == ["Before", "After"]
    assert (
        '<h3><span class="status">changed</span>: aws_s3_bucket.b: s3:PutObject was &#x27;fails&#x27; and is &#x27;holds&#x27;'
        in text
    )
    assert "gained: arn:aws:iam::258327614892:role/external_s3 may s3:PutObject on arn:aws:s3:::acme-data/x" in text
    assert "default-src 'none'" in text
    same = shown("diff", "a", "a", "--format", "html")
    assert "<h1>a and a allow the same, and every verdict is what it was.</h1>" in same
    assert "<svg" not in same
