"""Lines with a name in the first column, as a terminal shows them."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from typing import Final

_COLUMNS: Final = re.compile(r" {8,}| *\S+(?: \S+){0,2}  +")


def fitted(line: str, column: int | None = None) -> str:
    """On a terminal, wrapped at words, with what is in the second column kept there. `column`: at
    which letter that begins; None: it is found."""
    if not sys.stdout.isatty():
        return line
    if column is None:
        columns = _COLUMNS.match(line)
        column = columns.end() if columns else 0
    width = shutil.get_terminal_size().columns
    return textwrap.fill(
        line, width, subsequent_indent=" " * column, break_long_words=False, break_on_hyphens=False
    )
