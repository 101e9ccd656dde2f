"""Each attack of the bench, made small: others are served meanwhile, it ends, and no fault of ours.

That the time grows with the size and no more is held by sizes at which it would be minutes if it
grew with the square; where it does, the limit of processor time, generous by far, ends the test.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import signal
from collections.abc import Iterator

import pytest

from bench.attacks import ATTACKS, Attack, said
from fakeservers.mailbox import Mailbox
from fakeservers.spec import Account
from tests.fakeservers.test_turns import connected, served_meanwhile

ACCOUNT = Account()
PLAIN = base64.b64encode(f"\0{ACCOUNT.login}\0{ACCOUNT.password}".encode()).decode()
WORDS = {
    "user": ACCOUNT.login,
    "password": ACCOUNT.password,
    "address": ACCOUNT.address,
    "plain": PLAIN,
}
CPU_S = 60.0
"""A hundred times what each takes."""
SMALLER = {
    "NOOP before the log-in": 2000,
    "NOOP": 2000,
    "SEARCH": 1000,
    "FETCH": 500,
    "SMTP NOOP": 2000,
    "SMTP MAIL": 500,
    "LIST of wildcards": 2,
    "SEARCH of many keys on 5 MB": 1,
    "100,000 small literals": 20_000,
    "modified UTF-7": 5,
    "DATA of 600 MB": 200,
    "LOGIN again and again": 20,
    "COPY 1:*, doubling": 9,
    "CREATE of thousands, LIST": 300,
    "a message of 100,000 parts": 20_000,
}


@contextlib.contextmanager
def limited(cpu_s: float) -> Iterator[None]:
    """At most so much processor time, of this process. Raises TimeoutError."""

    def over(*_args: object) -> None:
        raise TimeoutError(f"more than {cpu_s} s of processor time")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


async def made(mailbox: Mailbox, attack: Attack, size: int) -> list[bytes]:
    """The lines that the attack is answered with."""
    reader, writer = await connected(mailbox, attack.protocol)

    async def say() -> None:
        with contextlib.suppress(ConnectionError):
            for piece in said(attack, size, WORDS):
                writer.write(piece)
                await writer.drain()

    saying = asyncio.create_task(say())
    lines: list[bytes] = []
    with contextlib.suppress(ConnectionError):
        while line := await reader.readline():
            lines.append(line)
            if line.startswith(attack.last):
                break
    saying.cancel()
    await asyncio.gather(saying, return_exceptions=True)
    writer.close()
    return lines


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_ends_and_others_are_served_meanwhile(attack: Attack) -> None:
    size = SMALLER.get(attack.name, attack.size)
    lines: list[bytes] = []

    async def attacked(mailbox: Mailbox) -> None:
        lines.extend(await made(mailbox, attack, size))

    with limited(CPU_S):
        served = served_meanwhile(attacked)
    assert lines, "it was answered"
    assert served
