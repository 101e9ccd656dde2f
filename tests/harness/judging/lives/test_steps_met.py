"""When what a step awaits, or expects, is so; and which verdict it is where it is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakeservers.evidence import LoginAttempt
from fakeservers.wire.transcript import Step, Transcript
from harness.contract.answer import NoAnswer
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing, MessageSeen, MessageSent, State
from harness.judging.expectation import Expectation, Fault
from harness.judging.lives.diary import Diary, Happened, HeardState, LifeSight
from harness.judging.lives.steps_met import WENT_PAST, Looked, StepStands, Unmet, look, twice
from harness.scenario.life.life_steps import LifeStep

EXPECTED = Expectation(
    "unauthorized", "imap-login", "bad-credentials", fault=Fault("imap", "imap-login", "refusal")
)


def login(at_s: float, outcome: str = "accepted", connection: int = 0) -> LoginAttempt:
    return LoginAttempt(
        *("imap", connection, "anna@example.test", "account", "LOGIN", True, outcome),  # type: ignore[arg-type]
        at_s=at_s,
    )


def heard(at_s: float, state: State, read: Diagnosis | NoAnswer | None = None) -> HeardState:
    return HeardState(at_s, state, read)


def failing(at_s: float, error: str = "unauthorized", cause: str | None = None) -> HeardState:
    said = Diagnosis.model_validate({"error": error, "cause": cause})
    return HeardState(at_s, Failing(error=error), said)


def sight(*said: HeardState, now_s: float = 10.0, **seen: object) -> LifeSight:
    diary = Diary(heard=list(said))
    diary.happened = list(seen.pop("happened", ()))  # type: ignore[call-overload]
    diary.delivered = dict.fromkeys(seen.pop("delivered", ()), 1.0)  # type: ignore[call-overload]
    diary.to_send = dict.fromkeys(seen.pop("to_send", ()), 1.0)  # type: ignore[call-overload]
    return replace(LifeSight(now_s, diary), **seen)  # type: ignore[arg-type]


def looked(sight: LifeSight, since_s: float = 0.0, /, **step: object) -> StepStands:
    return look(Looked(LifeStep.model_validate(step), since_s, EXPECTED), sight)


def test_what_somebody_else_took_away_need_not_be_told() -> None:
    there = sight(delivered=("<1@x>", "<2@x>"))
    assert looked(there, seen="all").missing.why.startswith("never told of 2 of the messages")
    there.diary.expunged = {"<1@x>"}
    assert looked(there, seen="all").missing.why == "never told of 1 of the messages: <2@x>"
    told = heard(1, MessageSeen(message_id="<1@x>"))
    again = sight(told, told, delivered=("<1@x>",))
    again.diary.expunged = {"<1@x>"}
    assert twice(again)


CUT = Happened(3.0, 1, "cut")
CHANGE = Happened(3.0, 1, "change")
BROKEN = (CHANGE, Happened(3.1, 2, "cut"))


def test_connected_is_said_and_seen() -> None:
    said = heard(1, Connected())
    assert looked(sight(said, logins=(login(0.5),)), until="connected").met
    assert looked(sight(said), until="connected").missing.why == (
        "says connected, but has not logged in at the mailbox"
    )
    nobody = looked(sight(), until="connected").missing
    assert nobody.verdict == "not-exercised"
    assert "never said that it is connected" in nobody.why
    wrong = looked(sight(failing(1)), until="connected").missing
    assert wrong == Unmet("not-exercised", "said unauthorized, though the mailbox works")


def test_an_error_that_is_expected() -> None:
    there = {"happened": (CHANGE,)}
    assert looked(sight(failing(4), **there), 3.0, says="unauthorized").met
    assert looked(sight(failing(4, cause="bad-credentials"), **there), 3.0, says="unauthorized").met


def test_what_was_said_before_the_change_is_not_about_it() -> None:
    before = looked(sight(failing(2), happened=BROKEN), 3.5, says="unauthorized")
    assert not before.met
    assert before.missing.verdict == "unnoticed"


def test_what_was_said_between_the_change_and_the_step_counts() -> None:
    assert looked(sight(failing(3.2), happened=(CHANGE,)), 3.5, says="unauthorized").met


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ((), "unnoticed"),
        ((heard(4, Connected()),), "unnoticed"),
        ((failing(4, "imap-settings-incorrect"),), "wrong"),
        ((failing(4, cause="account-locked"),), "wrong"),
        ((heard(4, Failing(error="E1"), NoAnswer("unclear", "no such word")),), "unclear"),
    ],
)
def test_an_error_that_is_not_said(said: tuple[HeardState, ...], verdict: str) -> None:
    watched = looked(sight(*said, happened=BROKEN), 3.0, says="unauthorized")
    assert not watched.met
    assert watched.missing.verdict == verdict


def test_what_nobody_could_meet_is_not_held_against_anybody() -> None:
    stands = Transcript(0, "imap", "imap", "127.0.0.1:1", began_s=1.0)
    said = heard(1, Connected())
    quiet = looked(sight(said, happened=(CHANGE,), connections=(stands,)), 3.0, says="unauthorized")
    assert quiet.missing.verdict == "not-exercised"
    anew = replace(stands, number=1, began_s=4.0)
    seen = sight(said, happened=(CHANGE,), connections=(stands, anew))
    assert looked(seen, 3.0, says="unauthorized").missing.verdict == "unnoticed"


AT_SELECT = Expectation(
    "imap-confirmation-error",
    "imap-confirm",
    "mailbox-unavailable",
    fault=Fault("imap", "imap-confirm", "rule", rules=frozenset({"imap.rules[0]"})),
)


def locked(*connections: Transcript) -> Unmet:
    """What is missing where INBOX is locked, and nothing was said of it."""
    seen = sight(heard(1, Connected()), happened=BROKEN, connections=connections)
    step = LifeStep(says="imap-confirmation-error")
    return look(Looked(step, 3.2, AT_SELECT), seen).missing


def test_who_never_opens_inbox_does_not_meet_what_fails_there() -> None:
    status = Step("command", "STATUS", logged_in=True, at_s=0.5)
    asks = Transcript(1, "imap", "imap", "127.0.0.1:1", began_s=4.0, steps=[status])
    assert locked(asks) == Unmet("not-exercised", WENT_PAST)
    opens = replace(asks, fired=["imap.rules[0]"])
    assert locked(opens).verdict == "unnoticed", "it was refused, and says nothing"
    assert locked(replace(asks, began_s=1.0)).verdict == "unnoticed", "it never came again"
    assert locked(replace(asks, steps=[])).verdict == "unnoticed", "it never logged in"
    assert locked(replace(asks, service="smtp")).verdict == "unnoticed", "that is elsewhere"


@pytest.mark.parametrize(("command", "told"), [("UID", True), ("NOOP", False), ("SELECT", False)])
def test_where_few_commands_tell_of_mail_it_is_told_which(command: str, told: bool) -> None:
    asked = Step("command", command, logged_in=True, at_s=0.5)
    there = Transcript(1, "imap", "imap", "127.0.0.1:1", began_s=1.0, steps=[asked])
    seen = sight(delivered=("<1@x>",), connections=(there,))
    at = Looked(LifeStep(seen="all"), 1.0, EXPECTED, news_at=("NOOP", "IDLE"))
    hint = "; this server tells of mail only at NOOP, IDLE"
    assert look(at, seen).missing.why.endswith(hint) == told
    assert not look(replace(at, news_at=()), seen).missing.why.endswith(hint)


def test_connected_again_after_a_cut_means_a_new_log_in() -> None:
    said, before = heard(1, Connected()), login(0.5)
    dead = looked(sight(said, happened=(CUT,), logins=(before,)), 3.0, says="connected")
    assert dead.missing.verdict == "unnoticed"
    tried = Transcript(1, "imap", "imap", "127.0.0.1:1", began_s=4.0)
    knocking = sight(said, happened=(CUT,), logins=(before,), connections=(tried,))
    assert looked(knocking, 3.0, says="connected").missing.verdict == "not-recovered"
    there = sight(said, happened=(CUT,), logins=(before, login(4.0)))
    assert looked(there, 3.0, says="connected").met


def test_connected_after_a_failure_means_a_new_log_in() -> None:
    said = (heard(1, Connected()), failing(4), heard(6, Connected()))
    lied = looked(sight(*said, happened=(CHANGE,), logins=(login(0.5),)), 5.0, says="connected")
    assert lied.missing == Unmet(
        "not-recovered", "says connected, but has not logged in since it failed"
    )
    assert looked(sight(*said, logins=(login(5.5),)), 5.0, says="connected").met
    still = looked(sight(*said[:2], logins=(login(5.5),)), 5.0, says="connected")
    assert still.missing == Unmet("not-recovered", "still says unauthorized")


def test_stays_connected() -> None:
    assert not looked(sight(now_s=4.0), 3.0, stays="connected", for_s=2).met
    assert looked(sight(now_s=5.0), 3.0, stays="connected", for_s=2).met
    told = looked(sight(failing(4)), 3.0, stays="connected", for_s=2)
    assert told.broken == Unmet("wrong", "said unauthorized, though nothing fails")
    assert looked(sight(failing(2)), 3.0, stays="connected", for_s=2).met


@pytest.mark.parametrize(
    "watched", [{"stays": "connected", "for_s": 2}, {"at_most": {"log-ins": 1}, "for_s": 2}]
)
def test_what_is_watched_for_a_while_is_watched_longer_where_it_was_late(
    watched: dict[str, object],
) -> None:
    at = Looked(LifeStep.model_validate(watched), 3.0, EXPECTED, late_s=1.5, factor=3.0)
    assert not look(at, sight(now_s=10.4)).met
    assert look(at, sight(now_s=10.5)).met


def test_at_most() -> None:
    two = (login(2.0), login(3.5), login(4.0))
    wanted = {"at_most": {"log-ins": 1}, "for_s": 2}
    often = looked(sight(logins=two), 3.0, **wanted)
    assert often.broken == Unmet("hammered", "2 log-ins in 2 s; at most 1")
    assert looked(sight(logins=two[:2]), 3.0, **wanted).met
    assert not looked(sight(logins=two[:2], now_s=4.0), 3.0, **wanted).met


def test_at_most_so_much_more_in_a_longer_time() -> None:
    often = tuple(login(at_s) for at_s in (3.5, 4.0, 7.5))
    wanted = LifeStep.model_validate({"at_most": {"log-ins": 2}, "for_s": 2})
    seen = sight(logins=often, now_s=8.0)
    assert look(Looked(wanted, 3.0, EXPECTED, late_s=0.9), seen).broken
    assert not look(Looked(wanted, 3.0, EXPECTED, late_s=1.0), seen).broken
    none = LifeStep.model_validate({"at_most": {"log-ins": 0}, "for_s": 2})
    assert look(Looked(none, 3.0, EXPECTED, late_s=9.0), seen).broken


def test_mail_is_lost_or_told_twice() -> None:
    ids = ("<1@x>", "<2@x>")
    one, two = (heard(4, MessageSeen(message_id=each)) for each in ids)
    lost = looked(sight(one, delivered=ids), seen="all").missing
    assert lost == Unmet("lost-mail", "never told of 1 of the messages: <2@x>")
    assert looked(sight(one, two, delivered=ids), seen="all").met
    assert twice(sight(one, two, delivered=ids)) == ""
    again = twice(sight(one, one, two, delivered=ids))
    assert again == "told 1 of the messages: <1@x> more than once"
    bare = heard(4, MessageSeen(message_id="1@x"))
    assert twice(sight(one, bare, two, delivered=ids)) == again, "brackets or not"


def test_what_was_to_be_sent() -> None:
    ids = ("<1@x>", "<2@x>")
    lost = looked(sight(to_send=ids, in_store=ids[:1]), sent="all").missing
    assert lost == Unmet("lost-mail", "never sent 1 of the messages: <2@x>")
    said = [heard(3, MessageSent(message_id=each)) for each in ids]
    assert looked(sight(*said, to_send=ids, in_store=ids), sent="all").met
    silent = looked(sight(said[0], to_send=ids, in_store=ids), sent="all").missing
    assert silent == Unmet("lost-mail", "sent 1 of the messages: <2@x>, and never said so")
    assert "sent 1" in twice(sight(to_send=ids, in_store=(*ids, ids[0])))


def test_what_was_refused_for_good_need_not_be_sent_again() -> None:
    said = heard(7, MessageSent(message_id="<2@x>"))
    before_and_after = sight(said, happened=(Happened(5.0, 2, "remedy"),), in_store=("<2@x>",))
    before_and_after.diary.to_send |= {"<1@x>": 4.0, "<2@x>": 6.0}
    assert looked(before_and_after, sent="all").met
    passes = replace(EXPECTED, cause="temporary-failure", stage="smtp-rcpt")
    at = Looked(LifeStep(sent="all"), 0.0, passes)
    assert look(at, before_and_after).missing.verdict == "lost-mail"


def test_a_count_that_is_waited_for() -> None:
    wanted = {"until": {"log-ins": 2}}
    assert not looked(sight(logins=(login(2.0), login(4.0))), 3.0, **wanted).met
    assert looked(sight(logins=(login(3.0), login(4.0))), 3.0, **wanted).met


def test_quiet_is_when_nobody_does_anything() -> None:
    wanted = {"until": "quiet", "for_s": 2}
    assert not looked(sight(logins=(login(9.0),)), **wanted).met
    assert looked(sight(logins=(login(8.0),)), **wanted).met
