"""From bytes of a log to its lines: without colours, whatever the encodings and line ends are."""

from __future__ import annotations

import re
from typing import Final

from harness.classify.text import decode

LONGEST_LINE: Final = 16_384
"""In bytes. What is longer is cut: no server's answer is."""

_COLOURS: Final = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])"
)
_LINE_END: Final = re.compile(rb"\r*\n|\r")
_MOST_STRANGE: Final = 10
"""One character in so many may be none that is printed; in noise it is every third."""
_CONTROL: Final = {code: None for code in range(32) if code not in (1, 9)}
"""All control characters but the tab, and the one that parts the fields of an OAuth response."""


def lines_of(data: bytes) -> list[str]:
    """The lines of a part of a log, each decoded by itself. What is no text is left empty."""
    lines = (line[:LONGEST_LINE] for line in _LINE_END.split(_COLOURS.sub(b"", data)))
    return [_text(decode(line)) for line in lines]


def _text(line: str) -> str:
    if line.isprintable():
        return line
    strange = sum(not char.isprintable() for char in line) - line.count("\t") - line.count("\0")
    return "" if strange * _MOST_STRANGE > len(line) else line.translate(_CONTROL)
