"""Connected, and told of each message once, whatever becomes of the connections."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.harness.stayer.conftest import Life

Live = Callable[..., None]


def states(life: Life) -> list[str]:
    return [state.state for state in life.said]


def messages(life: Life) -> list[str]:
    return [state.message_id for state in life.said if state.state == "message"]


@pytest.mark.parametrize("security", ["implicit-tls", "starttls", "cleartext"])
def test_connects_and_is_told_of_a_message(live: Live, security: str) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.deliver("<one@example.test>")
        assert (await life.next()).message_id == "<one@example.test>"
        life.deliver("<two@example.test>")
        assert (await life.next()).message_id == "<two@example.test>"
        await life.stop()
        assert states(life) == ["connected", "message", "message", "stopped"]
        assert life.logins == [("imap", "accepted")]
        [transcript] = life.mailbox.evidence.connections
        assert "LOGOUT" in str(transcript)

    live(story, f"imap: {{security: {security}}}\n")
