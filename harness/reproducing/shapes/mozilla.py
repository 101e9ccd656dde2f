"""Thunderbird's MOZ_LOG (`IMAP:5`, `SMTP:5`), old and new.

The words are those of comm-central's nsImapProtocol.cpp (`SendData`, `CreateNewLineFromSocket`) and
nsSmtpProtocol.cpp (`SMTP Response`, `SMTP Send`); what SmtpClient.sys.mjs says has `C:` and `S:`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.reproducing.below import happened
from harness.reproducing.dialogue import Direction, Utterance
from harness.reproducing.shapes import Shape, sign

_IMAP: Final = re.compile(
    r".*?(?P<connection>\w{6,}):[^:\s]*:(?P<state>[^:]*):"
    r"(?P<what>SendData|CreateNewLineFromSocket): ?(?P<text>.*)"
)
_SMTP: Final = re.compile(r".*?SMTP (?P<what>Send|Response): ?(?P<text>.*)")
_SUPPRESSED: Final = re.compile(r"[Ll]ogging suppressed")


def _read(lines: Iterable[str]) -> Iterator[Utterance]:
    for line in lines:
        if found := _IMAP.match(line):
            yield _said("C" if found["what"] == "SendData" else "S", found["text"], found[1])
        elif found := _SMTP.match(line):
            yield _said("C" if found["what"] == "Send" else "S", found["text"], "")
        elif "SMTP Connecting to" in line:
            yield Utterance("*", "connecting")
        else:
            yield from happened(line)


def _said(direction: Direction, text: str, connection: str) -> Utterance:
    if direction == "C" and _SUPPRESSED.search(text):
        return Utterance("*", "suppressed", connection)
    return Utterance(direction, text, connection)


SHAPE: Final = Shape(
    "MOZ_LOG", sign(r":(?:SendData|CreateNewLineFromSocket): |SMTP (?:Response|Send): "), _read
)
