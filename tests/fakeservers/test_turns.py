"""What one client does never reaches another: while it is at work, others are served."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from fakeservers.mailbox import Mailbox, open_mailbox
from fakeservers.spec import Account, MailboxSpec
from fakeservers.wire.transcript import Transcript
from fakeservers.wire.turns import (
    BYTES_PER_STEP,
    LINES_PER_STEP,
    STEPS_PER_TURN,
    Turns,
    some_lines,
)

WAIT_S = 60.0
ACCOUNT = Account()
LOGIN = f"a LOGIN {ACCOUNT.login} {ACCOUNT.password}\r\n".encode()
SERVICES = {name: {"protocol": name, "security": "cleartext"} for name in ("imap", "smtp")}
SPEC = MailboxSpec.model_validate({"dialect": "dovecot", "services": SERVICES})
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connected(mailbox: Mailbox, name: str) -> Stream:
    """A connection that was greeted."""
    service = mailbox.services[name]
    reader, writer = await asyncio.open_connection(service.host, service.port, limit=2**24)
    await reader.readline()
    return reader, writer


async def healthy(mailbox: Mailbox, served: list[int]) -> None:
    """One command after the other; `served` counts those that were answered."""
    reader, writer = await connected(mailbox, "imap")
    try:
        while True:
            writer.write(b"h NOOP\r\n")
            assert (await reader.readline()).startswith(b"h OK")
            served[0] += 1
    finally:
        writer.close()


async def attacked(mailbox: Mailbox, name: str, attack: bytes, last: bytes) -> bytes:
    """Send all of it; what comes back, up to the line that begins so, or to the end."""
    reader, writer = await connected(mailbox, name)
    writer.write(attack)
    told = b""
    while line := await reader.readline():
        told += line
        if line.startswith(last):
            break
    writer.close()
    return told


def served_meanwhile(
    attack: Callable[[Mailbox], Awaitable[object]], spec: MailboxSpec = SPEC
) -> int:
    """How many commands of somebody else were answered while the attack went on."""

    async def run() -> int:
        async with open_mailbox(spec) as victim, open_mailbox(spec) as mailbox:
            served = [0]
            other = asyncio.create_task(healthy(victim, served))
            while not served[0]:
                await asyncio.sleep(0)
            before = served[0]
            async with asyncio.timeout(WAIT_S):
                await attack(mailbox)
            other.cancel()
            await asyncio.gather(other, return_exceptions=True)
            assert mailbox.evidence.faults == []
            return served[0] - before

    return asyncio.run(run())


FLOODS = {
    "NOOP before the log-in": ("imap", b"a NOOP\r\n" * 2000),
    "NOOP": ("imap", LOGIN + b"a NOOP\r\n" * 2000),
    "SEARCH": ("imap", LOGIN + b"a SELECT INBOX\r\n" + b"a SEARCH ALL\r\n" * 2000),
    "FETCH": ("imap", LOGIN + b"a SELECT INBOX\r\n" + b"a FETCH 1 FLAGS\r\n" * 2000),
    "no command": ("smtp", b"EHLO me\r\n" + b"NOOP\r\n" * 2000),
    "RSET": ("smtp", b"EHLO me\r\n" + b"RSET\r\n" * 2000),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_others_are_served_during_a_flood_of_commands(flood: str) -> None:
    name, sent = FLOODS[flood]
    end = b"z NOOP\r\n" if name == "imap" else b"QUIT\r\n"
    last = b"z OK" if name == "imap" else b"221"
    served = served_meanwhile(lambda mailbox: attacked(mailbox, name, sent + end, last))
    assert served > 20, "without turns, the two before and behind the flood"


def test_work_is_let_go_of_after_a_turn_of_it() -> None:
    async def run() -> tuple[int, int]:
        turns, passed = Turns(), [0]

        async def count() -> None:
            while True:
                passed[0] += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        for _ in range(100 * STEPS_PER_TURN):
            await turns.work()
        by_steps, passed[0] = passed[0], 0
        await turns.work(100, on_bytes=100 * STEPS_PER_TURN * BYTES_PER_STEP)
        for _ in range(100):
            await turns.work(0, on_bytes=STEPS_PER_TURN * BYTES_PER_STEP)
        counting.cancel()
        return by_steps, passed[0]

    assert asyncio.run(run()) == (100, 101)


@pytest.mark.parametrize("data", [b"", b"x", b"\n" * 5000 + b"x", b"ab\r\n" * 129, b"x" * 9999])
def test_what_has_many_lines_is_taken_down_in_pieces(data: bytes) -> None:
    pieces = list(some_lines(data))
    assert b"".join(pieces) == data
    assert max(piece.count(b"\n") for piece in pieces) <= LINES_PER_STEP * STEPS_PER_TURN
    assert all(piece.endswith(b"\n") for piece in pieces[:-1])


@pytest.mark.parametrize("way", ["received", "sent"])
def test_a_turn_has_few_lines(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be they read at once, or written at once."""
    taken_down = getattr(Transcript, way)
    lines: list[int] = []

    def watched(transcript: Transcript, data: bytes, **more: bool) -> None:
        lines.append(data.count(b"\n"))
        taken_down(transcript, data, **more)

    monkeypatch.setattr(Transcript, way, watched)
    content = b"\r\n" * 20_000
    said = LOGIN + b"a SELECT INBOX\r\na APPEND INBOX {%d+}\r\n%b\r\n" % (len(content), content)
    said += b"a FETCH * BODY[]\r\nz NOOP\r\n"
    assert served_meanwhile(lambda mailbox: attacked(mailbox, "imap", said, b"z OK"))
    assert sum(lines) > 20_000
    assert max(lines) <= LINES_PER_STEP * STEPS_PER_TURN
