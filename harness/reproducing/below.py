"""Failures below the protocol: names, sockets, TLS and certificates, as any client may repeat what
its runtime says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

from harness.classify.observation import Observation
from harness.classify.runtimes import BY_WEIGHT, Mishap, mishap, observation
from harness.reproducing.dialogue import Utterance
from harness.taxonomy import Protocol

_PORTS: Final[dict[str, Protocol]] = {
    "993": "imap",
    "143": "imap",
    "465": "smtp",
    "587": "smtp",
    "25": "smtp",
}


def happened(line: str) -> Iterator[Utterance]:
    """What a line tells of a failure, if it does."""
    if what := mishap(line):
        yield Utterance("*", what, about=line.strip())


def observed_below(
    happenings: list[Utterance], protocol: Protocol | None, text: str
) -> tuple[Observation, list[str]] | None:
    """What happened before anything was said, and what was assumed; None: nothing did."""
    told = [each for each in happenings if each.text not in ("connecting", "tls", "suppressed")]
    if not told:
        return None
    last = min(reversed(told), key=lambda each: BY_WEIGHT.index(cast("Mishap", each.text)))
    which = protocol or _protocol(last.about, text)
    assumed = [] if which else ["the protocol: nothing tells it; IMAP is assumed"]
    return observation(which or "imap", cast("Mishap", last.text), last.about), assumed


def _protocol(about: str, text: str) -> Protocol | None:
    for place in (about, text):
        found = re.search(r"(?:port[ =:]*|:)(993|143|465|587|25)\b", place)
        if found:
            return _PORTS[found[1]]
        names = {name.lower() for name in re.findall(r"imap|smtp", place, re.IGNORECASE)}
        if len(names) == 1:
            return "imap" if names == {"imap"} else "smtp"
    return None
