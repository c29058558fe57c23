"""Fixes of a CORS configuration in XML are XML: edits of its elements, after which it answers what it refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.finding import Finding
from auditor.fixes.apply import applied
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.report import Report

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\n'
ORIGIN = "    <AllowedOrigin>https://darwin.v7labs.com</AllowedOrigin>\n"
GET = "    <AllowedMethod>GET</AllowedMethod>\n"
PUT = "    <AllowedMethod>PUT</AllowedMethod>\n"
ALL = "    <AllowedHeader>*</AllowedHeader>\n"


def rule(*fields: str) -> str:
    return "  <CORSRule>\n" + "".join(fields) + "  </CORSRule>\n"


def page(*rules: str) -> str:
    return HEAD + "".join(rules) + "</CORSConfiguration>\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def audited(text: str) -> Report:
    Path("cors.xml").write_text(text, encoding="utf-8")
    return audit(Request(paths=(".",), contracts=(load("v7-darwin", {}),), every_bucket=True), Texts())


def found(text: str, rule_id: str = "cors-request-refused") -> Finding:
    (finding,) = [finding for finding in audited(text).findings if finding.rule == rule_id]
    return finding


def fixed(text: str, rule_id: str = "cors-request-refused") -> str | None:
    edits = found(text, rule_id).fixes[0].edits
    return applied(Texts(border=border_of((".",))), edits)["cors.xml"].decode() if edits else None


OTHER = rule("    <AllowedOrigin>https://a.example</AllowedOrigin>\n", GET)
WHOLE = rule(ORIGIN, GET, PUT, ALL)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(page(rule(ORIGIN, GET, ALL)), page(rule(ORIGIN, GET, PUT, ALL)), id="a method"),
        pytest.param(page(rule(ORIGIN, GET, PUT)), page(rule(ORIGIN, GET, PUT, ALL)), id="a field that is not there"),
        pytest.param(
            page(rule(GET, "    <AllowedHeader>etag</AllowedHeader>\n", ORIGIN, PUT, "    <AllowedHeader>x-a</AllowedHeader>\n")),
            page(rule(GET, ALL, ORIGIN, PUT)),
            id="a list in place of another one, whose elements stand apart",
        ),
        pytest.param(page(rule(ORIGIN, GET)), page(rule(ORIGIN, GET, PUT, ALL)), id="two changes at one place"),
        pytest.param(page(OTHER), page(OTHER, WHOLE), id="a rule"),
        pytest.param(
            page(rule(ORIGIN.replace(".com", ".com/"), GET, PUT, ALL)), page(WHOLE), id="an origin that is nearly the right one"
        ),
        pytest.param(
            page(rule(ORIGIN, "    <AllowedMethod>GET</AllowedMethod> <!-- <AllowedMethod>PUT</AllowedMethod> -->\n", ALL)),
            page(rule(ORIGIN, "    <AllowedMethod>GET</AllowedMethod> <!-- <AllowedMethod>PUT</AllowedMethod> -->\n", PUT, ALL)),
            id="a comment behind an element",
        ),
        pytest.param(
            page(rule(ORIGIN, "    <AllowedMethod>GET</AllowedMethod><!-- read\n only -->\n", ALL)),
            page(rule(ORIGIN, GET, "    <AllowedMethod>PUT</AllowedMethod><!-- read\n only -->\n", ALL)),
            id="a comment over several lines",
        ),
        pytest.param(
            "<CORSConfiguration><CORSRule><AllowedOrigin>https://darwin.v7labs.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
            "</CORSRule></CORSConfiguration>",
            "<CORSConfiguration><CORSRule><AllowedOrigin>https://darwin.v7labs.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
            "<AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader></CORSRule></CORSConfiguration>",
            id="one line",
        ),
        pytest.param(
            page(rule(ORIGIN, GET, ALL)).replace("<", "<s3:").replace("<s3:/", "</s3:").replace("<s3:?", "<?").replace("xmlns", "xmlns:s3"),
            page(rule(ORIGIN, GET, PUT, ALL)).replace("<", "<s3:").replace("<s3:/", "</s3:").replace("<s3:?", "<?").replace("xmlns", "xmlns:s3"),
            id="a prefix",
        ),
        pytest.param(
            page(rule(ORIGIN, GET, ALL)).replace("\n", "\r\n"), page(rule(ORIGIN, GET, PUT, ALL)).replace("\n", "\r\n"), id="CRLF"
        ),
    ],
)  # fmt: skip
def test_a_fix_is_made_of_elements_and_the_page_is_answered_then(before: str, after: str) -> None:
    assert (fixed(before) or "").encode() == after.encode()
    proven = {verdict.need.id: verdict.status.value for verdict in audited(after).verdicts}
    assert (proven["cors:GET"], proven["cors:PUT"]) == ("holds", "holds")


def test_what_is_shown_is_xml() -> None:
    assert found(page(OTHER)).fixes[0].text == WHOLE.replace("\n  ", "\n").strip()
    assert found(page(rule(ORIGIN, GET))).fixes[0].text == "<AllowedMethod>PUT</AllowedMethod>\n<AllowedHeader>*</AllowedHeader>"


def test_methods_that_are_not_needed_go_with_their_lines() -> None:
    post = "    <AllowedMethod>POST</AllowedMethod>\n"
    delete = "    <AllowedMethod>DELETE</AllowedMethod>\n"
    assert fixed(page(rule(post, ORIGIN, GET, delete, PUT, ALL)), "cors-wider-than-needed") == page(rule(GET, PUT, ORIGIN, ALL))


@pytest.mark.parametrize("form", ["<AllowedMethod><![CDATA[GET]]></AllowedMethod>", "<AllowedMethod>GET</AllowedMethod><?x y?>"])
def test_a_form_that_is_not_understood_is_left_to_a_person(form: str) -> None:
    text = page(rule(ORIGIN, f"    {form}\n", ALL))
    assert fixed(text) is None
    assert found(text).fixes[0].text == "<AllowedMethod>PUT</AllowedMethod>"


def test_a_method_that_s3_does_not_know_goes() -> None:
    options = "    <AllowedMethod>OPTIONS</AllowedMethod>\n"
    assert fixed(page(rule(ORIGIN, GET, options, ALL)), "cors-rejected-by-s3") == page(rule(ORIGIN, GET, ALL))
