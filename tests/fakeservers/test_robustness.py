"""What no client may do to a mailbox: nothing is left behind, and the next client is served."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import ssl
import struct
import threading
import warnings
from collections.abc import AsyncIterator

import pytest

from fakeservers.mailbox import Mailbox, open_mailbox
from fakeservers.spec import Account, MailboxSpec

WAIT_S = 20.0
ACCOUNT = Account()
DIALOGUES = {
    "imap": (
        f"a LOGIN {ACCOUNT.login} {ACCOUNT.password}\r\nb SELECT INBOX\r\n"
        "c APPEND Sent {3+}\r\nabc\r\nd IDLE\r\nDONE\r\ne FETCH 1 BODY[]\r\nf LOGOUT\r\n"
    ).encode(),
    "smtp": (
        b"EHLO client.test\r\nAUTH LOGIN\r\nYW5uYUBleGFtcGxlLnRlc3Q=\r\nVHIwdWI0ZG9yJjMtaW5ib3g="
        b"\r\nMAIL FROM:<anna@example.test>\r\nRCPT TO:<bcc@crm.example.test>\r\nDATA\r\n"
        b"Subject: hi\r\n\r\nhi\r\n.\r\nQUIT\r\n"
    ),
}


def mailbox_spec(*, tls: bool = False) -> MailboxSpec:
    security = "implicit-tls" if tls else "cleartext"
    services = {name: {"protocol": name, "security": security} for name in DIALOGUES}
    return MailboxSpec.model_validate({"services": services})


@contextlib.asynccontextmanager
async def unharmed(*, tls: bool = False) -> AsyncIterator[Mailbox]:
    """A mailbox that must be as before once the block is through: no task, thread, descriptor."""
    async with open_mailbox(mailbox_spec(tls=tls)) as mailbox:
        await greeted(mailbox, tls=tls)
        await mailbox.settle(WAIT_S)
        before = asyncio.all_tasks(), threading.active_count(), descriptors()
        yield mailbox
        await greeted(mailbox, tls=tls)
        await mailbox.settle(WAIT_S)
        gc.collect()
        assert mailbox.evidence.faults == []
        assert (asyncio.all_tasks(), threading.active_count(), descriptors()) == before
    assert asyncio.all_tasks() == {asyncio.current_task()}


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


async def connected(
    mailbox: Mailbox, name: str, *, tls: bool = False, window: int | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection; `window` is how many bytes the client's system takes unread."""
    running = mailbox.services[name]
    sock = socket.socket()
    if window:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (running.host, running.port))
    context = ssl.create_default_context(cafile=mailbox.ca_file) if tls else None
    name_wanted = running.host if tls else None
    return await asyncio.open_connection(sock=sock, ssl=context, server_hostname=name_wanted)


async def greeted(mailbox: Mailbox, *, tls: bool) -> None:
    """Both services greet and say good-bye."""
    for name, bye in (("imap", b"a LOGOUT\r\n"), ("smtp", b"QUIT\r\n")):
        reader, writer = await connected(mailbox, name, tls=tls)
        async with asyncio.timeout(WAIT_S):
            assert await reader.readline()
            writer.write(bye)
            await reader.read()
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await writer.wait_closed()


def leave(sock: socket.socket, *, reset: bool) -> None:
    """End a connection from the client's side, below any TLS."""
    if reset:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def send_and_leave(address: tuple[str, int], sent: bytes, context: ssl.SSLContext | None) -> None:
    """For each number of bytes: send so many, then FIN, and again with RST."""
    for reset in (False, True):
        for size in range(len(sent) + 1):
            sock = socket.create_connection(address, WAIT_S)
            if context:
                sock = context.wrap_socket(sock, server_hostname="localhost")
            sock.sendall(sent[:size])
            leave(sock, reset=reset)


@pytest.mark.parametrize("tls", [False, True], ids=["cleartext", "TLS"])
@pytest.mark.parametrize("name", DIALOGUES)
def test_a_client_may_leave_after_any_byte(name: str, tls: bool) -> None:
    async def run() -> None:
        async with unharmed(tls=tls) as mailbox:
            running = mailbox.services[name]
            context = ssl.create_default_context(cafile=mailbox.ca_file) if tls else None
            address = (running.host, running.port)
            await asyncio.to_thread(send_and_leave, address, DIALOGUES[name], context)
            await asyncio.get_running_loop().shutdown_default_executor()
            await mailbox.settle(WAIT_S)

    asyncio.run(run())


