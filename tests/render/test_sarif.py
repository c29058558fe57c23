from __future__ import annotations

import functools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from auditor.finding import Certainty, Edit, Finding, Patch, Related, Severity, Symptom
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.render import RenderOptions, render
from auditor.render.sarif import LONGEST_DESCRIPTION, MOST_LOCATIONS, MOST_RESULTS, MOST_TAGS, plain, shortened
from auditor.report import Report
from auditor.rule import all_rules
from tests.render.builder import ERROR, FINDINGS, PATH, RULES, at, empty, sample
from tests.render.reports import reports

SCHEMA = Path(__file__).parent / "schema" / "sarif-2.1.0.json"


def run_of(report: Report, **options: Any) -> dict[str, Any]:
    log = json.loads(render("sarif", report, RenderOptions(repository_root=".", **options)))
    assert (log["$schema"], log["version"]) == ("https://json.schemastore.org/sarif-2.1.0.json", "2.1.0")
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def finding(line: int = 1, column: int = 1, **parts: Any) -> Finding:
    given = {
        "rule": "cors-request-refused",
        "severity": Severity.ERROR,
        "message": "Wrong.",
        "location": at(PATH, line, column),
        **parts,
    }
    return Finding(**given)


@functools.cache
def validator() -> Any:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8-sig"))
    return jsonschema.validators.validator_for(schema)(schema)


def test_sample_obeys_the_schema() -> None:
    log = json.loads(render("sarif", sample(), RenderOptions(repository_root=".", show_suppressed=True, category="infra")))
    assert [error.message for error in validator().iter_errors(log)] == []


