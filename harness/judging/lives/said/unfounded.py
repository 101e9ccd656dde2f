"""Whether a connector said what nothing at the mailbox could have told it. Pure.

It is lenient: what could have been known from anything that a server said by then is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from fakeservers.files.patterns import kept_regex
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected
from harness.judging.expectation import Expectation
from harness.judging.lives.diary import HeardState, LifeSight
from harness.judging.lives.hammering import span
from harness.judging.lives.said.working import about, connected_in_spite
from harness.judging.lives.steps_met import judged
from harness.judging.verdict import named
from harness.taxonomy import Cause, DocumentedError, errors_at, family, protocol_of
from harness.taxonomy.stages import CONNECT

_BLAMES: Final = ("unauthorized", "unauthorized-app-password-required")
_OF_THE_WAY: Final[frozenset[DocumentedError]] = frozenset(
    {"unclassified", "imap-settings-incorrect", "smtp-settings-incorrect"}
)
"""What may be said at first of whatever ended a link, until more is known."""
_OF_THE_LINK: Final[frozenset[Cause | None]] = frozenset(
    {
        "dns-not-found", "dns-temporary", "refused", "unreachable", "connect-timeout",
        "reset-at-connect", "closed-at-connect", "silent-server", "tls-closed-in-handshake",
        "tls-handshake-timeout", "greeting-refused", "server-unavailable", "temporary-failure",
        "dropped", "timeout", "unspecified", None,
    }
)  # fmt: skip
"""As what it may seem then; every other cause is one that only words or certificates tell."""
_SAID_BY_SERVERS: Final[frozenset[Cause | None]] = frozenset(
    {
        "bad-credentials", "custom-username-required", "app-password-required", "password-expired",
        "account-locked", "not-authorized", "imap-disabled", "web-login-required", "wrong-server",
        "mailbox-unavailable", "client-id-required", "authenticated-but-not-connected",
        "authentication-required", "sender-not-allowed", "relay-denied", "recipient-rejected",
        "message-rejected", "token-for-another-user", "token-scope",
    }
)  # fmt: skip
"""What nobody knows who was not refused anything: nothing that is offered tells it."""
_OF_AN_ACCOUNT: Final = kept_regex(
    rb"^\S+ (?:NO|BAD)\b|^53\d|auth|credential|log.?in|passw|session|token|account|user|denied"
    rb"|block|lock|expire|disable|suspend",
    re.IGNORECASE,
)
"""A refusal that may have to do with who somebody is."""
_ANY: Final = kept_regex(rb"")


def unfounded(expected: Expectation, sight: LifeSight) -> str:
    """What it said so; empty: nothing."""
    for heard in sight.diary.heard:
        if _blames(heard) and expected.error == "connected":
            return f"said {_told(heard)}, though its credentials hold"
        if _blames(heard) and _nobody_refused(heard, expected, sight):
            return f"said {_told(heard)}, though nothing had refused its credentials"
        if _names_what_nobody_said(heard, sight):
            return f"said {_told(heard)}, though no server had said so"
        if isinstance(heard.state, Connected) and _was_refused(heard.at_s, sight):
            return "said that it is connected, though its last log-in had been refused"
    if connected_in_spite(expected, sight):
        return "said that it is connected, though nothing had worked there since it failed"
    return ""


def misnamed(expected: Expectation, sight: LifeSight) -> str:
    """What it called the failure meanwhile that it is not, be it for a moment: what a customer was
    shown, and may have acted on. Empty: nothing. Who does not know yet may say so, and that its way
    there has failed, and name it by the stage alone; of another service it may say what befell it
    there."""
    if expected.error == "connected":
        return ""
    for heard in _failures_meanwhile(sight):
        verdict, why = judged(expected, heard.read)
        if verdict == "wrong" and not _is_a_beginning(heard, expected, sight):
            return why
    return ""


def _failures_meanwhile(sight: LifeSight) -> Iterator[HeardState]:
    began_s, ended_s = span(sight.diary)
    return (each for each in sight.diary.failures(began_s) if each.at_s < ended_s)


def _is_a_beginning(heard: HeardState, expected: Expectation, sight: LifeSight) -> bool:
    read = heard.read
    if not isinstance(read, Diagnosis) or read.ask_password:
        return False
    meant = about(heard)
    if meant and meant != expected.service and sight.came_to(meant, heard.at_s):
        return True
    if read.cause not in {expected.cause, *_OF_THE_LINK} or not _may_be_there(read, heard, sight):
        return False
    if read.error in (*_OF_THE_WAY, *expected.errors):
        return True
    if expected.stage and read.error == family(expected.stage):
        return True
    return read.error == family("imap-confirm") and _lost_a_session(heard.at_s, sight)


def _may_be_there(read: Diagnosis, heard: HeardState, sight: LifeSight) -> bool:
    """Whether what it named may fail at the stage that it named, and it had been there by then;
    where nobody answers, it need not be seen."""
    stage = read.stage
    if stage is None or stage in CONNECT:
        return True
    if read.error not in {*errors_at(stage), *_OF_THE_WAY}:
        return False
    return sight.came_to(protocol_of(stage), heard.at_s)


def _lost_a_session(at_s: float, sight: LifeSight) -> bool:
    """Whether a session of IMAP that it was let into has ended by then: at that stage it was."""
    inside = sight.inside(at_s)
    return any(
        each.protocol == "imap" and each.number in inside and (each.ended_s or at_s) < at_s
        for each in sight.connections
    )


def _told(heard: HeardState) -> str:
    assert isinstance(heard.read, Diagnosis)
    asks = " and asked for the password" if heard.read.ask_password else ""
    return f"{named(heard.read)}{asks}"


def _blames(heard: HeardState) -> bool:
    """Whether it says that the customer has to give other credentials. Where nothing fails for good
    nobody has to, whatever was refused: an access token that has expired is renewed."""
    read = heard.read
    return isinstance(read, Diagnosis) and (read.ask_password or read.error in _BLAMES)


def _nobody_refused(heard: HeardState, expected: Expectation, sight: LifeSight) -> bool:
    """What servers offer may be reason enough to say what is right; and who has tokens knows when
    they expire."""
    assert isinstance(heard.read, Diagnosis)
    if _anything_refused(heard.at_s, sight, _OF_AN_ACCOUNT):
        return False
    if heard.read.ask_password:
        return True
    return expected.tokens is None and judged(expected, heard.read)[0] != "passed"


def _names_what_nobody_said(heard: HeardState, sight: LifeSight) -> bool:
    read = heard.read
    if not isinstance(read, Diagnosis) or read.cause not in _SAID_BY_SERVERS:
        return False
    return not _anything_refused(heard.at_s, sight, _ANY)


def _anything_refused(at_s: float, sight: LifeSight, words: re.Pattern[bytes]) -> bool:
    """Whether, by then, a log-in was refused, or a server said no to anything else in such
    words."""
    if any(each.outcome != "accepted" and each.at_s <= at_s for each in sight.logins):
        return True
    return any(
        each.began_s + step.at_s <= at_s
        and each.refused(step)
        and any(map(words.search, each.refusals(step)))
        for each in sight.connections
        for step in each.steps
    )


def _was_refused(at_s: float, sight: LifeSight) -> bool:
    """Whether, at each service where it had logged in by then, it was refused last."""
    last = {each.service: each.outcome for each in sight.logins if each.at_s <= at_s}
    return bool(last) and "accepted" not in last.values()
