"""Who says that it fails while nothing does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fakeservers.evidence import LoginAttempt
from fakeservers.wire.transcript import Step, Transcript
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing, MessageSeen, Pace
from harness.judging.lives.diary import Diary, Happened, HeardState, LifeSight
from harness.judging.lives.said.false_alarms import false_alarm

IN = LoginAttempt("imap", 0, "anna", "account", "LOGIN", True, "accepted", 1.1)
OUT = LoginAttempt("imap", 0, "anna", "account", "LOGIN", True, "refused", 19.0)
ALARM_S = 20.0
CHANGED, CURED = Happened(3.0, 1, "change"), Happened(10.0, 2, "remedy")
GREEN = HeardState(12.0, Connected())


def alarmed(
    *happened: Happened,
    error: Any = "imap-settings-incorrect",
    logins: tuple[LoginAttempt, ...] = (IN,),
    said: str = "* OK still here",
    left: str = "",
    ended_s: float | None = None,
    by: Any = "client",
    delivered: float = 0.0,
    beside: tuple[Transcript, ...] = (),
    over_s: float | None = None,
    green: tuple[HeardState, ...] = (GREEN,),
) -> bool:
    """Whether it is one to say so at second 20. `said`: what the server said a second before;
    `left`, `ended_s`: with which command the connection ended, and when."""
    alarm = HeardState(ALARM_S, Failing(error=error), Diagnosis(error=error))
    steps = [Step("command", "NOOP", at_s=18.0, said=bytearray(f"{said}\r\n".encode()))]
    steps += [Step("command", left, at_s=18.5)] if left else []
    link = Transcript(0, "imap", "imap", "127.0.0.1:1", began_s=1.0, steps=steps)
    link.ended_s, link.ended_by = ended_s, by if ended_s else None
    diary = Diary(heard=[*green, alarm], happened=[*happened], ended_s=over_s)
    diary.delivered = {"<new@x>": delivered}
    return bool(false_alarm(LifeSight(99.0, diary, (link, *beside), logins), Pace()))


def test_nothing_was_done_to_the_mailbox() -> None:
    assert alarmed()
    assert alarmed(green=())
    assert alarmed(Happened(2.0, 0, "deliver"))
    assert alarmed(ended_s=20.4, by="server")


def test_a_request_for_a_token_ends_with_its_answer() -> None:
    asked = Transcript(1, "oauth", "oauth", "127.0.0.1:1", began_s=19.0, ended_s=19.1)
    assert alarmed(beside=(asked,))
    asked.steps = [Step("command", said=bytearray(b"HTTP/1.1 400 Bad Request"), at_s=0.1)]
    assert not alarmed(beside=(asked,)), "unless it was refused"


def test_it_was_cured_and_connected() -> None:
    assert alarmed(CHANGED, CURED)
    assert alarmed(CHANGED, Happened(10.0, 2, "change", "change: as-it-began"))


def test_it_was_over_with_the_next_log_in() -> None:
    again = replace(IN, at_s=11.0)
    for about in ("cut: rst", "cut: fin, bye: true", "tokens: expired"):
        happened = Happened(10.0, 2, about.partition(":")[0], about)
        assert alarmed(happened, logins=(IN, again))
        assert not alarmed(happened), "it has not logged in again"
        beside = replace(IN, service="smtp", at_s=2.0)
        assert not alarmed(happened, logins=(IN, beside, again)), "nor there"
    cut = Happened(10.0, 2, "cut", "cut: fin")
    mail = HeardState(12.0, MessageSeen(message_id="<new@x>"))
    assert alarmed(cut, logins=(IN, again), green=(mail,), delivered=10.5)
    assert not alarmed(cut, logins=(IN, again), green=(mail,), delivered=9.5), "it saw it before"
    silent = Happened(10.0, 2, "cut", "cut: silent")
    assert not alarmed(silent, logins=(IN, again)), "another link may be dead and not known to be"


@pytest.mark.parametrize(
    "told",
    [
        {"error": "unclassified"},
        {"logins": ()},
        {"logins": (IN, OUT)},
        {"said": "a1 NO it is busy"},
        {"ended_s": 19.0},
        {"left": "LOGOUT", "ended_s": 19.6},
        {"left": "LOGOUT", "ended_s": 20.4},
        {"over_s": 19.5},
    ],
    ids=str,
)
def test_what_may_be_a_reason_is_one(told: dict[str, Any]) -> None:
    assert not alarmed(**told)
    assert not alarmed(CHANGED, CURED, **told)


def test_what_was_done_to_the_mailbox_may_go_on() -> None:
    assert not alarmed(CHANGED)
    assert not alarmed(CHANGED, CURED, Happened(13.0, 3, "cut"))
    assert not alarmed(CHANGED, Happened(10.0, 2, "resettle"))
    assert not alarmed(CHANGED, CURED, green=())


def test_after_a_cure_what_was_long_ago_is_none() -> None:
    assert alarmed(CHANGED, CURED, logins=(IN, replace(OUT, at_s=11.0)))
