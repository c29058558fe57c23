"""What python-hcl2 says of text that the reader refuses: its words for what is wrong."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from pathlib import Path
from typing import Any

from auditor.sources.terraform.syntax.refusal import Refused

# It is slower than the square of the length on some inputs.
_LONGEST = 20_000


def worded(refused: Refused, piece: str, start: int) -> Refused:
    """A refusal in the words and with the place of python-hcl2, where that refuses the text too; else as it is.

    Args:
        refused: by the reader.
        piece: the block or attribute.
        start: its offset in the file.
    """
    if len(piece) > _LONGEST:
        return refused
    from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

    try:
        parser()(piece)
    except RecursionError:
        return refused
    except UnexpectedToken as error:
        at = start + (getattr(error, "pos_in_stream", None) or 0)
        shown = next(iter(str(error.token).split()), "end of line")
        return Refused(at, at + len(str(error.token).rstrip("\n").split("\n")[0]), f"unexpected '{shown}'")
    except UnexpectedCharacters as error:
        at = getattr(error, "pos_in_stream", None) or 0
        return Refused(start + at, start + at + 1, f"unexpected '{piece[at : at + 1]}'")
    except (UnexpectedEOF, UnexpectedInput):
        return Refused(start + max(0, len(piece) - 1), start + len(piece), "unexpected end of the block")
    return refused


@functools.lru_cache(maxsize=1)
def parser() -> Any:
    """The parser of python-hcl2.

    It keeps its compiled grammar beside itself; where that place cannot be written, each run would compile it anew (more than a second), so
    the file then goes to the user's cache directory.
    """
    from hcl2 import parser as module
    from hcl2.api import parses_to_tree

    if not module.PARSER_FILE.exists() and not os.access(module.PARSER_FILE.parent, os.W_OK):
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        place = os.path.join(home, "auditor")
        with contextlib.suppress(OSError):
            os.makedirs(place, exist_ok=True)
            module.PARSER_FILE = Path(place, f"hcl2-{sys.version_info.major}.{sys.version_info.minor}.bin")
    return parses_to_tree
