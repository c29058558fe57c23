"""No regular expression that searches in what somebody else wrote takes more than its length: a megabyte of any of these would take hours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from auditor.contract.known import _WORDS_OF_TEXT
from auditor.fixes.declared import _PROVIDER
from auditor.fixes.place import _NAME_BEFORE
from auditor.foundation.value import Known
from auditor.render.markdown import inline
from auditor.render.parts.runner import Form, inert
from auditor.sources.cloudformation.markers import without_markers
from auditor.sources.computed import _DEFAULT
from auditor.sources.documents.content import PLACEHOLDER
from auditor.sources.terraform.aws.unmanaged import _KEY

pytestmark = pytest.mark.hostile

_LONG = 200_000


def _all(pattern: Any) -> Callable[[str], object]:
    return lambda text: len([*pattern.finditer(text.encode() if isinstance(pattern.pattern, bytes) else text)])


@pytest.mark.parametrize(
    ("work", "units"),
    [
        pytest.param(inline, ("a", "a.", "'", "'a", "www.", "a://", "`", "@", "_"), id="markdown"),
        pytest.param(inert, ("\n", "\r\n", " ", "\x1c", "\u200b", ":", "#", ":\u200b", "\x1b["), id="log"),
        pytest.param(lambda text: inert(text, Form.MARKUP), ("\x1c", "\n ", "\u200b\x1f", "#\u200b"), id="markup"),
        pytest.param(lambda text: without_markers(Known(text)), ("{", "{{a", "${self:", "${self:{", "}}", "{{a}}"), id="markers"),
        pytest.param(_all(_WORDS_OF_TEXT), ("-", "a.", "0", "://a", "arn: a."), id="words"),
        pytest.param(_all(_PROVIDER), ("\n", " ", "{ ", ",\n", "provider "), id="provider"),
        pytest.param(_all(_NAME_BEFORE), ("-", "a", '"', "a =", "a: "), id="name"),
        pytest.param(_all(_DEFAULT), ("\n", "\n ", "\ndefault"), id="default"),
        pytest.param(_all(_KEY), ("[", '["', "[a", '["a'), id="key"),
        pytest.param(_all(PLACEHOLDER), ("{", "${", "{{a", "${a", "${AWS::"), id="placeholder"),
    ],
)
def test_a_search_takes_no_more_than_the_length_of_the_text(work: Callable[[str], object], units: Iterable[str]) -> None:
    for unit in units:
        work(unit * (_LONG // len(unit)) + "\x01")
