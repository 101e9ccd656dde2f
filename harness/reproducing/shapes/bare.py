"""Dialogues without marks, as `openssl s_client` and a terminal leave them: the grammar tells who
spoke. Dovecot's rawlog, too: `I:` and `O:`, or a file for each direction, with times or without."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from fakeservers.wire.transcript import Direction
from harness.reproducing.below import happened
from harness.reproducing.dialogue import Utterance
from harness.reproducing.shapes import Shape, sign

_RAWLOG: Final = re.compile(
    r"\d{9,11}\.\d{1,9} (?:(?P<mark>[IO]): )?(?P<text>.*)|(?P<bare>[IO]): (?P<rest>.*)"
)
_SERVER: Final = re.compile(
    r"[2-5]\d\d(?:[ -]|$)(?!\S*:\S)|[*+] |\+$|[A-Za-z0-9._]{1,24} (?:OK|NO|BAD)[ \[]|[*] BYE\b"
)
_CLIENT: Final = re.compile(
    r"(?:EHLO|HELO|LHLO|MAIL FROM:|RCPT TO:|DATA$|AUTH |STARTTLS$|QUIT$|RSET$|NOOP$)"
    r"|[A-Za-z0-9._]{1,24} (?:CAPABILITY|LOGIN|AUTHENTICATE|STARTTLS|SELECT|EXAMINE|LIST|LSUB|NOOP"
    r"|LOGOUT|ID|NAMESPACE|STATUS|ENABLE|IDLE|UID|FETCH|SEARCH|APPEND)\b",
    re.IGNORECASE,
)
_LITERAL: Final = re.compile(r"\{\d+\+?\}$")
_NOISE: Final = re.compile(r"\d{3} - |\s")


def _read(lines: Iterable[str]) -> Iterator[Utterance]:
    grammar = Grammar()
    for line in lines:
        mark, text = _rawlog(line)
        if direction := grammar.who_said(text, mark):
            yield Utterance(direction, text)
        elif line.startswith("CONNECTED("):
            yield Utterance("*", "connecting")
        elif line.startswith("New, TLSv") or "Cipher is TLS" in line:
            yield Utterance("*", "tls")
        elif "verify error:num=" not in line:  # s_client goes on all the same
            yield from happened(line)


def _rawlog(line: str) -> tuple[Direction | None, str]:
    found = _RAWLOG.match(line)
    if not found:
        return None, line
    mark = found["mark"] or found["bare"]
    text = found["rest"] if found["bare"] else found["text"]
    return ("C" if mark == "I" else "S") if mark else None, text


class Grammar:
    """Tells, line by line, who must have spoken."""

    def __init__(self) -> None:
        self._asked = False
        """For something that is no command: a response to a challenge, or a literal."""

    def who_said(self, line: str, known: Direction | None = None) -> Direction | None:
        """The client or the server; None: neither, as far as the grammar tells."""
        direction = known or self._told(line)
        if direction == "S":
            self._asked = line.startswith(("334", "+"))
        elif direction == "C":
            self._asked = _LITERAL.search(line) is not None
        return direction

    def _told(self, line: str) -> Direction | None:
        if _NOISE.match(line):
            return None
        if _SERVER.match(line):
            return "S"
        return "C" if _CLIENT.match(line) or (self._asked and line) else None


BARE: Final = Shape(
    "a bare dialogue",
    sign(
        r"^(?:\d{9,11}\.\d+ )?(?:[IO]: )?(?:[2-5]\d\d[ -]|\* (?:OK|NO|BAD|BYE|PREAUTH|CAPABILITY)\b"
        r"|[A-Za-z0-9._]{1,24} (?:OK|NO|BAD)[ \[])"
    ),
    _read,
)


_DEBUG: Final = re.compile(r"DEBUG:? ?(?P<protocol>IMAPS?|SMTPS?)?:? ?(?P<text>.*)")
_SUPPRESSED: Final = re.compile(r"(?:AUTHENTICATE|AUTH|LOGIN)\b.* command trace suppressed")
_RESULT: Final = re.compile(r"(?:AUTHENTICATE|AUTH|LOGIN)\b.* command result: (?P<reply>.*)")


def _read_debug(lines: Iterable[str]) -> Iterator[Utterance]:
    grammar = Grammar()
    for line in lines:
        if found := _DEBUG.match(line):
            yield from _debug(found["text"])
        elif direction := grammar.who_said(line):
            yield Utterance(direction, line)
        else:
            yield from happened(line)


def _debug(text: str) -> Iterator[Utterance]:
    if text.startswith("trying to connect to host"):
        yield Utterance("*", "connecting")
        if "isSSL true" in text:
            yield Utterance("*", "tls")
    elif _SUPPRESSED.match(text):
        yield Utterance("*", "suppressed")
    elif found := _RESULT.match(text):
        yield Utterance("S", found["reply"])


JAVAMAIL: Final = Shape(
    "JavaMail debug", sign(r"^DEBUG:? ?(?:IMAPS?|SMTPS?|J\w+Mail|Jakarta)\b"), _read_debug
)
"""JavaMail and Jakarta Mail with `mail.debug`: bare lines among those that begin with `DEBUG`."""
