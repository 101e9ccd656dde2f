"""What is a try to send, and what is none."""

from __future__ import annotations

from typing import Any

import pytest

from fakeservers.wire.transcript import Step, Transcript
from harness.judging.lives.diary import Diary, LifeSight
from harness.judging.lives.sending import tries_to_send

MAIL, RCPT = "MAIL 250 2.1.0 Ok", "RCPT 250 2.1.5 Ok"


def conversation(*steps: str, **more: Any) -> Transcript:
    """A connection that began at second 10, with a step each second: a command, and what was said
    to it."""
    there = [
        Step("command", step.partition(" ")[0], at_s=at_s, said=bytearray(answer(step)))
        for at_s, step in enumerate(steps)
    ]
    return Transcript(0, "smtp", "smtp", "127.0.0.1:1", began_s=10.0, steps=there, **more)


def answer(step: str) -> bytes:
    said = step.partition(" ")[2]
    return f"{said}\r\n".encode() if said else b""


@pytest.mark.parametrize(
    ("steps", "times"),
    [
        (("EHLO 250 me", MAIL, RCPT, "DATA 354 go on", "QUIT 221 bye"), [11.0]),
        ((MAIL, "RCPT 550 5.1.1 no such user", "QUIT 221 bye"), [10.0]),
        ((MAIL, "RCPT 450 later", RCPT), [10.0]),  # one e-mail, two recipients
        (("MAIL 550 5.7.1 not yours", "QUIT 221 bye"), [10.0]),
        (("MAIL 530 5.7.0 log in first", "RCPT 503 no MAIL", "DATA 503 no MAIL"), [10.0]),
        (("MAIL 421 4.4.2 dropped",), [10.0]),
        ((MAIL, "RCPT 450 later", "RSET 250 ok", MAIL, "RCPT 450 later"), [10.0, 13.0]),
        (("MAIL 451 later", "MAIL 451 later"), [10.0, 11.0]),
        ((MAIL, "RSET 250 ok", "QUIT 221 bye"), []),  # whoever asks only
        (("EHLO 250 me", "AUTH 535 no", "QUIT 221 bye"), []),
        ((RCPT,), []),
    ],
)
def test_a_try_is_mail_that_went_on_or_could_not(
    steps: tuple[str, ...], times: list[float]
) -> None:
    assert list(tries_to_send(conversation(*steps))) == times


def test_mail_that_is_never_answered_is_a_try_once_nobody_waits_for_it() -> None:
    assert list(tries_to_send(conversation("MAIL"))) == []
    assert list(tries_to_send(conversation("MAIL", ended_s=15.0))) == [10.0]
    assert list(tries_to_send(conversation(MAIL, ended_s=15.0))) == []


def test_only_what_began_since_then_is_counted() -> None:
    link = conversation(MAIL, "RCPT 450 later", "RSET 250 ok", MAIL, "RCPT 450 later")
    there = LifeSight(99.0, Diary(), (link,))
    assert [there.counted(since_s)["sends"] for since_s in (0.0, 11.0, 14.0)] == [2, 1, 0]
