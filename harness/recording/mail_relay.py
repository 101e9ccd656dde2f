"""The relay of IMAP and SMTP: what is said is lines, and STARTTLS is ended on both sides."""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass, field
from typing import Final

from fakeservers.wire.connection import ConnectionClosed
from fakeservers.wire.entries import Direction
from fakeservers.wire.turns import CHUNK_BYTES
from harness.contract.masking import Masking
from harness.recording.relay import Relay, kind_of

_STARTTLS: Final = re.compile(rb"(?:\S+ )?STARTTLS\s*$", re.IGNORECASE)
_GRANTED: Final = re.compile(rb"220[ -]|\S+ OK\b")
_UNTAGGED: Final = re.compile(rb"\* ")


@dataclass
class MailRelay(Relay):
    """One connection to a mail server."""

    _partial: dict[Direction, bytes] = field(default_factory=dict)
    _securing: asyncio.Future[None] | None = None

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pumps = [
            asyncio.create_task(self._from_client(writer)),
            asyncio.create_task(self._from_server(reader, writer)),
        ]
        try:
            done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        for pump in done:
            pump.result()

    async def _from_client(self, writer: asyncio.StreamWriter) -> None:
        while True:
            data = await self.connection.read()
            if any(_STARTTLS.match(line) for line in self._lines("C", data)):
                self._securing = asyncio.get_running_loop().create_future()
            await self._ask(writer, data)
            if self._securing:
                # What comes next is a handshake, or nothing, until the server has answered.
                await self._securing
                self._securing = None

    async def _from_server(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await self._answer(reader):
            lines = self._lines("S", data)
            answer = next((line for line in lines if not _UNTAGGED.match(line)), None)
            if self._securing and answer is not None:
                await self._secured(data, _GRANTED.match(answer) is not None, writer)
            else:
                await self.connection.write(data)
        if data is not None:
            self._rest()
            self._happened("closed")

    async def _secured(self, data: bytes, granted: bool, writer: asyncio.StreamWriter) -> None:
        assert self._securing
        try:
            if granted:
                await writer.start_tls(self.upstream.context, server_hostname=self.upstream.host)
            await self.connection.write(data)
            if granted:
                await self.connection.start_tls()
                self._record.release()
                self._happened("tls")
        except ssl.SSLError as error:
            self._happened(kind_of(error), str(error))
            raise ConnectionClosed("the real server's TLS failed") from error
        finally:
            if not self._securing.done():
                self._securing.set_result(None)

    def _lines(self, direction: Direction, data: bytes) -> list[bytes]:
        """The lines that are complete now; they are kept, and shown."""
        *lines, rest = (self._partial.get(direction, b"") + data).split(b"\n")
        self._partial[direction] = rest[:CHUNK_BYTES]
        for line in lines:
            self._learn(direction, line)
        if direction == "C":
            self._record.received(data, tls=False)
        for line in lines if direction == "S" else ():
            self._record.sent(line + b"\n", tls=False)
        return lines

    def _learn(self, direction: Direction, line: bytes) -> None:
        known = len(self.credentials.secrets)
        self.credentials.hear(direction, line.rstrip(b"\r").decode("utf-8", "backslashreplace"))
        if len(self.credentials.secrets) > known:
            Masking(self.credentials.secrets).hold_for(self._record)

    def _rest(self) -> None:
        """What had no end is all there is."""
        self._record.release()
        if rest := self._partial.get("S"):
            self._record.sent(rest, tls=False)
        self._partial.clear()
