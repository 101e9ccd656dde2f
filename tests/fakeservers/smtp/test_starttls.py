"""STARTTLS (RFC 3207): offered once, strict, and nothing from before it counts afterwards."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

Smtp = Callable[..., AbstractAsyncContextManager[Any]]

HELLO = ("EHLO client.test", "250")


def test_the_state_is_forgotten(smtp: Smtp, plain_login: str) -> None:
    async def run() -> None:
        async with smtp({"security": "starttls"}) as (mailbox, client):
            await client.reply()
            assert "250 STARTTLS" in await client.say("EHLO client.test")
            await client.expect(
                ("MAIL FROM:<a@b.test>", "530"), ("STARTTLS now", "501"), ("STARTTLS", "220")
            )
            await client.start_tls(mailbox)
            await client.expect((plain_login, "503"), ("MAIL FROM:<a@b.test>", "503"))
            offer = await client.say("EHLO client.test")
            assert "STARTTLS" not in offer and "AUTH PLAIN" in offer
            await client.expect(("STARTTLS", "503"), (plain_login, "235"))
            assert mailbox.evidence.logins[0].tls

    asyncio.run(run())


def test_cleartext_sent_along_is_dropped(smtp: Smtp) -> None:
    async def run() -> None:
        async with smtp({"security": "starttls"}) as (mailbox, client):
            await client.reply()
            await client.expect(HELLO)
            await client.send(b"STARTTLS\r\nEHLO evil.test\r\n")
            assert (await client.reply()).startswith("220")
            await client.start_tls(mailbox)
            await client.expect(("NOOP", "250 2.0.0"), ("MAIL FROM:<a@b.test>", "503"))

    asyncio.run(run())


def test_before_ehlo(smtp: Smtp) -> None:
    async def run() -> None:
        async with smtp({"security": "starttls"}) as (_, client):
            await client.reply()
            await client.expect(("STARTTLS", "503"))

    asyncio.run(run())


def test_implicit_tls(smtp: Smtp, plain_login: str) -> None:
    async def run() -> None:
        async with smtp({"security": "implicit-tls"}) as (mailbox, client):
            await client.start_tls(mailbox)
            assert (await client.reply()).startswith("220")
            assert "STARTTLS" not in await client.say("EHLO client.test")
            await client.expect(("STARTTLS", "503"), (plain_login, "235"))

    asyncio.run(run())


def test_an_untrusting_client_ends_the_handshake(smtp: Smtp) -> None:
    async def run() -> None:
        service = {"security": "starttls", "certificate": "self-signed"}
        async with smtp(service) as (mailbox, client):
            await client.reply()
            await client.expect(HELLO, ("STARTTLS", "220"))
            with pytest.raises(ssl.SSLCertVerificationError):
                await client.start_tls(mailbox)

    asyncio.run(run())
