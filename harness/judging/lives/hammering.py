"""Whether a connector that fails keeps knocking: judged by what the failure means. Pure.

How it may go on is in `harness.taxonomy.retrying`, with sources. What is measured here is lenient:
waits may have jitter, the first try after a connection was lost is free, and the machine may have
been busy, which makes tries fewer and never more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from fakeservers.wire.transcript import Transcript
from harness.contract.staying import Pace
from harness.judging.expectation import Expectation
from harness.judging.lives.diary import CURES, HURTS, Diary, LifeSight
from harness.judging.lives.sending import tries_to_send
from harness.taxonomy import Cause, Stage, least_retrying
from harness.taxonomy.stages import CONFIRM, LOGIN, SEND

ONCE_MORE: Final = 2
"""How often what cannot succeed may be tried: at first, and once more."""
OPENS: Final = frozenset({"SELECT", "EXAMINE", "STATUS"})
FOLDERS: Final = 10
"""How many folders one try may ask for, on one connection."""
GROWTH: Final = 1.5
"""By how much a wait is longer than the one before, at least; 2 is usual."""
JITTER: Final = 0.4
"""How much of a wait must be left where it is shortened by chance."""


def span(diary: Diary) -> tuple[float, float]:
    """From when to when the mailbox fails: from the first step that changes it for the worse to the
    cure."""
    began_s = next((h.at_s for h in diary.happened if h.kind == "change"), float("inf"))
    if began_s == float("inf"):
        began_s = next((h.at_s for h in diary.happened if h.kind in HURTS), began_s)
    cured = (h.at_s for h in diary.happened if h.kind in CURES and h.at_s > began_s)
    return began_s, next(cured, float("inf"))


def spans(diary: Diary) -> list[tuple[float, float]]:
    """Each time in which the mailbox fails: up to each cure, and again from where the same is
    changed anew. Settings that are given anew may be in vain, so it goes on behind them: what is
    tried with them counts for itself."""
    began_s, ended_s = span(diary)
    found = [(began_s, ended_s)]
    broke = {h.about for h in diary.happened if h.kind == "change" and h.at_s == began_s}
    open_s: float | None = None
    for each in diary.happened:
        if each.at_s < ended_s:
            continue
        if open_s is not None and each.kind in CURES:
            found.append((open_s, each.at_s))
            open_s = None
        if each.kind == "resettle" or (each.kind == "change" and each.about in broke):
            open_s = each.at_s if open_s is None else open_s
    return found if open_s is None else [*found, (open_s, float("inf"))]


def hammering(expected: Expectation, sight: LifeSight, pace: Pace) -> str:
    """What it did too often while it could not succeed; empty: nothing."""
    if expected.cause is None or expected.service is None:
        return ""
    for began_s, ended_s in spans(sight.diary):
        why = _within(expected, sight, pace, began_s, ended_s)
        if why := why or _elsewhere(expected, sight, pace, began_s, ended_s):
            return why
    return ""


def _within(
    expected: Expectation, sight: LifeSight, pace: Pace, began_s: float, ended_s: float
) -> str:
    assert expected.cause and expected.service
    there = [each for each in sight.connections if each.service == expected.service]
    tries = [
        at_s
        for each in there
        for at_s in _tries(each, sight, expected.stage)
        if began_s <= each.began_s < ended_s and at_s < ended_s
    ]
    tries.sort()
    if least_retrying(expected.cause, expected.stage).manner == "not":
        count = len(tries)
        if expected.stage in SEND:
            count = _refused_sends(there, sight, began_s, ended_s)
        sends = (expected.stage or "").startswith("smtp")
        most = ONCE_MORE * max(1, _to_send(sight, began_s, ended_s) if sends else 1)
        if count > most:
            return f"{count} tries of what cannot succeed ({expected.cause}); at most {most}"
        return ""
    return _too_soon(tries, pace, expected.cause, expected.stage)


def _elsewhere(
    expected: Expectation, sight: LifeSight, pace: Pace, began_s: float, ended_s: float
) -> str:
    """What it did too often at the other services, where the same password, or token, is refused:
    servers count that for the account, wherever it is."""
    assert expected.cause
    if expected.stage not in LOGIN:
        return ""
    free = ONCE_MORE * max(1, _to_send(sight, began_s, ended_s))
    for service in sorted({each.service for each in sight.logins} - {expected.service}):
        times = [at_s for at_s in _rounds(service, sight) if began_s <= at_s < ended_s]
        if least_retrying(expected.cause, expected.stage).manner != "not":
            why = _too_soon(times[free - ONCE_MORE :], pace, expected.cause, expected.stage)
        else:
            why = f"{len(times)} tries of what cannot succeed ({expected.cause}); at most {free}"
            why = why if len(times) > free else ""
        if why:
            return f"at {service}: {why}"
    return ""


def _rounds(service: str, sight: LifeSight) -> Iterator[float]:
    """When each round of log-ins that were refused there began: clients try one mechanism after the
    other, each once."""
    tried: dict[int, Counter[str]] = defaultdict(Counter)
    for each in sight.logins:
        if each.service == service and each.outcome != "accepted":
            there = tried[each.connection]
            rounds = max(there.values(), default=0)
            there[each.mechanism] += 1
            if there[each.mechanism] > rounds:
                yield each.at_s


def _refused_sends(
    there: Sequence[Transcript], sight: LifeSight, began_s: float, ended_s: float
) -> int:
    """How often it tried to send in vain meanwhile, be it on one connection, on which all of it
    would look like one try."""
    tried = (at_s for each in there for at_s in tries_to_send(each))
    went_out = (each.at_s for each in sight.accepted)
    return sum(began_s <= at_s < ended_s for at_s in tried) - sum(
        began_s <= at_s < ended_s for at_s in went_out
    )


def _tries(connection: Transcript, sight: LifeSight, stage: Stage | None) -> list[float]:
    """When it met the failure there: each refused log-in is a try, and so is a connection that met
    it otherwise. On one that was let in, INBOX may be asked for again and again."""
    refused = sum(
        each.connection == connection.number and each.outcome != "accepted" for each in sight.logins
    )
    tries = [connection.began_s] * (refused or (1 if connection.fired else 0))
    return tries + (_reopened(connection) if stage in CONFIRM else [])


def _reopened(connection: Transcript) -> list[float]:
    """When it was refused to open a folder there, but for the first times: others than INBOX may be
    refused, too."""
    times = [
        connection.began_s + each.at_s
        for each in connection.steps
        if each.command in OPENS and each.rules and connection.refused(each)
    ]
    return times[FOLDERS:]


def _to_send(sight: LifeSight, began_s: float, ended_s: float) -> int:
    """How many e-mails were to be sent while it failed; each of them may be tried."""
    before = {each.message_id for each in sight.accepted if each.at_s < began_s}
    return sum(at_s < ended_s and id_ not in before for id_, at_s in sight.diary.to_send.items())


def _too_soon(tries: list[float], pace: Pace, cause: Cause, stage: Stage | None) -> str:
    slowly = least_retrying(cause, stage).manner == "slowly"
    at_s = 0.0
    for number, tried_s in enumerate(tries[ONCE_MORE:]):
        wait_s = pace.retry_first_s * GROWTH**number
        at_s += JITTER * (pace.retry_longest_s if slowly else min(wait_s, pace.retry_longest_s))
        if tried_s - tries[0] < at_s:
            count, took_s = number + ONCE_MORE + 1, tried_s - tries[0]
            return (
                f"{count} tries in {took_s:.1f} s ({cause}): its waits do not grow; "
                f"so many take {at_s:.1f} s at least"
            )
    return ""
