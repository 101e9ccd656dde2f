"""What a client may not do, and what it may: tables of lines and the replies they get."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from fakeservers.dialects.behaviour import SmtpBehaviour

Smtp = Callable[..., AbstractAsyncContextManager[Any]]

HELLO = ("EHLO client.test", "250")
MAIL = ("MAIL FROM:<anna@example.test>", "250")
RCPT = ("RCPT TO:<bcc@crm.example.test>", "250")

BEFORE_LOGIN: dict[str, list[tuple[str | bytes, str]]] = {
    "MAIL before EHLO": [("MAIL FROM:<a@b.test>", "503 5.5.1")],
    "RCPT before EHLO": [("RCPT TO:<a@b.test>", "503 5.5.1")],
    "DATA before EHLO": [("DATA", "503 5.5.1")],
    "AUTH before EHLO": [("AUTH PLAIN", "503 5.5.1")],
    "what needs no EHLO": [("NOOP", "250"), ("RSET", "250"), ("VRFY anna", "252"), ("HELP", "214")],
    "EHLO without a name": [("EHLO", "501"), ("HELO", "501"), ("NOOP", "250")],
    "verbs in any case": [("ehlo client.test", "250"), ("nOoP", "250")],
    "white space round a command": [(" EHLO  client.test \t", "250")],
    "a bare LF ends a command": [(b"NOOP\nNOOP", "250"), ("RSET", "250"), ("RSET", "250")],
    "no authentication": [
        HELLO,
        ("MAIL FROM:<a@b.test>", "530 5.7.0"),
        ("RCPT TO:<a@b.test>", "530 5.7.0"),
    ],
    "DATA without authentication": [HELLO, ("DATA", "530 5.7.0")],
    "AUTH after HELO": [("HELO client.test", "250"), ("AUTH PLAIN", "503")],
    "STARTTLS in cleartext": [HELLO, ("STARTTLS", "502")],
    "not offered": [HELLO, ("BDAT 3 LAST\r\n?", "502"), ("ETRN x", "502"), ("EXPN list", "502")],
    "unknown": [HELLO, ("FOO bar", "500"), ("XCLIENT NAME=x", "500")],
    "nothing": [("", "500"), ("   ", "500")],
    "bytes that are no command": [
        (b"NOOP\x00", "500"),
        (b"NO\x00OP", "500"),
        (b"EHLO caf\xc3\xa9", "500"),
        (b"EHLO caf\xe9", "500"),
        (b"\xff\xfe", "500"),
        (b"NOOP \x1b[2J", "500"),
    ],
    "another protocol": [("GET / HTTP/1.1", "500"), ("a1 LOGIN anna secret", "500")],
    "a line of 512 bytes": [("NOOP " + "x" * 505, "250")],
    "a line of 513 bytes": [("NOOP " + "x" * 506, "500"), ("NOOP", "250")],
    "a line that is kept no more": [("NOOP " + "x" * 100_000, "500"), ("NOOP", "250")],
    "RSET with an argument": [("RSET now", "501")],
}

AFTER_LOGIN: dict[str, list[tuple[str | bytes, str]]] = {
    "AUTH twice": [("AUTH PLAIN", "503 5.5.1")],
    "RCPT before MAIL": [("RCPT TO:<a@b.test>", "503 5.5.1")],
    "DATA before MAIL": [("DATA", "503 5.5.1")],
    "DATA before RCPT": [MAIL, ("DATA", "503 5.5.1")],
    "DATA with an argument": [MAIL, RCPT, ("DATA now", "501")],
    "MAIL twice": [MAIL, ("MAIL FROM:<a@b.test>", "503 5.5.1"), RCPT],
    "the null sender": [("MAIL FROM:<>", "250"), ("MAIL FROM:<>", "503 5.5.1"), RCPT],
    "RSET forgets": [MAIL, RCPT, ("RSET", "250"), ("DATA", "503"), MAIL],
    "EHLO forgets": [MAIL, HELLO, ("RCPT TO:<a@b.test>", "503"), MAIL],
    "no address": [("MAIL", "501"), ("MAIL FROM:", "501"), ("MAIL TO:<a@b.test>", "501")],
    "an unfinished path": [("MAIL FROM:<", "501"), ("MAIL FROM:<a@b.test", "501")],
    "a bad sender": [("MAIL FROM:<a@@b>", "501 5.1.7"), ("MAIL FROM:<a>", "501 5.1.7")],
    "a bad recipient": [
        MAIL,
        ("RCPT TO:<a@@b>", "501 5.1.3"),
        ("RCPT TO:<a@[ >", "501 5.1.3"),
        ("RCPT TO:<a..b@c.test>", "501 5.1.3"),
        (f"RCPT TO:<{'a' * 65}@c.test>", "501 5.1.3"),
        ("RCPT TO:<>", "501"),
        ("RCPT", "501"),
    ],
    "a bad domain": [
        ("MAIL FROM:<a@[x]>", "501 5.1.7"),
        ("MAIL FROM:<a@[999.0.0.1]>", "501 5.1.7"),
        ("MAIL FROM:<a@[IPv6:zz]>", "501 5.1.7"),
        ("MAIL FROM:<a@192.0.2.1>", "501 5.1.7"),
        (f"MAIL FROM:<a@{'b' * 64}.test>", "501 5.1.7"),
        (f"MAIL FROM:<a@{'b.' * 130}test>", "501 5.1.7"),
        (f"MAIL FROM:<a@{'b' * 63}.test>", "250"),
    ],
    "written otherwise": [
        ("mail from: <anna@example.test>", "250"),
        ("rcpt to:bcc@crm.example.test", "250"),
        ("RCPT TO:<@relay.test,@b.test:bcc@crm.example.test>", "250"),
        ('RCPT TO:<"a b"@elsewhere.test>', "250"),
        ("RCPT TO:<a@[127.0.0.1]>", "250"),
        ("RCPT TO:<a@[IPv6:::1]>", "250"),
    ],
    "parameters": [
        ("MAIL FROM:<anna@example.test> SIZE=99 BODY=8BITMIME SMTPUTF8 AUTH=<>", "250"),
        ("RCPT TO:<a@b.test> NOTIFY=NEVER", "555"),
        ("RCPT TO:<a@b.test> ORCPT=rfc822;a@b.test", "5"),
    ],
    "parameters in lower case": [("MAIL FROM:<a@b.test> size=9 body=7bit", "250")],
    "unknown parameters": [
        ("MAIL FROM:<a@b.test> RET=HDRS", "555"),
        ("MAIL FROM:<a@b.test> X-FOO=1", "555"),
        ("MAIL FROM:<a@b.test> ENVID=1 SIZE=3", "555"),
    ],
    "bad values": [
        ("MAIL FROM:<a@b.test> SIZE=ten", "501"),
        ("MAIL FROM:<a@b.test> SIZE=", "501"),
        ("MAIL FROM:<a@b.test> SIZE", "501"),
        ("MAIL FROM:<a@b.test> SIZE=\u00b2", "501"),
        ("MAIL FROM:<a@b.test> BODY=BINARYMIME", "501"),
        ("MAIL FROM:<a@b.test> SMTPUTF8=yes", "501"),
        ("MAIL FROM:<a@b.test> AUTH=", "501"),
    ],
    "parameters after HELO": [("HELO c", "250"), ("MAIL FROM:<a@b.test> SIZE=9", "501"), MAIL],
    "too large": [("MAIL FROM:<a@b.test> SIZE=1001", "552 5.3.4"), MAIL],
    "as large as it may be": [("MAIL FROM:<a@b.test> SIZE=1000", "250")],
    "UTF-8 without SMTPUTF8": [
        ("MAIL FROM:<j\u00f6rg@example.test>", "553 5.6.7"),
        MAIL,
        ("RCPT TO:<j\u00f6rg@elsewhere.test>", "553 5.6.7"),
    ],
    "UTF-8": [
        ("MAIL FROM:<j\u00f6rg@example.test> SMTPUTF8", "250"),
        ("RCPT TO:<j\u00f6rg@m\u00fcnchen.test>", "250"),
    ],
    "bytes that are no UTF-8": [(b"MAIL FROM:<j\xf6rg@example.test> SMTPUTF8", "500")],
    "who is local": [
        MAIL,
        ("RCPT TO:<nobody@example.test>", "550 5.1.1"),
        ("RCPT TO:<nobody@crm.EXAMPLE.test>", "550 5.1.1"),
        ("RCPT TO:<anna@EXAMPLE.TEST>", "250"),
        ("RCPT TO:<sales@example.test>", "250"),
        ("RCPT TO:<anyone@elsewhere.test>", "250"),
    ],
}


@pytest.mark.parametrize("lines", BEFORE_LOGIN.values(), ids=BEFORE_LOGIN)
def test_before_login(smtp: Smtp, lines: list[tuple[str | bytes, str]]) -> None:
    async def run() -> None:
        async with smtp() as (_, client):
            assert (await client.reply()).startswith("220 ")
            await client.expect(*lines)

    asyncio.run(run())


@pytest.mark.parametrize("lines", AFTER_LOGIN.values(), ids=AFTER_LOGIN)
def test_after_login(smtp: Smtp, plain_login: str, lines: list[tuple[str | bytes, str]]) -> None:
    async def run() -> None:
        account = {"aliases": ["sales@example.test"]}
        async with smtp({"max-message-bytes": 1000}, account=account) as (_, client):
            await client.reply()
            await client.expect(HELLO, (plain_login, "235"), *lines)

    asyncio.run(run())


def test_too_many_errors(smtp: Smtp) -> None:
    async def run() -> None:
        async with smtp() as (_, client):
            await client.reply()
            [limit] = SmtpBehaviour().error_limits
            await client.expect(*[("FOO", "500")] * limit.allowed)
            assert (await client.reply()).startswith("421")
            assert await client.reply() == ""

    asyncio.run(run())


def test_quit_closes_and_what_follows_is_not_executed(smtp: Smtp) -> None:
    async def run() -> None:
        async with smtp() as (_, client):
            await client.send(b"QUIT\r\nNOOP\r\n")
            assert [(await client.reply())[:3] for _ in range(3)] == ["220", "221", ""]

    asyncio.run(run())


def test_a_client_that_talks_early_and_pipelines_is_answered_in_order(smtp: Smtp) -> None:
    async def run() -> None:
        async with smtp() as (_, client):
            await client.send(b"EHLO c\r\nNOOP\r\nFOO\r\nMAIL FROM:<a@b.test>\r\nQUIT\r\n")
            codes = [(await client.reply())[:3] for _ in range(6)]
            assert codes == ["220", "250", "250", "500", "530", "221"]

    asyncio.run(run())


def test_a_huge_line_is_read_in_bounded_memory(smtp: Smtp) -> None:
    async def run() -> None:
        async with smtp() as (mailbox, client):
            await client.reply()
            for _ in range(160):
                await client.send(b"x" * 65536)
            assert (await client.say("")).startswith("500")
            assert (await client.say("NOOP")).startswith("250")
            kept = sum(len(line.text) for line in mailbox.evidence.connections[0].lines())
            assert kept < 200_000

    asyncio.run(run())


def test_too_many_recipients(smtp: Smtp, plain_login: str) -> None:
    async def run() -> None:
        async with smtp() as (_, client):
            await client.reply()
            await client.expect(HELLO, (plain_login, "235"), MAIL)
            lines = [f"RCPT TO:<a{number}@elsewhere.test>" for number in range(1001)]
            await client.send("".join(f"{line}\r\n" for line in lines).encode())
            replies = [await client.reply() for _ in lines]
            assert {reply[:3] for reply in replies[:1000]} == {"250"}
            assert replies[1000].startswith("452")

    asyncio.run(run())
