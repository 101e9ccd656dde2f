"""Whether a connector that fails keeps knocking: judged by what the failure means. Pure.

How it may go on is in `harness.taxonomy.retrying`, with sources. What is measured here is lenient:
waits may have jitter, the first try after a connection was lost is free, and the machine may have
been busy, which makes tries fewer and never more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import Final

from fakeservers.wire.transcript import Transcript
from harness.contract.staying import Pace
from harness.judging.expectation import Expectation
from harness.judging.lives.diary import CURES, HURTS, Diary, LifeSight
from harness.judging.lives.sending import tries_to_send
from harness.taxonomy import Cause, Stage, least_retrying
from harness.taxonomy.stages import SEND

ONCE_MORE: Final = 2
"""How often what cannot succeed may be tried: at first, and once more."""
GROWTH: Final = 1.5
"""By how much a wait is longer than the one before, at least; 2 is usual."""
JITTER: Final = 0.4
"""How much of a wait must be left where it is shortened by chance."""


def spans(diary: Diary) -> Iterator[tuple[float, float]]:
    """From when to when the mailbox fails, each time: from a step that changes it for the worse to
    the cure."""
    changes = any(h.kind == "change" for h in diary.happened)
    began_s: float | None = None
    for happened in diary.happened:
        if began_s is None:
            if happened.kind == "change" if changes else happened.kind in HURTS:
                began_s = happened.at_s
        elif happened.kind in CURES and happened.at_s > began_s:
            yield began_s, happened.at_s
            began_s = None
    if began_s is not None:
        yield began_s, inf


def span(diary: Diary) -> tuple[float, float]:
    """The first of them; at no time where there is none."""
    return next(spans(diary), (inf, inf))


def hammering(expected: Expectation, sight: LifeSight, pace: Pace) -> str:
    """What it did too often while it could not succeed; empty: nothing. What was refused somewhere
    else counts there: a password is not the right one at the other service either."""
    cause = expected.cause
    if cause is None or expected.service is None:
        return ""
    elsewhere = sorted({each.service for each in sight.logins} - {expected.service})
    for while_s in spans(sight.diary):
        for service in (expected.service, *elsewhere):
            if why := _too_often(service, expected, cause, sight, while_s, pace):
                return why
    return ""


def _too_often(
    service: str,
    expected: Expectation,
    cause: Cause,
    sight: LifeSight,
    while_s: tuple[float, float],
    pace: Pace,
) -> str:
    here = service == expected.service
    there = [each for each in sight.connections if each.service == service]
    tries = [
        each.began_s
        for each in there
        if while_s[0] <= each.began_s < while_s[1]
        for _ in range(_tries(each, sight) if here else _refused_logins(each, sight))
    ]
    if least_retrying(cause, expected.stage).manner != "not":
        return _too_soon(tries, pace, cause, expected.stage)
    count = len(tries)
    if here and expected.stage in SEND:
        count = _refused_sends(there, sight, *while_s)
    sends = service == "smtp" or (here and (expected.stage or "").startswith("smtp"))
    most = ONCE_MORE * max(1, _to_send(sight, *while_s) if sends else 1)
    if count <= most:
        return ""
    where = "" if here else f" at {service.upper()}"
    return f"{count} tries of what cannot succeed ({cause}){where}; at most {most}"


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


def _tries(connection: Transcript, sight: LifeSight) -> int:
    """How often it met the failure there: each refused log-in is a try, and so is a connection that
    met it otherwise."""
    return _refused_logins(connection, sight) or (1 if connection.fired else 0)


def _refused_logins(connection: Transcript, sight: LifeSight) -> int:
    return sum(
        each.connection == connection.number and each.outcome != "accepted" for each in sight.logins
    )


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
