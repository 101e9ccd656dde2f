"""The same conversation in every dialect: other words, the same codes, the keywords of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from fakeservers.dialects.dialect import dialect_names
from fakeservers.smtp.checks import IMPLEMENTED

Smtp = Callable[..., AbstractAsyncContextManager[Any]]

REFUSED = ("4", "5")  # Courier's are 4yz where everyone else's are 5yz
ANONYMOUS = [
    ("MAIL FROM:<a@b.test>", ("250", *REFUSED)),  # some refuse the recipient only
    ("RCPT TO:<out@elsewhere.test>", REFUSED),
    ("DATA", REFUSED),
    ("RSET", ("250", *REFUSED)),
]
SENDING = [
    ("MAIL FROM:<anna@example.test>", REFUSED),
    ("RCPT TO:<nobody@example.test>", REFUSED),
    ("RCPT TO:<bcc@crm.example.test>", "250"),
    ("DATA", "354"),
    ("Subject: hi\r\n.", "250"),
    ("RSET", "250"),
    ("NOOP", "250"),
]


@pytest.mark.parametrize("dialect", dialect_names())
def test_a_whole_conversation(smtp: Smtp, plain_login: str, dialect: str) -> None:
    async def run() -> None:
        service = {"security": "starttls", "mechanisms": ["PLAIN"]}
        async with smtp(service, dialect=dialect) as (mailbox, client):
            assert (await client.reply()).startswith("220")
            assert "STARTTLS" in (await client.say("EHLO client.test"))
            await client.expect(*ANONYMOUS, ("STARTTLS", "220"))
            await client.start_tls(mailbox)
            first, *offered = (await client.say("EHLO client.test")).splitlines()
            assert first.startswith("250-")
            assert {line[4:].split()[0] for line in offered} <= IMPLEMENTED - {"STARTTLS"}
            assert [line[4:] for line in offered if "AUTH" in line] == ["AUTH PLAIN"]
            size = " SIZE=9" if any("SIZE" in line for line in offered) else ""
            mail = (f"MAIL FROM:<anna@example.test>{size}", "250")
            await client.expect(("AUTH FOO", REFUSED), (plain_login, "235"))
            await client.expect(mail, *SENDING, ("QUIT", "221"))
            assert await client.reply() == ""

    asyncio.run(run())


@pytest.mark.parametrize("dialect", dialect_names())
def test_refusals_of_credentials(smtp: Smtp, dialect: str) -> None:
    async def run() -> None:
        async with smtp({"mechanisms": ["PLAIN"]}, dialect=dialect) as (_, client):
            await client.reply()
            await client.expect(
                ("EHLO client.test", "250"),
                *ANONYMOUS,
                ("AUTH PLAIN", "334 "),
                ("*", REFUSED),
                ("AUTH PLAIN !!!", REFUSED),
                ("FOO", REFUSED),
                ("AUTH PLAIN AGFubmEAd3Jvbmc=", REFUSED),
            )

    asyncio.run(run())
