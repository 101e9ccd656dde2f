"""Words that somebody quotes, without tag, status and code, and that no dialect has. For where
nothing else says what failed.

They count only where a rule of the classification knows what they mean. Whether a server said them,
or the client of itself, they do not tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from fakeservers.files.patterns import kept_regex
from harness.classify.runtimes import protocol_in
from harness.contract.diagnosis import Diagnosis
from harness.reproducing.forms.leads import LogLine
from harness.reproducing.indirect.sentences import protocol_of, words_of
from harness.reproducing.stages.diagnosed import diagnose
from harness.reproducing.stages.guess import guess_stage
from harness.taxonomy import Cause, Protocol, Stage

_QUOTED: Final = kept_regex(
    r"(?<!=)\"([^\"]{12,240})\"|`([^`]{12,240})`|\u201c([^\u201d]{12,240})\u201d"
    r"|\u201e([^\u201c\u201d]{12,240})[\u201c\u201d]|\u00ab ?([^\u00bb]{12,240})\u00bb"
    r"|\u300c([^\u300d]{6,120})\u300d"
)
_SAYS: Final = kept_regex(
    r"(?:\berrors?(?: messages?)?|\bsays|\bsaid|\brespon\w+|\breturn\w+|\brepl\w+|报错|错误|エラー"
    r"|fehler\w*|erreur|errore|erro)(?: (?:is|was|ist|est))?\s*[:\uff1a]\s*(.{12,240})$",
    re.IGNORECASE,
)
_OF_A_PERSON: Final = kept_regex(r"\b(?:i|we|my|our|ich|wir|je|nous)\b|\?\s*$|https?:", re.I)
_TELLING: Final[frozenset[Cause]] = frozenset(
    {
        "app-password-required", "client-id-required", "quota-exceeded", "too-many-connections",
        "rate-limited", "account-locked", "imap-disabled", "smtp-auth-disabled",
        "web-login-required", "basic-auth-disabled", "relay-denied", "sender-not-allowed",
        "recipient-rejected", "authentication-required", "message-too-large", "ip-blocked",
        "auth-mechanism-unsupported",
    }
)  # fmt: skip
"""Causes that words tell by themselves. None blames what was typed: that takes a server's words."""
_MOST_LINES: Final = 200
"""Longer texts are logs: nobody quotes there, and their fields are many."""
_BY_WORDS: Final = ("provider-text", "generic-text")


class Quotation(NamedTuple):
    """What quoted words say. `number`: of their line."""

    number: int
    stage: Stage
    diagnosis: Diagnosis


def read_quotations(lines: Sequence[LogLine], known: Protocol | None) -> Iterator[Quotation]:
    """What is quoted in these lines, or shown after "error:", and is understood. `known`: the
    protocol, where somebody knows it."""
    every = words_of(lines)
    for line in lines if len(lines) <= _MOST_LINES else ():
        for words in _words_in(line.text):
            protocol = known or protocol_of(line.text, every) or protocol_in([words])
            if protocol and (found := _understood(words, line, protocol)):
                yield found


def _words_in(text: str) -> Iterator[str]:
    quoted = [next(filter(None, found.groups())) for found in _QUOTED.finditer(text)]
    said = _SAYS.search(text)
    for words in map(str.strip, [*quoted, said[1]] if said else quoted):
        if (" " in words or "=" in words) and not _OF_A_PERSON.search(words):
            yield words


def _understood(words: str, line: LogLine, protocol: Protocol) -> Quotation | None:
    text = f"a1 NO {words}" if protocol == "imap" else words
    stage = guess_stage(protocol, [text], line.text.replace(words, " "))
    diagnosis = diagnose(stage, [text], None)
    if diagnosis.cause not in _TELLING or diagnosis.confidence not in _BY_WORDS:
        return None
    return Quotation(line.number, stage, diagnosis)