@settings(max_examples=50)
@given(reports())
def test_every_report_obeys_the_schema_and_the_limits(report: Report) -> None:
    text = render("sarif", report, RenderOptions(repository_root=".", show_suppressed=True))
    log = json.loads(text)
    assert [error.message for error in validator().iter_errors(log)] == []
    (run,) = log["runs"]
    keys = set()
    for result in run["results"]:
        (location,) = result["locations"]
        place = location["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        assert uri
        assert not uri.startswith(("/", "./", ".."))
        assert ":" not in uri.split("/")[0]
        region = place["region"]
        assert (region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"])
        key = (result["ruleId"], uri, region["startLine"])
        assert key not in keys
        keys.add(key)
        assert not re.search(r"[`{}\n]", result["message"]["text"])
        ids = [related["id"] for related in result.get("relatedLocations", [])]
        assert ids == list(range(1, len(ids) + 1))
        if "ruleIndex" in result:
            assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert text == render("sarif", report, RenderOptions(repository_root=".", show_suppressed=True))


def test_the_whole_catalogue_is_there_sorted_and_within_limits() -> None:
    text = "First " + "word " * 400 + "\n\nSecond " + "word " * 400
    long = replace(
        RULES[0],
        id="a-long-one",
        severity=Severity.NOTE,
        symptoms=(Symptom.FORBIDDEN, Symptom.SLOW),
        summary=text,
        documentation=text,
    )
    rules = run_of(empty(rules=(*reversed(RULES), long)))["tool"]["driver"]["rules"]
    assert [each["id"] for each in rules] == sorted(each["id"] for each in rules) == ["a-long-one", *(known.id for known in RULES)]
    for each in rules:
        assert re.fullmatch(r"([A-Z][a-z0-9]*)+", each["name"])
        assert len(each["shortDescription"]["text"]) <= LONGEST_DESCRIPTION
        assert len(each["fullDescription"]["text"]) <= LONGEST_DESCRIPTION
        assert each["help"]["text"]
        assert f"[{each['id']}]({each['helpUri']})" in each["help"]["markdown"]
        tags = each["properties"]["tags"]
        assert len(tags) == len(set(tags)) <= MOST_TAGS
        assert ("security" in tags) == ("security-severity" in each["properties"])
    assert rules[0]["properties"] == {
        "tags": ["403", "slow"],
        "precision": "high",
        "problem.severity": "recommendation",
    }
    assert rules[0]["fullDescription"]["text"].endswith("word…")
    assert [each["properties"].get("security-severity") for each in rules] == [None, None, "8.0", None, None]


def test_references_are_links() -> None:
    markdown = run_of(empty())["tool"]["driver"]["rules"][1]["help"]["markdown"]
    page = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"
    assert markdown.endswith(f"\n- [{page}]({page})")


def test_which_rules_are_a_security_matter() -> None:
    rules = run_of(empty(rules=all_rules()))["tool"]["driver"]["rules"]
    assert {
        each["id"]: (each["properties"]["security-severity"], each["properties"]["tags"][:2])
        for each in rules
        if "security" in each["properties"]["tags"]
    } == {
        "access-granted-to-everyone": ("8.0", ["security", "external/cwe/cwe-732"]),
        "access-wider-than-needed": ("8.0", ["security", "external/cwe/cwe-732"]),
        "cors-wider-than-needed": ("5.5", ["security", "external/cwe/cwe-942"]),
        "role-trust-without-external-id": ("6.5", ["security", "external/cwe/cwe-441"]),
    }


def test_results_on_one_line_are_one_result() -> None:
    first = finding(2, 9, message="One.", subject="a", related=(Related(at(PATH, 1), "the bucket"),))
    second = finding(2, 30, message="Two.", subject="b")
    other = finding(2, 9, rule="access-grant-missing", message="Another rule.")
    folded, alone = sorted(run_of(empty(findings=(second, other, first)))["results"], key=lambda result: -len(result))
    assert folded["message"]["text"] == "One (and 1 more here). See [the bucket](1) and [Two](2)."
    assert [(related["id"], related["message"]["text"]) for related in folded["relatedLocations"]] == [
        (1, "the bucket"),
        (2, "Two."),
    ]
    assert folded["relatedLocations"][1]["physicalLocation"]["region"] == {
        "startLine": 2,
        "startColumn": 30,
        "endLine": 2,
        "endColumn": 31,
    }
    assert folded["partialFingerprints"]["auditor/v1"] == first.fingerprint
    assert alone["message"]["text"] == "Another rule."


def test_results_are_sorted_by_place_then_rule() -> None:
    findings = (
        finding(2),
        finding(1, 5, rule="access-granted-to-everyone"),
        finding(1, 5, rule="access-grant-missing"),
        finding(1, location=at("a.tf", 9)),
    )
    results = run_of(empty(findings=findings))["results"]
    assert [(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], result["ruleId"]) for result in results] == [
        ("a.tf", "cors-request-refused"),
        (PATH, "access-grant-missing"),
        (PATH, "access-granted-to-everyone"),
        (PATH, "cors-request-refused"),
    ]


@pytest.mark.hostile
def test_the_most_severe_of_too_many_results_are_kept_and_it_is_said() -> None:
    notes = tuple(finding(line, severity=Severity.NOTE) for line in range(1, MOST_RESULTS + 2))
    error = finding(MOST_RESULTS + 9)
    run = run_of(empty(findings=(*notes, error)))
    assert len(run["results"]) == MOST_RESULTS
    assert run["results"][-1]["level"] == "error"
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification == {
        "level": "warning",
        "message": {"text": "2 results are left out; the 5000 most severe are kept."},
        "descriptor": {"id": "too-many-results"},
    }


def test_related_places_are_bounded_and_unique() -> None:
    related = tuple(Related(at(PATH, line), "again") for line in (*range(1, 300), *range(1, 300)))
    (result,) = run_of(empty(findings=(finding(500, related=related),)))["results"]
    assert len(result["relatedLocations"]) == MOST_LOCATIONS - 1
    assert len({json.dumps(each["physicalLocation"]) for each in result["relatedLocations"]}) == MOST_LOCATIONS - 1


def test_errors_are_results_and_notifications() -> None:
    run = run_of(empty(errors=(ERROR,)))
    (result,) = run["results"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("input-error", 3, "error")
    assert result["message"]["text"] == "This could not be read: an expression is missing."
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    (notification,) = invocation["toolExecutionNotifications"]
    assert (notification["level"], notification["message"]["text"]) == ("error", "an expression is missing.")


def test_an_error_that_is_a_finding_already_is_one_result() -> None:
    told = finding(rule="input-error", location=ERROR.location, message="An expression is missing.")
    (result,) = run_of(empty(errors=(ERROR,), findings=(told,)))["results"]
    assert result["message"]["text"] == "An expression is missing."


def test_without_the_rule_errors_are_notifications_only() -> None:
    run = run_of(empty(errors=(InputError(Location("x"), "bad"),), rules=()))
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 1


def test_suppressed_findings_are_there_only_when_asked_for() -> None:
    report = empty(suppressed=(FINDINGS[1],))
    assert run_of(report)["results"] == []
    (result,) = run_of(report, show_suppressed=True)["results"]
    assert result["suppressions"] == [{"kind": "inSource"}]


def test_a_suppressed_finding_never_stands_for_one_that_is_not() -> None:
    shown, hidden = finding(3, 9, message="Shown."), finding(3, 1, message="Hidden.")
    (result,) = run_of(empty(findings=(shown,), suppressed=(hidden,)), show_suppressed=True)["results"]
    assert "suppressions" not in result
    assert result["message"]["text"] == "Shown."


def test_a_category_is_written_only_when_given() -> None:
    assert "automationDetails" not in run_of(sample())
    assert run_of(sample(), category="infra/prod")["automationDetails"] == {"id": "infra/prod/"}


def test_a_place_in_a_downloaded_module_gives_way_to_the_call() -> None:
    inside = Location(".terraform/modules/data/main.tf", 7, 1, 7, 5)
    call = Related(at(PATH, 4), "the module call")
    (result,) = run_of(empty(findings=(finding(location=inside, related=(call,)),)))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == PATH
    assert result["relatedLocations"][0]["message"]["text"] == "the place itself"
    assert result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == inside.path


def test_hashes_are_of_the_first_line_and_missing_where_the_upload_finds_no_file() -> None:
    texts = Texts({"x.tf": b"a\n", "-": b"a\n"})
    findings = (
        finding(location=at("x.tf", 1)),
        finding(location=at("x.tf", 7)),
        finding(location=at("-", 1)),
        finding(location=at("gone.tf", 1)),
    )
    results = run_of(empty(findings=findings, texts=texts))["results"]
    hashes = [
        (
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["partialFingerprints"].get("primaryLocationLineHash"),
        )
        for result in results
    ]
    assert hashes == [("_standard-input", None), ("gone.tf", None), ("x.tf", "243cbaa4685aab12:1"), ("x.tf", None)]


def test_nothing_depends_on_where_the_tool_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text("a\n")
    logs = []
    for directory, path in (
        (tmp_path, "infra/main.tf"),
        (tmp_path / "infra", "main.tf"),
        (tmp_path, str(tmp_path / "infra" / "main.tf")),
    ):
        monkeypatch.chdir(directory)
        logs.append(render("sarif", empty(findings=(finding(location=at(path, 1)),), texts=Texts()), RenderOptions()))
    assert logs[0] == logs[1] == logs[2]
    assert str(tmp_path) not in logs[0]


def test_columns_are_utf16_code_units() -> None:
    texts = Texts({"x.tf": 'a = "😀" + b\n'.encode()})
    run = run_of(empty(findings=(finding(location=Location("x.tf", 1, 11, 1, 12)),), texts=texts))
    assert run["columnKind"] == "utf16CodeUnits"
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 12, "endLine": 1, "endColumn": 13}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uses `var.x`", "uses 'var.x'."),
        ("is ${var.x}", "is (var.x)."),
        ("two\n  lines.", "two lines."),
        ('m.b["eu"](x)', 'm.b["eu"] (x).'),
        ("", "."),
    ],
)
def test_messages_are_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_shortening_cuts_at_a_word() -> None:
    assert shortened("one two three", 13) == "one two three"
    assert shortened("one two three", 12) == "one two…"
    assert shortened("x" * 20, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("title", "lines", "said"),
    [
        ("Remove it", "", "Wrong. To fix it: Remove it."),
        ("Turn ACLs off", 'object_ownership = "Enforced"', 'Wrong. To fix it: Turn ACLs off: object_ownership = "Enforced".'),
        ("Cover every key", "Resource = ${x}", "Wrong."),
        ("Turn ACLs off", "a\nb", "Wrong."),
    ],
)
def test_a_fix_is_told_in_a_sentence_where_it_fits_one(title: str, lines: str, said: str) -> None:
    (result,) = run_of(empty(findings=(finding(fixes=(Patch(title, lines, (), Certainty.SAFE),)),)))["results"]
    assert result["message"]["text"] == said
    assert "fixes" not in result


