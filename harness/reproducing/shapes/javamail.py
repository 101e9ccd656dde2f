"""JavaMail and Jakarta Mail with `mail.debug`: bare lines among those that begin with `DEBUG`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.reproducing.below import happened
from harness.reproducing.dialogue import Utterance
from harness.reproducing.shapes import Shape, sign
from harness.reproducing.shapes.bare import Grammar

_DEBUG: Final = re.compile(r"DEBUG:? ?(?P<protocol>IMAPS?|SMTPS?)?:? ?(?P<text>.*)")
_SUPPRESSED: Final = re.compile(r"(?:AUTHENTICATE|AUTH|LOGIN)\b.* command trace suppressed")
_RESULT: Final = re.compile(r"(?:AUTHENTICATE|AUTH|LOGIN)\b.* command result: (?P<reply>.*)")


def _read(lines: Iterable[str]) -> Iterator[Utterance]:
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


SHAPE: Final = Shape(
    "JavaMail debug", sign(r"^DEBUG:? ?(?:IMAPS?|SMTPS?|J\w+Mail|Jakarta)\b"), _read
)
