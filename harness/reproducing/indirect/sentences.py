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
    r"|てきませ|수 없|\bnot possible\b|(?<=connection )error\b|(?<=authentication )error\b"
    r"|\berror (?:\S{1,5} ){0,2}?(?=connect|logging\b|login\b|authenticat)"
    r"|\binvalid (?=authentication\b|login\b)"
    r"|\bproblems? (?:in|with) (?:the )?(?:imap |smtp )?(?=auth|login|connect))"
)
_BETWEEN: Final = r"\W*(?:[^\W_]+\W+){0,6}?"
"""Some words, so that what failed is what is named."""
_SERVER: Final = r"\b(?:server|host|hostname)\b(?:\W+(?:imap|smtp|is|was|are|did|does)\b)*\W+"
_PROTOCOL: Final = r"\b(?:imap|smtp)(?:\W+server)?\W+"


def _together(what: str, happened: str) -> str:
    return f"{what}{_BETWEEN}{happened}|{happened}{_BETWEEN}{what}"


_LOG_IN: Final = r"\b(?:(?:imap|smtp)?login|log in|logging in|authenticat\w*|sign in)\b"
_PASSWORD: Final = r"\b(?:credentials?|username|user|password|login)\b"
_WRONG: Final = r"\b(?:incorrect|invalid|wrong|rejected|not accepted)\b"
_CONNECTS: Final = r"\bconnect(?:ion|ing)?\b"
_TIMES_OUT: Final = r"\btime(?:d|s)?[ -]?out\b"
_REFUSED: Final = r"\b(?:refused|rejected)\b"
_OPENS: Final = rf"{_FAILS}{_BETWEEN}\b(?:select|open)"
_OUTCOMES: Final = {
    "connection timed out": (
        _together(_CONNECTS, _TIMES_OUT),
        rf"^\W*{_PROTOCOL}{_TIMES_OUT}\W*$",
        rf"{_SERVER}(?:not respond|no response)|\bno response from\b",
    ),
    "connection refused": (_together(_CONNECTS, r"\brefused\b"),),
    "connection lost": (
        rf"{_CONNECTS}\W+(?:was )?(?:lost|dropped|closed (?:by|unexpectedly))\b",
        rf"{_SERVER}closed the connection",
    ),
    "could not resolve host": (
        rf"{_SERVER}(?:can not be resolved|not found|does not exist)",
        rf"\bunknown {_PROTOCOL}host",
    ),
    "login failed": (_together(_LOG_IN, _FAILS), _together(_PASSWORD, _WRONG)),
    "connection failed": (
        _together(_CONNECTS, _FAILS),
        rf"{_FAILS} reach\b",
        rf"{_SERVER}(?:unreachable|not reachable|not available|can not access)",
    ),
    "recipient refused": (_together(r"\brecipients?\b", _REFUSED),),
    "sender refused": (_together(r"\bsender\b", _REFUSED),),
    "folder not opened": (_together(r"\b(?:folder|mailbox)\b", _OPENS),),
}
"""What is told, in the words of `general.yaml`, by how it is said; the first that fits."""
_TOLD: Final = {outcome: re.compile("|".join(said)) for outcome, said in _OUTCOMES.items()}
_ONLY: Final = {"recipient refused": "smtp", "sender refused": "smtp", "folder not opened": "imap"}
_IS_NOT_SAID: Final = re.compile(
    r"\b(?:must|if|when(?! (?:send|connect|fetch|receiv|log)\w*ing\b)|whenever|after|before|should"
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
        protocol = _protocol(words, in_our_words(line.text), every)
        if protocol and _ONLY.get(what, protocol) == protocol:
            about = f"{protocol.upper()} {what}"
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
