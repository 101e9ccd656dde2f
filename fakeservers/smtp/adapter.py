"""The command loop: cuts a line, refuses what is no command, has the rest done, words the reply."""

from __future__ import annotations

import re

from fakeservers.conversation import Conversation
from fakeservers.events import Event
from fakeservers.smtp.commands import HANDLERS, Commands
from fakeservers.smtp.lines import LONGEST_LINE, Lines
from fakeservers.wire import ConnectionClosed

ERROR_LIMIT = 20
"""After so many errors the next command is the last (Postfix: smtpd_hard_error_limit)."""

LINE_LIMIT = 512
"""The longest command line, in bytes with its end (RFC 5321, section 4.5.3.1.4)."""

LINE_LIMITS = {"MAIL": 1065, "RCPT": 522, "VRFY": 522, "EXPN": 522, "AUTH": LONGEST_LINE}
"""Where extensions allow more: SIZE 26, BODY 17, SMTPUTF8 10, AUTH= 500 (RFCs 1870, 6152, 6531,
4954)."""

UTF8_VERBS = ("MAIL", "RCPT", "VRFY")
"""The commands whose argument may hold bytes over 127 (RFC 6531, section 3.4)."""

SHORTEST_RESPONSE = 4
"""What is shorter is no base64 of anything, and masking it would mask half the transcript."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


async def serve(conversation: Conversation) -> None:
    """Serve one connection from the greeting to its end.

    Raises ConnectionClosed at the end; anything else is a fault of the harness.
    """
    answered = await conversation.happens(Event("greeting"))
    if not answered:
        await conversation.reply("greeting")
    adapter = _Adapter(conversation, refuses=answered and conversation.rule_said[:1] == b"5")
    while True:
        await adapter.next_command()


class _Adapter:
    """One connection, one command after the other: input waits while one is at work.

    `refuses`: the greeting said that there is no service here; what is left is to QUIT (RFC 5321,
    section 3.1).
    """

    def __init__(self, conversation: Conversation, *, refuses: bool) -> None:
        self._conversation = conversation
        self._refuses = refuses
        self._lines = Lines(conversation.connection)
        self._commands = Commands(conversation, self._lines)
        self._errors = 0
        self._after_auth = False

    async def next_command(self) -> None:
        line = await self._lines.line()
        for each in ([] if line is None else [line]) + self._lines.sent_ahead():
            self._mask(each)
        if self._errors >= ERROR_LIMIT:
            await self._conversation.reply("too-many-errors")
            await self._conversation.connection.close()
            raise ConnectionClosed("too many errors")
        name, words = await self._answer(line)
        if name:
            self._errors += self._conversation.text(name, **words)[:1] in b"45"
            await self._conversation.reply(name, **words)

    async def _answer(self, line: bytes | None) -> tuple[str | None, dict[str, str]]:
        """The reply to a line, by its name, and the words for it."""
        if line is None:
            return "line-too-long", {}
        verb, argument = _split(line)
        if len(line) > LINE_LIMITS.get(verb, LINE_LIMIT):
            return "line-too-long", {"command": verb}
        if not verb or not (argument.isascii() or verb in UTF8_VERBS):
            return "unknown-command", {"command": verb}
        if self._refuses and verb != "QUIT":
            return "bad-sequence-mail", {"command": verb}
        name = await self._commands.perform(verb, argument)
        return name, self._commands.words

    def _mask(self, line: bytes) -> None:
        """Name the secrets of a line: an initial response, or what may be a response: a line after
        AUTH that is no command, be it sent ahead, be it late because the exchange is over."""
        verb, rest = _verb(line)
        if verb == "AUTH":
            self._add_secret(b"".join(rest.split(None, 1)[1:]))
        elif self._after_auth and verb not in HANDLERS:
            self._add_secret(line)
        self._after_auth = verb == "AUTH" or (self._after_auth and verb not in HANDLERS)

    def _add_secret(self, response: bytes) -> None:
        if len(response.strip()) >= SHORTEST_RESPONSE:
            self._conversation.connection.add_secret(response.strip())


def _verb(line: bytes) -> tuple[str, bytes]:
    """The first word in upper case, whatever bytes it is of, and the rest."""
    verb, *rest = line.split(None, 1) or [b""]
    return verb.decode("latin-1").upper(), b"".join(rest)


def _split(line: bytes) -> tuple[str, str]:
    """Verb, in upper case, and argument; no verb where these bytes are no command at all."""
    try:
        text = line.decode("utf-8").strip(" \t\r\n")
    except UnicodeDecodeError:
        return "", ""
    verb, argument = (*re.split("[ \t]+", text, maxsplit=1), "")[:2]
    if _CONTROL.search(text) or not verb.isascii():
        return "", ""
    return verb.upper(), argument
