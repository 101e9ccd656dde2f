"""DATA: where a message ends, what is kept of it, who gets it, and what the records say."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from fakeservers.smtp.reader import Lines
from fakeservers.wire.turns import Turns

Smtp = Callable[..., AbstractAsyncContextManager[Any]]

HELLO = ("EHLO client.test", "250")
TO_BCC = [
    ("MAIL FROM:<anna@example.test>", "250"),
    ("RCPT TO:<bcc@crm.example.test>", "250"),
    ("DATA", "354"),
]


class Pieces:
    """A connection from which these pieces are read."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.turns = Turns()

    async def read(self) -> bytes:
        return self.pieces.pop(0)


def in_pieces(data: bytes, size: int) -> Any:
    return Pieces(*(data[at : at + size] for at in range(0, len(data), size)))


MESSAGES = {
    b".\r\n": b"",
    b"a\r\n.\r\n": b"a\r\n",
    b"..\r\n...a\r\n.b\r\n.\r\n": b".\r\n..a\r\nb\r\n",
    b"a\n.\nb\r\n.\r\n": b"a\n.\nb\r\n",
    b"a\r\n.\nb\r\n.\r\n": b"a\r\n\nb\r\n",
    b"a\n.\r\nb\r\n.\r\n": b"a\n.\r\nb\r\n",
    b"a\r.\rb\r\n.\r\n": b"a\r.\rb\r\n",
    b"a\x00\xff\r\n.\r\n": b"a\x00\xff\r\n",
    b"x" * 5000 + b"\r\n.\r\n": b"x" * 5000 + b"\r\n",
}


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 10_000])
@pytest.mark.parametrize(("sent", "kept"), MESSAGES.items())
def test_only_crlf_dot_crlf_ends_a_message(sent: bytes, kept: bytes, size: int) -> None:
    async def run() -> None:
        lines = Lines(in_pieces(sent + b"NOOP\r\n", size))
        assert await lines.message(10_000) == kept
        assert await lines.line() == b"NOOP\r\n"

    asyncio.run(run())


ENDED_OTHERWISE = {
    "any-line-end": {
        b"a\n.\nb\r\n.\r\n": (b"a\r\n", b"b\r\n"),
        b"a\r\n.\nb\r\n": (b"a\r\n", b"b\r\n"),
        b"..a\n.\r\nb\r\n": (b".a\r\n", b"b\r\n"),
        b"a\r.\rb\r\n.\r\nc\r\n": (b"a\r.\rb\r\n", b"c\r\n"),
    },
    "as-first-line": {
        b"a\nb\n.\nc\r\n": (b"a\r\nb\r\n", b"c\r\n"),
        b"a\r\nb\n.\nc\r\n.\r\nd\r\n": (b"a\r\nb\n.\nc\r\n", b"d\r\n"),
        b".\r\nb\r\n": (b"", b"b\r\n"),
    },
}


@pytest.mark.parametrize("size", [1, 2, 3, 10_000])
@pytest.mark.parametrize(
    ("line_ends", "sent", "kept", "rest"),
    [(how, sent, *got) for how, some in ENDED_OTHERWISE.items() for sent, got in some.items()],
)
def test_some_servers_take_other_ends(
    line_ends: Any, sent: bytes, kept: bytes, rest: bytes, size: int
) -> None:
    async def run() -> None:
        lines = Lines(in_pieces(sent, size))
        assert await lines.message(10_000, line_ends) == kept
        assert await lines.line() == rest

    asyncio.run(run())


@pytest.mark.parametrize("size", [1, 10, 100_000])
def test_a_message_over_the_limit_is_read_to_its_end(size: int) -> None:
    async def run() -> None:
        lines = Lines(in_pieces(b"..\r\n" * 200 + b".\r\nNOOP\r\n", size))
        assert await lines.message(599) is None
        assert await lines.line() == b"NOOP\r\n"
        exact = Lines(in_pieces(b"..\r\n" * 200 + b".\r\n", size))
        assert len(await exact.message(600) or b"") == 600

    asyncio.run(run())


