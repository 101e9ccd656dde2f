"""What loggers write before a line: times, hosts, names, levels, brackets.

Nothing is cut off: `starts_in` gives the places of a line at which a client's own mark may begin,
and a form is tried at each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from fakeservers.files.patterns import kept_regex

_CLOCK: Final = r"\d{1,2}:\d\d(?::\d\d(?:[.,:]\d+)?)?(?: ?[AP]M)?"
_ZONE: Final = (
    r"(?: ?(?:Z\b|[+-]\d\d:?\d\d\b|(?:UTC|GMT|WES?T|CES?T|EES?T|[ECMP][SD]T"
    r"|BST|IST|[JKHP]ST|MSK|PRC|AE[SD]T|NZ[SD]T|SGT|HKT|[AB]RT)(?=[\]\s:)]|$)))?"
)
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_DAY: Final = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?"
TIME: Final = kept_regex(
    rf"{_DAY}(?:"
    rf"\d{{4}}[-/.]\d\d[-/.]\d\d(?:[T ,]+{_CLOCK}{_ZONE})?"
    rf"|\d\d?[-/. ](?:\d\d|{_MONTH})[-/. ]\d{{2,4}}[ ,T:]+{_CLOCK}{_ZONE}"
    rf"|\d\d?-\d\d {_CLOCK}"
    rf"|{_MONTH} +\d{{1,2}},? (?:\d{{4}},? )?{_CLOCK}(?: \d{{4}})?{_ZONE}"
    rf"|{_CLOCK}{_ZONE}|\d{{9,19}}(?:\.\d+)?)(?![\w.])"
)
_HOST: Final = kept_regex(r" (?!\d+ )[\w.-]+ (?=[\w./-]{2,}(?:\[\d+\])?: )")
"""In a line of syslog, between the time and the program."""
_LEVEL: Final = (
    r"(?:(?i:trace|debug|info|notice|note|warn|warning|error|err|fatal|critical|crit|verbose|data)"
    r"\b(?:\[\d\])?:?|[VDIWEF](?=[ ,/]))"
)
_TOKEN: Final = kept_regex(
    r"\s+|<\d{1,3}>(?:\d )?"
    rf"|\[[^\[\]]{{0,120}}\]:?|\([\w .:#/-]{{1,40}}\):?|<[\w.#-]{{4,40}}>:?|\{{[\w-]{{1,40}}\}}"
    r"|[\w./@$#+-]{1,60}(?:\[[\w.-]+\])?(?: *\([\w ]+\))?:(?=\s|$)"
    rf"|{_LEVEL}(?=\W|$)"
    r"|[\w.-]{1,40} *\|(?=\s|$)|(?:stdout|stderr) [FP](?=\s)"
    r"|(?:-{1,4}|[-=]>|[|:,>*]|#?\d{1,7}|\d+\.\d+|0x[0-9a-f]+)(?=\s|$)"
    r"|[A-Z][A-Za-z]+\[[A-Z]+\]:"
)
_WHITE: Final = kept_regex(r"\s*")
_MOST_TOKENS: Final = 20


def starts_in(line: str) -> tuple[int, ...]:
    """Where something other than a logger's own words may begin, the beginning of the line first.
    White space is part of what stands before it."""
    places = [0]
    place = 0
    for _ in range(_MOST_TOKENS):
        found = TIME.match(line, place)
        if found:
            end = found.end()
            if host := _HOST.match(line, end):
                places.append(end + 1)
                end = host.end()
        elif token := _TOKEN.match(line, place):
            end = token.end()
        else:
            break
        white = _WHITE.match(line, end)
        place = white.end() if white else end
        if place >= len(line):
            break
        places.append(place)
    return tuple(dict.fromkeys(places))


_TELLING: Final = kept_regex(r"[\w.#-]*[\w]")
_NOT_TELLING: Final = kept_regex(rf"{_LEVEL}|stdout|stderr|[FP]")


def told_apart_by(lead: str) -> str:
    """What in the words before a line may name a connection: neither times nor levels."""
    words = _TELLING.findall(TIME.sub(" ", lead))
    return " ".join(word for word in words if not _NOT_TELLING.fullmatch(word))


_VARIES: Final = kept_regex(r"0x[0-9a-f]+|[0-9a-f]*\d[0-9a-f]{5,}|\d+", re.IGNORECASE)


def shape_of(lead: str) -> str:
    """The words before a line, without what varies from line to line."""
    return " ".join(_VARIES.sub("0", TIME.sub("T", lead)).split())


@dataclass(frozen=True)
class LogLine:
    """A line of a log, its number (the first is 1), and where a client's mark may begin in it."""

    number: int
    text: str
    starts: tuple[int, ...] = field(default=(0,))


def numbered(lines: list[str]) -> list[LogLine]:
    """The lines with what is known of each."""
    return list(_numbered(lines))


def _numbered(lines: list[str]) -> Iterator[LogLine]:
    for number, text in enumerate(lines, start=1):
        yield LogLine(number, text, starts_in(text) if text else (0,))
