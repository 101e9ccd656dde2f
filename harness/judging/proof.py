"""Whether a case was exercised: its stage was reached at its service, and the thing that makes it
fail was delivered there. Pure; it reads what connections recorded, never printed text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from fakeservers.wire.transcript import Step, Transcript
from harness.judging.evidence import CheckEvidence
from harness.judging.expectation import Expectation, Fault
from harness.taxonomy import errors_at

_STATUS = re.compile(r"(?:\* BYE|[^*+ ]\S* (?:NO|BAD))(?: \[[^\]]*\])? +", re.IGNORECASE)
_REPLY_CODE = re.compile(r"[45]\d\d(?:[ -]|$)(?:[45]\.\d{1,3}\.\d{1,3}(?: |$))?")
_FEWEST_LETTERS = 4
"""Shorter words of a server (`No`) may stand in any message."""


def unproven(fault: Fault, saw: CheckEvidence) -> str:
    """Why the fault cannot have been met; empty where it was."""
    where = f"{fault.stage} at {fault.service}"
    if fault.shows in ("knock", "never"):
        knocked = saw.knocks.get(fault.service)
        if knocked is None:
            return _unproven_elsewhere(fault, saw)
        return "" if knocked else f"the connector never came to {where}"
    met = list(saw.at(fault.service))
    if not met:
        return f"the connector never connected to {fault.service}"
    if any(_delivered(fault, each, saw) for each in met):
        return ""
    if any(step for each in met for step in _steps(fault, each)):
        return f"the connector came to {where}, and left before the fault was delivered"
    return f"the connector never came to {where}"


def as_met(expected: Expectation, saw: CheckEvidence) -> Expectation:
    """The expectation of a connector that asks SMTP first, or both at a time, and never came to
    IMAP: credentials that are wrong at both were refused at SMTP, and it has no need to go on."""
    fault = expected.fault
    if not (fault and fault.stage == "imap-login" and expected.parallel):
        return expected
    at_smtp = replace(fault, service="smtp", stage="smtp-login", shows="refusal")
    of_both = expected.error in errors_at("smtp-login")
    if not of_both or any(saw.at("imap")) or unproven(at_smtp, saw):
        return expected
    return replace(expected, fault=at_smtp, stage="smtp-login")


def server_words(fault: Fault, saw: CheckEvidence) -> list[str]:
    """What the server said where the fault struck, line by line, for people: without the tag, the
    status and its code (RFC 9051, 7.1), and without the reply codes (RFC 5321, 4.2; RFC 3463)."""
    words = []
    for connection in saw.at(fault.service):
        form = _REPLY_CODE if connection.protocol == "smtp" else _STATUS
        for step in _steps(fault, connection):
            if _strikes(fault, connection, step):
                lines = bytes(step.said).decode(errors="backslashreplace").splitlines()
                texts = (form.sub("", line, count=1) for line in lines if form.match(line))
                words += [" ".join(text.split()) for text in texts]
    return [text for text in words if sum(map(str.isalpha, text)) >= _FEWEST_LETTERS]


def shown_words(fault: Fault, message: str, saw: CheckEvidence) -> str:
    """The server's own words that stand in a message, letter by letter; empty where none do."""
    shown = " ".join(message.split())
    return next((text for text in server_words(fault, saw) if text in shown), "")


def failed_there(protocol: str, faulty: str | None, saw: CheckEvidence) -> bool:
    """Whether something failed at a service of this protocol that is not the faulty one. Where that
    cannot be seen, because somebody knocked where nobody answers, it is believed; what was not
    tried did not fail."""
    knocked = any(knocked is not False for name, knocked in saw.knocks.items() if name != faulty)
    there = (each for each in saw.connections if each.protocol == protocol)
    return knocked or any(_broke(each, saw) for each in there if each.service != faulty)


