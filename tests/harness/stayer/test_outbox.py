"""Each message goes out once; what fails is told of and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fakeservers.store import message_id
from harness.contract.staying import Failing
from tests.harness.stayer.conftest import Life

Live = Callable[..., None]
ONE, TWO = "<one@example.test>", "<two@example.test>"


def rule(event: str, *then: Any, **when: Any) -> dict[str, Any]:
    """Something goes wrong as long as there is an outage."""
    return {"when": {"event": event, "state": "outage", **when}, "then": list(then)}


def accepted(life: Life) -> list[str]:
    """What SMTP took, in order."""
    return [each.message_id for each in life.mailbox.evidence.messages]


async def failed(life: Life) -> Failing:
    state = await life.until("failing")
    assert isinstance(state, Failing)
    return state


def test_sends_what_it_is_told_to(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.send(ONE)
        assert (await life.next()).model_dump(include={"state", "message_id"}) == {
            "state": "sent",
            "message_id": ONE,
        }
        life.send(TWO)
        await life.until("sent", message_id=TWO)
        assert accepted(life) == [ONE, TWO]
        [*_, first, _] = life.mailbox.accounts.bcc.inbox.messages
        assert message_id(first.content) == ONE
        assert [state.state for state in life.said] == ["connected", "sent", "sent"]

    live(story)


def test_what_may_pass_is_tried_until_it_goes(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.change(state=["outage"])
        life.send(ONE)
        told = await failed(life)
        assert (told.error, told.stage) == ("test-email-failed", "smtp-rcpt")
        assert told.retry_at_s is not None
        life.deliver("<meanwhile@example.test>")
        await life.until("message", message_id="<meanwhile@example.test>")
        life.change(state=[])
        await life.until("sent", message_id=ONE)
        assert (await life.next()).state == "connected"
        assert accepted(life) == [ONE]

    rules = {"smtp": [rule("command", {"text": "451 4.3.0 Try again later"}, command="RCPT")]}
    live(story, rules=rules)


def test_a_message_that_is_refused_for_good_does_not_keep_others(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.send(ONE, to="nobody@crm.example.test")
        told = await failed(life)
        assert told.retry_at_s is None
        life.send(TWO)
        await life.until("sent", message_id=TWO)
        assert (await life.next()).state == "connected"
        life.typed()
        again = await failed(life)
        assert (again.stage, again.retry_at_s) == (told.stage, None)
        assert accepted(life) == [TWO]

    live(story)


@pytest.mark.parametrize("how", ["close", "reset"])
def test_what_may_have_been_sent_is_never_sent_again(live: Live, how: str) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.change(state=["outage"])
        life.send(ONE)
        told = await failed(life)
        assert (told.stage, told.cause) == ("smtp-end-of-data", "dropped-after-data")
        assert told.retry_at_s is None
        life.change(state=[])
        life.typed()
        await life.until("connected")
        life.send(TWO)
        await life.until("sent", message_id=TWO)
        assert accepted(life) == [TWO]

    live(story, rules={"smtp": [rule("end-of-data", how)]})


def test_a_password_that_smtp_alone_refuses(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.change(state=["outage"])
        life.send(ONE)
        told = await failed(life)
        assert (told.stage, told.retry_at_s) == ("smtp-login", None)
        life.send(TWO)
        life.deliver("<meanwhile@example.test>")
        await life.until("message")
        life.change(state=[])
        life.typed()
        await life.until("sent", message_id=ONE)
        await life.until("sent", message_id=TWO)
        assert life.logins.count(("smtp", "answered")) == 1

    rules = {"smtp": [rule("login", {"text": "535 5.7.8 Username and Password not accepted"})]}
    live(story, rules=rules)
