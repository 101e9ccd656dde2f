"""How a failure comes about and is cured: facts that its rule reads and a remedy changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from harness.contract.diagnosis import Diagnosis
from harness.taxonomy import CAUSES, Advice, Cause, Protocol

Data = dict[str, Any]
STATE: Final = "as-in-the-evidence"


@dataclass(frozen=True)
class Cure:
    """`when`: conditions of the rule. `facts`: what holds until `apply` changes it."""

    advice: Advice
    apply: Data
    when: Data = field(default_factory=dict)
    facts: Data = field(default_factory=dict)


def cure_of_reply(diagnosis: Diagnosis, protocol: Protocol) -> Cure:
    """For a server that says something: the cause's own way, else circumstances that pass."""
    advice = diagnosis.advice[0]
    if diagnosis.stage in ("imap-login", "smtp-login") and diagnosis.cause in _LOGINS:
        return _of_login(diagnosis.cause, protocol, advice)
    if diagnosis.cause in ("ip-not-allowed", "ip-blocked"):
        apply = {"allow-list": ["127.0.0.0/8"]}
        return Cure(advice, apply, {"peer": "not-allowed"}, {"allow-list": ["127.0.0.9"]})
    if diagnosis.cause == "too-many-connections":
        per = "account" if diagnosis.stage == "imap-login" else "service"
        when = {"connections": {"per": per, "over": 10}}
        return Cure(advice, {protocol: {"occupied": 3}}, when, {protocol: {"occupied": 10}})
    return Cure(advice, {"state": []}, {"state": STATE}, {"state": [STATE]})


_LOGINS: Final = ("bad-credentials", "app-password-required")


def _of_login(cause: Cause, protocol: Protocol, advice: Advice) -> Cure:
    if cause == "app-password-required":
        apply = {"customer": {"password": "app-password"}}
        return Cure(advice, apply, {"password": "account"})
    # IMAP is tried first, so what SMTP refuses is a password that IMAP takes.
    typed = "wrong" if protocol == "imap" else "app-password"
    facts = {"customer": {"password": typed}}
    return Cure(advice, {"customer": {"password": "account"}}, {"password": typed}, facts)


_CERTIFICATES: Final = {
    "certificate-expired": "expired",
    "certificate-not-yet-valid": "not-yet-valid",
    "self-signed-certificate": "self-signed",
}
"""Where the profile's name is not the cause's."""


def cure_without_words(cause: Cause, protocol: Protocol, security: str) -> Cure | None:
    """For a failure in which the server says nothing; None: it is not known how to make it."""
    own = "implicit-tls" if security == "implicit-tls" else "starttls"
    facts, apply = _FACTS.get(cause, (None, None))
    advice = CAUSES[cause].advice[0] if CAUSES[cause].advice else "contact-it-or-provider"
    if cause in _OF_CERTIFICATES:
        facts, apply = {"certificate": _CERTIFICATES.get(cause, cause)}, {"certificate": "valid"}
    if facts is not None and apply is not None:
        return Cure(advice, {protocol: apply}, facts={protocol: facts})
    if cause == "refused":
        closed = {"protocol": protocol, "security": own, "listen": "refused"}
        return Cure(
            advice,
            {"customer": {protocol: {"service": protocol}}},
            facts={"services": {"closed": closed}, "customer": {protocol: {"service": "closed"}}},
        )
    if cause == "dns-not-found":
        # A lone hyphen is no host name anywhere (RFC 1123, section 2.1).
        return Cure(
            advice,
            {"customer": {protocol: {"host": None}}},
            facts={"customer": {protocol: {"host": "-"}}},
        )
    if cause in ("client-tls-to-plain-port", "starttls-not-offered"):
        typed, apply = "starttls", {protocol: {"security": "starttls"}}
        if cause == "client-tls-to-plain-port":
            typed, apply = "implicit-tls", {"customer": {protocol: {"security": "cleartext"}}}
        facts = {protocol: {"security": "cleartext"}, "customer": {protocol: {"security": typed}}}
        return Cure(advice, apply, facts=facts)
    return None


_OF_CERTIFICATES: Final = frozenset(
    {*_CERTIFICATES, "unknown-authority", "missing-intermediate"}
    | {"hostname-mismatch", "weak-key", "wrong-purpose"}
)
_FACTS: Final[dict[Cause, tuple[Data, Data]]] = {
    "connect-timeout": ({"listen": "black-hole"}, {"listen": "listening"}),
    "tls-version": ({"tls": {"versions": ["1.1"]}}, {"tls": {"versions": ["1.2", "1.3"]}}),
    "tls-no-shared-cipher": ({"tls": {"ciphers": "unshared"}}, {"tls": {"ciphers": "modern"}}),
}