def _broke(connection: Transcript, saw: CheckEvidence) -> bool:
    """Whether anything at all was refused on it, or it ended before the client wanted it to."""
    refused = any(connection.refused(step) for step in connection.steps)
    logins = (each for each in saw.logins if each.connection == connection.number)
    cut = connection.ended_by == "server" and not {"QUIT", "LOGOUT"} & set(connection.commands())
    half_open = connection.tls in ("hello", "answered")
    denied = any(login.outcome != "accepted" for login in logins)
    return bool(connection.fired) or refused or denied or cut or half_open or connection.mistook


def _unproven_elsewhere(fault: Fault, saw: CheckEvidence) -> str:
    """What leaves no mark is believed; but whoever says that SMTP fails, which is checked after
    IMAP, has been somewhere; unless IMAP is not checked."""
    if fault.stage.startswith("smtp") and not fault.alone and not saw.connections:
        return f"the connector never connected to anything, so it cannot have tried {fault.service}"
    return ""


def _delivered(fault: Fault, connection: Transcript, saw: CheckEvidence) -> bool:
    if fault.shows == "tls":
        return connection.tls in ("answered", "established")
    tried = _logged_in_as_typed(fault, connection, saw)
    return any(
        _strikes(fault, connection, step) and _heard(fault, connection, step, saw.until_s)
        for step in _steps(fault, connection)
        if tried or not (step.event == "login" or _refused_login(fault))
    )


def _refused_login(fault: Fault) -> bool:
    """Whether it is the credentials that are refused."""
    return fault.shows == "refusal" and fault.stage.endswith("login")


def _logged_in_as_typed(fault: Fault, connection: Transcript, saw: CheckEvidence) -> bool:
    """Whether somebody tried to log in by the name that was typed, if one is known: another's
    refusal proves nothing."""
    if not fault.login:
        return True
    names = (each.username for each in saw.logins if each.connection == connection.number)
    return fault.login.casefold() in map(str.casefold, names)


def _steps(fault: Fault, connection: Transcript) -> Iterator[Step]:
    """The steps that belong to the stage of the fault."""
    for step in connection.steps:
        name = step.command if step.event == "command" else step.event
        told = fault.shows == "offer" and _tells_capabilities(step) and step.tls == fault.secured
        if name in fault.at or (step.event == "command" and "command" in fault.at) or told:
            yield step


def _tells_capabilities(step: Step) -> bool:
    return step.command in ("EHLO", "CAPABILITY") or b"CAPABILITY " in step.said


def _strikes(fault: Fault, connection: Transcript, step: Step) -> bool:
    """Whether the thing that makes it fail struck at this step."""
    if fault.shows == "rule":
        struck = bool(fault.rules.intersection(step.rules))
        if step.event == "login" and fault.stage.endswith("-confirm"):
            beyond = any(each.logged_in for each in connection.steps)
            return struck and (beyond or connection.ended_by == "server")
        return struck
    if fault.stage.endswith(("connect", "greeting")):
        return True
    if fault.stage == "oauth-token" and connection.mistook:
        return True
    if fault.stage.endswith("-tls"):
        return connection.mistook
    if fault.shows == "offer":
        return _tells_capabilities(step) or connection.refused(step)
    return connection.refused(step)


def _heard(fault: Fault, connection: Transcript, step: Step, until_s: float) -> bool:
    """Whether the client met what the server did at this step: it was told something, and was there
    to hear it; or the server ended the connection; or the client waited in the silence."""
    if fault.stage.endswith("-tls") and not (connection.mistook or connection.tls != "none"):
        return connection.ended_by == "server"  # at once, before the client could begin
    ended_s = connection.ended_s if connection.ended_s is not None else until_s
    if ended_s - connection.began_s - step.at_s >= fault.wait_s:
        return True
    after = connection.steps[connection.steps.index(step) :]
    spoke = any(each.said for each in after)
    return connection.ended_by == "server" if not spoke else not connection.unheard
