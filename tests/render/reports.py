"""Any report at all, for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from auditor.finding import Certainty, Edit, Finding, Patch, Related, Severity, Symptom
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.report import Report
from auditor.verdict import Outcome, Resolution, Status, Step, Verdict
from tests.render.builder import ARCHIVE, BROKEN_PATH, CONTRACT, IMAGES, NEEDS, PATH, POLICY_PATH, RULES, TEXTS

TEXT = st.text(st.characters() | st.sampled_from("`{}[]()|<>&\"'%:,\n\r\t\x00\x1b\u202e\ud800😀"), max_size=20)
PATHS = st.sampled_from(
    [PATH, POLICY_PATH, BROKEN_PATH, "-", "gone.tf", "../out side.tf", "a:b.tf", ".terraform/x.tf", "bad\udcff.tf", "nul\0.tf"]
)


@st.composite
def locations(draw: st.DrawFn) -> Location:
    line, column = draw(st.integers(1, 60)), draw(st.integers(1, 200))
    more = draw(st.integers(0, 6))
    end = draw(st.integers(column, column + 40)) if more == 0 else draw(st.integers(1, 200))
    return Location(draw(PATHS), line, column, line + more, end)


resolutions = st.builds(Resolution, TEXT, TEXT, TEXT, TEXT, TEXT, st.none() | locations())
outcomes = st.builds(
    Outcome,
    st.sampled_from(Status),
    TEXT,
    locations(),
    st.dictionaries(st.sampled_from(["key", "request", "origin", "method", "headers", "other"]), TEXT, max_size=3),
    st.lists(resolutions, max_size=2).map(tuple),
    st.lists(TEXT, max_size=2).map(tuple),
    st.lists(st.builds(Step, TEXT, st.none() | locations()), max_size=2).map(tuple),
)
verdicts = st.builds(
    Verdict,
    st.just(CONTRACT),
    st.sampled_from([IMAGES, ARCHIVE]),
    st.sampled_from(NEEDS),
    outcomes,
)
patches = st.builds(
    Patch, TEXT, TEXT, st.lists(st.builds(Edit, locations(), TEXT), max_size=2).map(tuple), st.sampled_from(Certainty)
)
findings = st.builds(
    Finding,
    st.sampled_from([*(rule.id for rule in RULES), "unknown-rule"]),
    st.sampled_from(Severity),
    TEXT,
    locations(),
    TEXT,
    st.lists(st.builds(Related, locations(), TEXT), max_size=3).map(tuple),
    st.sampled_from(["", "aws_s3_bucket.images", "aws_s3_bucket.archive"]) | TEXT,
    TEXT,
    st.lists(st.sampled_from([Symptom.FORBIDDEN, Symptom.CORS, Symptom.SLOW]), max_size=2).map(tuple),
    st.none() | TEXT,
    TEXT,
    st.lists(patches, max_size=2).map(tuple),
)


def reports() -> st.SearchStrategy[Report]:
    """Reports with every kind of text in every place."""
    return st.builds(
        lambda verdicts, findings, errors, suppressed, notes: Report(
            (CONTRACT,), tuple(verdicts), tuple(findings), tuple(errors), RULES, tuple(suppressed), tuple(notes), Texts(dict(TEXTS))
        ),
        st.lists(verdicts, max_size=3),
        st.lists(findings, max_size=4),
        st.lists(st.builds(InputError, locations(), TEXT), max_size=2),
        st.lists(findings, max_size=2),
        st.lists(TEXT, max_size=2),
    )
