"""From a failure to a scenario: a mailbox in which it happens again, and what cures it."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from fakeservers.dialects.command_names import ImapCommand
from fakeservers.files.patterns import kept_regex
from fakeservers.security import Security
from fakeservers.spec import Account
from harness.contract.diagnosis import Diagnosis
from harness.files.problems import BadInput
from harness.reproducing.failure import Failure
from harness.reproducing.forms.grammar import REPLY
from harness.reproducing.making.words import Composed, as_said, worded_service
from harness.reproducing.nearest import dialect_of
from harness.reproducing.placeholders import Ours, with_placeholders
from harness.scenario.cases import Data, merge
from harness.scenario.remedies import ENDS
from harness.taxonomy import CAUSES, CERTIFICATE_CAUSES, Advice, Cause, Protocol

_COMMANDS: Final[dict[str, str | list[str]]] = {
    "ehlo": ["EHLO", "HELO"],
    "starttls": "STARTTLS",
    "mail": "MAIL",
    "rcpt": "RCPT",
    "data": "DATA",
}
"""With which command a stage begins; the others are called as the event is."""
_UNTAGGED: Final = kept_regex(r"\* (?:NO|BAD)\b")
_OPENING: Final = ["SELECT", "EXAMINE"]
_PATIENCE_S: Final = 2
_STATE: Final = "as-in-the-evidence"
_LOGINS: Final = ("bad-credentials", "app-password-required")
PROFILES: Final[dict[Cause, str]] = {
    "certificate-expired": "expired",
    "certificate-not-yet-valid": "not-yet-valid",
    "self-signed-certificate": "self-signed",
}
"""Of certificates; where the name is not the cause's."""
_CERTIFICATES: Final = CERTIFICATE_CAUSES - {"malformed-certificate"}
"""Those that a fake can have; the other is fine to all but a few clients."""
_FACTS: Final[dict[Cause, tuple[Data, Data]]] = {
    "connect-timeout": ({"listen": "black-hole"}, {"listen": "listening"}),
    "tls-version": ({"tls": {"versions": ["1.1"]}}, {"tls": {"versions": ["1.2", "1.3"]}}),
    "tls-no-shared-cipher": ({"tls": {"ciphers": "unshared"}}, {"tls": {"ciphers": "modern"}}),
    "tls-too-weak": ({"tls": {"ciphers": "weak-dh"}}, {"tls": {"ciphers": "modern"}}),
}
_FACTS_OF_RULES: Final[dict[str, tuple[Data, Data]]] = {
    "tls-reason-no-secure-renegotiation": (
        {"tls": {"renegotiation": "none"}},
        {"tls": {"renegotiation": "secure"}},
    )
}
"""Where one cause has several makings, and the rule that told it says which."""

_ADVICE: Final[dict[Cause, Advice]] = {"connect-timeout": "allow-ip-addresses"}
"""Which of a cause's advices the change follows; where it is not the first."""


def compose(
    failure: Failure,
    ours: Ours,
    origin: str,
    provider: str | None = None,
    security: Security | None = None,
) -> Composed:
    """The scenario. `provider`, `security`: where they are known. Raises BadInput where there is
    no way of making the failure happen."""
    diagnosis, protocol = failure.diagnosis, failure.mail_protocol
    if protocol == "smtp" and failure.lines and not REPLY.match(failure.lines[-1]):
        raise BadInput(
            [f"no scenario can be written of it: its code is not told, {diagnosis.cause}"]
        )
    greeting = [with_placeholders(line, ours) for line in failure.dialogue.greeting]
    lines = [with_placeholders(line, ours) for line in failure.lines]
    known = provider or (failure.inferred.dialect if failure.inferred else None)
    dialect, alike = (known, 1.0) if known else dialect_of([*greeting[:1], *lines])
    made = Composed({}, dialect, lines, unknown=list(failure.notes))
    if not known and dialect == "plain":
        made.unknown.append("whose server it is: the dialect `plain` stands in for it")
    elif not known:
        made.taken.append(f"the dialect {dialect}, whose words are {alike:.0%} alike")
    security = security or _security(failure, made)
    cure = _cure(failure, security)
    service = _service(failure, made, security, ours, cure)
    facts = merge({"dialect": dialect, **cure.facts}, {protocol: service} if service else {})
    if failure.by_token:
        facts = merge({"customer": {"oauth2": {}}}, facts)
    made.data = headed(failure, origin, facts, cure)
    return made


def headed(failure: Failure, origin: str, facts: Data, cure: Cure) -> Data:
    """The scenario of these facts: what happens in it, and what cures it."""
    diagnosis = failure.diagnosis
    slow = failure.ended == "timeout" or diagnosis.cause == "connect-timeout"
    return {
        "title": f"As in {origin}: {diagnosis.cause} at {failure.stage}",
        "reproduces": diagnosis.error,
        "stage": failure.stage,
        "cause": diagnosis.cause,
        "source": f"reproduced from {origin}, {datetime.date.today():%Y-%m-%d}",
        **({"timeout-s": _PATIENCE_S} if slow else {}),
        **facts,
        "remedy": [{"advice": cure.advice, "apply": cure.apply}],
    }


