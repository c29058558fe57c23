"""Text on a terminal: colour, display width, wrapping, and nothing that a scanned file could smuggle in."""

from __future__ import annotations

import unicodedata

from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

INVISIBLE = (
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0xE0000, 0xE00FF),
)
"""Characters without a width, and those that turn the direction of what follows: the first and the last of each range.

Source: Unicode, `DerivedCoreProperties.txt` (Default_Ignorable_Code_Point), without the selectors of variants, and interlinear annotation.
"""

_CONTROLS = {
    **{code: chr(0x2400 + code) for code in range(0x20)},  # control pictures
    0x7F: "\u2421",
    **dict.fromkeys(
        (*range(0x80, 0xA0), 0x2028, 0x2029, *(code for first, last in INVISIBLE for code in range(first, last + 1))), "\ufffd"
    ),
}

# What `Paint` puts into a text, and nothing else that a terminal obeys.
_ACTING = regex(
    "\x1b(?!\\[(?:0|1|2|1;31|1;33|32|36)m)|\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)

_NOT_ASCII = regex(r"[^\x00-\x7f]")
NO_BREAK = "\u00a0"


def clean(text: str) -> str:
    """The text without control characters, direction overrides and what has no width, each replaced by something visible."""
    return text.translate(_CONTROLS)


def clean_lines(text: str) -> str:
    """The same for a text of several lines, which LF parts."""
    return "\n".join(map(clean, text.split("\n")))


def without_controls(text: str) -> str:
    """A finished text of several lines without what a terminal obeys, but for the colours of `Paint`: whoever made it may have forgotten."""
    return text if is_printed(text) else _ACTING.sub(lambda found: clean(found[0]), text)


def is_printed(text: str) -> bool:
    """Whether the text has nothing in it but characters that are printed, as most texts do, and LF."""
    return text.replace("\n", "").isprintable()


def width_of(text: str) -> int:
    """How many columns the text takes, wide characters counted twice and combining ones not at all."""
    if text.isascii():
        return len(text)
    return len(text) + sum(map(_beyond_one, _NOT_ASCII.findall(text)))


def _beyond_one(character: str) -> int:
    """How many columns a character takes beside the first one."""
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return -1
    return 1 if unicodedata.east_asian_width(character) in {"W", "F"} else 0


def pad(text: str, width: int) -> str:
    """The text filled with spaces to a width."""
    return text + " " * (width - width_of(text))


def shortened(text: str, width: int) -> str:
    """The text in at most a number of columns: what is too much is left out in the middle."""
    if width_of(text) <= width:
        return text
    head, tail = (width - 1) // 2, width // 2
    return f"{text[:head]}…{text[len(text) - tail :]}"


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns, broken at spaces only: a name or address is never torn. At least one line.

    What a no-break space joins stays in one line.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in filter(None, clean(paragraph).split(" ")):
            if line and width_of(line) + 1 + width_of(word) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return [line.replace(NO_BREAK, " ") for line in lines]


def heading(root: str, width: int) -> str:
    """The line above what is of a root."""
    name = "current directory" if root == "." else clean(root)
    return f"── {name} " + "─" * max(3, width - width_of(name) - 4)


@dataclass(frozen=True, slots=True)
class Paint:
    """ANSI colours, or none.

    Attributes:
        enabled: whether to use them.
    """

    enabled: bool

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.enabled and text else text

    def bold(self, text: str) -> str:
        """What the eye should find first."""
        return self._paint("1", text)

    def dim(self, text: str) -> str:
        """What is there for those who look for it."""
        return self._paint("2", text)

    def red(self, text: str) -> str:
        """Fails, errors."""
        return self._paint("1;31", text)

    def yellow(self, text: str) -> str:
        """Unknown, warnings."""
        return self._paint("1;33", text)

    def green(self, text: str) -> str:
        """Holds."""
        return self._paint("32", text)

    def cyan(self, text: str) -> str:
        """Names of rules, what to do, notes."""
        return self._paint("36", text)
