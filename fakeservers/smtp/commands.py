"""What each command does once it is in order, and what a rule's own answer to it means."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

from fakeservers.conversation import Conversation
from fakeservers.script import Event
from fakeservers.smtp import paths
from fakeservers.smtp.auth import authenticate, read_response, refuse_before_tls
from fakeservers.smtp.checks import keywords, refusal
from fakeservers.smtp.engine import Transaction
from fakeservers.smtp.messages import MessageIntake
from fakeservers.smtp.paths import SmtpLine
from fakeservers.smtp.reader import Lines
from fakeservers.wire.connection import ConnectionClosed

CommandHandler = Callable[["Commands", SmtpLine], Awaitable[str | None]]


class Commands:
    """The commands of one connection. A handler is given a command that no check refuses, and
    returns the name of the reply to make, or None when everything is said."""

    def __init__(self, conversation: Conversation, lines: Lines) -> None:
        self._conversation = conversation
        self._connection = conversation.connection
        self._lines = lines
        self._transaction = Transaction(hostname=conversation.hostname)
        self._engine = self._transaction.engine
        self._messages = MessageIntake(conversation, lines, self._transaction)
        conversation.read_response = functools.partial(read_response, conversation, lines)

    async def perform(self, command: SmtpLine, objection: str | None = None) -> str | None:
        """Raise the command's event and, where no rule answers, do it; the reply to make.

        `objection`: the reply that refuses it before it is even looked at.
        """
        event = self._event(command)
        command.words |= {
            "command": command.verb,
            "domain": self._engine.client_name,
            "sender": event.sender,
            "recipient": event.recipient,
            "limit": str(self._conversation.service.max_message_bytes),
        }
        if command.verb == "AUTH":
            told = self._conversation.given_away(*_sasl(command))
            answered = await self._conversation.logs_in(event, told)
        else:
            answered = await self._conversation.happens(event)
        if answered:
            return await self._take_as_said(command)
        if objection:
            return objection
        name = await self._do(command)
        if command.verb == "RCPT" and name != "rcpt-ok" and name is not None:
            self._refused(self._conversation.text(name, **command.words))
        return name

    async def _do(self, command: SmtpLine) -> str | None:
        # Octets of BDAT must be read before it is refused: it sees to that itself.
        chunk = command.verb == "BDAT"
        reply = None if chunk else refusal(self._conversation, self._transaction, command)
        if reply == "tls-required" and command.verb == "AUTH":
            mechanism, initial = _sasl(command)
            return await refuse_before_tls(self._conversation, mechanism, initial)
        if reply:
            return reply
        does = HANDLERS.get(command.verb, "unknown-command")
        return does if isinstance(does, str) else await does(self, command)

    async def _take_as_said(self, command: SmtpLine) -> str | None:
        """What the client was told holds: a name or an address that a rule accepted is accepted, a
        message that it asked for is read; the reply that is still to be made."""
        said = self._conversation.rule_said
        if command.verb == "STARTTLS" and said[:3] == b"220" and not self._connection.tls_active:
            await self._begin_tls()
        if command.verb == "DATA" and said[:3] == b"354":
            objection = refusal(self._conversation, self._transaction, command)
            return await self._messages.come_in(command, objection)
        accepted = said[:2] == b"25"
        if command.verb in ("EHLO", "HELO") and command.argument and accepted:
            await self._engine.perform(command.verb, command.argument)
        if command.verb == "BDAT":
            await self._messages.drop(command)
        path = command.path
        if path and command.verb == "MAIL" and accepted:
            await self._transaction.begin(path, binary=False)
        if path and command.verb == "RCPT" and accepted:
            await self._engine.add(path.address)
        elif command.verb == "RCPT":
            self._refused(said)
        return None

    def _refused(self, reply: bytes) -> None:
        said = reply[4:].decode("utf-8", "replace").strip()
        if said not in self._transaction.refusals and len(self._transaction.refusals) < 2:
            self._transaction.refusals.append(said)

    def _event(self, command: SmtpLine) -> Event:
        verb, argument = command.verb, command.argument
        if verb == "AUTH":
            return Event("command", command=verb, mechanism=_sasl(command)[0])
        sender, recipient = self._engine.sender, next(iter(self._engine.recipients), "")
        address = command.path.address if command.path else ""
        if verb == "MAIL":
            sender, recipient = address, ""
        if verb in ("RCPT", "VRFY"):
            recipient = address
        return Event("command", command=verb, argument=argument, sender=sender, recipient=recipient)

    async def _ehlo(self, command: SmtpLine) -> str | None:
        await self._transaction.end()
        await self._engine.perform("EHLO", command.argument)
        command.words["domain"] = command.argument
        first = self._conversation.text("ehlo-ok", **command.words)
        lines = [first[4:].rstrip().decode(), *keywords(self._conversation)]
        marks = ["-"] * (len(lines) - 1) + [" "]
        reply = "".join(f"250{mark}{line}\r\n" for mark, line in zip(marks, lines, strict=True))
        await self._connection.write(reply.encode())
        return None

    async def _helo(self, command: SmtpLine) -> str:
        command.words["domain"] = command.argument
        await self._transaction.end()
        return await self._engine.perform("HELO", command.argument)

    async def _starttls(self, command: SmtpLine) -> str | None:
        await self._conversation.reply("starttls-ok")
        await self._begin_tls()
        return None

    async def _begin_tls(self) -> None:
        """The client was told to begin the handshake."""
        self._lines.drop()
        await self._connection.start_tls()
        await self._transaction.end()
        self._engine.forget_client()

    async def _auth(self, command: SmtpLine) -> str | None:
        mechanism, initial = _sasl(command)
        name = await authenticate(self._conversation, self._lines, mechanism, initial)
        if because := self._conversation.because:
            command.words["text"] = because
        return name

    async def _mail(self, command: SmtpLine) -> str:
        path = command.path
        assert path is not None
        return await self._transaction.begin(path, binary=paths.is_binary(path.parameters))

    async def _rcpt(self, command: SmtpLine) -> str:
        assert command.path is not None
        return await self._engine.add(command.path.address)

    async def _rset(self, command: SmtpLine) -> str:
        await self._transaction.end()
        return "rset-ok"

    async def _noop(self, command: SmtpLine) -> str:
        return await self._engine.perform("NOOP", "")

    async def _vrfy(self, command: SmtpLine) -> str:
        command.words["text"] = command.argument
        return "vrfy"

    async def _etrn(self, command: SmtpLine) -> str:
        command.words["text"] = command.argument.lstrip("@#")
        return "etrn"

    async def _quit(self, command: SmtpLine) -> None:
        await self._conversation.reply("quit", **command.words)
        await self._connection.close()
        raise ConnectionClosed("QUIT")


def _sasl(command: SmtpLine) -> tuple[str, bytes | None]:
    """The mechanism of AUTH, and the initial response if there is one."""
    mechanism, _, initial = command.argument.partition(" ")
    return mechanism.upper(), initial.strip().encode() or None


HANDLERS: dict[str, CommandHandler | str] = {
    "EHLO": Commands._ehlo,
    "HELO": Commands._helo,
    "STARTTLS": Commands._starttls,
    "AUTH": Commands._auth,
    "MAIL": Commands._mail,
    "RCPT": Commands._rcpt,
    "DATA": lambda self, command: self._messages.data(command),
    "BDAT": lambda self, command: self._messages.chunk(command),
    "RSET": Commands._rset,
    "NOOP": Commands._noop,
    "VRFY": Commands._vrfy,
    "EXPN": "command-not-implemented",
    "ETRN": Commands._etrn,
    "HELP": "help",
    "QUIT": Commands._quit,
}
"""Every verb that is known, with what it does, or all that is said to it."""