def test_help_is_told_where_there_is_no_fix() -> None:
    (result,) = run_of(empty(findings=(finding(help="Ask its owner."),)))["results"]
    assert result["message"]["text"] == "Wrong. To fix it: Ask its owner."


def test_a_fix_is_the_changes_of_its_files() -> None:
    insertion = Location(PATH, 3, 2, 3, 2)
    edits = (Edit(at(PATH, 1, 1, 5), ""), Edit(insertion, "\n# more"))
    outside = Patch("Change what is not here", "", (Edit(at("../x.tf", 1), "y"),))
    (result,) = run_of(empty(findings=(finding(fixes=(Patch("Do it", "", edits, Certainty.SAFE), outside)),)))["results"]
    assert result["fixes"] == [
        {
            "description": {"text": "Do it."},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": PATH, "uriBaseId": "%SRCROOT%"},
                    "replacements": [
                        {"deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 5}},
                        {
                            "deletedRegion": {"startLine": 3, "startColumn": 2, "endLine": 3, "endColumn": 2},
                            "insertedContent": {"text": "\n# more"},
                        },
                    ],
                }
            ],
            "properties": {"certainty": "safe"},
        }
    ]


def test_the_invocation_tells_the_exit_code() -> None:
    def codes(report: Report, **options: Any) -> tuple[int, str]:
        (invocation,) = run_of(report, **options)["invocations"]
        return invocation["exitCode"], invocation["exitCodeDescription"]

    assert codes(empty()) == (0, "nothing failed that counts")
    assert codes(empty(findings=(finding(),))) == (1, "something fails")
    assert codes(empty(findings=(finding(),)), exit_zero=True) == (0, "nothing failed that counts")
    assert codes(sample()) == (2, "the audit is incomplete")