def test_a_client_may_leave_at_any_byte_of_the_handshake() -> None:
    async def run() -> None:
        async with unharmed(tls=True) as mailbox:
            hello = ssl.MemoryBIO()
            tls = ssl.create_default_context().wrap_bio(
                ssl.MemoryBIO(), hello, server_hostname="localhost"
            )
            with contextlib.suppress(ssl.SSLWantReadError):
                tls.do_handshake()
            sent = hello.read()
            for size in range(0, len(sent) + 1, 7):
                _, writer = await connected(mailbox, "imap")
                writer.write(sent[:size])
                await writer.drain()
                writer.transport.abort() if size % 2 else writer.close()
            await mailbox.settle(WAIT_S)

    asyncio.run(run())


@pytest.mark.parametrize("tls", [False, True], ids=["cleartext", "TLS"])
def test_two_hundred_connections_at_once(tls: bool) -> None:
    async def run() -> None:
        async with unharmed(tls=tls) as mailbox:
            names = ["imap", "smtp"] * 100
            clients = await asyncio.gather(*(connected(mailbox, name, tls=tls) for name in names))
            async with asyncio.timeout(WAIT_S):
                greetings = [await reader.readline() for reader, _ in clients]
            assert {greeting[:4] for greeting in greetings} == {b"* OK", b"220 "}
            for _, writer in clients:
                writer.close()
            for _, writer in clients:
                with contextlib.suppress(OSError, ssl.SSLError):
                    await writer.wait_closed()
            await mailbox.settle(WAIT_S)

    asyncio.run(run())


@pytest.mark.parametrize("tls", [False, True], ids=["cleartext", "TLS"])
@pytest.mark.parametrize(
    ("name", "login", "line"),
    [
        ("imap", DIALOGUES["imap"].partition(b"c ")[0], b"x FETCH 1:* (BODY[] ENVELOPE)\r\n"),
        ("smtp", b"EHLO client.test\r\n", b"EHLO client.test\r\n"),
    ],
)
def test_a_client_that_never_reads_is_not_read_from(
    name: str, login: bytes, line: bytes, tls: bool
) -> None:
    """The server waits for it instead of piling answers up, and closes nevertheless."""

    async def run() -> None:
        async with open_mailbox(mailbox_spec(tls=tls)) as mailbox:
            reader, writer = await connected(mailbox, name, tls=tls, window=4096)
            await reader.readline()
            assert isinstance(writer.transport, asyncio.Transport)
            writer.transport.pause_reading()
            writer.write(login)
            with pytest.raises(TimeoutError):
                while True:
                    writer.write(line * 1000)
                    async with asyncio.timeout(0.2):
                        await writer.drain()
            answered = sum(
                entry.direction == "S" for entry in mailbox.evidence.connections[0].lines()
            )
            assert answered < 200_000
            await greeted(mailbox, tls=tls)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        writer.transport.abort()

    asyncio.run(run())


def test_an_announced_literal_of_4_gb_takes_no_memory() -> None:
    async def run() -> None:
        async with unharmed() as mailbox:
            for announced, kept in ((b"{4294967296}", True), (b"{4294967296+}", False)):
                reader, writer = await connected(mailbox, "imap")
                await reader.readline()
                writer.write(DIALOGUES["imap"].partition(b"b ")[0])
                await reader.readline()
                writer.write(b"c APPEND INBOX " + announced + b"\r\nz NOOP\r\n")
                async with asyncio.timeout(WAIT_S):
                    assert (await reader.readline()).startswith(b"c NO [TOOBIG]")
                    assert (await reader.readline()).startswith(b"z OK" if kept else b"")
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

    asyncio.run(run())


@pytest.mark.parametrize("turns", range(4))
def test_a_mailbox_that_closes_drops_no_connection_that_just_came(turns: int) -> None:
    async def run() -> None:
        async with open_mailbox(mailbox_spec()) as mailbox:
            service = mailbox.services["imap"]
            await asyncio.sleep(0)  # it waits for connections by now
            client = socket.create_connection((service.host, service.port))
            for _ in range(turns):  # how far the loop has come with it
                await asyncio.sleep(0)
        client.close()

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        asyncio.run(run())
        gc.collect()
    assert not told, told[0].message


def test_a_system_that_gives_no_more_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        accept, failures = socket.socket.accept, [OSError(24, "Too many open files")]

        def scarce(sock: socket.socket) -> tuple[socket.socket, tuple[str, int]]:
            if failures:
                raise failures.pop()
            return accept(sock)

        monkeypatch.setattr("fakeservers.wire.listeners.ACCEPT_AGAIN_S", 0.001)
        monkeypatch.setattr(socket.socket, "accept", scarce)
        async with open_mailbox(mailbox_spec()) as mailbox:
            await greeted(mailbox, tls=False)
            (fault,) = mailbox.evidence.faults
            assert "cannot accept" in fault and "Too many open files" in fault

    asyncio.run(run())
