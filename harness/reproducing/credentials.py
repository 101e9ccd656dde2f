"""The secrets in what a client said: whatever the way of logging in, and in base64 too.

Fed with the lines of one connection in order; used for logs, and live for what is recorded.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Final

from fakeservers.wire.entries import Direction
from harness.reproducing.dialogue import Dialogue

_IMAP_LOGIN: Final = re.compile(r"\S+ LOGIN\s+(?P<rest>.*)", re.IGNORECASE)
_SASL: Final = re.compile(
    r"(?:\S+ AUTHENTICATE|AUTH)\s+\"?(?P<mechanism>[\w-]+)\"?(?:\s+(?P<initial>\S.*))?",
    re.IGNORECASE,
)
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"?|\{\d+\+?\}|(\S+)')
_LITERAL: Final = re.compile(r"\{\d+[+-]?\}$")
_BEARER: Final = re.compile(r"auth=(?:bearer )?([^\x01]*)", re.IGNORECASE)
_USER: Final = re.compile(r"(?:^n,a=|\buser=)([^,\x01]+)", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(
    r"(?:pass(?:word|wd)?|pwd|secret|(?:access[_-]?)?token|--auth-password|bearer)"
    r"[\"']?\s*[:= ]\s*[\"']?(?P<value>[^\s\"',}<>]{4,})"
    r"|\s-(?:u|-user)[ =][\"']?[^\s:\"']+:(?P<curl>[^\s\"']+)",
    re.IGNORECASE,
)
_NOT_SECRET: Final = frozenset({
    "null", "none", "true", "false", "incorrect", "required", "invalid", "wrong", "expired",
    "check", "mismatch", "failed", "failure", "rejected", "refused", "accepted", "disabled",
    "missing", "error", "unknown", "must", "does", "from", "with", "that", "this", "have",
    "been", "when", "then", "please", "again", "authentication", "verification", "login",
    "contains", "needed", "only", "access", "hash", "protected", "instead", "supplied",
    "entered", "provided", "given", "combination", "expires",
})  # fmt: skip
"""What follows the word in sentences of servers."""


class SaidCredentials:
    """What a client of one connection logged in with. `secrets`: what nobody may see again.
    `users`: the names that it gave."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()
        self.users: set[str] = set()
        self._mechanism = ""
        """Of an exchange that is going on; `IMAP LOGIN`: literals of a LOGIN are to come."""
        self._answers = 0
        self._tag = ""
        """With its space, of the command of IMAP that began it; empty: it is SMTP."""

    def hear(self, direction: Direction, line: str) -> None:
        """The next line of the connection."""
        if direction == "C":
            self._client(line)
        elif direction == "S":
            self._server(line)

    def _client(self, line: str) -> None:
        if self._mechanism == "IMAP LOGIN":
            self._literal(line)
        elif self._mechanism:
            self._response(line.strip())
        elif found := _SASL.match(line):
            self._tag = _tag(line)
            self._mechanism, self._answers = found["mechanism"].upper(), 0
            if initial := found["initial"]:
                self._response(initial.strip())
        elif found := _IMAP_LOGIN.match(line):
            self._tag = _tag(line)
            self._login(found["rest"])

    def _server(self, line: str) -> None:
        """Unless it asks for more, or answers another command that was sent before, the exchange
        is over."""
        if not line.startswith(("334", "+", "* ")) and line.startswith(self._tag):
            self._mechanism = ""

    def _login(self, rest: str) -> None:
        words = [found[1] if found[1] is not None else found[2] for found in _STRING.finditer(rest)]
        plain = [re.sub(r"\\(.)", r"\1", word) if word is not None else None for word in words]
        if plain and plain[0]:
            self.users.add(plain[0])
        self._answers = len([word for word in plain if word is not None])
        self.secrets.update(word for word in [*plain[1:], *words[1:]] if word)
        if _LITERAL.search(rest):
            self._mechanism = "IMAP LOGIN"

    def _literal(self, line: str) -> None:
        """A literal's line: the rest of the name with what follows, or the password."""
        value = _LITERAL.sub("", line).strip()
        if self._answers == 0 and value:
            name, _, more = value.partition(" ")
            self.users.add(name)
            self.secrets.update(filter(None, [more.strip().strip('"')]))
        elif value:
            self.secrets.add(value)
        self._answers += 1
        if not _LITERAL.search(line):
            self._mechanism = ""

    def _response(self, line: str) -> None:
        if line in ("=", "*", ""):
            return
        self._answers += 1
        self.secrets.add(line)
        decoded = _decoded(line)
        if decoded is None:
            return
        if self._mechanism == "LOGIN" and self._answers == 1:
            self.users.add(decoded)
            self.secrets.discard(line)
        elif self._mechanism.startswith(("CRAM", "DIGEST")):
            name, _, secret = decoded.rpartition(" ")
            self.users.add(name)
            self.secrets.add(secret)
        elif "\0" in decoded:
            *names, secret = decoded.split("\0")
            self.users.update(filter(None, names))
            self.secrets.add(secret)
        else:
            self.users.update(_USER.findall(decoded))
            self.secrets.update(_BEARER.findall(decoded) or [decoded])


def said_in(dialogue: Dialogue) -> SaidCredentials:
    """What the client of a whole dialogue logged in with."""
    credentials = SaidCredentials()
    for line in dialogue.said:
        credentials.hear(line.direction, line.text)
    return credentials


def _tag(line: str) -> str:
    first = line.partition(" ")[0]
    return "" if first.upper() == "AUTH" else f"{first} "


def _decoded(line: str) -> str | None:
    try:
        data = base64.b64decode(line + "=" * (-len(line) % 4), validate=True)
    except ValueError:
        return None
    return data.decode("utf-8", "replace")


def secrets_elsewhere(text: str) -> Iterator[str]:
    """What is called a password or token in a text that is no dialogue."""
    for found in _ELSEWHERE.finditer(text):
        value = found["value"] or found["curl"]
        if value.lower().strip(".:;!?()") not in _NOT_SECRET:
            yield value
