"""What is told when a mailbox fails, how often it is tried, and when it is connected again."""

from __future__ import annotations

from collections.abc import Callable

from harness.classify import explain
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.contract.staying import Failing, ToSend
from harness.stayer.account import SharedAccount
from harness.stayer.outbox import OutboxRoutine
from harness.stayer.outlook import Outlook
from tests.harness.stayer.conftest import PACE, Life

Live = Callable[..., None]
OUTAGE = {
    "when": {"event": "connect", "state": "outage"},
    "then": [{"text": "* BYE [UNAVAILABLE] Back soon"}, "close"],
}
LOCKED = {
    "when": {"event": "login", "state": "locked"},
    "then": {"text": "{tag} NO [ALERT] Account is temporarily locked"},
}


def test_a_password_that_was_good_is_tried_once_more_then_no_longer(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.change_account(password="another one")
        life.cut()
        first, last = await life.until("failing"), await life.until("failing")
        assert isinstance(first, Failing) and isinstance(last, Failing)
        assert (first.error, first.stage, first.cause) == (
            *("unauthorized", "imap-login", "bad-credentials"),
        )
        assert first.ask_password and first.retry_at_s and last.retry_at_s is None
        life.deliver("<meanwhile@example.test>")
        life.typed(password="another one")
        assert (await life.next()).state == "message"
        assert (await life.next()).state == "connected"
        assert life.logins == [
            ("imap", "accepted"),
            *[("imap", "refused")] * 2,
            ("imap", "accepted"),
        ]

    live(story)


def test_a_password_that_never_was_good_is_tried_once(live: Live) -> None:
    async def story(life: Life) -> None:
        life.typed(password="wrong")  # before it has said anything
        failed = await life.until("failing")
        assert isinstance(failed, Failing) and failed.retry_at_s is None
        life.send("<held@example.test>")  # which would be one more log-in in vain
        life.typed(password=life.mailbox.spec.account.password)
        said = {(await life.next()).state, (await life.next()).state}
        assert said == {"connected", "sent"}
        outcomes = [outcome for _, outcome in life.logins]
        assert outcomes.count("refused") == 1

    live(story)


def test_what_passes_by_itself_is_waited_for(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.change(state=["outage"])
        life.cut()
        failed = await life.next()
        assert isinstance(failed, Failing)
        assert (failed.error, failed.cause) == ("imap-confirmation-error", "server-unavailable")
        assert failed.retry_at_s and not failed.ask_password
        count = len(life.mailbox.evidence.connections)
        await life.happens(lambda: len(life.mailbox.evidence.connections) > count + 2)
        life.change(state=[])
        assert (await life.next()).state == "connected"
        assert len(life.logins) == 2

    live(story, rules={"imap": [OUTAGE]})


def test_a_locked_account_is_tried_slowly_and_is_back_by_itself(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.change(state=["locked"])
        life.cut()
        failed = await life.next()
        assert isinstance(failed, Failing) and failed.cause == "account-locked"
        assert failed.retry_at_s is not None and failed.retry_at_s >= 0.2  # the longest of the pace
        life.change(state=[])
        assert (await life.next()).state == "connected"
        assert len(life.logins) == 3

    live(story, rules={"imap": [LOCKED]})


def test_orders_are_heard_while_it_waits(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.change_account(password="another one")
        life.cut()
        while not (isinstance(said := await life.next(), Failing) and said.retry_at_s is None):
            pass
        await life.stop()
        assert life.said[-1].state == "stopped"

    live(story)


def test_an_attempt_that_settings_overtake_is_not_told_of(live: Live) -> None:
    async def story(life: Life) -> None:
        assert (await life.next()).state == "connected"
        life.change(state=["outage"])
        life.cut()
        await life.happens(lambda: len(life.mailbox.evidence.connections) == 2)
        life.change(state=[])
        life.typed()
        assert (await life.next()).state == "connected"

    hangs = {"when": {"event": "connect", "state": "outage"}, "then": "hang"}
    live(story, rules={"imap": [hangs]}, timeout_s=2.0)


def test_while_the_log_in_is_refused_nothing_is_sent() -> None:
    outlook = Outlook(lambda state: None, lambda: None)
    nobody = ServerSettings(host="127.0.0.1", port=1)
    settings = ConnectionSettings(email="anna@example.test", password="x", imap=nobody, smtp=nobody)
    outbox = OutboxRoutine(SharedAccount(settings), PACE, outlook, lambda: None)
    assert not outbox.has_work()
    outbox.add(ToSend(to="anna@example.test", message_id="<one@example.test>"))
    assert outbox.has_work()
    outlook.failing("imap", explain("imap", "imap-login", "a NO [AUTHENTICATIONFAILED] x"), None)
    assert not outbox.has_work()
    outlook.well("imap")
    assert outbox.has_work()
    outbox.bell.close()
