"""Framing: from bytes to whole commands, literals included (RFC 3501, 2.2.1 and 4.3; RFC 7888).

The data of a refused literal is skipped, never taken for commands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Protocol, get_args

from fakeservers.dialects.command_names import UidCommand
from fakeservers.files.patterns import kept_regex
from fakeservers.imap.grammar.arguments import Arguments, BadArguments
from fakeservers.wire.connection import Connection

LINE_LIMIT_BYTES = 65536
"""The longest line: enough for any token, too little for a flood."""
ANSWERED = "answered"
"""In place of a reply's name: a rule has spoken already."""
SKIP_LIMIT_BYTES = 64 * 1024 * 1024
"""How much of a refused literal is read and dropped; beyond that the connection is closed."""

LOGIN_COMMANDS = ("LOGIN", "AUTHENTICATE")
_BY_UID: Final = frozenset(get_args(UidCommand))
_HEAD = kept_regex(rb"([^\x00-\x20\x7f-\xff(){%*\"\\+]+) ([!-~]+)(?: (.*))?", re.DOTALL)
_TAG = kept_regex(rb"([^\x00-\x20\x7f-\xff(){%*\"\\+]+)(?: |$)")
_LITERAL = kept_regex(rb"(?:(?:^|[ (])~?\{(\d+)|\{(\d+)[+-])\}$")
_NAMED_MAILBOX = kept_regex(
    rb"(?:SELECT|EXAMINE|CREATE|DELETE|RENAME|SUBSCRIBE|UNSUBSCRIBE|STATUS|APPEND) (.+)"
    rb"|(?:UID )?(?:COPY|MOVE) \S+ (.+)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class TaggedCommand:
    """A whole command. `text` is its arguments, literals in place; `line` those on its first
    line, for the script."""

    tag: str
    name: str
    text: bytes = b""
    line: str = ""

    @property
    def full_name(self) -> str:
        """The name, and for UID that of the command it modifies, as in `UID FETCH`."""
        if self.name != "UID":
            return self.name
        return f"UID {self.text.split(b' ')[0].decode('latin-1').upper()}".rstrip()

    @property
    def for_rules(self) -> tuple[str, str]:
        """By what rules know it: a name that they may name, and the arguments on its first line."""
        if self.full_name not in _BY_UID:
            return self.name, self.line
        return self.full_name, self.line.partition(" ")[2]

    @property
    def mailbox(self) -> str:
        """The mailbox it names, as the client spelled it; "" for a command that names none."""
        found = _NAMED_MAILBOX.match(f"{self.name} ".encode() + self.text[:LINE_LIMIT_BYTES])
        try:
            return Arguments(found[1] or found[2]).astring().decode("utf-8") if found else ""
        except (BadArguments, UnicodeDecodeError):
            return ""

    @property
    def by_uid(self) -> bool:
        """Whether it is the UID form of a command on messages (RFC 3501, 6.4.8)."""
        return self.name == "UID"

    def arguments(self) -> Arguments:
        """The arguments, for UID those of the command it modifies."""
        return Arguments(self.text.partition(b" ")[2] if self.by_uid else self.text)


class Refused(Exception):
    """This command cannot be run: the dialect's reply of this name says why, or ANSWERED.

    `framing_lost`: what follows on the connection is not commands.
    """

    def __init__(self, reply: str, command: TaggedCommand, *, framing_lost: bool) -> None:
        super().__init__(reply)
        self.reply = reply
        self.command = command
        self.framing_lost = framing_lost


class LineTooLong(Exception):
    """The client sent no line end for longer than any line may be; framing is lost."""


class LiteralPolicy(Protocol):
    """What the reader asks its owner when a literal is announced."""

    def literal_refusal(
        self, command: TaggedCommand, size: int, *, before: int, synchronizing: bool
    ) -> str:
        """The name of the reply that refuses the literal, or "" to accept it. `command`: as far as
        it is known after its first literal; `before`: how long it is before this one, in bytes."""

    async def go_ahead(self, command: TaggedCommand) -> None:
        """Ask the client for the data of a synchronizing literal."""

    async def continued(self, command: TaggedCommand) -> bool:
        """The client has sent a literal it was asked for; True: a rule answered."""


class CommandReader:
    """Reads lines and commands from a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._buffer = bytearray()

    def drop(self) -> None:
        """Forget what was read ahead: cleartext behind STARTTLS must never be executed."""
        self._buffer.clear()

    async def line(self) -> bytes:
        """The next line without its end (CRLF, or LF as every server takes it).

        Raises LineTooLong, ConnectionClosed.
        """
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0 and searched <= LINE_LIMIT_BYTES:
            searched = len(self._buffer)
            self._buffer += await self._connection.read()
        line = bytes(self._buffer[: end if end >= 0 else len(self._buffer)])
        if end < 0 or len(line) > LINE_LIMIT_BYTES:
            raise LineTooLong
        del self._buffer[: end + 1]
        return line.removesuffix(b"\r")

    async def _data(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._buffer += await self._connection.read()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    async def _skip(self, size: int) -> bytes:
        while size:
            size -= len(await self._data(min(size, LINE_LIMIT_BYTES)))
        return b""

    async def command(self, policy: LiteralPolicy) -> TaggedCommand:
        """The next command. Raises Refused, LineTooLong, ConnectionClosed."""
        line = await self.line()
        command, refusal = _begun(line)
        lost, text = False, bytearray(command.text)
        while announced := _announced(line):
            size, synchronizing = announced
            await self._connection.turns.work()
            refusal = refusal or policy.literal_refusal(
                command, size, before=len(text), synchronizing=synchronizing
            )
            lost = bool(refusal) and not synchronizing and size > SKIP_LIMIT_BYTES
            if lost or (refusal and synchronizing):
                break  # a client that is not told to go ahead sends nothing
            if synchronizing:
                await policy.go_ahead(command)
            take = self._skip if refusal else self._data
            data = await take(size)
            line = await self.line()
            if not refusal:
                begins = len(text) == len(command.text)
                text += b"\r\n" + data + line
                command = replace(command, text=bytes(text)) if begins else command
            refusal = refusal or _objection(line)
            if synchronizing and await policy.continued(command):
                refusal = refusal or ANSWERED
        if refusal:
            raise Refused(refusal, command, framing_lost=lost)
        return command if len(text) == len(command.text) else replace(command, text=bytes(text))


def _announced(line: bytes) -> tuple[int, bool] | None:
    """The literal that a line ends with: its size in bytes, and whether it is synchronizing."""
    begins = line.rfind(b"{") if line.endswith(b"}") else -1
    found = _LITERAL.search(line, max(0, begins - 2)) if begins >= 0 else None
    if not found:
        return None
    digits = found[1] or found[2]
    return int(digits[:20]), found[1] is not None


def _objection(line: bytes) -> str:
    """Why a line cannot be part of any command: the name of a reply, or ""."""
    try:
        return "bad-arguments" if "\0" in line.decode("utf-8") else ""
    except UnicodeDecodeError:
        return "bad-arguments"


def _begun(line: bytes) -> tuple[TaggedCommand, str]:
    """The command a line begins, and the name of the reply that refuses it, or ""."""
    found = _HEAD.fullmatch(line)
    if found:
        tag, name, text = found[1].decode(), found[2].decode().upper(), found[3] or b""
        return TaggedCommand(tag, name, text, text.decode("utf-8", "replace")), _objection(line)
    tagged = _TAG.match(line)
    if not tagged:
        return TaggedCommand("*", ""), "bad-tag"
    return TaggedCommand(tagged[1].decode(), ""), "no-command"
