"""Connected, and told of each message once, whatever becomes of the connections."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakeservers.happenings.links import HowCut
from fakeservers.store import Folder
from harness.contract.staying import Failing, MessageSeen
from tests.harness.stayer.conftest import Life

Live = Callable[..., None]
NO_IDLE = {
    "when": {"event": "command", "command": "IDLE"},
    "then": {"reply": "unknown-command"},
}


def states(life: Life) -> list[str]:
    return [state.state for state in life.said]


def messages(life: Life) -> list[str]:
    return [state.message_id for state in life.said if isinstance(state, MessageSeen)]


def inbox(life: Life) -> Folder:
    return life.mailbox.accounts.account.inbox


@pytest.mark.parametrize("security", ["implicit-tls", "starttls", "cleartext"])
def test_connects_and_is_told_of_messages(live: Live, security: str) -> None:
    async def story(life: Life) -> None:
        assert inbox(life).messages  # which were there before, and so are not new
        assert (await life.next()).state == "connected"
        life.deliver("<one@example.test>")
        await life.until("message", message_id="<one@example.test>")
        life.deliver("<two@example.test>")
        life.deliver("<three@example.test>")
        await life.until("message", message_id="<three@example.test>")
        await life.stop()
        assert states(life) == ["connected", "message", "message", "message", "stopped"]
        assert life.logins == [("imap", "accepted")]
        [transcript] = life.mailbox.evidence.connections
        assert transcript.ended_how == "FIN"
        commands = transcript.commands()
        assert commands[-1] == "LOGOUT" and "IDLE" in commands and "NOOP" not in commands

    live(story, f"imap: {{security: {security}}}\n")


def test_looks_again_and_again_where_idle_is_refused(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.deliver("<one@example.test>")
        await life.until("message", message_id="<one@example.test>")
        await life.stop()
        [transcript] = life.mailbox.evidence.connections
        commands = transcript.commands()
        assert commands.count("IDLE") == 1 and "NOOP" in commands

    live(story, rules={"imap": [NO_IDLE]})


@pytest.mark.parametrize("how", ["fin", "rst", "close-notify"])
def test_a_connection_that_died_is_made_again_and_nothing_is_lost(live: Live, how: HowCut) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        for number in range(3):
            life.deliver(f"<before-{number}@example.test>")
            await life.until("message", message_id=f"<before-{number}@example.test>")
            life.cut(how)
            life.deliver(f"<meanwhile-{number}@example.test>")
            await life.until("message", message_id=f"<meanwhile-{number}@example.test>")
        assert states(life).count("connected") == 1 and "failing" not in states(life)
        assert len(messages(life)) == len(set(messages(life))) == 6
        assert len(life.logins) == 4

    live(story)


@pytest.mark.parametrize("how", ["silent", "drip"])
def test_a_link_that_dies_without_a_word_is_noticed(live: Live, how: HowCut) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.cut(how)
        life.deliver("<meanwhile@example.test>")
        await life.until("message", message_id="<meanwhile@example.test>")
        assert states(life) == ["connected", "message"]
        assert len(life.logins) == 2

    live(story, timeout_s=2.0)


def test_a_server_that_restarts_is_come_back_to(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.mailbox.go_down(bye=True)
        failed = await life.next()
        assert isinstance(failed, Failing) and (failed.stage, failed.cause) == (
            *("imap-connect", "refused"),
        )
        life.deliver("<meanwhile@example.test>")
        life.mailbox.come_up()
        assert (await life.next()).state == "message"
        assert (await life.next()).state == "connected"
        assert messages(life) == ["<meanwhile@example.test>"]

    live(story)


def test_where_uids_change_messages_are_known_by_their_message_id(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.deliver("<old@example.test>")
        await life.until("message", message_id="<old@example.test>")
        folder = inbox(life)
        folder.uid_validity += 1
        folder.uid_next = 1
        for message in folder.messages:
            message.uid = folder.uid_next
            folder.uid_next += 1
        life.cut()
        life.deliver("<new@example.test>")
        await life.until("message", message_id="<new@example.test>")
        life.deliver("<newer@example.test>")
        await life.until("message", message_id="<newer@example.test>")
        assert messages(life) == [
            "<old@example.test>",
            "<new@example.test>",
            "<newer@example.test>",
        ]

    live(story)


def test_the_same_account_typed_anew_has_the_same_messages(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.deliver("<one@example.test>")
        await life.until("message", message_id="<one@example.test>")
        life.typed(timeout_s=4.0)
        await life.until("connected")
        life.deliver("<two@example.test>")
        await life.until("message")
        assert messages(life) == ["<one@example.test>", "<two@example.test>"]

    live(story)


def test_a_long_absence_is_caught_up_with(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.cut()
        wanted = [f"<{number}@example.test>" for number in range(450)]
        for message_id in wanted:
            life.deliver(message_id)
        await life.until("message", message_id=wanted[-1])
        assert messages(life) == wanted

    live(story)


def test_a_message_without_an_id_is_told_of(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.mailbox.accounts.account.deliver(b"Subject: none\r\n\r\n")
        seen = await life.until("message")
        assert isinstance(seen, MessageSeen) and seen.message_id.endswith("@no-id.invalid>")

    live(story)


def test_another_user_name_of_the_same_account_has_the_same_messages(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.change_account(username="anna-7")
        life.cut()
        await life.until("failing")
        life.deliver("<meanwhile@example.test>")
        life.typed(username="anna-7")
        await life.until("message", message_id="<meanwhile@example.test>")

    live(story)


def test_another_account_has_messages_that_are_not_new(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.change_account(address="otto@example.test")
        life.cut()
        await life.until("failing")
        life.deliver("<ottos@example.test>")
        life.typed(email="otto@example.test")
        await life.until("connected")
        life.deliver("<new@example.test>")
        await life.until("message")
        assert messages(life) == ["<new@example.test>"]

    live(story)
