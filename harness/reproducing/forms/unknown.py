"""A form that nobody has described: found by its structure.

Of what stands before the lines of a log, one beginning has commands behind it and the other
replies or tagged responses. Where the two alternate, it is known who is who.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from fakeservers.files.patterns import kept_regex
from fakeservers.wire.entries import Direction
from harness.reproducing.dialogue import Utterance
from harness.reproducing.forms.grammar import from_client, from_server
from harness.reproducing.forms.leads import LogLine, shape_of, told_apart_by
from harness.reproducing.forms.quoting import spoken_lines

_LONGEST_MARK: Final = 120
_MOST_LINES: Final = 8_000
_EXPECTED: Final = kept_regex(r"\b(?:code|expected|got)\W*$", re.IGNORECASE)
"""Before a code that a client names, and nobody said."""
_PLACE: Final = kept_regex(r"(?<![\w*+])(?=[\w*+])")
_STRICT_SERVER: Final = kept_regex(
    r"(?:220|221|235|250|334|354|4[2-5]\d|5[0-5]\d)[ -]|\* (?:OK|NO|BAD|BYE|PREAUTH|CAPABILITY)\b"
    r"|\+ |(?=[\w.-]*\d)[\w.-]{1,24} (?:OK|NO|BAD) "
)
_STRICT_CLIENT: Final = kept_regex(
    r"(?:EHLO|HELO|LHLO) \S|MAIL FROM:|RCPT TO:|AUTH [A-Z]|STARTTLS\W*$|DATA\W*$|QUIT\W*$"
    r"|(?!\d{3} (?-i:status)\b)(?=[\w.-]*\d)[\w.-]{1,24}"
    r" (?:LOGIN|AUTHENTICATE|CAPABILITY|SELECT|EXAMINE|LIST|ID|NOOP|LOGOUT|STARTTLS|NAMESPACE"
    r"|ENABLE|UID|FETCH|STATUS)\b",
    re.IGNORECASE,
)
"""A sentence may tell of a "200 status", which is no command."""


def discovered(lines: Sequence[LogLine]) -> list[Utterance]:
    """What was said, where the structure of the log tells who spoke; else nothing."""
    lines = lines[-_MOST_LINES:]
    server, client = Counter[str](), Counter[str]()
    for line in lines:
        server.update(_marks(_STRICT_SERVER, line.text))
        client.update(_marks(_STRICT_CLIENT, line.text))
    heard = _best(server, client)
    sent = _best(client, server)
    if heard is None or sent is None or heard == sent:
        return []
    said = list(_read(lines, heard, sent))
    return said if _alternates(said) else []


def _marks(strict: re.Pattern[str], text: str) -> Iterator[str]:
    for place in _PLACE.finditer(text, 0, _LONGEST_MARK):
        if strict.match(text, place.start()) and not _EXPECTED.search(text, 0, place.start()):
            yield shape_of(text[: place.start()])
            return


def _best(wanted: Counter[str], other: Counter[str]) -> str | None:
    found = [mark for mark, times in wanted.most_common() if times > other[mark] and mark]
    return found[0] if found else None


def _read(lines: Sequence[LogLine], heard: str, sent: str) -> Iterator[Utterance]:
    for line in lines:
        if (found := _spoken(line.text, heard, sent)) is None:
            continue
        who, place = found
        apart = told_apart_by(line.text[:place])
        for text in spoken_lines(_unquoted(line.text, place)):
            if who == "C" or from_server(text):
                yield Utterance(who, text, number=line.number, apart=apart)


def _spoken(text: str, heard: str, sent: str) -> tuple[Direction, int] | None:
    for place in _PLACE.finditer(text, 0, _LONGEST_MARK):
        shape = shape_of(text[: place.start()])
        if shape == heard:
            return "S", place.start()
        if shape == sent:
            return "C", place.start()
    return None


def _unquoted(text: str, place: int) -> str:
    """Without the quotation mark at the end, where one stands before it."""
    quote = text[place - 1 : place]
    said = text[place:].rstrip()
    if quote not in ("'", '"', "`"):
        return said
    return re.sub(rf"{quote}[,;)\]}}]*$", "", said)


def _alternates(said: list[Utterance]) -> bool:
    """Whether both spoke, twice at least, and most commands were answered before the next: what is
    tagged after the command with this tag. A command behind all replies is a key of an error that
    quotes both."""
    asked: set[str] = set()
    for each in said:
        tag = each.text.partition(" ")[0]
        if each.direction == "C":
            asked.add(tag)
        elif from_server(each.text) == "imap" and tag not in ("*", "+") and tag not in asked:
            return False
    turns = [each.direction for each in said if from_server(each.text) or from_client(each.text)]
    changes = sum(one != other for one, other in pairwise(turns))
    fewest = min(turns.count("C"), turns.count("S"))
    return fewest > 0 and "S" in turns[turns.index("C") :] and changes * 4 >= fewest
