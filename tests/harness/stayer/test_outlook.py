"""What is told of a mailbox, and what is no news."""

from __future__ import annotations

from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Failing, State
from harness.stayer.known_messages import MOST, KnownMessages
from harness.stayer.outlook import Outlook

REFUSED = Diagnosis(
    error="unauthorized", stage="imap-login", cause="bad-credentials", text={"en": "Wrong."}
)
UNREACHABLE = Diagnosis(
    error="imap-settings-incorrect", stage="imap-connect", cause="refused", text={"en": "Away."}
)
NOT_SENT = Diagnosis(
    error="test-email-failed", stage="smtp-rcpt", cause="recipient-rejected", text={"en": "No."}
)


class Told:
    def __init__(self) -> None:
        self.states: list[State] = []
        self.changes = 0
        self.outlook = Outlook(self.states.append, self.count)

    def count(self) -> None:
        self.changes += 1

    @property
    def news(self) -> list[str]:
        """Since it was last asked."""
        news = [s.error if isinstance(s, Failing) else s.state for s in self.states]
        self.states.clear()
        return news


def test_the_same_failure_is_told_once_and_once_more_when_it_is_given_up() -> None:
    told = Told()
    told.outlook.failing("imap", UNREACHABLE, 1.0)
    told.outlook.failing("imap", UNREACHABLE, 2.0)
    assert told.news == ["imap-settings-incorrect"]
    told.outlook.failing("imap", UNREACHABLE, None)
    assert told.news == ["imap-settings-incorrect"]
    assert told.changes == 3


def test_connected_is_told_once_and_only_where_both_are_well() -> None:
    told = Told()
    told.outlook.well("smtp")
    assert told.news == []
    told.outlook.well("imap")
    told.outlook.well("imap")
    assert told.news == ["connected"]
    told.outlook.failing("smtp", NOT_SENT, 1.0)
    told.outlook.failing("imap", UNREACHABLE, 1.0)
    assert told.news == ["test-email-failed", "imap-settings-incorrect"]
    told.outlook.well("imap")
    assert told.news == ["test-email-failed"]
    told.outlook.well("smtp")
    assert told.news == ["connected"]


def test_a_failure_has_all_that_a_product_shows() -> None:
    told = Told()
    told.outlook.failing("imap", REFUSED.model_copy(update={"ask_password": True}), 1.23456)
    [state] = told.states
    assert isinstance(state, Failing)
    assert (state.stage, state.cause, state.message) == ("imap-login", "bad-credentials", "Wrong.")
    assert state.ask_password is True and state.retry_at_s == 1.235


def test_a_refused_log_in_holds_sending() -> None:
    told = Told()
    told.outlook.failing("imap", UNREACHABLE, 1.0)
    assert not told.outlook.refuses_us
    told.outlook.failing("imap", REFUSED, None)
    assert told.outlook.refuses_us
    told.outlook.begin_anew()
    assert not told.outlook.refuses_us


def test_after_settings_were_typed_the_same_is_news() -> None:
    told = Told()
    told.outlook.failing("imap", REFUSED, None)
    told.outlook.begin_anew()
    told.outlook.failing("imap", REFUSED, None)
    assert told.news == ["unauthorized", "unauthorized"]


def test_nothing_is_told_after_the_end() -> None:
    told = Told()
    told.outlook.end()
    told.outlook.well("imap")
    told.outlook.seen("<one@example.test>")
    told.outlook.sent("<one@example.test>")
    assert told.news == []


def test_uids_hold_as_long_as_their_uidvalidity() -> None:
    known = KnownMessages()
    assert not known.hold(1)
    assert known.begin(1, [(7, "<a>"), (9, "<b>")]) == ["<a>", "<b>"]
    assert known.hold(1) and not known.hold(2) and known.highest == 9
    assert known.begin(2, [(1, "<b>"), (2, "<c>"), (3, "<a>")]) == ["<c>"]
    assert known.highest == 3


def test_of_a_folder_that_says_no_uidvalidity_uids_hold() -> None:
    known = KnownMessages()
    known.begin(None, [])
    assert known.hold(None) and not known.hold(1)


def test_what_is_remembered_has_an_end() -> None:
    known = KnownMessages()
    known.begin(1, ((uid, f"<{uid}>") for uid in range(1, MOST + 2)))
    assert known.begin(2, [(1, "<1>"), (2, "<2>")]) == ["<1>"]
