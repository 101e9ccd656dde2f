"""How a message comes in: whole after DATA (RFC 5321), or in chunks by BDAT (RFC 3030); and what
becomes of it: it is recorded, and put into the mailboxes that are ours."""

from __future__ import annotations

import email.utils
import secrets
from collections import Counter
from typing import Literal

from fakeservers.conversation import Conversation
from fakeservers.dialects.behaviour import SmtpBehaviour
from fakeservers.script import Event
from fakeservers.smtp.bounce import bounce
from fakeservers.smtp.checks import refusal
from fakeservers.smtp.engine import Transaction
from fakeservers.smtp.paths import SmtpLine
from fakeservers.smtp.reader import Lines
from fakeservers.smtp.rewriting import with_sender
from fakeservers.store import StoredAccount, lacking, message_id


class MessageIntake:
    """The messages of one connection."""

    def __init__(self, conversation: Conversation, lines: Lines, transaction: Transaction) -> None:
        self._conversation = conversation
        self._lines = lines
        self._transaction = transaction

    @property
    def _limit(self) -> int:
        return self._conversation.service.max_message_bytes

    @property
    def _behaviour(self) -> SmtpBehaviour:
        return self._conversation.dialect.side("smtp").behaviour

    async def data(self, command: SmtpLine) -> str | None:
        """DATA that no check refuses: the message, and the reply to it."""
        await self._conversation.reply("data-go-ahead", **command.words)
        return await self.come_in(command)

    async def come_in(self, command: SmtpLine, objection: str | None = None) -> str | None:
        """The client was told to send its message: read it; the reply to it.

        `objection`: the reply that the server itself would have made to DATA. Where a rule said 354
        in its place, it comes now.
        """
        await self._lines.wait()
        answered = await self._happens("data", command)
        content = await self._lines.message(self._limit, self._behaviour.end_of_data)
        if self._behaviour.pipelining_refused and self._lines.more_is_there:
            self._lines.drop()
            await self._transaction.end()
            return "pipelined"
        # A rule that spoke in the middle has the last word, too.
        answered = answered or await self._happens("end-of-data", command)
        reply = None if answered else objection or self._accept(command, content)
        await self._transaction.end()
        return reply

    async def chunk(self, command: SmtpLine) -> str | None:
        """BDAT: its octets are read whatever becomes of it, for they are no commands."""
        size, last = _parse(command.argument)
        if size is None:
            return refusal(self._conversation, self._transaction, command)
        command.words["size"] = str(size)
        if reply := self._objection(command):
            await self.drop(command, reply)
            return reply
        if self._transaction.chunks is None and await self._begins(command):
            await self.drop(command)
            return None
        return await self._add(command, size, last)

    async def _begins(self, command: SmtpLine) -> bool:
        """Whether a rule speaks at the first chunk: one for DATA strikes here as well, as servers
        look at the first BDAT as if it were DATA (Postfix: smtpd_data_restrictions)."""
        refused = await self._happens("command", SmtpLine("DATA", ""))
        return refused or await self._happens("data", command)

    async def drop(self, command: SmtpLine, reply: str = "") -> None:
        """Read the octets of a chunk that is refused, with this reply or by a rule."""
        size, last = _parse(command.argument)
        await self._lines.skip(size or 0)
        if self._behaviour.chunks_judged_alone or reply == "command-not-implemented":
            ends, spoils = reply == "message-too-large-data", False
        else:
            ends, spoils = last, not last
        if ends:
            await self._transaction.end()
        elif self._transaction.engine.in_transaction:
            self._transaction.spoilt = spoils

    def _objection(self, command: SmtpLine) -> str | None:
        """Why this chunk is dropped, as a reply; None where it is not."""
        if self._transaction.spoilt:
            return "chunks-pending@discarded"
        return refusal(self._conversation, self._transaction, command)

    async def _add(self, command: SmtpLine, size: int, last: bool) -> str | None:
        chunks = self._transaction.chunks = self._transaction.chunks or bytearray()
        chunks += await self._lines.octets(size)
        command.words["total"] = str(len(chunks))
        if not last:
            return "chunk-ok"
        answered = await self._happens("end-of-data", command)
        reply = None if answered else self._accept(command, bytes(chunks))
        await self._transaction.end()
        return reply

    async def _happens(
        self, name: Literal["command", "data", "end-of-data"], command: SmtpLine
    ) -> bool:
        engine = self._transaction.engine
        recipient = next(iter(engine.recipients), "")
        event = Event(name, command=command.verb, sender=engine.sender, recipient=recipient)
        return await self._conversation.happens(event)

    def _accept(self, command: SmtpLine, content: bytes | None) -> str:
        """Record the message and deliver it to the recipients that are local; the reply to it.

        Mail for other domains goes nowhere: no fake ever sends anything.
        """
        if content is None:
            return "message-too-large-data"
        if wanted := lacking(content, self._conversation.service.required_headers):
            command.words["text"] = wanted
            return "header-missing"
        engine = self._transaction.engine
        if not self._has_room(len(content)):
            return "over-quota"
        content = self._as_sent(content)
        queue_id = command.words["id"] = secrets.token_hex(5).upper()
        for recipient in engine.recipients:
            account = self._conversation.accounts.find(recipient)
            if account:
                self._pass_on(account, recipient, self._trace(recipient, queue_id) + content)
        self._file_copy(content)
        self._conversation.accepted(
            sender=engine.sender, recipients=engine.recipients, message_id=message_id(content)
        )
        return "data-ok"

    def _has_room(self, size: int) -> bool:
        """Whether the accounts of all recipients take so much more."""
        found = map(self._conversation.accounts.find, self._transaction.engine.recipients)
        accounts = Counter(account for account in found if account)
        return all(
            account.usage.leaves_room(times, times * size) for account, times in accounts.items()
        )

    def _pass_on(self, account: StoredAccount, recipient: str, message: bytes) -> None:
        """Deliver it, or have done with it what becomes of this account's mail."""
        conversation, sender = self._conversation, self._transaction.engine.sender
        incoming = account.spec.incoming
        if incoming == "delivered":
            account.deliver(message)
            return
        conversation.fired(incoming, Event("end-of-data"))
        back = conversation.accounts.find(sender)
        if incoming == "bounced" and back:
            host = conversation.hostname
            back.deliver(bounce(message, sender=sender, recipient=recipient, hostname=host))

    def _as_sent(self, content: bytes) -> bytes:
        """With the sender's own address in it, where the server sees to that."""
        account, accounts = self._conversation.account, self._conversation.accounts
        foreign = account is not None and accounts.find(self._transaction.engine.sender) != account
        if account and foreign and self._behaviour.rewrites_from:
            return with_sender(content, account.spec.address)
        return content

    def _file_copy(self, content: bytes) -> None:
        """Some servers keep a copy of what their customers send, beside those that clients file."""
        account = self._conversation.account
        files = (
            self._behaviour.files_sent and account and account.usage.leaves_room(1, len(content))
        )
        if files and account and account.sent:
            account.sent.append(content, ["\\Seen"])

    def _trace(self, recipient: str, queue_id: str) -> bytes:
        """The headers that the last server adds (RFC 5321, section 4.4; `with`: RFC 3848)."""
        conversation, engine = self._conversation, self._transaction.engine
        peer = conversation.connection.peer[0]
        address = f"IPv6:{peer}" if ":" in peer else peer
        protocol = "UTF8SMTP" if engine.smtputf8 else "ESMTP"
        tls = "S" if conversation.connection.tls_active else ""
        logged_in = "A" if conversation.account else ""
        lines = [
            f"Return-Path: <{engine.sender}>",
            f"Received: from {engine.client_name} ([{address}])",
            f"\tby {conversation.hostname} with {protocol}{tls}{logged_in} id {queue_id}",
            f"\tfor <{recipient}>; {email.utils.formatdate(localtime=False)}",
        ]
        return "".join(f"{line}\r\n" for line in lines).encode()


def _parse(argument: str) -> tuple[int | None, bool]:
    """The size of a chunk, and whether it is the last. None: nothing says how much follows."""
    size, _, rest = argument.partition(" ")
    known = size.isascii() and size.isdigit() and len(size) < 19
    return int(size) if known else None, rest.strip().upper() == "LAST"
