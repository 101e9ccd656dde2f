"""Whether a token endpoint is flooded, whatever fails or not. Pure."""

from __future__ import annotations

from typing import Final

from harness.judging.expectation import Expectation
from harness.judging.lives.diary import LifeSight

FREE: Final = 10
"""So many tokens may be asked for without a reason that is seen: before they expire, say."""
EACH: Final = 2
"""How many for each connection to a mail service: one that was held, and a new one after it was
refused."""


def flooding(expected: Expectation, sight: LifeSight) -> str:
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
