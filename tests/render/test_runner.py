"""No name of the code under audit makes a line that a runner takes for a workflow command, in any format and on either stream.

The parser is that of the runner (actions/runner, `src/Runner.Common/ActionCommand.cs`), and looser: whatever name a command has, and whatever
the comparison of a culture passes over.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import cli
from auditor.console import form_of, say, told, write, write_patch
from auditor.finding import Finding
from auditor.fixing.files import UnifiedDiff
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.render import FORMATS, Form, RenderOptions, render
from auditor.render.parts.runner import inert
from auditor.report import Report
from tests.render.builder import sample
from tests.render.reports import reports

_PIECES = (
    *("::", "##[", "#", "[", "]", ":", "add-mask", "error", "stop-commands", " ", "x", "%0A"),
    *("\n", "\r", "\x1b", "\x9b", "\u200b", "\xad", "\ufeff", "\u2028", "\u00a0", "\u202e", "\ufe0f"),
    *("'", "`", "|", "<b>", "&#35;", "\\", '"', "@octocat", "https://evil.example"),
)
_NAMES = st.lists(st.sampled_from(_PIECES), max_size=12).map("".join)
COMMANDS = (
    "::add-mask::e",
    " \t::stop-commands::zz",
    "a ##[add-mask]e",
    "\u00a0::error file=a::b",
    "#\u200b#[group]x",
    ":\xad:debug::x",
)


def command(line: str) -> bool:
    """Whether the runner may take a line for a command."""
    seen = "".join(one for one in line if unicodedata.category(one) not in {"Cc", "Cf"} and not 0xFE00 <= ord(one) <= 0xFE0F)
    return any(
        re.match(r"::[^:\s]+(?s:.*?)::", text.lstrip()) is not None or re.search(r"##\[[^\]]*\]", text) is not None
        for text in (line, seen)
    )


def lines(text: str) -> list[str]:
    return re.split("\r\n|\r|\n", text)


def with_name(report: Report, name: str) -> Report:
    """A report in which a name stands wherever code names something."""

    def named(finding: Finding) -> Finding:
        return replace(finding, message=f"'{name}' refuses {name}", subject=name, location=replace(finding.location, path=name))

    verdicts = tuple(replace(one, outcome=replace(one.outcome, reason=name)) for one in report.verdicts)
    error = InputError(Location(name, 1, 1, 1, 2), f"unexpected '{name}'")
    return replace(report, findings=tuple(map(named, report.findings)), verdicts=verdicts, errors=(error,), notes=(name,))


@pytest.mark.parametrize("line", COMMANDS)
def test_the_parser_of_the_test_knows_commands(line: str) -> None:
    assert command(line)


def test_whatever_a_culture_passes_over_parts_no_command() -> None:
    unseen = [
        one for one in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(one) == "Cf" or ord(one) - 0xE0100 in range(240)
    ]
    assert len(unseen) > 390
    for one in unseen:
        for text in (f"#{one}#[add-mask]e", f"##{one}[add-mask]e", f":{one}:add-mask::e", f"{one}::add-mask::e"):
            left = "".join(two for two in inert(text) if two not in unseen)
            assert not command(left)
        assert not command("".join(two for two in inert(f"#{one}#[add-mask]e", Form.JSON) if two not in unseen))


@given(_NAMES | st.sampled_from(COMMANDS), st.integers(20, 120), st.booleans())
def test_no_name_acts_in_any_format(name: str, width: int, color: bool) -> None:
    report = with_name(sample(), name)
    for format_ in FORMATS:
        shown = inert(render(format_, report, RenderOptions(width=width, color=color, explain=True)), form_of(format_))
        if format_ == "github":  # each line but the last is a command of its own, with a place
            assert all(re.match("::(error|warning|notice) file=[^:]*::", line) for line in shown.splitlines()[:-1])
            assert "##[" not in shown
        else:
            assert [line for line in lines(shown) if command(line)] == []


@given(reports())
def test_no_report_acts_in_any_format(report: Report) -> None:
    for format_ in FORMATS:
        shown = inert(render(format_, report, RenderOptions()), form_of(format_))
        assert format_ == "github" or [line for line in lines(shown) if command(line)] == []


@given(_NAMES | st.sampled_from(COMMANDS))
def test_json_and_markup_mean_the_same(name: str) -> None:
    document = json.dumps({"a": [name], name: 1}, indent=2, ensure_ascii=False)
    assert json.loads(inert(document, Form.JSON)) == {"a": [name], name: 1}
    escaped = f"<a>{name.replace('&', '&amp;').replace('<', '&lt;')}</a>"
    if not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\r]", name):
        assert ET.fromstring(inert(escaped, Form.MARKUP)).text == ET.fromstring(escaped).text  # noqa: S314


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a: ::b::", "a: ::b::"),
        ("x\n  ::add-mask::e", "x\n  : :add-mask::e"),
        (":\u200b:add-mask::e", ": \u200b:add-mask::e"),
        ("####[ Buckets ]####", "### #[ Buckets ]####"),
        ("#[x] ##", "#[x] ##"),
        ("#\x01#[x]", "#␁#[x]"),
        ("#-#[x] :-:", "#-#[x] :-:"),
    ],
)
def test_a_blank_parts_what_would_act_and_nothing_else(text: str, shown: str) -> None:
    assert inert(text) == shown
    assert inert(shown) == shown


@given(_NAMES | st.sampled_from(COMMANDS))
def test_a_message_on_standard_error_is_one_line_that_acts_on_nothing(name: str) -> None:
    shown = told(name)
    assert not command(shown)
    assert not re.search("[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", shown)


def test_what_is_said_goes_through_the_gate(capsys: pytest.CaptureFixture[str]) -> None:
    say("error: x\n::add-mask::e ##[add-mask]e\x1b[1m")
    assert capsys.readouterr().err == "error: x␊::add-mask::e # #[add-mask]e␛[1m\n"


@pytest.mark.parametrize(
    "arguments", [["x\n::add-mask::e"], ["--format", "x\n::add-mask::e"], ["check", "--contract", "a\n::add-mask::e"]]
)
def test_names_on_the_command_line_do_not_act(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    told_of = capsys.readouterr()
    assert [line for line in lines(told_of.err + told_of.out) if command(line)] == []
    assert "add-mask" in told_of.err


def test_no_terminal_obeys_what_a_renderer_forgot(capfd: pytest.CaptureFixture[str]) -> None:
    write("\x1b[1;31mred\x1b[0m \x1b[8mgone \x1b]8;;x\x07 \x9b8m \u202e a\rb\tc\r\n", None)
    assert capfd.readouterr().out == "\x1b[1;31mred\x1b[0m ␛[8mgone ␛]8;;x␇ \ufffd8m \ufffd a␍b\tc\r\n"


def test_a_patch_is_exact_but_on_a_terminal_and_in_a_log_of_the_runner(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = UnifiedDiff(" ::add-mask::e\n+ ##[x]\x1b[8m\n", "")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    write_patch(patch, None)
    assert capfd.readouterr() == (patch.text, "")
    with monkeypatch.context() as terminal:
        terminal.setattr(sys.stdout, "isatty", lambda: True)
        write_patch(patch, None)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    write_patch(patch, None)
    shown = capfd.readouterr()
    note = "note: the patch holds what acts on a terminal or in a runner's log; it is printed without that and cannot be applied\n"
    assert shown == (" : :add-mask::e\n+ # #[x]␛[8m\n" * 2, note * 2)


def test_there_is_one_gate() -> None:
    """Nothing but `console` writes to a stream, but for the progress that only a terminal sees, and the version, which no scanned code chooses."""
    writes = re.compile(
        r"click\.echo|os\.write\((?:[12]\b|sys\.)|\bprint\(|\bsecho\(|(stdout|stderr)(\.buffer)?\.write\(|click\.confirm|click\.prompt"
    )
    package = Path(cli.__file__).parent
    found = {str(path.relative_to(package)) for path in package.rglob("*.py") if writes.search(path.read_text(encoding="utf-8"))}
    assert found == {"__main__.py", "console.py", "platforms/v7_darwin/commands.py"}
