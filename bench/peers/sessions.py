"""The client of `bench.peers`, a process of its own: whole sessions, many at once, as fast as the
server answers them; or connections that log in and then do nothing.

    python -m bench.peers.sessions '{"protocol": "imap", "security": "cleartext", "port": 143, …}'

It prints `ready` once idle connections stand, else the seconds that the sessions took.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import sys
import time
from dataclasses import asdict, dataclass

from fakeservers.security import Security

MESSAGE = b"Subject: hello\r\nMessage-ID: <1@bench.example.test>\r\n\r\nHello.\r\n.\r\n"


@dataclass(frozen=True)
class Order:
    """What is wanted of this process. `sessions`: in all, `at_once` of them at a time; `idle`: as
    many connections stay logged in until standard input ends."""

    protocol: str
    security: Security
    port: int
    username: str
    password: str
    sessions: int = 0
    at_once: int = 8
    idle: int = 0
    authenticates: bool = True

    def command(self) -> list[str]:
        """The arguments that make Python do this."""
        return ["-m", "bench.peers.sessions", json.dumps(asdict(self))]


def _unverified() -> ssl.SSLContext:
    """Each peer has a certificate of its own; what verifying it takes is the client's."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


_CONTEXT = _unverified()


class _Session:
    """One connection."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._tags = 0

    async def open(self) -> None:
        """Connect, secure the connection, log in."""
        order = self._order
        implicit = order.security == "implicit-tls"
        self._reader, self._writer = await asyncio.open_connection(
            "127.0.0.1", order.port, ssl=_CONTEXT if implicit else None
        )
        await (self._open_imap() if order.protocol == "imap" else self._open_smtp())

    async def _open_imap(self) -> None:
        await self._reader.readline()
        await self._imap(f'LOGIN "{self._order.username}" "{self._order.password}"')

    async def _open_smtp(self) -> None:
        await self._reply("220")
        await self._smtp("EHLO bench.example.test", "250")
        if self._order.authenticates:
            # Not by PLAIN, whose zero bytes smtpdfix does not read.
            await self._smtp(f"AUTH LOGIN {_base64(self._order.username)}", "334")
            await self._smtp(_base64(self._order.password), "235")

    async def use(self) -> None:
        """Select INBOX and log out; or send a message and quit."""
        if self._order.protocol == "imap":
            await self._imap("SELECT INBOX")
            await self._imap("LOGOUT")
        else:
            await self._smtp(f"MAIL FROM:<{self._order.username}>", "250")
            await self._smtp(f"RCPT TO:<{self._order.username}>", "250")
            await self._smtp("DATA", "354")
            self._writer.write(MESSAGE)
            await self._reply("250")
            await self._smtp("QUIT", "221")

    def close(self) -> None:
        """Be gone."""
        self._writer.transport.abort()

    async def _imap(self, command: str) -> None:
        self._tags += 1
        tag = f"a{self._tags} ".encode()
        self._writer.write(tag + command.encode() + b"\r\n")
        line = b"*"
        while not line.startswith(tag):
            line = await self._line()
        if not line.startswith(tag + b"OK"):
            raise RuntimeError(f"{command.split()[0]}: {line!r}")

    async def _smtp(self, command: str, wanted: str) -> None:
        self._writer.write(command.encode() + b"\r\n")
        await self._reply(wanted)

    async def _reply(self, wanted: str) -> None:
        line = b"...-"
        while line[3:4] == b"-":
            line = await self._line()
        if not line.startswith(wanted.encode()):
            raise RuntimeError(f"expected {wanted}: {line!r}")

    async def _line(self) -> bytes:
        line = await self._reader.readline()
        if not line:
            raise RuntimeError("the server closed the connection")
        return line


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def _take_turns(order: Order) -> float:
    left = iter(range(order.sessions))
    began = time.perf_counter()

    async def one_after_another() -> None:
        for _ in left:
            session = _Session(order)
            await session.open()
            await session.use()
            session.close()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(order.at_once):
            tasks.create_task(one_after_another())
    return time.perf_counter() - began


async def _stay(order: Order) -> None:
    sessions = [_Session(order) for _ in range(order.idle)]
    for start in range(0, len(sessions), order.at_once):
        await asyncio.gather(*(each.open() for each in sessions[start : start + order.at_once]))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Do what the only argument says."""
    order = Order(**json.loads(sys.argv[1]))
    if order.idle:
        asyncio.run(_stay(order))
    else:
        print(asyncio.run(_take_turns(order)))


if __name__ == "__main__":
    main()