def _security(failure: Failure, made: Composed) -> Security:
    """How the connection was secured, as far as it shows."""
    said = failure.dialogue.said
    if failure.diagnosis.cause == "tls-required":
        return "cleartext"
    if failure.stage.endswith("-starttls") or any(
        line.direction == "C" and re.match(r"(?:\S+ )?STARTTLS$", line.text, re.I) for line in said
    ):
        return "starttls"
    if not any(line.text == "tls" for line in said if line.direction == "*"):
        made.unknown.append("how the connection was secured: implicit TLS is assumed")
    return "implicit-tls"


def _cure(failure: Failure, security: str) -> Cure:
    diagnosis, protocol = failure.diagnosis, failure.mail_protocol
    if failure.by_token and failure.lines and diagnosis.advice[0] == "reconnect-account":
        return _of_token(protocol)
    if failure.lines:
        return _cure_of_reply(diagnosis, protocol, security)
    assert diagnosis.cause is not None
    found = _cure_without_words(diagnosis, diagnosis.cause, protocol, security)
    if found is None and failure.ended:
        return _cure_of_reply(diagnosis, protocol, security)
    if found is None:
        what = f"{diagnosis.error}, {diagnosis.cause} at {failure.stage}"
        raise BadInput([f"no scenario can be written of it, only looked up: {what}"])
    return found


def _service(failure: Failure, made: Composed, security: Security, ours: Ours, cure: Cure) -> Data:
    then = _then(failure, made.lines)
    if _is_cut(failure):
        made.unknown.append("what the server said then: nothing tells it; it closes the connection")
        then.append("close")
    if not then:
        of_the_cure = "security" in cure.facts.get(failure.mail_protocol, {})
        return {} if security == "implicit-tls" or of_the_cure else {"security": security}
    at_greeting = failure.stage.endswith("-greeting")
    service = worded_service(failure.dialogue, failure.mail_protocol, security, made, ours)
    if at_greeting:
        service.pop("rules", None)
    elif "rules" not in service:
        made.unknown.append("the greeting and the capabilities: they are the dialect's")
    made.taken.append("the reply" if made.lines else "how the connection ended")
    rule = {"when": {**_event(failure), **cure.when}, "then": then}
    return {**service, "rules": [*service.get("rules", []), rule]}


def _event(failure: Failure) -> Data:
    if failure.stage != "imap-confirm":
        where = failure.stage.partition("-")[2]
        command = _COMMANDS.get(where)
        return {"event": "command", "command": command} if command else {"event": where}
    known = failure.command in get_args(ImapCommand) and failure.command not in _OPENING
    return {"event": "command", "command": [failure.command] * known + _OPENING}


def _then(failure: Failure, lines: list[str]) -> list[Any]:
    if failure.inferred:
        return [{"reply": failure.inferred.reply}]
    told: list[Any] = [as_said(lines, failure.mail_protocol)] if lines else []
    closes = lines and lines[-1].startswith(("421", "* BYE"))
    ending = {"closed": "close", "reset": "reset", "timeout": "hang"}.get(failure.ended or "")
    if not ending and closes:
        ending = "close"  # RFC 5321, section 3.8; RFC 9051, section 7.1.5
    return [*told, *([ending] if ending and not (told and ending == "hang") else [])]


def _is_cut(failure: Failure) -> bool:
    """Whether nothing tells how the command was answered, only what was said before that."""
    waits = failure.stage in ("imap-login", "imap-confirm") and not failure.ended
    return waits and bool(failure.lines) and all(map(_UNTAGGED.match, failure.lines))


@dataclass(frozen=True)
class Cure:
    """`when`: conditions of the rule. `facts`: what holds until `apply` changes it."""

    advice: Advice
    apply: Data
    when: Data = field(default_factory=dict)
    facts: Data = field(default_factory=dict)


def _cure_of_reply(diagnosis: Diagnosis, protocol: Protocol, security: str) -> Cure:
    """For a server that says something: the cause's own way, else circumstances that pass."""
    cause, advice = diagnosis.cause, diagnosis.advice[0]
    if diagnosis.stage in ("imap-login", "smtp-login") and cause in _LOGINS:
        return _of_login(cause, protocol, advice)
    if cause in ("ip-not-allowed", "ip-blocked"):
        apply = {"allow-list": ["127.0.0.0/8"]}
        return Cure(advice, apply, {"peer": "not-allowed"}, {"allow-list": ["127.0.0.9"]})
    if cause == "too-many-connections":
        per = "account" if diagnosis.stage == "imap-login" else "service"
        when = {"connections": {"per": per, "over": 10}}
        return Cure(advice, {protocol: {"occupied": 3}}, when, {protocol: {"occupied": 10}})
    return _of_what_is_typed(cause, protocol, security) or passing(diagnosis)


