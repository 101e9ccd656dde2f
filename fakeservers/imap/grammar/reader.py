"""Framing: from bytes to whole commands, literals included (RFC 3501, 2.2.1 and 4.3; RFC 7888).

The data of a refused literal is skipped, never taken for commands. Secrets are masked as early as
they can be told, also in lines that never become a command.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Protocol, get_args

from fakeservers.imap.grammar.arguments import Arguments, BadArguments
from fakeservers.spec import ImapCommand
from fakeservers.wire.connection import Connection

LINE_LIMIT_BYTES = 65536
"""The longest line: enough for any token, too little for a flood."""
ANSWERED = "answered"
"""In place of a reply's name: a rule has spoken already."""
SKIP_LIMIT_BYTES = 64 * 1024 * 1024
"""How much of a refused literal is read and dropped; beyond that the connection is closed."""

_COMMAND_NAMES = frozenset(get_args(ImapCommand))
LOGIN_COMMANDS = ("LOGIN", "AUTHENTICATE")
_HEAD = re.compile(rb"([^\x00-\x20\x7f-\xff(){%*\"\\+]+) ([!-~]+)(?: (.*))?", re.DOTALL)
_TAG = re.compile(rb"([^\x00-\x20\x7f-\xff(){%*\"\\+]+)(?: |$)")
_LITERAL = re.compile(rb"(?:(?:^|[ (])~?\{(\d+)|\{(\d+)[+-])\}$")
_NAMED_MAILBOX = re.compile(
    rb"(?:SELECT|EXAMINE|CREATE|DELETE|RENAME|SUBSCRIBE|UNSUBSCRIBE|STATUS|APPEND) (.+)"
    rb"|(?:UID )?(?:COPY|MOVE) \S+ (.+)",
    re.IGNORECASE | re.DOTALL,
)
_SECRET_PART = re.compile(
    rb"\s*(?:\S+\s+)?(?:LOGIN|AUTHENTICATE)\s+(.*)", re.IGNORECASE | re.DOTALL
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


def secrets_in(command: TaggedCommand) -> list[bytes]:
    """What to mask of a complete command, well-formed or not."""
    if command.tag.upper() in LOGIN_COMMANDS and command.text:
        return [command.text]  # a log-in without a tag: its user name is taken for the command
    if command.name not in LOGIN_COMMANDS:
        return []
    if command.name == "AUTHENTICATE":
        return [response for response in command.text.split(b" ")[1:] if response != b"="]
    arguments = command.arguments()
    try:
        arguments.astring()
        arguments.space()
        return [arguments.rest, arguments.astring()]
    except BadArguments:
        return [command.text]


class CommandReader:
    """Reads lines and commands from a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._buffer = bytearray()
        self._looked_at = False

    def drop(self) -> None:
        """Forget what was read ahead: cleartext behind STARTTLS must never be executed."""
        self._buffer.clear()

    async def line(self, *, secret: bool = False) -> bytes:
        """The next line without its end (CRLF, or LF as every server takes it).

        `secret`: the line is a secret as a whole. Raises LineTooLong, ConnectionClosed.
        """
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0 and searched <= LINE_LIMIT_BYTES:
            searched = len(self._buffer)
            await self._read_on(secret=secret)
        line = bytes(self._buffer[: end if end >= 0 else len(self._buffer)])
        if end < 0 or len(line) > LINE_LIMIT_BYTES:
            self._mask(self._secret_part(line, secret=secret))
            raise LineTooLong
        del self._buffer[: end + 1]
        self._mask_ahead(line)
        return line.removesuffix(b"\r")

    def _mask_ahead(self, line: bytes) -> None:
        """Mask what of log-ins was sent ahead, along with `line`: its answer shows that to whoever
        watches. Done once for what came in one piece."""
        if self._looked_at:
            return
        self._looked_at = True
        more = bool(self._secret_part(line, secret=False))  # a literal, or a response
        for ahead in bytes(self._buffer).splitlines():
            found = _HEAD.fullmatch(ahead)
            if secret := self._secret_part(ahead, secret=False):
                self._mask(secret)
                more = True
            elif found and found[2].decode().upper() in _COMMAND_NAMES:
                more = False
            elif more:
                self._mask(ahead)

    async def _read_on(self, *, secret: bool) -> None:
        """Read more of an unfinished line; what of it is secret so far is masked as a whole, as
        Ruby's net-imap writes each word and each space by itself."""
        hidden = self._secret_part(bytes(self._buffer), secret=secret)
        self._mask(hidden)
        data = await self._connection.read()
        self._looked_at = False
        self._buffer += data
        if hidden:
            line = bytes(self._buffer).partition(b"\n")[0].removesuffix(b"\r")
            self._mask(self._secret_part(line, secret=secret))

    @staticmethod
    def _secret_part(line: bytes, *, secret: bool) -> bytes:
        if secret:
            return line
        found = _SECRET_PART.match(line)
        return found[1] if found else b""

    def _mask(self, secret: bytes) -> None:
        if secret:
            self._connection.add_secret(secret)

    async def _data(self, size: int, *, secret: bool) -> bytes:
        while len(self._buffer) < size:
            if secret:
                self._mask(bytes(self._buffer))
            self._buffer += await self._connection.read()
            self._looked_at = False
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        if secret:
            self._mask(data)
        return data

    async def _skip(self, size: int, *, secret: bool) -> bytes:
        while size:
            size -= len(await self._data(min(size, LINE_LIMIT_BYTES), secret=secret))
        return b""

    async def command(self, policy: LiteralPolicy) -> TaggedCommand:
        """The next command. Raises Refused, LineTooLong, ConnectionClosed."""
        line = first = await self.line()
        command, refusal = _begun(line)
        secret = _SECRET_PART.match(first + b" ") is not None
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
            data = await take(size, secret=secret)
            line = await self.line(secret=secret)
            if not refusal:
                begins = len(text) == len(command.text)
                text += b"\r\n" + data + line
                command = replace(command, text=bytes(text)) if begins else command
            refusal = refusal or _objection(line)
            if synchronizing and await policy.continued(command):
                refusal = refusal or ANSWERED
        if refusal:
            self._mask(self._secret_part(first, secret=False))
            if lost and secret:
                self._mask(bytes(self._buffer).strip())
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
