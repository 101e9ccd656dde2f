"""What a connector told that was not so: mail that there never was, and when it tries again."""

from __future__ import annotations

from typing import Any

import pytest

from fakeservers.wire.transcript import Transcript
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing, MessageSeen, Pace
from harness.judging.lives.diary import Diary, Happened, HeardState, LifeSight
from harness.judging.lives.said.next_try import LAG_S
from harness.judging.lives.said.untrue import MADE_UP, NEXT_TRY, OLD, untrue

CHANGED = Happened(1.0, 1, "change")


def mail(*told: str, there: frozenset[str] | None) -> list[str]:
    heard = [HeardState(2.0, MessageSeen(message_id=each)) for each in told]
    return list(untrue(LifeSight(9.0, Diary(heard=heard), mail=there), Pace()))


def test_mail_that_there_never_was() -> None:
    there = frozenset({"<1@x>", "<at-first@x>"})
    assert mail("<2@x>", there=there) == [MADE_UP]
    assert mail("<1@x>", "<at-first@x>", there=there) == []
    assert mail("1@x", " <1@x>\r\n", there=there) == [], "it is that one"
    assert mail("<2@x>", there=None) == [], "nobody has looked"
    assert mail("<2@x>", there=there | {""}) == [], "one has no Message-ID"


def test_mail_that_was_there_before() -> None:
    heard = [HeardState(2.0, MessageSeen(message_id=each)) for each in ("<1@x>", "<new@x>")]
    diary = Diary(heard=heard, delivered={"<new@x>": 1.0})
    there = frozenset({"<1@x>", "<new@x>"})
    for at_first, found in (({"<1@x>"}, [OLD]), ({"<new@x>", ""}, []), (set(), [])):
        sight = LifeSight(9.0, diary, mail=there, at_first=frozenset(at_first))
        assert list(untrue(sight, Pace())) == found


def told(
    wait_s: float,
    *tries: float,
    error: Any = "imap-authentication-error",
    before: tuple[float, ...] = (1.5,),
    happened: tuple[Happened, ...] = (CHANGED,),
    service: Any = "imap",
    ended_s: float = 60.0,
    then: tuple[HeardState, ...] = (),
    to_send: tuple[str, ...] = (),
) -> bool:
    """Whether it lied who said at second 2 that it tries again in so many seconds, and tried then,
    by its clock."""
    read = Diagnosis(error=error)
    heard = HeardState(2.0, Failing(error=error, retry_at_s=wait_s), read)
    diary = Diary(heard=[heard, *then], happened=[*happened], ended_s=ended_s)
    diary.to_send = dict.fromkeys(to_send, 1.2)
    links = tuple(
        Transcript(number, service, service, "127.0.0.1:1", began_s=at_s)
        for number, at_s in enumerate((*before, *(2.0 + each for each in tries)))
    )
    sight = LifeSight(99.0, diary, links)
    return list(untrue(sight, Pace())) == [NEXT_TRY]


def test_who_tries_as_it_said_does_not_lie() -> None:
    assert not told(2.0, 2.0)
    assert not told(2.0, 1.2, 1.3), "jitter"
    assert not told(2.0, 4.9), "its program was started anew"
    assert not told(0.25, 0.25, 0.75, 1.75, 3.75), "what comes after the first is not told"


def test_who_tries_far_sooner_lies() -> None:
    assert told(600.0, 0.25, 0.75, 1.75)
    assert told(2.0, 0.1, 0.2)
    assert not told(600.0, 0.25, ended_s=5.0), "once may be another connection"


def test_by_as_much_as_a_word_may_be_late_it_may_seem_sooner() -> None:
    assert not told(LAG_S, 0.01, 0.02)
    assert told(3 * LAG_S, 0.01, 0.02)


def test_who_does_not_try_lies() -> None:
    assert told(2.0)
    assert told(2.0, 5.1), "it was late beyond measure"
    assert not told(2.0, ended_s=6.9), "nobody has waited for it"


def again(at_s: float, wait_s: float | None) -> HeardState:
    read = Diagnosis(error="imap-authentication-error")
    return HeardState(at_s, Failing(error=read.error, retry_at_s=wait_s), read)


def test_who_puts_off_what_is_to_come_does_not_try() -> None:
    put_off = tuple(again(2.0 + seconds, 2.0) for seconds in range(1, 8))
    assert told(2.0, then=put_off, ended_s=11.0)
    assert not told(2.0, 2.0, 4.5, 6.5, then=put_off, ended_s=12.0)
    now_and_then = tuple(again(2.0 + n, None if n % 2 else 2.0) for n in range(1, 9))
    assert told(2.0, then=now_and_then, ended_s=11.0)


def test_who_names_a_wait_that_is_never_so_lies() -> None:
    late = (again(3.0, 600.0),)
    assert told(600.0, 0.3, 1.5, then=late, ended_s=5.0)
    assert not told(600.0, 0.3, then=late, ended_s=5.0), "one may be another connection"
    assert not told(600.0, 0.3, 1.5, then=(again(3.0, 1.0),), ended_s=5.0)


def test_who_knows_more_at_once_or_gives_up_does_not_lie() -> None:
    assert not told(0.25, 9.0, then=(again(2.5, 9.0),), ended_s=20.0)
    assert not told(2.0, then=(again(4.0, None),))


@pytest.mark.parametrize(
    ("wait_s", "tries", "how"),
    [
        # Something else was a reason to try at once.
        (600.0, (3.5, 3.6), {"happened": (CHANGED, Happened(5.0, 2, "remedy"))}),
        (600.0, (3.5, 3.6), {"happened": (CHANGED, Happened(5.0, 2, "send"))}),
        (600.0, (3.5, 3.6), {"then": (HeardState(5.0, Connected()),)}),
        # Nobody sees who knocks there.
        (2.0, (), {"happened": (CHANGED, Happened(1.8, 2, "down-s"))}),
        (2.0, (), {"happened": (CHANGED, Happened(2.5, 2, "change"))}),
        (2.0, (), {"before": (0.5,)}),
        # It is not known at which service.
        (600.0, (0.1, 0.2), {"service": "smtp"}),
        # Each e-mail is tried.
        (
            600.0,
            (0.1, 0.2),
            {"error": "test-email-failed", "service": "smtp", "to_send": ("<1@x>", "<2@x>")},
        ),
    ],
)
def test_where_nothing_is_shown_nothing_is_held_against_it(
    wait_s: float, tries: tuple[float, ...], how: dict[str, Any]
) -> None:
    assert not told(wait_s, *tries, **how)


def test_one_e_mail_is_tried_as_it_was_said() -> None:
    one: dict[str, Any] = {"error": "test-email-failed", "service": "smtp", "to_send": ("<1@x>",)}
    assert told(600.0, 0.1, 0.2, **one)


def test_what_names_no_protocol_is_about_the_only_one() -> None:
    assert told(600.0, 0.1, 0.2, error="unauthorized")
    assert told(600.0, 0.1, 0.2, error="unauthorized", service="smtp", to_send=("<1@x>",))
