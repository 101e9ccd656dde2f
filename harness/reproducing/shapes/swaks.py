"""swaks: `<-` and `->`, inside TLS `<~` and `~>`; `<**` and `<~*` before what it did not expect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.reproducing.below import happened
from harness.reproducing.dialogue import Utterance
from harness.reproducing.shapes import Shape, sign

_SERVER: Final = re.compile(r"<[-~*][* ] (?P<text>.*)")
_CLIENT: Final = re.compile(r" (?:[-~*]>|\*\*>) (?P<text>.*)")


def _read(lines: Iterable[str]) -> Iterator[Utterance]:
    for line in lines:
        if found := _SERVER.match(line):
            yield Utterance("S", found["text"])
        elif found := _CLIENT.match(line):
            yield Utterance("C", found["text"])
        elif line.startswith("=== Trying"):
            yield Utterance("*", "connecting")
        elif line.startswith("=== TLS started"):
            yield Utterance("*", "tls")
        else:
            yield from happened(line)


SHAPE: Final = Shape("swaks", sign(r"^=== (?:Trying|Connected)|^<[-~*][* ] +[2-5]\d\d"), _read)
