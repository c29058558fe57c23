"""Former ids of rules stay valid in comments and on the command line, where a note names the present one."""

from __future__ import annotations

import datetime as dt

import pytest
from click.testing import CliRunner

from auditor.cli import main
from auditor.foundation.location import Location
from auditor.model import Directive
from auditor.rule import RENAMED, all_rules
from auditor.suppression import Suppression, read, renamed

IDS = tuple(rule.id for rule in all_rules())
PLACE = Location("main.tf", 3, 1, 3, 40)


def test_former_ids_lead_to_rules_and_are_none_themselves() -> None:
    assert set(RENAMED.values()) <= set(IDS)
    assert not set(RENAMED) & set(IDS)


@pytest.mark.parametrize(("former", "now"), RENAMED.items())
def test_a_comment_may_use_a_former_id(former: str, now: str) -> None:
    comment = Directive(f"ignore[{former}, acls-enabled] until=2027-03-01", PLACE, PLACE)
    assert read(comment, IDS) == Suppression((now, "acls-enabled"), dt.date(2027, 3, 1), comment)
    assert list(renamed([comment])) == [f"main.tf:3:1: the rule '{former}' is now called '{now}'"]


@pytest.mark.parametrize(("former", "now"), RENAMED.items())
def test_explain_shows_the_rule_by_its_present_id(former: str, now: str) -> None:
    shown = CliRunner().invoke(main, ["explain", former])
    assert shown.exit_code == 0
    assert shown.stderr == f"note: the rule '{former}' is now called '{now}'\n"
    assert shown.stdout.startswith(now)
