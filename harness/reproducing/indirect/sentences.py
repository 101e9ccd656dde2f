"""What people and products say in a sentence of their own, in whatever language: that a log-in
failed, or a connection, of which protocol. For where nothing else is found in a text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from harness.classify.glossary.translation import in_our_words
from harness.reproducing.dialogue import Utterance
from harness.reproducing.forms.leads import LogLine
from harness.taxonomy import Protocol

_ENDS: Final = re.compile(r"(?<=[.!?:;])\s+|[\u3002\uff01\uff1f\uff1b]\s*")
_FAILS: Final = (
    r"(?:\bfail(?:s|ed|ing|ure)?\b|\bcould(?:n't| not)\b|\bcan(?:'t| ?not)\b|\bunable\b"
    r"|てきませ|수 없|\berror (?:while |when )?(?=connecting\b|logging\b|login\b|authenticating\b)"
    r"|\binvalid (?=authentication\b|login\b)"
    r"|\bproblems? (?:in|with) (?:the )?(?:imap |smtp )?(?=auth|login|connect))"
)
_LOG_IN: Final = r"\b(?:(?:imap|smtp)?login|log in|logging in|authenticat\w*|sign in)\b"
_CONNECTS: Final = r"\bconnect(?:ion|ing)?\b"
_BETWEEN: Final = r"\W*(?:[^\W_]+\W+){0,6}?"
"""Some words, so that what failed is what is named."""


def _fails(what: str) -> re.Pattern[str]:
    return re.compile(f"{what}{_BETWEEN}{_FAILS}|{_FAILS}{_BETWEEN}{what}")


_TOLD: Final = {"login": _fails(_LOG_IN), "connection": _fails(_CONNECTS)}
_IS_NOT_SAID: Final = re.compile(
    r"\b(?:if|when(?! (?:send|connect|fetch|receiv|log)\w*ing\b)|whenever|after|before|should"
    r"|would|expected|feature|support for|wenn|falls|si_"
    r"|quand|lorsque|cuando|если|quando|如果|i|we|ich|wir|je|nous|success\w*|succeed\w*)\b"
)
"""What may happen, or ought to, has not; and who says that he cannot log in may mean any of it."""
_NAMES: Final = re.compile(r"(?<![a-z])(imap|smtp)(?![a-z])")
_PORT: Final = re.compile(r"\bports?\b[^.]{0,25}?\b(993|143|465|587|25)\b")
_PORTS: Final = {"993": "imap", "143": "imap", "465": "smtp", "587": "smtp", "25": "smtp"}
_SENDS: Final = re.compile(
    r"\b(?:send\w*|sent|envoi\w*|envoy\w*|senden|versand\w*|enviar\w*|inviare|invio|отправ\w*)"
    r"|发送|發送|送信|보내"
)


def read_sentences(lines: Iterable[LogLine]) -> list[Utterance]:
    """What such sentences tell of a failure, in the words of `general.yaml`."""
    found = list(lines)
    every = words_of(found)
    return [each for line in found for each in _in_line(line, every)]


def protocol_of(line: str, every: Callable[[], str]) -> Protocol | None:
    """The protocol that a line is about, as it or all of a text tells; of both, that which is
    checked first."""
    words = in_our_words(line)
    told = _protocol(words, words, every)
    return told or ("imap" if "imap" in _named(every()) else None)


def words_of(lines: Sequence[LogLine]) -> Callable[[], str]:
    """All of a text in our words, once somebody asks for them."""

    @functools.cache
    def every() -> str:
        return " ".join(in_our_words(line.text) for line in lines)

    return every


def _in_line(line: LogLine, every: Callable[[], str]) -> Iterator[Utterance]:
    for sentence in _ENDS.split(line.text):
        words = in_our_words(sentence)
        what = next((name for name, told in _TOLD.items() if told.search(words)), None)
        if not what or _IS_NOT_SAID.search(words):
            continue
        if protocol := _protocol(words, in_our_words(line.text), every):
            about = f"{protocol.upper()} {what} failed"
            yield Utterance("*", "failed", about=about, protocol=protocol, number=line.number)


def _protocol(sentence: str, line: str, every: Callable[[], str]) -> Protocol | None:
    """The one that the sentence names, else all that the text does; where its line is about
    sending, SMTP."""
    names = _named(sentence) or _named(every())
    if len(names) == 1:
        return "imap" if names == {"imap"} else "smtp"
    return "smtp" if not names and _SENDS.search(line) else None


def _named(words: str) -> set[str]:
    return set(_NAMES.findall(words)) or {_PORTS[port] for port in _PORT.findall(words)}
