"""JSON in lines, as pino and bunyan write it: imapflow (`src`) and nodemailer (`tnx`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from fakeservers.wire.transcript import Direction
from harness.reproducing.below import happened
from harness.reproducing.dialogue import Utterance
from harness.reproducing.shapes import Shape

_FROM: Final[dict[str, Direction]] = {"s": "S", "server": "S", "c": "C", "client": "C"}
_RAW: Final = ("read from socket", "write to socket")
"""The same lines once more, in base64."""


def _read(lines: Iterable[str]) -> Iterator[Utterance]:
    for line in lines:
        entry = _parsed(line)
        if entry is None:
            yield from happened(line)
            continue
        message = entry.get("msg")
        connection = str(entry.get("cid") or entry.get("sid") or "")
        direction = _FROM.get(str(entry.get("src") or entry.get("tnx")))
        if not isinstance(message, str) or message in _RAW:
            continue
        if direction:
            for each in message.splitlines() or [""]:
                yield Utterance(direction, each, connection)
        elif "ecure" in message and "connection" in message.lower():
            yield Utterance("*", "tls", connection)
        else:
            yield from (replace(said, connection=connection) for said in happened(line))


def _parsed(line: str) -> dict[str, Any] | None:
    start = line.find("{")
    if start < 0:
        return None
    try:
        entry = json.loads(line[start:])
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


SHAPE: Final = Shape(
    "JSON of imapflow or nodemailer",
    re.compile(r'"(?:src|tnx)" ?: ?"(?:s|c|server|client|connection|network)"'),
    _read,
)
