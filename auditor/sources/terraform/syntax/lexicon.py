"""The words of HCL as regular expressions, written once for the scanner, the reader and the templates.

Every repetition is possessive: nothing is tried twice, so that no input takes longer than its length.

Source: HCL Native Syntax Specification, "Lexical Elements" (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md), and the scanner
that it describes (hclsyntax/scan_tokens.rl).
"""

from __future__ import annotations

import re
from collections.abc import Callable

# Beyond ASCII everything counts as a letter here; `is_identifier` has the last word.
_FIRST, _LATER = r"[^\x00-@\[-^`{-\x7f]", r"[^\x00-,./:-@\[-^`{-\x7f]"
IDENTIFIER = rf"{_FIRST}{_LATER}*+"
END_OF_WORD = rf"(?!{_LATER})"
COMMENT = r"/\*(?s:.*?)\*/"
LINE_COMMENT = r"(?:\#|//)[^\n]*+"
# What separates tokens where a line end means something, and where it means nothing.
BLANK = rf"(?:[ \t]++|\r(?=\n)|{COMMENT})*+"
SPACE = rf"(?:[ \t\n]++|\r\n|{LINE_COMMENT}|{COMMENT})*+"
ESCAPE = r'\\(?:[nrt"\\]|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})'
# The inside of a quoted string that holds no interpolation, no directive and no escaped beginning of one.
PLAIN = rf'(?:[^"\\$%\n]++|{ESCAPE}|[$%](?!\{{))*+'
LABEL = rf'(?:"(?:[^"\\\n]|\\[^\n])*+"|{IDENTIFIER})'
# The end of an attribute or block: the rest of its line is empty or a comment.
END_OF_LINE = rf"{BLANK}(?:{LINE_COMMENT})?(?:\r?\n|\Z)"


class Rare:
    """The `match` of a pattern that many runs never need: compiled when it is used for the first time.

    Args:
        pattern: likewise.
    """

    __slots__ = ("_match", "_pattern")

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._match: Callable[[str, int], re.Match[str] | None] | None = None

    def __call__(self, text: str, offset: int) -> re.Match[str] | None:
        """The match that begins at an offset, None when there is none."""
        if self._match is None:
            self._match = re.compile(self._pattern).match
        return self._match(text, offset)


def is_identifier(name: str) -> bool:
    """Whether text that `IDENTIFIER` matched is an identifier: letters and digits of any script, `_` and `-`."""
    return name.isascii() or name.replace("-", "_").isidentifier()
