"""A mailbox that is watched: when it changes, how often it is asked, and when no longer."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest

from harness.cli.rounds import Clock, Round, Rounds, watch
from harness.contract.diagnosis import Diagnosis

CONNECTED = Diagnosis(error="connected")
REFUSED_PORT = Diagnosis(error="imap-settings-incorrect", stage="imap-connect", cause="refused")
EXPIRED = Diagnosis(
    error="unauthorized-untrusted-certificate", stage="imap-tls", cause="certificate-expired"
)
BAD_PASSWORD = Diagnosis(
    error="unauthorized", stage="imap-login", cause="bad-credentials", ask_password=True
)


class Time:
    """A clock that is moved by waiting, and by checks, which take two seconds each."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.waits: list[float] = []
        start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        self.clock = Clock(
            lambda: start + datetime.timedelta(seconds=self.seconds - 1000),
            lambda: self.seconds,
            self.wait,
        )

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds


class Mailbox:
    """Answers the checks in turn, and remembers whether each was to send."""

    def __init__(self, time: Time, *answers: Diagnosis) -> None:
        self.time = time
        self.answers: Iterator[Diagnosis] = iter(answers)
        self.sent: list[bool] = []

    def check(self, send: bool) -> Diagnosis:
        self.sent.append(send)
        self.time.seconds += 2
        return next(self.answers)


def rounds(*answers: Diagnosis, **plan: object) -> tuple[list[Round], Mailbox]:
    mailbox = Mailbox(Time(), *answers)
    found = watch(mailbox.check, Rounds(300, len(answers), **plan), mailbox.time.clock)  # type: ignore[arg-type]
    return list(found), mailbox


def test_what_each_round_is_to_the_one_before() -> None:
    found, _ = rounds(
        *(CONNECTED, CONNECTED, REFUSED_PORT, REFUSED_PORT, EXPIRED, CONNECTED, CONNECTED)
    )
    assert [each.change for each in found] == [
        *("first", "stays", "was-lost", "still-fails", "changes", "recovered", "stays")
    ]
    assert [each.number for each in found] == [1, 2, 3, 4, 5, 6, 7]
    assert [each.connected for each in found] == [True, True, False, False, False, True, True]


def test_a_mailbox_that_never_was_connected() -> None:
    found, _ = rounds(REFUSED_PORT, REFUSED_PORT)
    assert [each.change for each in found] == ["fails", "still-fails"]


def test_how_long_a_state_lasted() -> None:
    found, mailbox = rounds(CONNECTED, REFUSED_PORT, REFUSED_PORT, CONNECTED)
    assert [each.since_s for each in found] == [0, 302, 0, 604]
    assert [each.seconds for each in found] == [2, 2, 2, 2]
    assert found[1].began.isoformat() == "2026-01-01T00:05:02+00:00"
    assert mailbox.time.waits == [300, 300, 300]


def test_the_test_email_is_sent_once() -> None:
    found, mailbox = rounds(CONNECTED, CONNECTED, CONNECTED)
    assert mailbox.sent == [each.sent for each in found] == [True, False, False]


def test_the_test_email_is_sent_each_time_if_wanted() -> None:
    assert rounds(CONNECTED, CONNECTED, send_each=True)[1].sent == [True, True]


@pytest.mark.parametrize("stage", ["imap-login", "smtp-login"])
def test_a_refused_password_is_not_tried_again(stage: str) -> None:
    refused = BAD_PASSWORD.model_copy(update={"stage": stage})
    found, mailbox = rounds(CONNECTED, refused, CONNECTED)
    assert [each.change for each in found] == ["first", "was-lost"]
    assert len(mailbox.sent) == 2 and mailbox.time.waits == [300]


@pytest.mark.parametrize(
    ("cause", "retryable"),
    [("temporary-failure", True), ("too-many-connections", True), ("tls-required", False)],
)
def test_what_is_no_refusal_of_the_password_is_tried_again(cause: str, retryable: bool) -> None:
    failed = BAD_PASSWORD.model_copy(update={"cause": cause, "retryable": retryable})
    assert len(rounds(failed, CONNECTED)[0]) == 2


def test_without_an_end_it_goes_on_until_interrupted() -> None:
    time = Time()

    def check(send: bool) -> Diagnosis:
        if time.seconds > 1_000_000:
            raise KeyboardInterrupt
        return CONNECTED

    seen = 0
    with pytest.raises(KeyboardInterrupt):
        for _ in watch(check, Rounds(300), time.clock):
            seen += 1
    assert seen == len(time.waits) == 3331
