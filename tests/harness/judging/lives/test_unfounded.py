"""Who says what nothing at the mailbox could have told it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fakeservers.evidence import LoginAttempt
from fakeservers.wire.transcript import Step, Transcript
from harness.contract.answer import NoAnswer
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing
from harness.judging.expectation import Expectation, Fault, HeldTokens
from harness.judging.lives.diary import Diary, Happened, HeardState, LifeSight
from harness.judging.lives.said.unfounded import misnamed, unfounded

BLAMES = HeardState(
    3.0,
    Failing(error="unauthorized"),
    Diagnosis(error="unauthorized", stage="imap-login", ask_password=True),
)
NAMES = HeardState(3.0, Failing(error="unauthorized"), Diagnosis(error="unauthorized"))
AWAY = HeardState(3.0, Failing(error="x"), Diagnosis(error="imap-settings-incorrect"))
GREEN = HeardState(3.0, Connected())
NOTHING = Expectation("connected")
FAILS = Expectation("imap-authentication-error", "imap-login", "unspecified")


def attempt(at_s: float, outcome: Any, service: str = "imap") -> LoginAttempt:
    return LoginAttempt(service, 0, "anna", "account", "LOGIN", True, outcome, at_s)


def said(
    heard: HeardState,
    *logins: LoginAttempt,
    hurt: str = "cut",
    about: str = "",
    fired: tuple[str, ...] = (),
    heard_there: str = "* OK ready",
    expected: Expectation = NOTHING,
) -> str:
    """`heard_there`: what the server said at second 2."""
    diary = Diary(
        heard=[heard], happened=[Happened(2.0, 1, about.partition(":")[0] or hurt, about)]
    )
    step = Step("command", "IDLE", at_s=1.0, said=bytearray(f"{heard_there}\r\n".encode()))
    link = Transcript(
        *(0, "imap", "imap", "127.0.0.1:1"), fired=[*fired], began_s=1.0, steps=[step]
    )
    return unfounded(expected, LifeSight(9.0, diary, (link,), logins))


@pytest.mark.parametrize("hurt", ["cut", "down-s", "drip", "change"])
def test_a_lost_link_is_no_reason_to_ask_for_the_password(hurt: str) -> None:
    assert "asked for the password" in said(BLAMES, attempt(1.0, "accepted"), hurt=hurt)


@pytest.mark.parametrize("hurt", ["cut", "change", "inbox"])
def test_nor_to_call_the_credentials_wrong(hurt: str) -> None:
    assert said(NAMES, attempt(1.0, "accepted"), hurt=hurt)
    assert said(NAMES, attempt(1.0, "accepted"), hurt=hurt, fired=("imap.cut[fin]",))


def test_a_fault_that_says_nothing_is_no_reason_either() -> None:
    assert said(BLAMES, fired=("imap.rules[0]",))
    assert said(NAMES, fired=("imap.rules[0]",), hurt="change")


@pytest.mark.parametrize("outcome", ["refused", "answered"])
def test_what_a_server_refused_is_a_reason(outcome: str) -> None:
    assert not said(BLAMES, attempt(1.0, "accepted"), attempt(2.5, outcome), expected=FAILS)
    assert said(BLAMES, attempt(1.0, "accepted"), attempt(3.5, outcome), expected=FAILS), (
        "it came afterwards"
    )


@pytest.mark.parametrize("words", ["a1 NO [UNAVAILABLE] later", "* BYE Session expired"])
def test_so_are_its_words_against_anything_else(words: str) -> None:
    assert not said(BLAMES, heard_there=words, expected=FAILS)
    early = replace(BLAMES, at_s=1.5)
    assert said(early, heard_there=words, expected=FAILS), "it said them afterwards"


def test_words_of_something_else_are_none() -> None:
    for words in (
        "* BYE Shutting down.",
        "* OK [CAPABILITY AUTH=PLAIN] ready\r\n* BYE Shutting down.",
    ):
        assert said(BLAMES, heard_there=words, expected=FAILS)


def test_nobody_knows_what_only_a_server_can_say() -> None:
    read = Diagnosis(error="imap-settings-incorrect", cause="account-locked")
    locked = HeardState(3.0, Failing(error="x"), read)
    assert "no server had said so" in said(locked, attempt(1.0, "accepted"))
    assert not said(locked, attempt(2.5, "refused"))
    dropped = replace(locked, read=read.model_copy(update={"cause": "dropped"}))
    assert not said(dropped, attempt(1.0, "accepted"))


def test_who_has_tokens_knows_when_they_expire() -> None:
    held = replace(FAILS, tokens=HeldTokens())
    assert not said(NAMES, hurt="tokens", expected=held)
    assert said(BLAMES, hurt="tokens", expected=held)


def test_where_nothing_fails_for_good_credentials_hold_whatever_was_refused() -> None:
    refused = attempt(2.5, "refused")
    assert "credentials hold" in said(NAMES, refused, hurt="tokens")
    failing = Expectation("unauthorized", "imap-login", "token-revoked", tokens=HeldTokens())
    assert not said(NAMES, refused, hurt="tokens", expected=failing)


def test_what_servers_offer_may_be_reason_enough_for_what_is_right() -> None:
    offers = Expectation("unauthorized", "imap-login", "auth-mechanism-unsupported")
    assert not said(NAMES, hurt="change", expected=offers)


def test_another_failure_blames_nobody() -> None:
    assert not said(AWAY, attempt(1.0, "accepted"))


def test_who_was_refused_last_is_not_connected() -> None:
    assert said(GREEN, attempt(1.0, "accepted"), attempt(2.0, "refused"))
    assert not said(GREEN, attempt(1.0, "refused"), attempt(2.0, "accepted"))
    assert not said(GREEN, attempt(1.0, "accepted"), attempt(2.0, "refused", "smtp"))
    assert not said(GREEN), "a mailbox may want no log-in"


LIMIT = Expectation(
    *("imap-authentication-error", "imap-login", "too-many-connections"),
    fault=Fault("imap", "imap-login", "refusal"),  # type: ignore[arg-type]
)


def called(
    at_s: float, *, links: tuple[str, ...] = ("imap",), ended_s: float | None = None, **read: Any
) -> str:
    """What is held against who named it so at that second: it is broken from 2 to 8."""
    diagnosis = Diagnosis.model_validate(read)
    diary = Diary(
        heard=[
            HeardState(at_s, Failing(error="x"), diagnosis),
            HeardState(at_s + 0.1, Failing(error="y"), Diagnosis(error=LIMIT.error)),
        ],
        happened=[Happened(2.0, 1, "change"), Happened(8.0, 2, "remedy")],
    )
    seen = tuple(
        Transcript(number, each, each, "127.0.0.1:1", began_s=1.0, ended_s=ended_s)
        for number, each in enumerate(links)
    )
    return misnamed(LIMIT, LifeSight(9.0, diary, seen, (attempt(1.1, "accepted"),)))


@pytest.mark.parametrize("error", ["unauthorized", "imap-confirmation-error"])
def test_what_it_is_not_may_not_be_said_for_a_moment(error: str) -> None:
    why = f"said {error}; expected imap-authentication-error"
    assert called(3.0, error=error) == why
    assert called(7.5, error=error) == why, "nor afterwards"
    assert called(1.0, error=error) == "", "it was of something else"
    assert called(8.5, error=error) == "", "it is cured"


@pytest.mark.parametrize("error", ["unclassified", "imap-settings-incorrect"])
def test_who_does_not_know_yet_may_say_that_it_is_lost(error: str) -> None:
    assert called(3.0, error=error) == ""


def test_who_lost_a_session_was_at_that_stage() -> None:
    assert called(3.0, error="imap-confirmation-error", ended_s=2.5) == ""
    assert called(3.0, error="imap-confirmation-error", ended_s=3.5), "it ended afterwards"
    assert called(3.0, error="unauthorized", ended_s=2.5)


def test_but_not_ask_for_the_password_meanwhile() -> None:
    assert called(3.0, error="imap-settings-incorrect", ask_password=True)


def test_the_right_error_may_be_given_its_cause_later() -> None:
    assert called(3.0, error=LIMIT.error, cause="unspecified") == ""


def test_who_knows_no_more_may_name_it_by_its_stage() -> None:
    expired = replace(LIMIT, error="unauthorized", cause="bad-credentials")
    read = Diagnosis(error="imap-authentication-error")
    diary = Diary(heard=[HeardState(3.0, Failing(error="x"), read)])
    diary.happened = [Happened(2.0, 1, "change")]
    assert misnamed(expired, LifeSight(9.0, diary)) == ""


def test_of_another_service_it_may_say_what_befell_it_there() -> None:
    assert called(3.0, error="test-email-failed", links=("imap", "smtp")) == ""
    assert called(3.0, error="test-email-failed"), "it never was there"


def test_what_cannot_be_read_is_told_elsewhere() -> None:
    heard = HeardState(3.0, Failing(error="E1"), NoAnswer("unclear", "no such word"))
    diary = Diary(heard=[heard], happened=[Happened(2.0, 1, "change")])
    assert misnamed(LIMIT, LifeSight(9.0, diary)) == ""


def test_where_nothing_fails_for_good_steps_say_what_may_be_said() -> None:
    diary = Diary(heard=[NAMES], happened=[Happened(2.0, 1, "change")])
    assert misnamed(NOTHING, LifeSight(9.0, diary)) == ""
