"""`auditor explain`: explains findings, rules, symptoms and error messages."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from auditor.commands.requested import FindingFilter, KnownFindings, RequestedAudit, audit_options, now_called
from auditor.console import (
    ReadingCommand,
    color_option,
    complete_topic,
    fail,
    number_in,
    page_options,
    path_arguments,
    say,
    settings_option,
    source_options,
    texts_of,
    told,
    write,
)
from auditor.foundation.errors import AuditError, did_you_mean

if TYPE_CHECKING:
    from auditor.api.request import BucketScope
    from auditor.foundation.errors import InputError
    from auditor.render import RenderOptions
    from auditor.sources.options import SourceOptions


@click.command(cls=ReadingCommand, short_help="Explain a finding by its number, a rule, a symptom (403, cors, …) or an error.")
@click.argument("topic", metavar="NUMBER|RULE|SYMPTOM|MESSAGE", shell_complete=complete_topic)
@path_arguments
@source_options
@audit_options
@settings_option
@color_option
def explain(
    topic: str,
    paths: tuple[str, ...],
    reading: SourceOptions,
    contracts: tuple[str, ...],
    parameters_of_contract: dict[str, str],
    scope: BucketScope,
    symptom: str | None,
    findings: FindingFilter,
    known: KnownFindings,
    use: bool,
    color: str,
) -> None:
    """Explain a rule, or the causes of a symptom: 400, 401, 403, 404, cors, kms, misplaced, ownership, slow.

    NUMBER is that of a finding in the report of 'auditor check': with the same PATH and options, this says what it decides and how, and what
    would be needed.

    MESSAGE is an error as AWS, a browser or a tool writes it, in quotes, or '-' for standard input: the page of what it is about is shown.
    So it is for a need, such as s3:GetObject.
    """
    from auditor.guides import symptoms
    from auditor.guides.messages import LONGEST

    options = page_options(color)
    number = number_in(topic)
    if number is not None and topic not in symptoms():
        asked = RequestedAudit(paths or (".",), reading, contracts, parameters_of_contract, scope, findings, known, use, symptom)
        text, errors = _explained(number, asked, options)
        write(text, None)
        for trouble in errors:
            say(f"error: {trouble}")
        sys.exit(2 if errors else 0)
    if paths:
        raise click.UsageError(
            told(f"PATH goes with the number of a finding, and '{topic}' is none; an error message goes in quotes")
        )
    if topic == "-":
        topic = texts_of((topic,)).read_bytes(topic).decode("utf-8", "replace").strip()
    if not topic.strip():
        fail(AuditError("the message is empty"))
    if len(topic) > LONGEST:
        say(f"note: of the {len(topic):,} characters of the message, only the last {LONGEST:,} are read")
    write(_page_of(topic, options), None)


def _page_of(topic: str, options: RenderOptions) -> str:
    """The page of a symptom or a rule, or of what an error message is about."""
    from auditor.guides import guide, symptoms
    from auditor.guides.messages import recognized
    from auditor.render import page
    from auditor.render.parts.terminal import shortened
    from auditor.rule import all_rules

    if topic in symptoms():
        return page.render(guide(topic).text, options)
    rules = {rule.id: rule for rule in all_rules()}
    topic = now_called(topic)
    if topic in rules:
        return page.render_rule(rules[topic], options)
    found = recognized(topic)
    if found is None:
        named = shortened(topic, 80)
        hint = (
            did_you_mean(named, (*rules, *symptoms())) or f"; 'auditor rules' lists rules; known symptoms: {', '.join(symptoms())}"
        )
        fail(AuditError(f"there is no rule or symptom '{' '.join(named.split())}'{hint}"))
    others = ", ".join(f"auditor explain {other}" for other in found.topics[1:])
    heading = f"The message says '{told(found.words)}'." + (f" See also: {others}" if others else "")
    return f"{heading}\n\n{_page_of(found.topics[0], options)}"


def _explained(number: int, asked: RequestedAudit, options: RenderOptions) -> tuple[str, Sequence[InputError]]:
    """What the audit numbers so, in full, with the page of its rule; and what could not be read or proven."""
    from auditor.pipeline import audit
    from auditor.render.human import count, explained

    try:
        report = audit(asked.request(), texts_of(asked.paths))
    except AuditError as error:
        fail(error)
    text = explained(report, number, options)
    if text is None:
        there = count(report, options)
        numbered = f"its findings are 1 to {there}" if there > 1 else "it has one finding" if there else "it has no findings"
        fail(AuditError(f"the audit of {', '.join(asked.paths)} has no finding {number}: {numbered}"))
    return text, report.errors


COMMANDS = (explain,)
"""What `auditor.cli` takes in."""
