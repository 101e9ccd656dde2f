"""Who says that it is connected, though nothing has worked since it failed."""

from __future__ import annotations

from typing import Any

import pytest

from fakeservers.evidence import AcceptedMessage, LoginAttempt
from fakeservers.wire.transcript import Step, Transcript
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing
from harness.judging.expectation import Expectation, Fault
from harness.judging.lives.diary import Diary, Happened, HeardState, LifeSight
from harness.judging.lives.said.working import connected_in_spite

LOCKED = Expectation(
    *("imap-confirmation-error", "imap-confirm", "mailbox-unavailable"),
    fault=Fault("imap", "imap-confirm", "refusal"),  # type: ignore[arg-type]
)
LIMIT = Expectation(
    *("test-email-failed", "smtp-rcpt", "rate-limited"),
    fault=Fault("smtp", "smtp-rcpt", "refusal"),  # type: ignore[arg-type]
)
CLOSED = Expectation(
    *("imap-settings-incorrect", "imap-connect", "refused"),
    fault=Fault("imap", "imap-connect", "refusal"),  # type: ignore[arg-type]
)


def login(at_s: float, service: str = "imap", outcome: Any = "accepted") -> LoginAttempt:
    return LoginAttempt(service, 0, "anna", "account", "LOGIN", True, outcome, at_s)


def command(at_s: float, name: str, said: str, *rules: str) -> Step:
    step = Step("command", name, logged_in=True, at_s=at_s, rules=[*rules])
    step.said += said.encode()
    return step


def in_spite(
    expected: Expectation,
    *steps: Step,
    logins: tuple[LoginAttempt, ...] = (),
    error: str = "",
    green_s: float = 5.0,
    mail_s: tuple[float, ...] = (),
) -> bool:
    """It fails from 2 to 8, says so at 4 and that it is connected at `green_s`."""
    service = str(expected.service)
    read = Diagnosis.model_validate({"error": error or expected.error})
    diary = Diary(
        heard=[HeardState(4.0, Failing(error="x"), read), HeardState(green_s, Connected())],
        happened=[Happened(2.0, 1, "change"), Happened(8.0, 2, "remedy")],
    )
    link = Transcript(0, service, service, "127.0.0.1:1", steps=[*steps], began_s=0.0)
    mail = tuple(AcceptedMessage("smtp", 0, "", (), "", at_s) for at_s in mail_s)
    return connected_in_spite(expected, LifeSight(9.0, diary, (link,), logins, accepted=mail))


REFUSED = command(3.0, "SELECT", "a1 NO [INUSE] locked\r\n", "imap.rules[0]")


def test_a_log_in_opens_no_inbox() -> None:
    assert in_spite(LOCKED, REFUSED)
    assert in_spite(LOCKED, REFUSED, logins=(login(4.5),))
    assert in_spite(LOCKED, REFUSED, command(4.5, "NOOP", "a2 OK done\r\n"))
    assert in_spite(LOCKED, REFUSED, command(4.5, "SELECT", "")), "it hangs"


@pytest.mark.parametrize("name", ["SELECT", "EXAMINE", "STATUS", "UID"])
def test_but_what_is_opened_does(name: str) -> None:
    assert not in_spite(LOCKED, REFUSED, command(4.5, name, "* 2 EXISTS\r\na2 OK done\r\n"))
    before = command(2.5, name, "a0 OK done\r\n")
    assert in_spite(LOCKED, before, REFUSED), "it was so before it failed"


def test_where_nobody_answers_a_log_in_is_what_worked() -> None:
    assert in_spite(CLOSED, logins=(login(1.0),))
    assert in_spite(CLOSED, logins=(login(4.5, outcome="refused"),))
    assert not in_spite(CLOSED, logins=(login(4.5),))


def test_imap_does_not_tell_that_smtp_works() -> None:
    limit = command(3.0, "RCPT", "450 4.2.1 later\r\n", "smtp.rules[0]")
    assert in_spite(LIMIT, limit, logins=(login(4.5), login(4.5, "smtp")))
    assert not in_spite(LIMIT, limit, mail_s=(4.5,))


def test_of_another_service_it_may_say_what_it_likes() -> None:
    assert not in_spite(LIMIT, error="imap-settings-incorrect")
    assert not in_spite(LIMIT, error="unclassified", logins=(login(4.5),))
    assert in_spite(CLOSED, error="unclassified")


def test_after_the_cure_its_steps_tell() -> None:
    assert not in_spite(LOCKED, REFUSED, green_s=8.5)


def test_a_message_that_is_refused_for_good_says_nothing_of_the_account() -> None:
    refused = Expectation(
        *("test-email-failed", "smtp-rcpt", "recipient-rejected"),
        fault=Fault("smtp", "smtp-rcpt", "refusal"),  # type: ignore[arg-type]
    )
    assert not in_spite(refused, command(3.0, "RCPT", "550 5.1.1 nobody\r\n", "smtp.rules[0]"))
