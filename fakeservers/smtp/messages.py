"""How a message comes in: whole after DATA (RFC 5321), or in chunks by BDAT (RFC 3030)."""

from __future__ import annotations

from typing import Literal

from fakeservers.conversation import Conversation
from fakeservers.events import Event
from fakeservers.smtp.checks import refusal
from fakeservers.smtp.delivery import Envelope, accept
from fakeservers.smtp.lines import Lines
from fakeservers.smtp.progress import Command, Progress


class Messages:
    """The messages of one connection."""

    def __init__(self, conversation: Conversation, lines: Lines, progress: Progress) -> None:
        self._conversation = conversation
        self._lines = lines
        self._progress = progress

    @property
    def _limit(self) -> int:
        return self._conversation.service.max_message_bytes

    async def data(self, command: Command) -> str | None:
        """DATA that no check refuses: the message, and the reply to it."""
        await self._conversation.reply("data-go-ahead", **command.words)
        await self._lines.wait()
        answered = await self._happens("data", command)
        line_ends = self._conversation.dialect.side("smtp").behaviour.end_of_data
        content = await self._lines.message(self._limit, line_ends)
        # A rule that spoke in the middle has the last word, too.
        answered = answered or await self._happens("end-of-data", command)
        reply = None if answered else self._accept(command, content)
        await self._progress.end()
        return reply

    async def chunk(self, command: Command) -> str | None:
        """BDAT: its octets are read whatever becomes of it, for they are no commands."""
        size, last = _parse(command.argument)
        if size is None:
            return refusal(self._conversation, self._progress, command)
        command.words["size"] = str(size)
        if reply := self._objection(command):
            await self.drop(command, reply)
            return reply
        if self._progress.chunks is None and await self._begins(command):
            await self.drop(command)
            return None
        return await self._add(command, size, last)

    async def _begins(self, command: Command) -> bool:
        """Whether a rule speaks at the first chunk: one for DATA strikes here as well, as servers
        look at the first BDAT as if it were DATA (Postfix: smtpd_data_restrictions)."""
        refused = await self._happens("command", Command("DATA", ""))
        return refused or await self._happens("data", command)

    async def drop(self, command: Command, reply: str = "") -> None:
        """Read the octets of a chunk that is refused, with this reply or by a rule."""
        size, last = _parse(command.argument)
        await self._lines.skip(size or 0)
        alone = self._conversation.dialect.side("smtp").behaviour.chunks_judged_alone
        if alone or reply == "command-not-implemented":
            ends, spoils = reply == "message-too-large-data", False
        else:
            ends, spoils = last, not last
        if ends:
            await self._progress.end()
        elif self._progress.engine.in_transaction:
            self._progress.spoilt = spoils

    def _objection(self, command: Command) -> str | None:
        """Why this chunk is dropped, as a reply; None where it is not."""
        if self._progress.spoilt:
            return "chunks-pending@discarded"
        return refusal(self._conversation, self._progress, command)

    async def _add(self, command: Command, size: int, last: bool) -> str | None:
        chunks = self._progress.chunks = self._progress.chunks or bytearray()
        chunks += await self._lines.octets(size)
        command.words["total"] = str(len(chunks))
        if not last:
            return "chunk-ok"
        answered = await self._happens("end-of-data", command)
        reply = None if answered else self._accept(command, bytes(chunks))
        await self._progress.end()
        return reply

    async def _happens(
        self, name: Literal["command", "data", "end-of-data"], command: Command
    ) -> bool:
        engine = self._progress.engine
        recipient = next(iter(engine.recipients), "")
        event = Event(name, command=command.verb, sender=engine.sender, recipient=recipient)
        return await self._conversation.happens(event)

    def _accept(self, command: Command, content: bytes | None) -> str:
        if content is None:
            return "message-too-large-data"
        engine = self._progress.engine
        tls = "S" if self._conversation.connection.tls_active else ""
        logged_in = "A" if self._conversation.account else ""
        envelope = Envelope(
            sender=engine.sender,
            recipients=engine.recipients,
            client_name=engine.client_name,
            protocol=f"{'UTF8SMTP' if engine.smtputf8 else 'ESMTP'}{tls}{logged_in}",
        )
        command.words["id"] = accept(self._conversation, envelope, content)
        return "data-ok"


def _parse(argument: str) -> tuple[int | None, bool]:
    """The size of a chunk, and whether it is the last. None: nothing says how much follows."""
    size, _, rest = argument.partition(" ")
    known = size.isascii() and size.isdigit() and len(size) < 19
    return int(size) if known else None, rest.strip().upper() == "LAST"
