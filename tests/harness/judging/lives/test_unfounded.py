"""Who says what nothing at the mailbox could have told it."""

from __future__ import annotations

from typing import Any

import pytest

from fakeservers.evidence import LoginAttempt
from fakeservers.wire.transcript import Transcript
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing
from harness.judging.lives.diary import Diary, Happened, HeardState, LifeSight
from harness.judging.lives.unfounded import unfounded

BLAMES = HeardState(
    3.0,
    Failing(error="unauthorized"),
    Diagnosis(error="unauthorized", stage="imap-login", ask_password=True),
)
NAMES = HeardState(3.0, Failing(error="unauthorized"), Diagnosis(error="unauthorized"))
AWAY = HeardState(3.0, Failing(error="x"), Diagnosis(error="imap-settings-incorrect"))
GREEN = HeardState(3.0, Connected())


def attempt(at_s: float, outcome: Any, service: str = "imap") -> LoginAttempt:
    return LoginAttempt(service, 0, "anna", "account", "LOGIN", True, outcome, at_s)


def said(
    heard: HeardState, *logins: LoginAttempt, hurt: str = "cut", fired: tuple[str, ...] = ()
) -> str:
    diary = Diary(heard=[heard], happened=[Happened(2.0, 1, hurt)])
    link = Transcript(0, "imap", "imap", "127.0.0.1:1", fired=[*fired], began_s=1.0)
    return unfounded(LifeSight(9.0, diary, (link,), logins))


@pytest.mark.parametrize("hurt", ["cut", "down-s", "drip", "change"])
def test_a_lost_link_is_no_reason_to_ask_for_the_password(hurt: str) -> None:
    assert "asked for the password" in said(BLAMES, attempt(1.0, "accepted"), hurt=hurt)


def test_nor_to_call_the_credentials_wrong_where_nothing_else_befell_the_mailbox() -> None:
    assert said(NAMES, attempt(1.0, "accepted"), fired=("imap.cut[fin]",))
    assert not said(NAMES, attempt(1.0, "accepted"), hurt="change")
    assert not said(NAMES, attempt(1.0, "accepted"), hurt="tokens")


@pytest.mark.parametrize("outcome", ["refused", "answered"])
def test_what_a_server_refused_is_a_reason(outcome: str) -> None:
    assert not said(BLAMES, attempt(1.0, "accepted"), attempt(2.5, outcome))
    assert said(BLAMES, attempt(1.0, "accepted"), attempt(3.5, outcome)), "it came afterwards"


def test_so_is_a_fault_that_was_met() -> None:
    assert not said(BLAMES, fired=("imap.rules[0]",))


def test_another_failure_blames_nobody() -> None:
    assert not said(AWAY, attempt(1.0, "accepted"))


def test_who_was_refused_last_is_not_connected() -> None:
    assert said(GREEN, attempt(1.0, "accepted"), attempt(2.0, "refused"))
    assert not said(GREEN, attempt(1.0, "refused"), attempt(2.0, "accepted"))
    assert not said(GREEN, attempt(1.0, "accepted"), attempt(2.0, "refused", "smtp"))
    assert not said(GREEN), "a mailbox may want no log-in"
