"""What a connector was told to send: what it says of it, and what came of it."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from fakeservers.evidence import AcceptedMessage
from harness.contract.staying import MessageSent, Pace
from harness.judging.lives.diary import Diary, HeardState, LifeSight
from harness.judging.lives.said.untrue import untrue
from harness.judging.lives.sent_mail import SENT, numbered
from harness.judging.lives.steps_met import damaged, twice

FIRST, SECOND = numbered(1, "bcc@crm.example.test"), numbered(2, "bcc@crm.example.test")
ID = FIRST.message_id


def said(*times: float, id_: str = ID, taken_s: float = 2.0) -> bool:
    """Whether it lied who said `sent` at these seconds; the server took the e-mail at that one."""
    diary = Diary(heard=[HeardState(at_s, MessageSent(message_id=id_)) for at_s in times])
    diary.to_send = {ID: 1.0}
    taken = AcceptedMessage("smtp", 1, "", (), ID, taken_s)
    return list(untrue(LifeSight(9.0, diary, accepted=(taken,)), Pace())) == [SENT]


def test_sent_is_said_once_and_when_it_is_so() -> None:
    assert not said()
    assert not said(2.0)
    assert not said(2.1, id_=ID.strip("<>"))
    assert said(1.9), "too early"
    assert said(2.1, 2.2), "twice"
    assert said(2.1, taken_s=99.0), "never taken"
    assert said(2.1, id_="<another@x>"), "nobody's order"


def written(subject: str, text: str, id_: str = ID, **how: Any) -> bytes:
    message = EmailMessage(SMTP)
    message["Subject"], message["Message-ID"] = subject, id_
    message.set_content(text, **how)
    return bytes(message)


def sight(*arrived: bytes) -> LifeSight:
    diary = Diary(to_send={FIRST.message_id: 1.0, SECOND.message_id: 1.0})
    diary.written = [FIRST, SECOND]
    return LifeSight(9.0, diary, in_store=(ID,), arrived=arrived)


@pytest.mark.parametrize(
    ("subject", "text", "how"),
    [
        (FIRST.subject, FIRST.text, {}),
        (f"Re: {FIRST.subject} ✓", f"{FIRST.text}\n-- \nAnna", {}),
        (FIRST.subject, FIRST.text.replace(" ", "\n"), {"cte": "base64"}),
        (FIRST.subject, f"<p>{FIRST.text}</p>", {"subtype": "html", "cte": "quoted-printable"}),
    ],
)
def test_whatever_dress_it_has_it_is_the_same(subject: str, text: str, how: Any) -> None:
    assert damaged(sight(written(subject, text, **how))) == ""
    assert twice(sight(written(subject, text, **how))) == ""


def test_what_has_no_subject_or_text_has_lost_it() -> None:
    assert damaged(sight(written("Hello", FIRST.text))) == f"sent {ID} without its subject"
    assert damaged(sight(written(FIRST.subject, ""))) == f"sent {ID} without its text"
    assert damaged(sight(b"\xff\xfe")) == "", "it is another one"
    unknown = written(FIRST.subject, FIRST.text).replace(b"utf-8", b"no-such")
    assert damaged(sight(unknown)) == ""


def test_another_message_id_makes_no_other_e_mail() -> None:
    there = written(FIRST.subject, FIRST.text)
    again = f"sent 1 of the messages: {ID} again under another Message-ID"
    assert twice(sight(there, written(FIRST.subject, FIRST.text, "<again@x>"))) == again
    assert twice(sight(there, written("Hello", FIRST.text, "<again@x>"))) == again
    assert twice(sight(there, written(SECOND.subject, SECOND.text, SECOND.message_id))) == ""
    assert twice(sight(there, written("A test", "Is it there?", "<again@x>"))) == ""
