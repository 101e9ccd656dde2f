"""What each command does. State and limits are decided here, before aiosmtpd's engine does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from fakeservers.conversation import Conversation
from fakeservers.events import Event
from fakeservers.sasl import MECHANISMS
from fakeservers.smtp import paths
from fakeservers.smtp.auth import authenticate, refuse_before_tls
from fakeservers.smtp.delivery import Envelope, accept, receives
from fakeservers.smtp.engine import Engine
from fakeservers.smtp.keywords import before_tls, keywords, mechanisms
from fakeservers.smtp.lines import Lines
from fakeservers.wire import ConnectionClosed

RECIPIENT_LIMIT = 1000
"""Recipients of one message (Postfix: smtpd_recipient_limit; RFC 5321, 4.5.3.1.8 wants 100)."""

PARAMETERS = {"SIZE": "SIZE", "BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8", "AUTH": "AUTH"}
"""The parameters of MAIL, and the EHLO keyword that offers each."""

Handler = Callable[["Commands", str], Awaitable[str | None]]


class Commands:
    """The commands of one connection. A handler is given the argument, and returns the name of the
    reply to make, or None when everything is said."""

    def __init__(self, conversation: Conversation, lines: Lines) -> None:
        self._conversation = conversation
        self._connection = conversation.connection
        self._lines = lines
        self._engine = Engine(
            hostname=conversation.hostname,
            size_limit=conversation.service.max_message_bytes,
            smtputf8=True,  # whether it is offered is decided with the other parameters
        )
        self.words: dict[str, str] = {}
        """What the next reply may need beside the words that every reply has."""

    async def perform(self, verb: str, argument: str) -> str | None:
        """Raise the command's event and, where no rule answers, do it; the reply to make."""
        event = self._event(verb, argument)
        self.words = {
            "command": verb,
            "domain": self._engine.client_name,
            "sender": event.sender,
            "recipient": event.recipient,
            "limit": str(self._conversation.service.max_message_bytes),
        }
        if not await self._conversation.happens(event):
            return await HANDLERS.get(verb, Commands._unknown)(self, argument)
        if verb in ("EHLO", "HELO") and argument:
            # The rule's own list of keywords is an answer that one goes on from.
            await self._engine.perform(verb, argument)
        return None

    def _event(self, verb: str, argument: str) -> Event:
        if verb == "AUTH":
            mechanism = argument.partition(" ")[0].upper()
            return Event("command", command=verb, mechanism=mechanism)
        sender, recipient = self._engine.sender, next(iter(self._engine.recipients), "")
        if verb == "MAIL":
            sender, recipient = paths.address("MAIL", argument), ""
        if verb == "RCPT":
            recipient = paths.address("RCPT", argument)
        return Event("command", command=verb, argument=argument, sender=sender, recipient=recipient)

    def _not_yet(self) -> str | None:
        """What a client that wants to send must do first, if anything."""
        if not self._engine.client_name:
            return "helo-first"
        if before_tls(self._conversation):
            return "tls-required"
        return None if self._conversation.account else "authentication-required"

    async def _unknown(self, argument: str) -> str:
        return "unknown-command"

    async def _not_implemented(self, argument: str) -> str:
        return "command-not-implemented"

    async def _ehlo(self, argument: str) -> str | None:
        if not argument:
            return "syntax-error"
        await self._engine.perform("EHLO", argument)
        self.words["domain"] = argument
        first = self._conversation.text("ehlo-ok", **self.words)
        lines = [first[4:].rstrip().decode(), *keywords(self._conversation)]
        marks = ["-"] * (len(lines) - 1) + [" "]
        reply = "".join(f"250{mark}{line}\r\n" for mark, line in zip(marks, lines, strict=True))
        await self._connection.write(reply.encode())
        return None

    async def _helo(self, argument: str) -> str:
        if not argument:
            return "syntax-error"
        self.words["domain"] = argument
        return await self._engine.perform("HELO", argument)

    async def _starttls(self, argument: str) -> str | None:
        if argument:
            return "syntax-error"
        if self._connection.tls_active:
            return "already-tls"
        if not before_tls(self._conversation):
            return "command-not-implemented"
        if not self._engine.client_name:
            return "helo-first"
        await self._conversation.reply("starttls-ok")
        self._lines.drop()
        await self._connection.start_tls()
        self._engine.forget_client()
        return None

    async def _auth(self, argument: str) -> str | None:
        offered = mechanisms(self._conversation)
        words = argument.split()
        initial = words[1] if len(words) == 2 else None
        if not self._engine.client_name:
            return "helo-first"
        if before_tls(self._conversation):
            mechanism = words[0].upper() if words else ""
            return await refuse_before_tls(self._conversation, mechanism, initial)
        if not offered or not self._engine.extended:
            return "auth-not-offered"
        if self._conversation.account:
            return "already-authenticated"
        if len(words) not in (1, 2):
            return "syntax-error"
        mechanism = words[0].upper()
        if mechanism not in offered or mechanism not in MECHANISMS:
            return "mechanism-unsupported"
        return await authenticate(self._conversation, self._lines, mechanism, initial)

    async def _mail(self, argument: str) -> str:
        path = paths.parse("MAIL", argument)
        if reason := self._not_yet():
            return reason
        if self._engine.in_transaction:
            return "nested-mail"
        if path is None:
            return "syntax-error"
        if path.address and not paths.is_mailbox(path.address):
            return "bad-sender-syntax"
        offered = {line.split()[0] for line in keywords(self._conversation)}
        names = {name for name, _ in path.parameters}
        if any(PARAMETERS.get(name) not in offered for name in names):
            return "parameter-unsupported"
        if ("AUTH", "") in path.parameters or not all(v.isascii() for _, v in path.parameters):
            return "syntax-error"
        if not path.address.isascii() and "SMTPUTF8" not in names:
            return "smtputf8-required"
        return await self._engine.perform("MAIL", paths.engine_argument("MAIL", path))

    async def _rcpt(self, argument: str) -> str:
        path = paths.parse("RCPT", argument)
        if not self._engine.in_transaction:
            return self._not_yet() or "bad-sequence-rcpt"
        if path is None or not path.address:
            return "syntax-error"
        if not paths.is_mailbox(path.address):
            return "bad-recipient-syntax"
        if not path.address.isascii() and not self._engine.smtputf8:
            return "smtputf8-required"
        if len(self._engine.recipients) >= RECIPIENT_LIMIT:
            return "too-many-recipients"
        if not receives(self._conversation.accounts, path):
            return "user-unknown"
        return await self._engine.perform("RCPT", paths.engine_argument("RCPT", path))

    async def _data(self, argument: str) -> str | None:
        if not self._engine.in_transaction:
            return self._not_yet() or "bad-sequence-data"
        if not self._engine.recipients:
            return "bad-sequence-data"
        if argument:
            return "syntax-error"
        await self._conversation.reply("data-go-ahead", **self.words)
        await self._lines.wait()
        answered = await self._data_event("data")
        content = await self._lines.message(self._conversation.service.max_message_bytes)
        # A rule that spoke in the middle has the last word, too.
        answered = answered or await self._data_event("end-of-data")
        reply = None if answered else self._accept(content)
        await self._engine.end_transaction()
        return reply

    async def _data_event(self, name: Literal["data", "end-of-data"]) -> bool:
        sender, recipient = self._engine.sender, self._engine.recipients[0]
        event = Event(name, command="DATA", sender=sender, recipient=recipient)
        return await self._conversation.happens(event)

    def _accept(self, content: bytes | None) -> str:
        if content is None:
            return "message-too-large-data"
        tls = "S" if self._connection.tls_active else ""
        envelope = Envelope(
            sender=self._engine.sender,
            recipients=self._engine.recipients,
            client_name=self._engine.client_name,
            protocol=f"{'UTF8SMTP' if self._engine.smtputf8 else 'ESMTP'}{tls}A",
        )
        self.words["id"] = accept(self._conversation, envelope, content)
        return "data-ok"

    async def _rset(self, argument: str) -> str:
        return await self._engine.perform("RSET", argument)

    async def _noop(self, argument: str) -> str:
        return await self._engine.perform("NOOP", argument)

    async def _vrfy(self, argument: str) -> str:
        return "vrfy" if argument else "syntax-error"

    async def _help(self, argument: str) -> str:
        return "help"

    async def _quit(self, argument: str) -> None:
        await self._conversation.reply("quit", **self.words)
        await self._connection.close()
        raise ConnectionClosed("QUIT")


HANDLERS: dict[str, Handler] = {
    "EHLO": Commands._ehlo,
    "HELO": Commands._helo,
    "STARTTLS": Commands._starttls,
    "AUTH": Commands._auth,
    "MAIL": Commands._mail,
    "RCPT": Commands._rcpt,
    "DATA": Commands._data,
    "RSET": Commands._rset,
    "NOOP": Commands._noop,
    "VRFY": Commands._vrfy,
    "HELP": Commands._help,
    "QUIT": Commands._quit,
    # RFC 5321 and the extensions define these; nothing here offers them.
    "EXPN": Commands._not_implemented,
    "ETRN": Commands._not_implemented,
    "BDAT": Commands._not_implemented,
}
"""Every verb that is known."""
