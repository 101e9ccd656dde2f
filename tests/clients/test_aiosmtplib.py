"""aiosmtplib."""

from __future__ import annotations

import asyncio

import aiosmtplib
import pytest

from tests.clients.world import ACCOUNT, RUN_S, World, outgoing


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"])
def test_send(world: World, mechanism: str) -> None:
    async def send() -> None:
        smtp = aiosmtplib.SMTP(
            hostname=world.host,
            port=world.smtp,
            use_tls=world.implicit,
            start_tls=world.starttls,
            cert_bundle=world.ca_file,
            timeout=RUN_S,
        )
        async with smtp:
            await smtp.ehlo()
            log_in = getattr(smtp, f"auth_{mechanism.lower().replace('-', '')}")
            await log_in(
                ACCOUNT.login, ACCOUNT.token if mechanism == "XOAUTH2" else ACCOUNT.password
            )
            await smtp.send_message(outgoing())

    asyncio.run(send())
    world.assert_logged_in(mechanism, service="smtp")
    world.assert_sent()
