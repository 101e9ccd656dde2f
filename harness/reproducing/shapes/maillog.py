"""Logs of servers: Postfix, Dovecot and Exim. Where they do not quote what the client was told, it
is inferred: the reply that the dialect of that server has for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from harness.reproducing.dialogue import Inferred, Utterance
from harness.reproducing.shapes import Shape, sign

_REJECTED: Final = re.compile(
    r"reject(?:_warning)?: (?P<command>[A-Z-]+) from \S+: "
    r"(?P<reply>[45]\d\d .*?)(?:; from=<.*|; proto=.*|; client.*)?$"
)
_BOUNCED: Final = re.compile(
    r"(?:host \S+ (?:said|refused to talk to me): (?P<reply>[45]\d\d[ -].*?))"
    r"(?: \(in reply to (?P<command>.*?) command\))?\)?$"
)
_EXIM_AUTH: Final = re.compile(
    r"authenticator failed for .*?: (?P<reply>[45]\d\d .*?)(?: \(set_id=.*)?$"
)
_EXIM_REMOTE: Final = re.compile(
    r"SMTP error from remote mail server after (?P<command>[A-Z ]+?)(?: FROM| TO)?:?<?[^:]*: "
    r"(?P<reply>[45]\d\d[ -].*)$"
)


def _refused(command: str, reply: str) -> Iterator[Utterance]:
    said = {"END-OF-MESSAGE": "DATA", "end of DATA": "DATA", "MAIL FROM": "MAIL", "RCPT TO": "RCPT"}
    command = said.get(command, command)
    if command not in ("", "CONNECT", "initial connection"):
        yield Utterance("C", command, protocol="smtp")
    if said.get(command) or command == "DATA":
        yield Utterance("S", "354 ", protocol="smtp")
        yield Utterance("C", ".", protocol="smtp")
    yield Utterance("S", reply, protocol="smtp")


_BAD: Final = "bad-credentials"
_MANY: Final = "too-many-connections"
_DONE: Final[tuple[tuple[str, Inferred], ...]] = (
    (r"postfix/\S+: warning: \S+: SASL \S+ authentication failed",
     Inferred("postfix", "smtp", "smtp-login", _BAD)),
    (r"imap-login: .*\(auth failed, \d+ attempts",
     Inferred("dovecot", "imap", "imap-login", _BAD)),
    (r"auth: .*(?:password mismatch|unknown user)",
     Inferred("dovecot", "imap", "imap-login", _BAD)),
    (r"imap-login: .*(?:Maximum number of connections|mail_max_userip_connections)",
     Inferred("dovecot", "imap", "imap-login", _MANY)),
    (r"rejected RCPT <\S*>: relay not permitted",
     Inferred("exim", "smtp", "smtp-rcpt", "relay-denied")),
)  # fmt: skip
"""What a server writes when it has refused somebody, and the reply that it then has given."""
_INFERRED: Final = tuple((re.compile(words, re.IGNORECASE), told) for words, told in _DONE)


def _read(lines: Iterable[str]) -> Iterator[Utterance]:
    for number, line in enumerate(lines):
        yield from (
            replace(said, connection=f"line {number}", about="maillog") for said in _line(line)
        )


def _line(line: str) -> Iterator[Utterance]:
    for pattern in (_REJECTED, _BOUNCED, _EXIM_REMOTE):
        if found := pattern.search(line):
            yield from _refused(found["command"] or "", found["reply"])
            return
    if found := _EXIM_AUTH.search(line):
        yield from _refused("AUTH", found["reply"])
        return
    for words, inferred in _INFERRED:
        if words.search(line):
            yield Utterance("S", "", protocol=inferred.protocol, inferred=inferred)
            return


SHAPE: Final = Shape(
    "a server's log",
    sign(
        r"postfix/[\w/-]+\[\d+\]: |dovecot(?:\[\d+\])?: |imap-login: |NOQUEUE: reject"
        r"|authenticator failed for |rejected RCPT <|SMTP error from remote mail server"
    ),
    _read,
)
