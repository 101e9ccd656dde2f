"""Whether a token endpoint, or a server that works, is flooded, whatever fails or not. Pure."""

from __future__ import annotations

from typing import Final

from fakeservers.wire.transcript import Transcript
from harness.contract.staying import Pace
from harness.judging.expectation import Expectation
from harness.judging.lives.diary import LifeSight

FREE: Final = 10
"""So many tokens may be asked for without a reason that is seen: before they expire, say."""
EACH: Final = 2
"""How many for each connection to a mail service: one that was held, and a new one after it was
refused."""
ASKS: Final = {
    frozenset({"NOOP", "CHECK", "IDLE"}): 4,
    frozenset({"STATUS", "SELECT", "EXAMINE", "LIST", "LSUB", "SEARCH", "UID SEARCH"}): 12,
}
"""How often these may be said at each look for mail: by who asks before and after it, and at each
of some folders."""
FREE_ASKING: Final = 30
"""So often whatever the pace: as a session begins and ends, and at each message that is read."""


def flooding(expected: Expectation, sight: LifeSight, pace: Pace) -> str:
    """What it asked for far too often; empty: nothing."""
    return _tokens(expected, sight) or next(
        filter(None, (_asking(each, sight, pace) for each in sight.connections)), ""
    )


def _asking(link: Transcript, sight: LifeSight, pace: Pace) -> str:
    """Whether it asked for news on a connection many times as often as it was told to look."""
    lasted_s = max(0.0, min(sight.over_s, link.ended_s or sight.over_s) - link.began_s)
    looks = 1 + lasted_s / pace.poll_s + len(sight.diary.delivered)
    for commands, each in ASKS.items():
        count = sum(step.command in commands for step in link.steps)
        most = FREE_ASKING + each * looks
        if count > most:
            asked = ", ".join(sorted({step.command for step in link.steps} & commands))
            return (
                f"said {asked} {count} times in {lasted_s:.1f} s on one connection; "
                f"at most {most:.0f} at its pace"
            )
    return ""


def _tokens(expected: Expectation, sight: LifeSight) -> str:
    """Whether it asked for far more tokens than it can have used. Requests that nobody answers as
    they should are tries, where it is the token endpoint that fails."""
    asked = sum(
        each.outcome == "issued" or (each.outcome == "refused" and expected.service != "oauth")
        for each in sight.token_requests
    )
    links = sum(each.protocol != "oauth" for each in sight.connections)
    expired = sum(each.kind in ("tokens", "resettle") for each in sight.diary.happened)
    most = FREE + EACH * (links + expired)
    if asked > most:
        return f"asked for tokens {asked} times, for {links} connections; at most {most}"
    return ""
