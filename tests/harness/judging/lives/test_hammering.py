"""Who keeps knocking where it cannot succeed; and who waits as it should, whatever its jitter."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from fakeservers.evidence import AcceptedMessage, LoginAttempt
from fakeservers.wire.transcript import Step, Transcript
from harness.contract.staying import Pace
from harness.judging.expectation import Expectation, Fault
from harness.judging.lives.diary import Diary, Happened, LifeSight
from harness.judging.lives.hammering import hammering, span, spans
from harness.taxonomy import RETRYING, Cause
from tests.table import each_row

PACE = Pace()
Orders = Mapping[str, float]
NONE: Orders = MappingProxyType({})


def tries_at(
    times: Iterable[float], cause: Cause, *, orders: Orders = NONE, cured: float = 99.0
) -> str:
    """What is said of connections that met the failure at these times. `orders`: e-mails that were
    to be sent, and when; those before the failure were."""
    stage = "smtp-login" if orders else "imap-login"
    expected = Expectation(
        *("unauthorized", stage, cause),  # type: ignore[arg-type]
        fault=Fault("imap", stage, "refusal"),  # type: ignore[arg-type]
    )
    seen = tuple(
        Transcript(number, "imap", "imap", "127.0.0.1:1", fired=["imap.rules[0]"], began_s=at_s)
        for number, at_s in enumerate(times)
    )
    diary = Diary(happened=[Happened(0.0, 1, "change"), Happened(cured, 2, "remedy")])
    diary.to_send = {**orders}
    sent = tuple(
        AcceptedMessage("smtp", 1, "", (), message_id, at_s)
        for message_id, at_s in orders.items()
        if at_s < 0
    )
    return hammering(expected, LifeSight(99.0, diary, seen, accepted=sent), PACE)


def test_a_refused_password_is_tried_once_more() -> None:
    assert tries_at([1, 2], "bad-credentials") == ""
    assert tries_at([1, 2, 8], "bad-credentials") == (
        "3 tries of what cannot succeed (bad-credentials); at most 2"
    )


def test_each_order_to_send_may_be_tried_so() -> None:
    two = {"<1@x>": 0.0, "<2@x>": 0.0}
    assert tries_at([1, 2, 3, 4], "bad-credentials", orders=two) == ""
    assert tries_at([1, 2, 3, 4, 5], "bad-credentials", orders=two)


def test_no_more_may_be_tried_for_what_went_before_or_was_to_go_after() -> None:
    times = {"<0@x>": -2.0, "<1@x>": 0.0, "<2@x>": 60.0}
    assert tries_at([1, 2], "bad-credentials", orders=times, cured=50.0) == ""
    assert tries_at([1, 2, 3], "bad-credentials", orders=times, cured=50.0)


def test_only_what_is_tried_while_it_fails_counts() -> None:
    assert tries_at([-1, 1, 2, 6, 7], "bad-credentials", cured=5.0) == ""


def test_waits_that_never_grow() -> None:
    assert RETRYING["too-many-connections"].manner == "grows"
    assert "its waits do not grow" in tries_at(
        [0.5 * each for each in range(20)], "too-many-connections"
    )
    assert tries_at([0.01 * each for each in range(4)], "too-many-connections")


def test_waits_at_the_longest_are_long_enough() -> None:
    assert tries_at([2.0 * each for each in range(30)], "too-many-connections") == ""


@each_row((seed, seed) for seed in range(200))
def test_exponential_waits_with_jitter_are_no_hammering(seed: int) -> None:
    chance = random.Random(seed)
    waits = (
        min(PACE.retry_first_s * 2**number, PACE.retry_longest_s) * chance.uniform(0.5, 1.0)
        for number in range(40)
    )
    tries = itertools.accumulate(waits, initial=0.0)
    assert tries_at([0.0, *tries], "too-many-connections") == ""


def test_where_nobody_tells_of_the_cure_it_is_slow() -> None:
    assert RETRYING["imap-disabled"].manner == "slowly"
    assert tries_at([0, 0.3, 2.0, 4.0], "imap-disabled") == ""
    assert tries_at([0, 0.3, 0.6, 0.9], "imap-disabled")


def sends_refused(count: int, *, orders: int = 1, accepted: int = 0) -> str:
    """What is said of so many e-mails that one connection was refused."""
    stage, cause = "smtp-rcpt", "recipient-rejected"
    expected = Expectation(
        *("test-email-failed", stage, cause),  # type: ignore[arg-type]
        fault=Fault("smtp", stage, "refusal"),  # type: ignore[arg-type]
    )
    said = bytearray(b"550 5.1.1 nobody\r\n")
    steps = [Step("command", "MAIL", at_s=0.1 * each, said=said) for each in range(count)]
    link = Transcript(0, "smtp", "smtp", "127.0.0.1:1", began_s=1.0, steps=steps)
    diary = Diary(happened=[Happened(0.0, 1, "change")])
    diary.to_send = {f"<{each}@x>": 1.0 for each in range(orders)}
    went = tuple(AcceptedMessage("smtp", 0, "", (), "", 1.0) for _ in range(accepted))
    return hammering(expected, LifeSight(99.0, diary, (link,), accepted=went), PACE)


def test_what_is_refused_again_and_again_on_one_connection_is_more_than_one_try() -> None:
    assert sends_refused(2) == ""
    assert sends_refused(3) == "3 tries of what cannot succeed (recipient-rejected); at most 2"
    assert sends_refused(4, orders=2) == ""
    assert sends_refused(3, accepted=1) == "", "one of them went out"


def refused_at_smtp(*times: float, orders: Orders = NONE) -> str:
    """What is said of log-ins refused at SMTP, of a password that IMAP refuses."""
    expected = Expectation(
        *("unauthorized", "imap-login", "bad-credentials"),
        fault=Fault("imap", "imap-login", "refusal"),
    )
    there = Transcript(0, "smtp", "smtp", "127.0.0.1:1", began_s=1.0)
    tried = tuple(
        LoginAttempt("smtp", 0, "anna", "account", "PLAIN", True, "refused", at_s) for at_s in times
    )
    diary = Diary(happened=[Happened(0.0, 1, "change")], to_send={**orders})
    return hammering(expected, LifeSight(99.0, diary, (there,), tried), PACE)


def test_the_other_service_is_no_place_to_try_it_on() -> None:
    assert refused_at_smtp(1, 2) == ""
    assert refused_at_smtp(1, 2, 3) == (
        "3 tries of what cannot succeed (bad-credentials) at SMTP; at most 2"
    )
    assert refused_at_smtp(1, 2, 3, 4, orders={"<1@x>": 0.0, "<2@x>": 0.0}) == ""


def test_what_fails_once_more_is_looked_at_again() -> None:
    steps = [("change", 0.0), ("remedy", 5.0), ("change", 10.0), ("remedy", 20.0)]
    diary = Diary(happened=[Happened(at_s, 1, kind) for kind, at_s in steps])
    assert list(spans(diary)) == [(0.0, 5.0), (10.0, 20.0)]
    assert span(diary) == (0.0, 5.0)
    expected = Expectation(
        *("unauthorized", "imap-login", "bad-credentials"),
        fault=Fault("imap", "imap-login", "refusal"),
    )
    seen = tuple(
        Transcript(number, "imap", "imap", "127.0.0.1:1", fired=["imap.rules[0]"], began_s=at_s)
        for number, at_s in enumerate((1.0, 11.0, 12.0, 13.0))
    )
    assert hammering(expected, LifeSight(99.0, diary, seen), PACE).startswith("3 tries")
    assert hammering(expected, LifeSight(99.0, diary, seen[:3]), PACE) == "", "two, and one before"


def test_where_nothing_changes_it_fails_from_what_hurts() -> None:
    diary = Diary(happened=[Happened(3.0, 1, "cut"), Happened(5.0, 2, "resettle")])
    assert span(diary) == (3.0, 5.0)
    assert list(spans(Diary())) == []
