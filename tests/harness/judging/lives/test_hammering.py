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
from harness.judging.lives.hammering import hammering
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


def tries_through(*steps: tuple[float, str, str], times: Iterable[float]) -> str:
    """What is said of connections that met a limit at these times, in a life of these steps."""
    expected = Expectation(
        *("imap-authentication-error", "imap-login", "too-many-connections"),
        fault=Fault("imap", "imap-login", "refusal"),  # type: ignore[arg-type]
    )
    seen = tuple(
        Transcript(number, "imap", "imap", "127.0.0.1:1", fired=["imap.rules[0]"], began_s=at_s)
        for number, at_s in enumerate(times)
    )
    diary = Diary(happened=[Happened(at, n, kind, say) for n, (at, kind, say) in enumerate(steps)])
    return hammering(expected, LifeSight(99.0, diary, seen), PACE)


BREAKS = ("change", "change: breaks-into")
FLOOD = [0.1 * each for each in range(20)]


def test_who_hammers_when_it_fails_a_second_time_is_seen() -> None:
    steps = ((0.0, *BREAKS), (2.0, "remedy", ""), (10.0, *BREAKS))
    assert tries_through(*steps, times=[10 + each for each in FLOOD])
    assert tries_through(*steps, (14.0, "remedy", ""), times=[10 + each for each in FLOOD])
    assert not tries_through(*steps, times=[0, 0.3, 0.9, 10, 10.3, 10.9])
    assert not tries_through(*steps, times=[5 + each for each in FLOOD]), "it was cured"


def test_settings_that_were_given_anew_in_vain_cure_nothing() -> None:
    steps = ((0.0, *BREAKS), (2.0, "resettle", ""))
    assert tries_through(*steps, times=[2 + each for each in FLOOD])
    assert not tries_through(*steps, times=[0, 0.3, 0.9, 2.0, 2.3, 2.9])


def test_another_change_after_the_cure_is_not_the_failure() -> None:
    steps = ((0.0, *BREAKS), (2.0, "remedy", ""), (10.0, "change", "change: {state: [slow]}"))
    assert not tries_through(*steps, times=[10 + each for each in FLOOD])


def refused_at_smtp(
    *times: float, mechanisms: tuple[str, ...] = ("PLAIN",), cause: Cause = "bad-credentials"
) -> str:
    """What is said of log-ins that SMTP refused, where IMAP is what fails, from 0 to 50."""
    expected = Expectation(
        *("unauthorized", "imap-login", cause),
        fault=Fault("imap", "imap-login", "refusal"),  # type: ignore[arg-type]
    )
    logins = tuple(
        LoginAttempt("smtp", number, "anna", "account", mechanism, True, "refused", at_s)
        for number, at_s in enumerate(times)
        for mechanism in mechanisms
    )
    diary = Diary(happened=[Happened(0.0, 1, "change"), Happened(50.0, 2, "remedy")])
    return hammering(expected, LifeSight(99.0, diary, logins=logins), PACE)


def test_a_password_that_is_refused_is_none_for_the_other_service_either() -> None:
    assert refused_at_smtp(1.0, 1.5) == ""
    assert refused_at_smtp(1.0, 1.5, mechanisms=("PLAIN", "LOGIN")) == "", "one after the other"
    assert refused_at_smtp(1.0, 1.5, 60.0) == "", "it was cured"
    assert refused_at_smtp(1.0, 1.5, 2.0) == (
        "at smtp: 3 tries of what cannot succeed (bad-credentials); at most 2"
    )
    assert refused_at_smtp(1.0, 2.0, mechanisms=("PLAIN", "PLAIN"))


def test_nor_may_it_knock_there_without_waiting() -> None:
    assert refused_at_smtp(*FLOOD, cause="too-many-connections")
    assert refused_at_smtp(0, 0.3, 0.9, 2.0, 4.0, cause="too-many-connections") == ""


def reopened(*times: float) -> str:
    """What is said of one connection on which INBOX was refused at these times."""
    expected = Expectation(
        *("imap-confirmation-error", "imap-confirm", "mailbox-unavailable"),
        fault=Fault("imap", "imap-confirm", "refusal"),  # type: ignore[arg-type]
    )
    said = bytearray(b"a1 NO [INUSE] locked\r\n")
    steps = [Step("command", "EXAMINE", at_s=at, rules=["r"], said=said) for at in times]
    link = Transcript(*(0, "imap", "imap", "127.0.0.1:1"), fired=["r"], began_s=1.0, steps=steps)
    diary = Diary(happened=[Happened(0.0, 1, "change")])
    return hammering(expected, LifeSight(99.0, diary, (link,)), PACE)


def test_inbox_may_not_be_asked_for_again_and_again_on_one_connection() -> None:
    assert reopened(*[0.01 * each for each in range(100)])
    assert reopened(*[0.01 * each for each in range(8)]) == "", "of other folders"
    assert reopened(*[2.0 * each for each in range(30)]) == ""
