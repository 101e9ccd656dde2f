"""Whether a connector said what nothing at the mailbox could have told it. Pure.

It is lenient: what could have been known from anything that a server did by then is believed.
"""

from __future__ import annotations

import re
from typing import Final

from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing
from harness.judging.lives.diary import ENDS_LINKS, HURTS, HeardState, LifeSight
from harness.judging.verdict import named

_BLAMES: Final = ("unauthorized", "unauthorized-app-password-required")
_LINKS_ONLY: Final = ENDS_LINKS | {"drip"}
"""What befalls a link, and leaves the mailbox as it was."""
_OF_A_LINK: Final = re.compile(r"\.(?:cut|drip)\b")
"""The same, as transcripts name it (`imap.cut[fin]`)."""


def unfounded(sight: LifeSight) -> str:
    """What it said so; empty: nothing."""
    for heard in sight.diary.heard:
        if isinstance(heard.state, Failing) and _blames_what_nobody_refused(heard, sight):
            return f"said {_told(heard)}, though nothing had refused its credentials"
        if isinstance(heard.state, Connected) and _was_refused(heard.at_s, sight):
            return "said that it is connected, though its last log-in had been refused"
    return ""


def _told(heard: HeardState) -> str:
    assert isinstance(heard.read, Diagnosis)
    asks = " and asked for the password" if heard.read.ask_password else ""
    return f"{named(heard.read)}{asks}"


def _blames_what_nobody_refused(heard: HeardState, sight: LifeSight) -> bool:
    read, at_s = heard.read, heard.at_s
    if not isinstance(read, Diagnosis) or not (read.ask_password or read.error in _BLAMES):
        return False
    refused = any(each.outcome != "accepted" and each.at_s <= at_s for each in sight.logins)
    met = any(
        not _OF_A_LINK.search(name)
        for each in sight.connections
        if each.began_s <= at_s
        for name in each.fired
    )
    if refused or met:
        return False
    hurt = {each.kind for each in sight.diary.happened if each.at_s <= at_s} & HURTS
    # A token may have been refused elsewhere, and an open session ended with a reason.
    return read.ask_password or hurt <= _LINKS_ONLY


def _was_refused(at_s: float, sight: LifeSight) -> bool:
    """Whether, at each service where it had logged in by then, it was refused last."""
    last = {each.service: each.outcome for each in sight.logins if each.at_s <= at_s}
    return bool(last) and "accepted" not in last.values()
