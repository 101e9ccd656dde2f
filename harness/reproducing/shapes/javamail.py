"""JavaMail and Jakarta Mail with `mail.debug`: bare lines among those that begin with `DEBUG`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.reproducing.dialogue import Said
from harness.reproducing.shapes.bare import Grammar
from harness.reproducing.shapes.base import Shape, sign
from harness.reproducing.shapes.happenings import happened

_DEBUG: Final = re.compile(r"DEBUG:? ?(?P<protocol>IMAPS?|SMTPS?)?:? ?(?P<text>.*)")
_SUPPRESSED: Final = re.compile(r"(?:AUTHENTICATE|AUTH|LOGIN)\b.* command trace suppressed")
_RESULT: Final = re.compile(r"(?:AUTHENTICATE|AUTH|LOGIN)\b.* command result: (?P<reply>.*)")


def _read(lines: Iterable[str]) -> Iterator[Said]:
    grammar = Grammar()
    for line in lines:
        if found := _DEBUG.match(line):
            yield from _debug(found["text"])
        elif direction := grammar.who_said(line):
            yield Said(direction, line)
        else:
            yield from happened(line)


def _debug(text: str) -> Iterator[Said]:
    if text.startswith("trying to connect to host"):
        yield Said("*", "connecting")
        if "isSSL true" in text:
            yield Said("*", "tls")
    elif _SUPPRESSED.match(text):
        yield Said("*", "suppressed")
    elif found := _RESULT.match(text):
        yield Said("S", found["reply"])


SHAPE: Final = Shape(
    "JavaMail debug", sign(r"^DEBUG:? ?(?:IMAPS?|SMTPS?|J\w+Mail|Jakarta)\b"), _read
)
