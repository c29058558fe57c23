from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.finding import Finding, Severity
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.render import FORMATS, RenderOptions, buckets, page, render
from auditor.render.markdown import LONGEST
from auditor.report import Report
from tests.render.builder import (
    ARCHIVE,
    ERROR,
    FINDINGS,
    IMAGES,
    PATH,
    THUMBNAILS,
    at,
    bucket,
    empty,
    failing,
    opened,
    proven,
    sample,
)
from tests.render.golden import inspected
from tests.render.reports import TEXT, reports

OPTIONS = st.builds(
    RenderOptions,
    color=st.booleans(),
    width=st.integers(1, 200),
    explain=st.booleans(),
    strict=st.booleans(),
    show_suppressed=st.booleans(),
    repository_root=st.just("."),
)


@given(reports(), OPTIONS)
def test_every_report_renders_in_every_format(report: Report, options: RenderOptions) -> None:
    shown = {name: render(name, report, options) for name in FORMATS}
    for name, text in shown.items():
        text.encode("utf-8")
        assert text == "" or text.endswith("\n")
        if name in {"human", "concise"}:
            assert not re.search(r"[\x00-\x09\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e]", text)
            assert options.color or "\x1b" not in text
    assert json.loads(shown["json"])["summary"] == report.counts
    json.loads(shown["sarif"])
    issues = json.loads(shown["gitlab"])
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    suites = ET.fromstring(shown["junit"])  # noqa: S314 - our own text
    cases = [case for suite in suites.findall("testsuite") if suite.get("name") != "findings" for case in suite.findall("testcase")]
    assert len(cases) == len(report.verdicts)
    for kind, count in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suites.get(kind, "")) == len(list(suites.iter(count))) == sum(int(suite.get(kind, "")) for suite in suites)
    for line in shown["github"].split("\n")[:-2]:
        assert re.fullmatch(
            r"::(error|warning|notice) file=[^,:]+,line=\d+,endLine=\d+(,col=\d+,endColumn=\d+)?,title=[^,:]+::[^\r\n]*", line
        )
    for line in shown["concise"].removesuffix("\n").split("\n") if shown["concise"] else ():
        assert re.fullmatch(r".+:\d+:\d+: (error|warning|note): .*\[[a-z-]+(, suppressed)?\]", line)


@given(TEXT, st.booleans())
def test_every_text_is_a_page(text: str, color: bool) -> None:
    assert "\x1b" not in page.render(text.replace("\x1b", ""), RenderOptions(color=False))
    assert page.render(text, RenderOptions(color=color)).endswith("\n")


def test_json_has_the_fields_that_are_promised() -> None:
    document = json.loads(render("json", sample(), RenderOptions(show_suppressed=True)))
    assert (document["version"], document["tool"]["name"]) == (1, "auditor")
    assert document["contracts"] == [{"id": "v7-darwin", "with": {"access": "read-write"}}]
    verdict = document["verdicts"][1]
    place = {"path": PATH, "line": 12, "column": 19, "end_line": 12, "end_column": 52}
    assert verdict == {
        "contract": "v7-darwin",
        "bucket": "aws_s3_bucket.images",
        "resource": {"kind": "bucket", "address": "aws_s3_bucket.images"},
        "root": "infra/prod",
        "need": "s3:PutObject",
        "status": "fails",
        "reason": "no statement allows it for keys outside 'in/'",
        "witness": {"key": "a"},
        "obstacles": [],
        "resolved_by": [],
        "location": place,
        "assumptions": [],
        "suppressed": False,
    }
    finding = document["findings"][0]
    promised = {"rule", "severity", "kind", "message", "bucket", "root", "location", "related", "symptoms", "fingerprint"}
    assert promised <= set(finding)
    assert (finding["kind"], finding["symptoms"], finding["location"]) == ("fail", ["403"], place)
    assert document["errors"] == [{"path": ERROR.location.path, "line": 2, "message": "an expression is missing", "column": 12}]
    assert document["summary"] == {"holds": 9, "fails": 4, "unknown": 2, "not-applicable": 6, "suppressed": 0}
    assert document["suppressed"] == []


def test_github_escapes_data_and_properties() -> None:
    finding = Finding("cors-request-refused", Severity.WARNING, "50%, a:b\r\nend", Location("a,b:%.tf", 1, 1, 1, 2))
    line = render("github", empty(findings=(finding,)), RenderOptions(repository_root=".")).splitlines()[0]
    assert line == (
        "::warning file=a%2Cb%3A%25.tf,line=1,endLine=1,col=1,endColumn=2,title=auditor%3A cors-request-refused::50%25, a:b␍%0Aend"
    )


