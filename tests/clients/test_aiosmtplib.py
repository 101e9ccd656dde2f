"""aiosmtplib."""

from __future__ import annotations

import asyncio

import aiosmtplib
import pytest

from tests.clients.world import ACCOUNT, RUN_S, World, outgoing


def client(world: World) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=world.host,
        port=world.smtp,
        use_tls=world.implicit,
        start_tls=world.starttls,
        cert_bundle=world.ca_file,
        timeout=RUN_S,
    )


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"])
def test_send(world: World, mechanism: str) -> None:
    async def send() -> None:
        async with client(world) as smtp:
            transport = smtp.transport
            await smtp.ehlo()
            log_in = getattr(smtp, f"auth_{mechanism.lower().replace('-', '')}")
            secret = ACCOUNT.token if mechanism == "XOAUTH2" else ACCOUNT.password
            await log_in(ACCOUNT.login, secret)
            await smtp.send_message(outgoing())
        assert transport
        transport.abort()  # this loop ends before the end of TLS is through

    asyncio.run(send())
    world.assert_logged_in(mechanism, service="smtp")
    world.assert_sent()


def test_an_impostor_is_told_nothing(impostor: World) -> None:
    with pytest.raises(aiosmtplib.SMTPConnectError, match="certificate verify failed"):
        asyncio.run(client(impostor).connect())
    impostor.assert_told_nothing()
