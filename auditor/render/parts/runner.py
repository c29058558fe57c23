"""Text that a terminal and a runner's log may hold: nothing that a scanned file says is taken for a control sequence or a workflow command.

Source: actions/runner, `src/Runner.Common/ActionCommand.cs`: a line of standard output or error is a command when, after blanks, it begins
with `::name` and goes on with `::`, or when it holds `##[name]` anywhere. Both are looked up by the rules of a culture, which pass over
characters without a width, so that a break must be one that is seen.
"""

from __future__ import annotations

import enum

from auditor.lazy.expressions import regex
from auditor.render.parts.terminal import INVISIBLE, without_controls

_INVISIBLE = [f"{chr(first)}-{chr(last)}" for first, last in INVISIBLE]
# Selectors of variants, and characters that format others of a script: a culture passes over them too.
# Source: Unicode, `DerivedCoreProperties.txt` (Default_Ignorable_Code_Point) and `UnicodeData.txt` (general category Cf).
_FORMATS = (
    "\ufe00-\ufe0f\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0100-\U000e0fff"
)
_UNSEEN = f"[{''.join(_INVISIBLE)}{_FORMATS}\x00-\x08\x0e-\x1f]"
_BREAKS = "\n\r\v\f\x85\u2028\u2029"
_BEGINNING = regex(rf"(^|[{_BREAKS}])((?:[^\S{_BREAKS}]|{_UNSEEN})*+):(?={_UNSEEN}*:)")
_ANYWHERE = regex(rf"#(?={_UNSEEN}*#{_UNSEEN}*\[)")
_UNSEEN_RAW = regex(f"[\x7f-\x9f\u2028\u2029{''.join(one for one in _INVISIBLE if one < chr(0x10000))}]")


class Form(enum.Enum):
    """What a text is, which says how a character is written in it that must not stand there as it is."""

    TEXT = enum.auto()
    COMMANDS = enum.auto()  # workflow commands of our own, one a line, whose data are escaped
    JSON = enum.auto()
    MARKUP = enum.auto()  # HTML and XML
    EXACT = enum.auto()  # what a program takes byte by byte


def inert(text: str, form: Form = Form.TEXT) -> str:
    """The text, in which no line is a workflow command but those of `Form.COMMANDS`, and which no terminal obeys but for our own colours.

    JSON and markup mean the same as before; in all other text a blank parts what would act, and what is not seen is shown.
    """
    if form is Form.EXACT:
        return text
    if form is Form.JSON:
        if "#" in text:
            text = _ANYWHERE.sub(r"\\u0023", text)
        return text if text.isascii() and "\x7f" not in text else _UNSEEN_RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    colon, sharp = ("&#58;", "&#35;") if form is Form.MARKUP else (": ", "# ")
    shown = _UNSEEN_RAW.sub(lambda found: f"&#{ord(found[0])};", text) if form is Form.MARKUP else without_controls(text)
    parted = _ANYWHERE.sub(sharp, shown) if "#" in shown else shown
    if form is Form.COMMANDS or not _may_begin(parted):
        return parted
    return _BEGINNING.sub(rf"\1\2{colon}", parted)


def _may_begin(text: str) -> bool:
    """Whether a line has nothing that is certainly seen before its first colon: else the expression, which is costly to compile, finds nothing."""
    lines = (line.partition(":") for line in text.splitlines())
    return any(colon and not any("!" <= one <= "~" for one in before) for before, colon, _ in lines)