def test_github_puts_errors_first() -> None:
    order = (Severity.NOTE, Severity.WARNING, Severity.ERROR)
    findings = tuple(Finding("cors-request-refused", severity, "x", at(PATH, line)) for line, severity in enumerate(order, 1))
    shown = render("github", empty(findings=findings), RenderOptions(repository_root="."))
    assert re.findall("^::(.*?) ", shown, re.MULTILINE) == ["error", "warning", "notice"]


def test_concise_is_empty_when_nothing_is_wrong() -> None:
    assert render("concise", empty(verdicts=proven(IMAGES)), RenderOptions()) == ""


def test_junit_holds_what_xml_can() -> None:
    report = empty(errors=(InputError(Location("x"), "a\x00\x0b\ud800 <&\"'>\n\tb"),))
    suites = ET.fromstring(render("junit", report, RenderOptions(repository_root=".")))  # noqa: S314 - our own text
    (error,) = suites.iter("error")
    assert error.get("message") == "a\ufffd\ufffd\ufffd <&\"'>\n\tb"


def test_junit_fails_open_verdicts_under_strict() -> None:
    lax, strict = (ET.fromstring(render("junit", sample(), RenderOptions(strict=strict))) for strict in (False, True))  # noqa: S314 - our own text
    assert (lax.get("failures"), lax.get("skipped")) == ("6", "2")
    assert (strict.get("failures"), strict.get("skipped")) == ("8", "0")


def test_gitlab_fingerprints_do_not_move_with_lines() -> None:
    def fingerprints(line: int) -> list[str]:
        findings = tuple(
            Finding("cors-request-refused", Severity.ERROR, "x", at(PATH, line + more), subject="o") for more in range(2)
        )
        return [
            issue["fingerprint"]
            for issue in json.loads(render("gitlab", empty(findings=findings), RenderOptions(repository_root=".")))
        ]

    assert fingerprints(1) == fingerprints(7)
    assert len(set(fingerprints(1))) == 2


def test_markdown_escapes_and_calls_nobody() -> None:
    finding = Finding("cors-request-refused", Severity.ERROR, "a|b <i>*c*</i> @someone in 'x`y|z'", at(PATH, 1), help="Do:\n```\nx")
    shown = render("markdown", empty(findings=(finding,)), RenderOptions(repository_root="."))
    assert "\na\\|b \\<i\\>\\*c\\*\\</i\\> @\u200bsomeone in `` x`y\\|z ``.\n" in shown
    assert "\n````\n```\nx\n````\n" in shown


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Sid 'a' see https://evil.example/x @octocat 'b'.", "Sid `a` see `https://evil.example/x` @\u200boctocat `b`."),
        ("'a''www.evil.example'", "`a`\u200b`www.evil.example`."),
        ("see HTTPS://evil.example/`x`.", "see `` HTTPS://evil.example/`x` ``."),
        ("a\x1b[1m\x07\u202eb 'c\x00\u200bd'", "a␛\\[1m␇\ufffdb `c␀\ufffdd`."),
    ],
)
def test_markdown_links_nothing_and_shows_what_cannot_be_seen(message: str, shown: str) -> None:
    finding = Finding("cors-request-refused", Severity.ERROR, message, at(PATH, 1))
    assert f"\n{shown}\n" in render("markdown", empty(findings=(finding,)), RenderOptions(repository_root="."))


def test_markdown_stays_within_a_comment_and_keeps_the_assumptions() -> None:
    verdicts = tuple(verdict for number in range(400) for verdict in failing(bucket(f"b{number}", 1)))
    shown = render("markdown", empty(verdicts=(*verdicts, *opened(ARCHIVE))), RenderOptions(repository_root="."))
    assert LONGEST - 2000 < len(shown) < LONGEST + 200
    left_out = re.search(r"\n\*(\d+) more sections left out: the text would be too long for a comment\.\*\n", shown)
    assert left_out is not None
    assert int(left_out[1]) + shown.count("### ") == 401
    assert "- V7's own account lets its role make the request.\n" in shown[left_out.end() :]


def test_findings_without_a_bucket_are_all_there_is_in_a_report_on_a_payload() -> None:
    finding = Finding("cors-request-refused", Severity.ERROR, "Wrong.", at(PATH, 1), pointer="/items/3/name")
    report = empty(findings=(finding,))
    assert render("markdown", report, RenderOptions(repository_root=".")) == (
        "## ❌ auditor\n\n1 finding (1 error).\n\n"
        "#### ❌ [cors-request-refused](https://github.com/auditor-dev/auditor/blob/main/rules/README.md#cors-request-refused)\n\n"
        "Wrong.\n\n`infra/prod/main.tf:1`\n"
    )
    assert "\n    value    /items/3/name\n" in render("human", report, RenderOptions())


