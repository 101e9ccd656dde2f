"""Whether a connector said that it fails while nothing did. Pure.

It is lenient: whatever went wrong shortly before, be it that the connector itself gave up a
connection, is reason enough; and who leaves then does fail, whatever the reason.
"""

from __future__ import annotations

import re
from typing import Final

from fakeservers.wire.transcript import Transcript
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing, MessageSeen, Pace
from harness.judging.lives.diary import CURES, HURTS, Diary, LifeSight
from harness.judging.lives.said.next_try import LAG_S
from harness.judging.lives.said.working import about
from harness.judging.verdict import named
from harness.taxonomy import AnyProtocol

_RECENT: Final = 2
"""How many of its longest waits ago something may have gone wrong that is told of now."""
_PASSES: Final = re.compile(r"cut: (?:fin|rst|close-notify)|tokens: expired|down-s: (?!.*silent)")
"""What is done to a mailbox, as its step says it, and is over with the next log-in."""
_LEAVES: Final = frozenset({"LOGOUT", "QUIT"})


def false_alarm(sight: LifeSight, pace: Pace) -> str:
    """What it said so, before anything was done to the mailbox or after it was cured; empty:
    nothing. Who does not know what fails is believed."""
    for heard in sight.diary.heard:
        read = heard.read
        if not (isinstance(heard.state, Failing) and isinstance(read, Diagnosis)):
            continue
        if read.error == "unclassified":
            continue
        since_s = _well_since(sight, heard.at_s, _RECENT * pace.retry_longest_s)
        if since_s is None or not _goes_on(sight, heard.at_s):
            continue
        if not _went_wrong(sight, about(heard), since_s, heard.at_s):
            return f"said {named(read)}, though nothing had gone wrong"
    return ""


def _well_since(sight: LifeSight, at_s: float, recent_s: float) -> float | None:
    """From when on something would have to go wrong, for a failure to be told of; None: it may have
    gone wrong where nobody sees it. After a cure, or what passes, all is well once it says so."""
    diary = sight.diary
    if diary.ended_s is not None and at_s >= diary.ended_s:
        return None
    done = [h for h in diary.happened if h.kind in HURTS | CURES and h.at_s <= at_s]
    if not done:
        return diary.began_s
    last = done[-1]
    if last.cures:
        said_s = _said_well_s(diary, last.at_s, last.at_s, at_s)
        return None if said_s is None else max(last.at_s, at_s - recent_s)
    back_s = _back_s(sight, last.at_s) if _PASSES.match(last.about) else None
    return None if back_s is None else _said_well_s(diary, last.at_s, back_s, at_s)


def _said_well_s(diary: Diary, hurt_s: float, since_s: float, at_s: float) -> float | None:
    """When it said, between then and then, what it can only say where nothing fails: that it is
    connected, or has seen a message that came in after what was done to the mailbox."""
    for heard in diary.heard:
        state = heard.state
        came_s = diary.delivered.get(state.message_id) if isinstance(state, MessageSeen) else None
        well = isinstance(state, Connected) or (came_s or 0.0) > hurt_s
        if well and since_s < heard.at_s < at_s:
            return heard.at_s
    return None


def _back_s(sight: LifeSight, hurt_s: float) -> float | None:
    """When it had logged in again wherever it had been logged in before."""
    into = [each for each in sight.logins if each.outcome == "accepted"]
    again: dict[str, float] = {}
    for each in into:
        if each.at_s > hurt_s:
            again.setdefault(each.service, each.at_s)
    before = {each.service for each in into if each.at_s <= hurt_s}
    return max(again.values()) if before and before <= again.keys() else None


def _goes_on(sight: LifeSight, at_s: float) -> bool:
    """Whether it was connected then, and did not leave."""
    inside = sight.inside(at_s)
    return any(
        each.number in inside
        and (each.ended_s is None or each.ended_s > at_s + LAG_S * (each.ended_by == "client"))
        for each in sight.connections
    )


def _went_wrong(
    sight: LifeSight, protocol: AnyProtocol | None, since_s: float, at_s: float
) -> bool:
    """Whether anything did meanwhile, as far as is seen, there where it spoke of, or its tokens
    come from."""
    return any(
        _is_trouble(each, sight, since_s, at_s)
        for each in sight.connections
        if protocol in (None, each.protocol) or each.protocol == "oauth"
        if each.began_s <= at_s and (each.ended_s is None or each.ended_s >= since_s)
    )


def _is_trouble(link: Transcript, sight: LifeSight, since_s: float, at_s: float) -> bool:
    """Whether it was refused anything there meanwhile, met a rule, did not get in, or did not leave
    in order."""
    steps = [each for each in link.steps if since_s <= link.began_s + each.at_s <= at_s]
    if any(each.rules or link.refused(each) for each in steps):
        return True
    tried = [e for e in sight.logins if e.connection == link.number and e.at_s <= at_s]
    if any(each.outcome != "accepted" and each.at_s >= since_s for each in tried):
        return True
    if link.protocol == "oauth":  # which ends with its answer
        return False
    if not tried:
        return True
    ended = link.ended_s is not None and link.ended_s <= at_s
    return ended and not any(step.command in _LEAVES for step in link.steps)
