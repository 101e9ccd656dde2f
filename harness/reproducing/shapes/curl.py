"""`curl -v`, also with `--trace-time`: `<` and `>` before lines, `*` before what happens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.reproducing.dialogue import Said
from harness.reproducing.shapes.base import Shape, sign
from harness.reproducing.shapes.happenings import happened

_TIME: Final = r"(?:\d\d:\d\d:\d\d\.\d+ )?"
_LINE: Final = re.compile(rf"{_TIME}(?:\[\S+\] )?(?P<mark>[<>*]) (?P<text>.*)")
_DIRECTION: Final = {"<": "S", ">": "C"}


def _read(lines: Iterable[str]) -> Iterator[Said]:
    for line in lines:
        found = _LINE.match(line)
        if found and found["mark"] == "<":
            yield Said("S", found["text"])
        elif found and found["mark"] == ">":
            yield Said("C", found["text"])
        elif found and re.match(r" *Trying ", found["text"]):
            yield Said("*", "connecting")
        elif found and found["text"].startswith("SSL connection using"):
            yield Said("*", "tls")
        elif found or line.startswith("curl: ("):
            yield from happened(line)


_SERVER: Final = r"< (?:[2-5]\d\d[ -]|\* |\S+ (?:OK|NO|BAD) )"
SHAPE: Final = Shape(
    "curl -v",
    sign(rf"^{_TIME}(?:\* +(?:Trying|Connected to|Host|Closing)|{_SERVER})|^curl: \("),
    _read,
)
