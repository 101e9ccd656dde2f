"""swaks: `<-` and `->`, inside TLS `<~` and `~>`; `<**` and `<~*` before what it did not expect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.reproducing.dialogue import Said
from harness.reproducing.shapes.base import Shape, sign
from harness.reproducing.shapes.happenings import happened

_SERVER: Final = re.compile(r"<[-~*][* ] (?P<text>.*)")
_CLIENT: Final = re.compile(r" (?:[-~*]>|\*\*>) (?P<text>.*)")


def _read(lines: Iterable[str]) -> Iterator[Said]:
    for line in lines:
        if found := _SERVER.match(line):
            yield Said("S", found["text"])
        elif found := _CLIENT.match(line):
            yield Said("C", found["text"])
        elif line.startswith("=== Trying"):
            yield Said("*", "connecting")
        elif line.startswith("=== TLS started"):
            yield Said("*", "tls")
        else:
            yield from happened(line)


SHAPE: Final = Shape("swaks", sign(r"^=== (?:Trying|Connected)|^<[-~*][* ] +[2-5]\d\d"), _read)
