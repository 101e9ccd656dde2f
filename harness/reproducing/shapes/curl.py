"""`curl -v`, also with `--trace-time`: `<` and `>` before lines, `*` before what happens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.reproducing.below import happened
from harness.reproducing.dialogue import Utterance
from harness.reproducing.shapes import Shape, sign

_TIME: Final = r"(?:\d\d:\d\d:\d\d\.\d+ )?"
_LINE: Final = re.compile(rf"{_TIME}(?:\[\S+\] )?(?P<mark>[<>*]) (?P<text>.*)")
_DIRECTION: Final = {"<": "S", ">": "C"}


def _read(lines: Iterable[str]) -> Iterator[Utterance]:
    for line in lines:
        found = _LINE.match(line)
        if found and found["mark"] == "<":
            yield Utterance("S", found["text"])
        elif found and found["mark"] == ">":
            yield Utterance("C", found["text"])
        elif found and re.match(r" *Trying ", found["text"]):
            yield Utterance("*", "connecting")
        elif found and found["text"].startswith("SSL connection using"):
            yield Utterance("*", "tls")
        elif found or line.startswith("curl: ("):
            yield from happened(line)


_SERVER: Final = r"< (?:[2-5]\d\d[ -]|\* |\S+ (?:OK|NO|BAD) )"
SHAPE: Final = Shape(
    "curl -v",
    sign(rf"^{_TIME}(?:\* +(?:Trying|Connected to|Host|Closing)|{_SERVER})|^curl: \("),
    _read,
)
