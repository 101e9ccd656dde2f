"""Mailboxes that take access tokens: when a new one is fetched, and how often."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.contract.staying import Failing
from tests.harness.stayer.conftest import Life

Live = Callable[..., None]
ROTATING = "oauth: {issuing: {rotates: true}}\n"


def outcomes(life: Life) -> list[str]:
    return [each.outcome for each in life.mailbox.evidence.token_requests]


@pytest.mark.parametrize("expiry", ["told", "untold"])
def test_an_expired_token_is_renewed_once(live: Live, expiry: str) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.cut()
        life.deliver("<one@example.test>")
        assert (await life.next()).state == "message"
        assert outcomes(life) == ["issued"]

    live(story, f"customer: {{oauth2: {{access-token: expired, expiry: {expiry}}}}}\n{ROTATING}")


def test_both_services_share_the_tokens(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.send("<one@example.test>")
        await life.until("sent")
        assert outcomes(life) == ["issued"]
        assert [outcome for _, outcome in life.logins] == ["accepted"] * 2

    live(story, f"customer: {{oauth2: {{access-token: none}}}}\n{ROTATING}")


def test_a_refresh_token_that_is_refused_is_the_customers(live: Live) -> None:
    async def story(life: Life) -> None:
        failed = await life.next()
        assert isinstance(failed, Failing)
        assert (failed.error, failed.stage, failed.cause) == (
            *("unauthorized", "oauth-token", "token-revoked"),
        )
        assert failed.retry_at_s is None and not failed.ask_password
        assert outcomes(life) == ["refused"]

    live(story, "customer: {oauth2: {access-token: expired, refresh-token: revoked}}\n")
