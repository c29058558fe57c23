"""A change as SARIF 2.1.0: the findings of both sides and the access that is gained, each with its `baselineState`.

Source: SARIF 2.1.0, 3.27.24.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.changes.change import Change, gains_access, is_public
from auditor.changes.findings import BaselineState
from auditor.changes.policies import PolicyChange
from auditor.finding import Finding, Related, Severity
from auditor.render.change.sentences import access_title, request
from auditor.render.parts.indented import indented
from auditor.render.parts.links import INFORMATION_URI
from auditor.render.parts.options import RenderOptions
from auditor.render.sarif import log_of
from auditor.report import Report
from auditor.rule import Problem, Rule

ACCESS_GAINED = Rule(
    "access-gained",
    "A change lets somebody do what they could not do before.",
    "A change lets somebody do what they could not do before.\n\nThe message has the shortest request that was refused and is allowed now. "
    "An error where everybody gains access.",
    Severity.WARNING,
    (),
    (f"{INFORMATION_URI}/blob/main/docs/diff.md",),
    None,
)


def render(change: Change, options: RenderOptions) -> str:
    """The change as a SARIF log: `new`, `unchanged`, `updated` and `absent` findings; access gained is `new`."""
    report = change.report or Report((), (), (), change.errors, ())
    gained = {finding: BaselineState.NEW for one in change.access if gains_access(one) for finding in _gained(one)}
    states = {finding: state.value for finding, state in {**change.findings, **gained}.items()}
    rules = tuple(sorted((*report.rules, ACCESS_GAINED), key=lambda rule: rule.id))
    log = log_of(replace(report, findings=tuple(states), rules=rules, nothing=False), options, states)
    invocation = log["runs"][0]["invocations"][0]
    invocation["exitCode"] = change.exit_code()
    invocation["exitCodeDescription"] = ("no verdict got worse", "a verdict got worse", "the new side was not read whole")[
        change.exit_code()
    ]
    return indented(log)


def _gained(one: PolicyChange) -> Iterator[Finding]:
    """A finding for each request that is gained; one for the policy where it is not known whether any is."""
    place = one.new or one.old
    assert place is not None  # noqa: S101 - a policy that changed is on one side
    title = access_title(one)
    severity = Severity.ERROR if is_public(one) else Severity.WARNING
    for found in one.difference.gained:
        problem = Problem(
            f"{title[:1].upper()}{title[1:]}: {request(found)}.",
            found.because.statement.location,
            related=(Related(place, "policy"),),
            severity=severity,
            subject=f"{found.because.statement.title} {found.action}",
        )
        yield ACCESS_GAINED.finding(problem, one.resource)
    if not one.difference.gained:
        problem = Problem(
            f"{title[:1].upper()}{title[1:]}: {one.difference.reason}.", place, severity=severity, subject=one.kind.value
        )
        yield ACCESS_GAINED.finding(problem, one.resource)