def test_a_message_is_delivered_and_recorded(smtp: Smtp, plain_login: str) -> None:
    async def run() -> None:
        async with smtp() as (mailbox, client):
            await client.reply()
            await client.expect(HELLO, (plain_login, "235"), *TO_BCC[:2])
            await client.expect(("RCPT TO:<else@elsewhere.test>", "250"), ("DATA", "354"))
            message = b"Message-ID: <1@client.test>\r\nSubject: hi\r\n\r\n..dot"
            assert (await client.say(message + b"\r\n.")).startswith("250 2.0.0")
            await client.expect(("DATA", "503"), *TO_BCC)
            delivered = mailbox.accounts.bcc.inbox.messages[-1].content
            trace, _, rest = delivered.partition(b"Message-ID")
            assert b"Message-ID" + rest == message.replace(b"..", b".") + b"\r\n"
            assert re.fullmatch(
                rb"Return-Path: <anna@example\.test>\r\n"
                rb"Received: from client\.test \(\[127\.0\.0\.1\]\)\r\n"
                rb"\tby mail\.example\.test with ESMTPA id [0-9A-F]+\r\n"
                rb"\tfor <bcc@crm\.example\.test>; .* -0000\r\n",
                trace,
            )
            [record] = mailbox.evidence.messages
            assert record.sender == "anna@example.test"
            assert record.recipients == ("bcc@crm.example.test", "else@elsewhere.test")
            assert record.message_id == "<1@client.test>"

    asyncio.run(run())


def test_the_null_sender_is_recorded_as_such(smtp: Smtp, plain_login: str) -> None:
    async def run() -> None:
        async with smtp() as (mailbox, client):
            await client.reply()
            await client.expect(HELLO, (plain_login, "235"), ("MAIL FROM:<>", "250"), *TO_BCC[1:])
            await client.expect(("Subject: bounce\r\n.", "250"))
            assert mailbox.evidence.messages[0].sender == ""
            assert mailbox.accounts.bcc.inbox.messages[-1].content.startswith(b"Return-Path: <>")

    asyncio.run(run())


def test_too_large_at_the_end(smtp: Smtp, plain_login: str) -> None:
    async def run() -> None:
        async with smtp({"max-message-bytes": 1000}) as (mailbox, client):
            await client.reply()
            before = len(mailbox.accounts.bcc.inbox.messages)
            await client.expect(HELLO, (plain_login, "235"), *TO_BCC)
            await client.expect(("x" * 999 + "\r\n.", "552 5.3.4"), ("NOOP", "250"), *TO_BCC)
            await client.expect(("x" * 998 + "\r\n.", "250"))
            assert len(mailbox.accounts.bcc.inbox.messages) == before + 1
            assert len(mailbox.evidence.messages) == 1

    asyncio.run(run())


def test_a_whole_transaction_in_one_packet(smtp: Smtp, plain_login: str) -> None:
    async def run() -> None:
        async with smtp() as (mailbox, client):
            await client.reply()
            await client.expect(HELLO, (plain_login, "235"))
            lines = [line for line, _ in TO_BCC] + ["Subject: hi", "", "NOOP", ".", "QUIT"]
            await client.send("".join(f"{line}\r\n" for line in lines).encode())
            codes = [(await client.reply())[:3] for _ in range(6)]
            assert codes == ["250", "250", "354", "250", "221", ""]
            assert len(mailbox.evidence.messages) == 1

    asyncio.run(run())


def test_a_message_for_which_there_is_no_room_is_refused_and_kept_nowhere(
    smtp: Smtp, plain_login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fakeservers.store.MOST_BYTES", 3000)

    async def run() -> None:
        async with smtp() as (mailbox, client):
            assert (await client.reply()).startswith("220")
            before = len(mailbox.accounts.bcc.inbox.messages)
            small, large = "x" * 10 + "\r\n.", "x" * 5000 + "\r\n."
            await client.expect(HELLO, (plain_login, "235"))
            await client.expect(*TO_BCC, (large, "552 5.2.2"), *TO_BCC, (small, "250"))
            twice = TO_BCC[1]
            half = "x" * 1400 + "\r\n."
            await client.expect(TO_BCC[0], twice, twice, TO_BCC[2], (half, "552 5.2.2"))
            assert len(mailbox.accounts.bcc.inbox.messages) == before + 1

    asyncio.run(run())