def passing(diagnosis: Diagnosis) -> Cure:
    """Circumstances that pass, once the advice is followed."""
    cause, advice = diagnosis.cause, diagnosis.advice[0]
    if advice not in ENDS:
        passes = cause is not None and CAUSES[cause].retry
        advice = "retry-later" if passes else "contact-it-or-provider"
    return Cure(advice, {"state": []}, {"state": _STATE}, {"state": [_STATE]})


def _of_what_is_typed(cause: Cause | None, protocol: Protocol, security: str) -> Cure | None:
    """Where what the customer typed would have to be something else; None: it is not that."""
    own = Account().address
    if cause == "custom-username-required":
        apply: Data = {"customer": {"username": "anna.b"}}
        facts: Data = {"account": {"username": "anna.b"}}
        if protocol == "smtp":
            facts |= _taken_by_imap({"username": "address", "password": "account"})
        return Cure("use-custom-username", apply, {"username": "address"}, facts)
    if cause == "sender-not-allowed":
        facts = {"customer": {"email": f"sales@{own.partition('@')[2]}", "username": own}}
        return Cure("change-sender", {"customer": {"email": own}}, {"sender": "foreign"}, facts)
    if cause == "tls-required":
        typed: Data = {protocol: {"security": "starttls"}}
        return Cure("confirm-server-and-port", {**typed, "customer": typed}, {"tls": False})
    if cause == "wrong-server":
        right = {"services": {"right": {"protocol": protocol, "security": security}}}
        apply = {"customer": {protocol: {"service": "right"}}}
        return Cure("confirm-server-and-port", apply, facts=right)
    return None


def _of_login(cause: Cause, protocol: Protocol, advice: Advice) -> Cure:
    if cause == "app-password-required":
        apply = {"customer": {"password": "app-password"}}
        return Cure(advice, apply, {"password": "account"})
    wrong = {"password": "wrong"}
    facts = {"customer": wrong, **(_taken_by_imap(wrong) if protocol == "smtp" else {})}
    return Cure(advice, {"customer": {"password": "account"}}, wrong, facts)


def _of_token(protocol: Protocol) -> Cure:
    """For a token that is refused: another one cures it."""
    refused = {"password": "token-revoked"}
    held = {"oauth2": {"access-token": "revoked", "refresh-token": "none", "expiry": "untold"}}
    facts = {"customer": held, **(_taken_by_imap(refused) if protocol == "smtp" else {})}
    apply = {"customer": {"oauth2": {"access-token": "valid"}}}
    return Cure("reconnect-account", apply, refused, facts)


def _taken_by_imap(credentials: Data) -> Data:
    """IMAP is tried first: SMTP's turn comes only where it takes what SMTP refuses.
    How it says so is its dialect's: no ticket tells."""
    then = {"reply": "login-ok"}
    return {"imap": {"rules": [{"when": {"event": "login", **credentials}, "then": then}]}}


def _cure_without_words(
    diagnosis: Diagnosis, cause: Cause, protocol: Protocol, security: str
) -> Cure | None:
    """For a failure in which the server says nothing; None: it is not known how to make it."""
    facts: Data
    apply: Data
    if cause in _CERTIFICATES:
        facts = {protocol: {"certificate": PROFILES.get(cause, cause)}}
        apply = {protocol: {"certificate": "valid"}}
    elif change := _FACTS_OF_RULES.get(diagnosis.rule or "", _FACTS.get(cause)):
        wrong, right = change
        facts, apply = {protocol: wrong}, {protocol: right}
    elif cause == "refused":
        own = "implicit-tls" if security == "implicit-tls" else "starttls"
        closed = {"protocol": protocol, "security": own, "listen": "refused"}
        facts = {"services": {"closed": closed}, "customer": {protocol: {"service": "closed"}}}
        apply = {"customer": {protocol: {"service": protocol}}}
    elif cause == "dns-not-found":
        # A lone hyphen is no host name anywhere (RFC 1123, section 2.1).
        facts = {"customer": {protocol: {"host": "-"}}}
        apply = {"customer": {protocol: {"host": None}}}
    elif cause in ("client-tls-to-plain-port", "starttls-not-offered"):
        typed, apply = "starttls", {protocol: {"security": "starttls"}}
        if cause == "client-tls-to-plain-port":
            typed, apply = "implicit-tls", {"customer": {protocol: {"security": "cleartext"}}}
        facts = {protocol: {"security": "cleartext"}, "customer": {protocol: {"security": typed}}}
    else:
        return None
    advice = _ADVICE.get(cause) or CAUSES[cause].advice[0]
    return Cure(advice, apply, facts=facts)
