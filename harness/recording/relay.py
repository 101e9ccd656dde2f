"""One connection of a client, passed on to the real server: bytes go through, lines are kept."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import time
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Final

from fakeservers.security import Security
from fakeservers.wire.connection import Connection, ConnectionClosed
from fakeservers.wire.entries import Entry, Record
from fakeservers.wire.turns import CHUNK_BYTES
from harness.contract.masking import Masking
from harness.reproducing.credentials import SaidCredentials
from harness.reproducing.dialogue import Happening, Utterance
from harness.taxonomy import AnyProtocol, Protocol

CONNECT_S: Final = 30.0
"""The longest wait for the real server's port."""
SHOWN_LENGTH: Final = 2000
KEPT_LINES: Final = 20_000
"""More lines of one connection are passed on, but not kept."""

_KINDS: Final[tuple[tuple[type[Exception], Happening], ...]] = (
    (ssl.SSLCertVerificationError, "verify-error"),
    (ssl.SSLError, "tls-error"),
    (ConnectionRefusedError, "refused"),
    (TimeoutError, "timeout"),
    (ConnectionResetError, "reset"),
)
_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True)
class Upstream:
    """The real server. `context`: how its certificate is looked at. `path`: of a token endpoint."""

    protocol: AnyProtocol
    host: str
    port: int
    security: Security
    context: ssl.SSLContext
    path: str = ""


class _Shown(Container[str]):
    """What is shown of what clients say: the names of users that are addresses, for who types the
    password in place of the name shows it; and the path that everybody asks for."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name == self._path or bool(_ADDRESS.fullmatch(name)))


@dataclass
class Relay:
    """Passes bytes on and keeps lines, in which no secret is. `show` is told each of them."""

    connection: Connection
    upstream: Upstream
    name: str
    show: Callable[[str, Utterance], None]
    said: list[Utterance] = field(default_factory=list)
    credentials: SaidCredentials = field(default_factory=SaidCredentials)
    _record: Record = field(init=False)

    def __post_init__(self) -> None:
        self._record = Masking(()).record(
            self.upstream.protocol,
            _Shown(self.upstream.path),
            clock=time.monotonic,
            show=self._said,
        )

    async def run(self) -> None:
        """Until either side ends it; the other is ended then, too."""
        try:
            reader, writer = await self._connect()
        except (OSError, ssl.SSLError, TimeoutError) as error:
            self._happened(kind_of(error), str(error))
            await self.connection.close()
            return
        try:
            if self.upstream.security == "implicit-tls":
                await self.connection.start_tls()
            await self._pass_on(reader, writer)
        except ConnectionClosed:
            self._rest()
        finally:
            writer.close()
            await self.connection.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        upstream = self.upstream
        self._happened("connecting")
        implicit = upstream.security == "implicit-tls"
        async with asyncio.timeout(CONNECT_S):
            streams = await asyncio.open_connection(
                upstream.host, upstream.port, ssl=upstream.context if implicit else None
            )
        if implicit:
            self._happened("tls")
        return streams

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """All that comes, both ways. Raises ConnectionClosed once the client is gone."""
        raise NotImplementedError

    async def _ask(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        with contextlib.suppress(ConnectionError):  # who reads tells how it ended
            writer.write(data)
            await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes | None:
        """What the real server says next, empty at its end; None: it has reset the connection, and
        so is the client's."""
        try:
            return await reader.read(CHUNK_BYTES)
        except ConnectionError:
            self._happened("reset")
            self.connection.reset()
            return None

    def _rest(self) -> None:
        """What had no end is all there is."""
        self._record.release()

    def _said(self, entry: Entry) -> None:
        if entry.direction != "*":
            text = entry.text[:SHOWN_LENGTH]
            self._keep(Utterance(entry.direction, text, self.name, protocol=self._of_mail))

    def _happened(self, what: Happening, about: str = "") -> None:
        self._keep(Utterance("*", what, self.name, about, self._of_mail))

    @property
    def _of_mail(self) -> Protocol | None:
        """What is said in dialogues: HTTP has none."""
        return None if self.upstream.protocol == "oauth" else self.upstream.protocol

    def _keep(self, said: Utterance) -> None:
        if len(self.said) < KEPT_LINES:
            self.said.append(said)
        self.show(self.name, said)


def kind_of(error: Exception) -> Happening:
    """What an error on the way to the real server is."""
    unknown: Happening = "dns-not-found" if "name" in str(error).lower() else "unreachable"
    return next((kind for known, kind in _KINDS if isinstance(error, known)), unknown)
