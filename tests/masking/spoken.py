"""A connection without a socket: the whole product from the reader on, a thousand in a second."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Literal

from fakeservers.conversation import Conversation
from fakeservers.dialects.dialect import load_dialect
from fakeservers.mailbox import Hosting, Mailbox
from fakeservers.script import Script
from fakeservers.services import converse
from fakeservers.spec import MailboxSpec
from fakeservers.wire.certificates import process_authority
from fakeservers.wire.connection import Connection, ConnectionClosed
from fakeservers.wire.entries import Entry
from fakeservers.wire.transcript import Transcript

End = Literal["FIN", "RST"]


class _Unplugged(Connection):
    """Reads these pieces, one after the other, and then the end."""

    def __init__(self, pieces: Iterable[bytes], end: End, transcript: Transcript) -> None:
        super().__init__(None, transcript, ssl.SSLContext, peer=("192.0.2.1", 1))  # type: ignore[arg-type]
        self._pieces = iter(pieces)
        self._end = end
        self.heard = bytearray()

    async def start_tls(self) -> None:
        self._tls = True  # type: ignore[assignment]
        self.transcript.began_tls("TLSv1.3")

    @property
    def client_has_left(self) -> bool:
        return self._closed

    async def _receive(self) -> bytes:
        if self._unread:
            data, self._unread = self._unread, b""
            return data
        if (data := next(self._pieces, b"")) or self._end == "FIN":
            return data
        raise self._lost()

    async def _read_tls(self, tls: object) -> bytes:
        return await self._receive()

    async def _send(self, data: bytes) -> None:
        self.heard += data

    async def close(self, *, close_notify: bool = True) -> None:
        self._closed = True
        self.transcript.end("server", "FIN")

    def reset(self) -> None:
        self._closed = True


class Spoken:
    """A mailbox to which many clients speak, one after the other."""

    def __init__(self, spec: MailboxSpec) -> None:
        self.mailbox = Mailbox(spec, Hosting(process_authority()))
        self.live: list[Entry] = []
        """What was told while the last one spoke."""

    async def hears(self, name: str, pieces: Iterable[bytes], end: End = "FIN") -> Transcript:
        """What is recorded of a client that sends these pieces to that service and then ends."""
        mailbox, service = self.mailbox, self.mailbox.spec.services[name]
        self.live.clear()
        transcript = Transcript(
            number=0,
            service=name,
            protocol=service.protocol,
            peer="192.0.2.1:1",
            on_entry=lambda _, entry: self.live.append(entry),
            private=mailbox.private.now,
        )
        mailbox.evidence.connected(transcript)
        connection = _Unplugged(pieces, end, transcript)
        dialect = load_dialect(service.dialect or mailbox.spec.dialect)
        conversation = Conversation(connection, mailbox, name, dialect, Script(service.rules))
        try:
            await converse(conversation)
        except ConnectionClosed:
            await connection.close()
        return transcript
