"""What Postfix and Exim do otherwise than the RFCs' strictest reading; the lab has much more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

Smtp = Callable[..., AbstractAsyncContextManager[Any]]
Lines = list[tuple[str | bytes, str]]

HELLO = ("EHLO client.test", "250")
LOGIN = ("AUTH PLAIN AGFubmFAZXhhbXBsZS50ZXN0AFRyMHViNGRvciYzLWluYm94", "235")
MAIL = ("MAIL FROM:<anna@example.test>", "250")

POSTFIX: dict[str, Lines] = {
    "no EHLO needed": [LOGIN, MAIL, ("RCPT TO:<a@b.test>", "250")],
    "strangers are refused at RCPT": [HELLO, MAIL, ("RCPT TO:<a@b.test>", "553 5.7.1 <anna@")],
    "an address of one word": [HELLO, LOGIN, ("MAIL FROM:<a@@b>", "250"), ("RCPT TO:<b>", "250")],
    "but with a domain that is one": [
        HELLO,
        LOGIN,
        ("MAIL FROM:<a@b..c>", "501 5.1.7"),
        ("MAIL FROM:<a@[x]>", "501 5.1.7"),
        ("MAIL FROM:<a b@c.test>", "501 5.1.7"),
    ],
    "UTF-8 without SMTPUTF8": [HELLO, LOGIN, ("MAIL FROM:<j\u00f6rg@example.test>", "250")],
    "a long line": [("NOOP " + "x" * 5000, "250"), ("NOOP " + "x" * 13_000, "500")],
    "a browser": [("GET / HTTP/1.1", "221 2.7.0"), ("NOOP", "")],
    "a header": [("Subject: hi", "221 2.7.0"), ("NOOP", "")],
    "DSN": [
        HELLO,
        LOGIN,
        ("MAIL FROM:<a@b.test> RET=HDRS ENVID=1", "250"),
        ("RCPT TO:<a@b.test> NOTIFY=NEVER ORCPT=rfc822;a@b.test", "250"),
        ("RCPT TO:<a@b.test> NOTIFY=SOON", "501 5.5.4 Error: Bad NOTIFY"),
    ],
    "ETRN": [
        ("ETRN b.test", "503 Error"),
        HELLO,
        ("ETRN @b.test", "459 <b.test>"),
        ("ETRN", "500"),
    ],
    "VRFY asks as RCPT does": [
        ("VRFY anna@example.test", "252 2.0.0 anna"),
        ("VRFY nobody@example.test", "550 5.1.1"),
        ("VRFY a@b.test", "554 5.7.1 <a@b.test>: Relay"),
    ],
    "AUTH in a message": [HELLO, LOGIN, MAIL, (LOGIN[0], "503 5.5.1 Error: MAIL transaction")],
    "a token's refusal, cancelled": [
        ("AUTH XOAUTH2 dXNlcj1hAWF1dGg9QmVhcmVyIGIBAQ==", "334 "),
        ("*", "501 5.7.0"),
    ],
}
EXIM: dict[str, Lines] = {
    "whole commands": [HELLO, ("MAIL", "500"), (" NOOP", "500"), ("mail from:<>", "550 5.7.0")],
    "state before log-in": [HELLO, ("DATA", "503 valid"), ("RCPT TO:<a@b.test>", "503 sender")],
    "names of hosts only": [("EHLO my_client", "501"), ("EHLO a b", "501"), ("EHLO [::1]", "501")],
    "an address literal": [("EHLO [127.0.0.1]", "250"), ("HELO [IPv6:::1]", "250")],
    "AUTH after HELO": [("HELO client.test", "250"), (LOGIN[0], "503 AUTH")],
    "recipients refused alike": [
        HELLO,
        LOGIN,
        MAIL,
        ("RCPT TO:<nobody@example.test>", "550 5.1.1 Unknown user"),
        ("DATA", "503-All RCPT commands were rejected with this error:\n503-5.1.1 Unknown user\n"),
    ],
    "recipients refused in different words": [
        HELLO,
        LOGIN,
        MAIL,
        ("RCPT TO:<nobody@example.test>", "550"),
        ("RCPT TO:<b>", "501 <b>: recipient address must contain a domain"),
        ("DATA", "503 Valid RCPT"),
    ],
    "parameters it does not look at": [HELLO, LOGIN, ("MAIL FROM:<a@b.test> SIZE=x RET=x", "250")],
    "one it does not know": [
        HELLO,
        LOGIN,
        ("MAIL FROM:<a@b.test> FOO=1", "501 <a@b.test> FOO=1: malformed address: FOO=1 may not"),
    ],
    "cleartext is no reason at MAIL": [HELLO, ("MAIL FROM:<a@b.test>", "550 5.7.0")],
}


@pytest.mark.parametrize(
    ("dialect", "lines"),
    [("postfix", lines) for lines in POSTFIX.values()]
    + [("exim", lines) for lines in EXIM.values()],
    ids=[*(f"postfix: {name}" for name in POSTFIX), *(f"exim: {name}" for name in EXIM)],
)
def test_dialogues(smtp: Smtp, dialect: str, lines: Lines) -> None:
    async def run() -> None:
        service = {"mechanisms": ["PLAIN", "XOAUTH2"]}
        async with smtp(service, dialect=dialect) as (_, client):
            await client.reply()
            await client.expect(*lines)

    asyncio.run(run())
