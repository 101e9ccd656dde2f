"""BDAT (RFC 3030): messages in chunks, chunks that are refused, BDAT where it is not offered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

Smtp = Callable[..., AbstractAsyncContextManager[Any]]
Lines = list[tuple[str | bytes, str]]

TO_BCC: Lines = [
    ("EHLO client.test", "250"),
    ("AUTH PLAIN AGFubmFAZXhhbXBsZS50ZXN0AFRyMHViNGRvciYzLWluYm94", "235"),
    ("MAIL FROM:<anna@example.test>", "250"),
    ("RCPT TO:<bcc@crm.example.test>", "250"),
]
HEADER, REST = "BDAT 12\r\nSubject: x", "BDAT 7 LAST\r\n\r\n.\r\n"

DIALOGUES: dict[str, tuple[str, Lines, int]] = {
    "one chunk": (
        "postfix",
        [*TO_BCC, ("BDAT 12 LAST\r\nSubject: x", "250 2.0.0 Ok: 12 bytes")],
        1,
    ),
    "several": ("postfix", [*TO_BCC, (HEADER, "250 2.0.0 Ok: 12 bytes"), (REST, "250")], 1),
    "an empty last one": ("exim", [*TO_BCC, (HEADER, "250 12 byte"), ("BDAT 0 LAST", "250-")], 1),
    "given up": (
        "postfix",
        [*TO_BCC, (HEADER, "250"), ("RSET", "250"), (REST, "503 5.5.1"), ("NOOP", "250")],
        0,
    ),
    "too large": (
        "postfix",
        [
            *TO_BCC,
            (f"BDAT 1002\r\n{'x' * 1000}", "552 5.3.4 Chunk"),
            (HEADER, "551 5.0.0 Discarded 12"),
            (REST, "551"),
            ("RCPT TO:<bcc@crm.example.test>", "503"),
        ],
        0,
    ),
    "too large in all": (
        "exim",
        [*TO_BCC, (HEADER, "250"), (f"BDAT 992 LAST\r\n{'x' * 990}", "552"), (REST, "503")],
        0,
    ),
    "before MAIL": ("postfix", [*TO_BCC[:2], (REST, "503 5.5.1"), ("NOOP", "250")], 0),
    "before RCPT": ("postfix", [*TO_BCC[:3], (REST, "554 5.5.1"), ("NOOP", "250")], 0),
    "no size, no more to say": ("postfix", [*TO_BCC, ("BDAT", "521"), ("NOOP", "")], 0),
    "not offered": (
        "plain",
        [*TO_BCC, (REST, "502"), ("DATA", "354"), ("Subject: x\r\n.", "250")],
        1,
    ),
}


@pytest.mark.parametrize(("dialect", "lines", "accepted"), DIALOGUES.values(), ids=DIALOGUES)
def test_dialogues(smtp: Smtp, dialect: str, lines: Lines, accepted: int) -> None:
    async def run() -> None:
        async with smtp({"max-message-bytes": 1000}, dialect=dialect) as (mailbox, client):
            await client.reply()
            await client.expect(*lines)
            assert len(mailbox.evidence.messages) == accepted

    asyncio.run(run())


def test_the_octets_are_the_message_as_they_are(smtp: Smtp) -> None:
    async def run() -> None:
        async with smtp(dialect="postfix") as (mailbox, client):
            await client.reply()
            await client.expect(*TO_BCC, (HEADER, "250"), ("BDAT 9 LAST\r\n\r\n..\r\n.", "250"))
            delivered = mailbox.accounts.bcc.inbox.messages[-1].content
            assert delivered.endswith(b"Subject: x\r\n\r\n..\r\n.\r\n")

    asyncio.run(run())


@pytest.mark.parametrize(
    "when", [{"event": "command", "command": "DATA"}, {"event": "data"}, {"event": "end-of-data"}]
)
def test_a_rule_strikes_a_message_in_chunks_too(smtp: Smtp, when: dict[str, str]) -> None:
    async def run() -> None:
        rule = {"when": {**when, "recipient": "local"}, "then": {"text": "554 struck"}}
        async with smtp({"rules": [rule]}, dialect="postfix") as (mailbox, client):
            await client.reply()
            await client.expect(*TO_BCC, ("BDAT 12 LAST\r\nSubject: x", "554"), ("NOOP", "250"))
            assert mailbox.evidence.messages == []
            assert mailbox.evidence.fired == ["smtp.rules[0]"]

    asyncio.run(run())


def test_a_rule_that_answers_bdat_itself_leaves_no_octets_behind(smtp: Smtp) -> None:
    async def run() -> None:
        rule = {"when": {"event": "command", "command": "BDAT"}, "then": {"text": "451 later"}}
        async with smtp({"rules": [rule]}, dialect="postfix") as (mailbox, client):
            await client.reply()
            await client.expect(*TO_BCC, ("BDAT 6 LAST\r\nQUIT", "451"), ("NOOP", "250"))
            assert mailbox.evidence.messages == []

    asyncio.run(run())


def test_binarymime_takes_chunks(smtp: Smtp) -> None:
    """RFC 3030, section 3."""

    async def run() -> None:
        async with smtp({"mechanisms": ["PLAIN"]}, dialect="outlook") as (mailbox, client):
            await client.reply()
            await client.expect(
                *TO_BCC[:2], ("MAIL FROM:<anna@example.test> BODY=BINARYMIME", "250")
            )
            await client.expect(TO_BCC[3], ("DATA", "503"), ("BDAT 3 LAST\r\n\0", "250"))
            assert len(mailbox.evidence.messages) == 1

    asyncio.run(run())
