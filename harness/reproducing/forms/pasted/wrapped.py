"""Lines that a terminal, a mail program or a bounce has broken, as they were written."""

from __future__ import annotations

import itertools
from typing import Final

from fakeservers.files.patterns import kept_regex
from harness.reproducing.forms.leads import starts_in

_PADDING: Final = kept_regex(r"(?<=\S) {40,}(?=\S)")


def without_padding(lines: list[str]) -> list[str]:
    """Lines that a terminal broke, with the rest of its width in spaces."""
    return [_PADDING.sub("", line) for line in lines]


_LIKELY_WIDTHS: Final = range(60, 400)
_USUAL_WIDTHS: Final = (80, 100, 120, 132, 160, 200)


def unwrapped(lines: list[str]) -> list[str]:
    """Pasted that a terminal broke at its width: the longest have all the same length."""
    lengths = [len(line) for line in lines]
    width = max(lengths, default=0)
    times = lengths.count(width)
    if width not in _LIKELY_WIDTHS or times < (2 if width in _USUAL_WIDTHS else 3):
        return lines
    found: list[str] = []
    goes_on = False
    for line, length in zip(lines, lengths, strict=True):
        if goes_on and len(starts_in(line)) == 1:
            found[-1] += line
        else:
            found.append(line)
        goes_on = length == width
    return found


_BOUNCE_BEGINS: Final = kept_regex(r"\b(?:said|refused to talk to me): +[2-5]\d\d[ -]")
_BOUNCE_ENDS: Final = kept_regex(r"\(in reply to [^()]*\)")
_MOST_WRAPPED: Final = 12


def bounces_unwrapped(lines: list[str]) -> list[str]:
    """What a bounce of Postfix quotes of a server, which is wrapped."""
    found: list[str] = []
    left = 0
    for place, line in enumerate(lines):
        if left:
            found[-1] += f" {_inner(line)}"
            left -= 1
            continue
        found.append(line)
        left = _goes_on_for(lines[place : place + _MOST_WRAPPED])
    return found


def _inner(line: str) -> str:
    """Without what stands before a line that is further in, or quoted once more."""
    return line.lstrip("> \t").rstrip()


def _goes_on_for(lines: list[str]) -> int:
    """Over how many lines behind the first the reply in it goes on: up to the command that it is
    to, else those that stand further in."""
    if not _BOUNCE_BEGINS.search(lines[0]):
        return 0
    text = ""
    for number, line in enumerate(lines):
        text += f" {_inner(line)}"
        if _BOUNCE_ENDS.search(text):
            return number
        if not _inner(line):
            break
    further = (line[:1].isspace() and bool(line.strip()) for line in lines[1:])
    return sum(1 for _ in itertools.takewhile(bool, further))


_CODES_END: Final = kept_regex(r"(?<![\d.])[45]\d\d[ -][45]\.\d{1,3}\.\d{1,3}\s*$")
_WORDS_BEGIN: Final = kept_regex(r"\s*(?![45]\d\d[ -])[^\W\d_][\w.]+[ .:;]")


def codes_unwrapped(lines: list[str]) -> list[str]:
    """A reply whose codes end a line, and whose words begin the next."""
    found: list[str] = []
    for line in lines:
        if found and _CODES_END.search(found[-1]) and _WORDS_BEGIN.match(line):
            found[-1] = f"{found[-1].rstrip()} {line.strip()}"
        else:
            found.append(line)
    return found


_EXIM_BEGINS: Final = kept_regex(
    r"SMTP error from remote mail server after [^:]*:(?:\s*<[^>]*>:)?\s*$"
)
_EXIM_GOES_ON: Final = kept_regex(r"\s*(?:host \S+ \[[^\]]*\]:?(?: |$)|[45]\d\d[ -])")


def exim_unwrapped(lines: list[str]) -> list[str]:
    """What a bounce of Exim quotes of a server, which begins on a line of its own."""
    found: list[str] = []
    begun = False
    for line in lines:
        if begun and _EXIM_GOES_ON.match(line):
            found[-1] = f"{found[-1].rstrip()} {line.strip()}"
            continue
        begun = _EXIM_BEGINS.search(line) is not None
        found.append(line)
    return found


_ALERT_BEGINS: Final = kept_regex(r"\b(?:mail server responded|Mail-Server antwortete):")
_ALERT_ENDS: Final = kept_regex(r"\b(?:try\s+again|wiederholen)\b")
_MOST_OF_AN_ALERT: Final = 8


def alerts_unwrapped(lines: list[str]) -> list[str]:
    """What Thunderbird shows of a refusal, with its advice behind the server's words."""
    found: list[str] = []
    place = 0
    while place < len(lines):
        alert = _alert(lines[place : place + _MOST_OF_AN_ALERT])
        found.append(" ".join(map(str.strip, alert)) if alert else lines[place])
        place += len(alert) or 1
    return found


def _alert(lines: list[str]) -> list[str]:
    """Those that are one, which the first begins; none: it begins none."""
    if not _ALERT_BEGINS.search(lines[0]):
        return []
    parts = (" ".join(lines[:number]) for number in range(1, len(lines) + 1))
    ends = (number for number, text in enumerate(parts, start=1) if _ALERT_ENDS.search(text))
    alert = lines[: next(ends, 0)]
    return alert if all(map(str.strip, alert)) else []