def test_human_groups_by_root_and_gives_a_finding_to_the_root_it_is_in() -> None:
    first, second = (bucket("images", 1, root, f"{root}/main.tf") for root in ("a", "b"))
    finding = Finding("cors-request-refused", Severity.ERROR, "Wrong.", at("b/main.tf", 3), bucket="aws_s3_bucket.images")
    shown = render("human", empty(verdicts=(*proven(first), *proven(second)), findings=(finding,)), RenderOptions(width=60))
    assert shown == (
        "── b ───────────────────────────────────────────────────────\n\n"
        "✗ aws_s3_bucket.images                           b/main.tf:1\n"
        "  ✓ s3:GetObject         holds  granted for every key\n"
        "  ✓ s3:PutObject         holds  granted for every key\n"
        "  · kms:Decrypt          n/a    default encryption is SSE-S3\n"
        "  · kms:GenerateDataKey  n/a    default encryption is SSE-S3\n"
        "  ✓ cors:GET             holds  the first CORS rule answers\n"
        "                                the page\n"
        "  ✓ cors:PUT             holds  the first CORS rule answers\n"
        "                                the preflight\n"
        "  ✓ ownership            holds  Object Ownership is\n"
        "                                BucketOwnerEnforced\n\n"
        "[1] error[cors-request-refused]: Wrong.\n"
        "   --> b/main.tf:3:1\n\n"
        "All buckets, nearest to working first\n"
        "  ✗ aws_s3_bucket.images in b  5 hold; 1 finding\n"
        "  ✓ aws_s3_bucket.images in a  5 hold\n\n"
        "For details: auditor explain cors-request-refused\n"
        "✗ 2 buckets: 10 hold, 4 not applicable; 1 finding (1 error).\n"
    )


def test_human_shows_the_table_of_an_only_bucket_that_is_right() -> None:
    shown = render("human", empty(verdicts=proven(THUMBNAILS)), RenderOptions())
    assert shown.splitlines()[1] == "  ✓ s3:GetObject         holds  granted for every key"
    assert shown.splitlines()[-1] == "✓ 1 bucket: 5 hold, 2 not applicable."


def test_human_shows_an_unread_input_once() -> None:
    told = Finding("input-error", Severity.ERROR, "An expression is missing.", ERROR.location)
    shown = render("human", empty(errors=(ERROR,), findings=(told,)), RenderOptions())
    assert shown.count("xpression is missing") == 1


def test_human_says_which_failure_does_not_count() -> None:
    verdicts = failing(IMAGES)
    shown = render("human", empty(verdicts=verdicts, excused=(verdicts[0],)), RenderOptions())
    assert shown.count("→ does not count: its findings are suppressed, known or switched off") == 1
    assert (
        render("human", empty(verdicts=verdicts[:1], excused=verdicts[:1]), RenderOptions()).splitlines()[-1]
        == "✓ 1 bucket: 1 fails."
    )


def test_human_lists_suppressed_findings_when_asked() -> None:
    report = empty(verdicts=proven(IMAGES), suppressed=(FINDINGS[1],))
    assert "1 suppressed" in render("human", report, RenderOptions())
    assert "Suppressed" not in render("human", report, RenderOptions())
    assert "Suppressed\n  · infra/prod/main.tf:20:24: No browser sends" in render(
        "human", report, RenderOptions(show_suppressed=True)
    )


def test_inspection_as_json_names_what_is_open() -> None:
    document: Any = json.loads(buckets.render_json((inspected(),), (), RenderOptions()))
    (shown,) = document["buckets"]
    (cors,) = shown["attached"]["CORS configuration"]["linked"]
    assert cors["when"] == [{"condition": "var.cors_enabled", "is": True}]
    assert shown["region"] == {"unknown": "region"}
    assert [symbol["name"] for symbol in shown["unresolved"]] == ["var.role_arn", "var.cors_enabled", "module.guard", "region"]
    assert [key["address"] for key in shown["keys"]] == ["aws_kms_key.images"]


def test_an_unknown_format_is_an_error() -> None:
    with pytest.raises(KeyError):
        render("pdf", empty(texts=Texts()), RenderOptions())


@pytest.mark.process
def test_formats_are_loaded_when_they_are_asked_for() -> None:
    lazy = {"click", "hcl2", "yaml", "jsonschema", "auditor.render.sarif"}
    code = f"import sys, auditor.render; print([name for name in sys.modules if name in {lazy}])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
