"""Who says that it is connected again, and what worked at the mailbox since it failed."""

from __future__ import annotations

import pytest

from fakeservers.evidence import AcceptedMessage, LoginAttempt
from fakeservers.wire.transcript import Step, Transcript
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing
from harness.judging.expectation import Expectation, Fault
from harness.judging.lives.claimed import claimed
from harness.judging.lives.diary import Diary, Happened, HeardState, LifeSight
from harness.taxonomy import Stage

FAILED_S, GREEN_S = 3.0, 5.0
"""When it says so; the mailbox changes at second 1, links are cut at 2, and it is cured at 9."""


def said(
    stage: Stage = "imap-login",
    *steps: Step,
    logins: tuple[float, ...] = (),
    accepted: tuple[float, ...] = (),
    error: str = "imap-authentication-error",
    green_s: float = GREEN_S,
) -> str:
    """`steps`: on one connection, which began at second 0."""
    service = stage.partition("-")[0]
    expected = Expectation(
        "imap-authentication-error",
        stage,
        "account-locked",
        fault=Fault(service, stage, "refusal"),
    )
    told = Diagnosis(error=error)  # type: ignore[arg-type]
    heard = [HeardState(FAILED_S, Failing(error="x"), told), HeardState(green_s, Connected())]
    happened = [Happened(1.0, 1, "change"), Happened(2.0, 2, "cut"), Happened(9.0, 3, "remedy")]
    diary = Diary(heard=heard, happened=happened)
    there = Transcript(0, service, service, "127.0.0.1:1", began_s=0.0, steps=[*steps])
    tried = tuple(
        LoginAttempt(service, 0, "anna", "account", "LOGIN", True, "accepted", at_s)
        for at_s in logins
    )
    out = tuple(AcceptedMessage("smtp", 1, "", (), "<1@x>", at_s) for at_s in accepted)
    return claimed(expected, LifeSight(10.0, diary, (there,), tried, accepted=out))


def step(command: str, at_s: float, words: str = "a OK done", rule: str = "") -> Step:
    return Step(
        *("command", command),
        logged_in=True,
        at_s=at_s,
        rules=[rule] if rule else [],
        said=bytearray(f"{words}\r\n".encode() if words else b""),
    )


def test_nothing_worked_since() -> None:
    why = "said that it is connected, though nothing of IMAP had worked since"
    assert said() == why
    assert said(logins=(1.5,)) == why, "that link was cut"
    assert said(logins=(5.5,)) == why, "it came afterwards"
    assert said("smtp-mail") == why.replace("IMAP", "SMTP")


def test_a_log_in_is_a_reason() -> None:
    assert said(logins=(4.0,)) == ""
    assert said("smtp-mail", logins=(4.0,)) == ""
    assert said("smtp-mail", accepted=(4.0,)) == ""


def test_but_not_where_inbox_cannot_be_opened() -> None:
    refused = step("SELECT", 2.5, "a NO [INUSE] locked")
    assert said("imap-confirm", refused, logins=(4.0,))
    assert said("imap-confirm", refused, step("SELECT", 4.0), logins=(4.0,)) == ""


@pytest.mark.parametrize("command", ["NOOP", "IDLE", "UID FETCH", "STATUS"])
def test_a_session_that_goes_on_is_a_reason(command: str) -> None:
    assert said("imap-login", step(command, 4.0)) == ""


@pytest.mark.parametrize("command", ["LOGOUT", "CAPABILITY", "ID"])
def test_what_is_answered_anyway_is_none(command: str) -> None:
    assert said("imap-login", step(command, 4.0))


@pytest.mark.parametrize("words", ["a NO later", "* BYE go away", ""])
def test_what_failed_once_more_is_none(words: str) -> None:
    assert said("imap-login", step("NOOP", 3.5), step("NOOP", 4.0, words, "imap.rules[0]"))


def test_who_never_knew_that_it_failed_is_told_so_elsewhere() -> None:
    assert said(error="imap-settings-incorrect") == ""


def test_once_it_is_cured_it_may_say_so() -> None:
    assert said(green_s=9.5) == ""
