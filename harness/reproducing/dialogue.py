"""The normal form of evidence: what was said on each connection, in order, and what happened."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from fakeservers.files.patterns import kept_regex
from fakeservers.wire.entries import Direction
from harness.taxonomy import Protocol, Stage

Happening = Literal[
    "connecting", "tls", "closed", "reset", "timeout", "refused", "unreachable", "dns-not-found",
    "dns-temporary", "tls-error", "verify-error", "failed", "suppressed",
]  # fmt: skip
"""`failed`: a client says so, without the server's words. `suppressed`: the client sent
credentials, and left them out of its log."""
Ending = Literal["closed", "reset", "timeout"]
"""How a connection ends that had begun."""
ENDINGS: Final[dict[str, Ending]] = {each: each for each in get_args(Ending)}

_GREETING: Final = kept_regex(r"220[ -]|\* (?:OK|PREAUTH)\b")
_OF_A_MAILBOX: Final = kept_regex(r"\* OK \[(?!CAPABILITY|ALERT)")
_IMAP: Final = kept_regex(
    r"[*+] |\S+ (?:OK|NO|BAD)\b|\S+ (?:CAPABILITY|LOGIN|AUTHENTICATE)\b", re.I
)
_SMTP: Final = kept_regex(r"[2-5]\d\d(?:[ -]|$)|(?:EHLO|HELO|LHLO|MAIL FROM|RCPT TO|AUTH)\b", re.I)


@dataclass(frozen=True)
class Inferred:
    """What a server would have said, as its own log tells what it did: a named reply."""

    dialect: str
    protocol: Protocol
    stage: Stage
    reply: str


@dataclass(frozen=True)
class Utterance:
    """One line of the protocol, without its line end; or (`*`) what happened, by its id, with
    details in `about`. `connection` tells connections apart where the log does."""

    direction: Direction
    text: str
    connection: str = ""
    about: str = ""
    protocol: Protocol | None = None
    inferred: Inferred | None = None
    number: int = 0
    """Of its line in the log, or the part of one that was read, the first being 1; 0: unknown."""
    apart: str = ""
    """What stands before it in the log and may name the connection."""


@dataclass
class Dialogue:
    """One connection."""

    said: list[Utterance] = field(default_factory=list)

    @property
    def protocol(self) -> Protocol | None:
        """What is spoken on it, as far as that can be told."""
        for line in self.said:
            if line.protocol:
                return line.protocol
            if line.direction != "*" and _SMTP.match(line.text):
                return "smtp"
            if line.direction != "*" and _IMAP.match(line.text):
                return "imap"
        return None

    @property
    def text(self) -> str:
        """All that is said, line by line."""
        return "\n".join(line.text for line in self.said)

    @property
    def greeting(self) -> list[str]:
        """What the server began with, if that was a greeting."""
        lines: list[str] = []
        for line in self.said:
            if line.direction == "C" or (lines and not lines[-1].startswith("220-")):
                break
            if line.direction == "S":
                lines.append(line.text)
        return lines if lines and _GREETING.match(lines[0]) else []


def dialogues(said: Iterable[Utterance]) -> list[Dialogue]:
    """What was said, connection by connection, in the order in which they began."""
    every: list[Dialogue] = []
    current: dict[str, Dialogue] = {}
    for line in said:
        dialogue = current.get(line.connection)
        if dialogue is None or _begins_anew(dialogue, line):
            dialogue = current[line.connection] = Dialogue()
            every.append(dialogue)
        dialogue.said.append(line)
    return every


def _begins_anew(dialogue: Dialogue, line: Utterance) -> bool:
    if not any(before.direction != "*" for before in dialogue.said):
        return False
    if line.direction == "*":
        return line.text == "connecting"
    if line.direction == "C" or not _GREETING.match(line.text):
        return False
    if not line.text.startswith("220"):
        return not _OF_A_MAILBOX.match(line.text) and not _is_waited_for(dialogue)
    last = dialogue.said[-1]
    answers = last.direction == "C" and last.text.upper().startswith("STARTTLS")
    return not answers and not last.text.startswith("220-")


def _is_waited_for(dialogue: Dialogue) -> bool:
    """Whether the client of IMAP waits for an answer still."""
    for line in reversed(dialogue.said):
        if line.direction == "S" and line.text[:2] not in ("* ", "+ "):
            return False
        if line.direction == "C":
            return True
    return True
