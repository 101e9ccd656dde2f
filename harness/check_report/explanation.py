"""The same findings explained twice: as a customer understands them, and for the IT team."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

from harness.check_report.check_findings import CheckFindings
from harness.checker.second_look import Probe
from harness.checker.visit import MECHANISMS, TOKEN_MECHANISMS
from harness.contract.diagnosis import Diagnosis
from harness.taxonomy import Advice, Cause, Owner
from harness.taxonomy.stages import CONFIRM, LOGIN, SEND
from harness.texts import load_check_texts, load_texts
from harness.texts.escaping import visible

Audience = Literal["customer", "it"]
AUDIENCES: Final[tuple[Audience, ...]] = ("customer", "it")
_MOST_ADVICE: Final = 3
"""A customer is not given more than this to do; the IT team sees it all."""
_SHOWN_LINES: Final = 10
ITEM: Final = re.compile(r"- |\d\. ")
"""How a paragraph begins that is an item of a list."""
_FOR_IT: Final[frozenset[Advice]] = frozenset(
    {"contact-it-or-provider", "allow-ip-addresses", "meet-technical-requirements"}
)


def explanation(findings: CheckFindings, audience: Audience, language: str) -> list[str]:
    """One paragraph each, the heading first. What is to be done is an item of a list (`ITEM`), by
    numbers where it is more than one thing."""
    texts = load_check_texts(language)[audience]
    body = {"customer": _for_customer, "it": _for_it}[audience]
    return [texts["heading"], *body(findings, language)]


def probe_text(probe: Probe, language: str) -> str:
    """What a probe found, in one sentence or two."""
    cause = load_texts(language)["causes"][probe.cause] if probe.cause else ""
    facts = {name: visible(fact) for name, fact in probe.facts.items()}
    text: str = load_check_texts(language)["probes"][probe.outcome]
    return text.format(**facts, cause=cause)


def advice_texts(findings: CheckFindings, language: str) -> list[str]:
    """Each advice, with the provider's own page on it where there is one."""
    texts = load_texts(language)["advice"]
    help_text = load_check_texts(language)["customer"]["help"]
    lines = []
    for advice in findings.diagnosis.advice:
        page = findings.help_page(advice)
        more = f" {help_text.format(url=page)}" if page else ""
        lines.append(f"{texts[advice]}{more}")
    return lines


def _for_customer(findings: CheckFindings, language: str) -> Iterator[str]:
    texts = load_check_texts(language)["customer"]
    diagnosis = findings.diagnosis
    if diagnosis.error == "connected":
        yield texts["connected"]
        return
    yield texts[_failed_part(diagnosis)].format(email=visible(findings.settings.email))
    yield from why_for_customer(
        diagnosis, language, password=findings.settings.authentication == "password"
    )
    if diagnosis.advice:
        yield texts["to-do"]
        yield from _items(advice_texts(findings, language)[:_MOST_ADVICE])


def why_for_customer(diagnosis: Diagnosis, language: str, *, password: bool) -> Iterator[str]:
    """Why it failed, what that says of the password (`password`: there is one, and no token), who
    can cure it, and whether it passes by itself: a sentence each."""
    texts = load_check_texts(language)["customer"]
    if diagnosis.cause:
        yield texts["reasons"][REASONS[diagnosis.cause]]
    if password:
        yield from _about_password(diagnosis, texts)
    if diagnosis.owner:
        yield texts["owner"][_who_acts(diagnosis)]
    if diagnosis.retryable:
        yield texts["retry"]


def _items(texts: list[str]) -> Iterator[str]:
    for number, text in enumerate(texts, 1):
        yield f"{number}. {text}" if len(texts) > 1 else f"- {text}"


def _who_acts(diagnosis: Diagnosis) -> Owner | None:
    """The owner; but the IT team where the first advice is about turning to them."""
    turn_to_it = diagnosis.advice[:1] and diagnosis.advice[0] in _FOR_IT
    return "administrator" if diagnosis.owner == "customer" and turn_to_it else diagnosis.owner


def _failed_part(diagnosis: Diagnosis) -> str:
    if diagnosis.stage is None:
        return "unknown"
    if diagnosis.stage in SEND:
        return "sending"
    if diagnosis.stage == "oauth-token":
        return "token"
    return "imap" if diagnosis.stage.startswith("imap") else "smtp"


def _about_password(diagnosis: Diagnosis, texts: dict[str, Any]) -> Iterator[str]:
    """Of a password that may be right nobody must be made to think that it is wrong."""
    if diagnosis.cause == "app-password-required":
        return  # the reason says which password is wanted
    if diagnosis.ask_password:
        yield texts["ask"]
    elif diagnosis.stage in (*LOGIN, *CONFIRM):
        yield texts["do-not-ask"]


def _for_it(findings: CheckFindings, language: str) -> Iterator[str]:
    texts, words = load_check_texts(language)["it"], load_texts(language)
    diagnosis = findings.diagnosis
    if diagnosis.error == "connected":
        yield texts["connected"]
    else:
        error = words["errors"][diagnosis.error]
        named = {"stage": diagnosis.stage or "-", "cause": diagnosis.cause or "-"}
        yield texts["failed"].format(error=error, **named)
        if diagnosis.cause:
            yield texts["why"].format(text=words["causes"][diagnosis.cause])
        yield from _evidence(findings, texts)
        yield from _other_causes(findings, texts, words["causes"])
        yield from (texts["seen"].format(text=probe_text(p, language)) for p in findings.probes)
        yield from _to_allow(findings, texts)
    if findings.provider:
        yield texts["provider"].format(title=findings.provider.title)
    for warning in diagnosis.warnings:
        yield texts["warning"].format(text=visible(warning))


def _evidence(findings: CheckFindings, texts: dict[str, Any]) -> Iterator[str]:
    server, evidence = findings.server, findings.diagnosis.evidence
    where = {"host": server.host, "port": server.port, "security": server.security}
    yield texts["server"].format(**where, login=visible(findings.settings.login))
    for line in evidence.lines[:_SHOWN_LINES]:
        yield texts["said"].format(line=visible(line))
    if not evidence.lines:
        yield texts["nothing-said"]
    codes = evidence.model_dump(exclude={"lines"}, exclude_none=True)
    if codes:
        listed = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in codes.items())
        yield texts["codes"].format(codes=visible(listed))


def _other_causes(
    findings: CheckFindings, texts: dict[str, Any], causes: dict[Cause, str]
) -> Iterator[str]:
    def listed(names: Iterable[Cause]) -> str:
        return "; ".join(f"{name} ({causes[name].rstrip('.')})" for name in names)

    diagnosis = findings.diagnosis
    others = [name for name in diagnosis.candidates if name != diagnosis.cause]
    if others:
        yield texts["candidates"].format(causes=listed(others))
    if findings.narrowed:
        yield texts["narrowed"].format(causes=listed(findings.narrowed))


def _to_allow(findings: CheckFindings, texts: dict[str, Any]) -> Iterator[str]:
    server, stage = findings.server, findings.diagnosis.stage
    source = findings.source
    where = {"host": server.host, "port": server.port}
    allow = texts["allow"].format(**where, source=source or texts["unknown-source"])
    yield f"{allow} {texts['nat']}" if source else allow
    if server.security != "cleartext":
        yield texts["tls"]
    if stage in LOGIN:
        by_token = findings.settings.authentication == "oauth2"
        possible = TOKEN_MECHANISMS if by_token else MECHANISMS
        yield texts["mechanisms"].format(mechanisms=", ".join(possible))


_CAUSES: Final[dict[str, tuple[Cause, ...]]] = {
    "address": ("dns-not-found", "wrong-service", "wrong-server"),
    "encryption-setting": (
        "client-tls-to-plain-port",
        "client-plain-to-tls-port",
        "tls-required",
        "starttls-not-offered",
    ),
    "unreachable": (
        "refused",
        "unreachable",
        "connect-timeout",
        "reset-at-connect",
        "closed-at-connect",
        "silent-server",
        "greeting-refused",
    ),
    "encryption": (
        "tls-version",
        "tls-no-shared-cipher",
        "tls-too-weak",
        "tls-client-certificate-required",
        "tls-closed-in-handshake",
        "tls-handshake-timeout",
        "starttls-refused",
        "starttls-injection",
    ),
    "certificate": (
        "certificate-expired",
        "certificate-not-yet-valid",
        "self-signed-certificate",
        "unknown-authority",
        "missing-intermediate",
        "hostname-mismatch",
        "weak-key",
        "wrong-purpose",
        "malformed-certificate",
    ),
    "trouble": ("dns-temporary", "server-unavailable", "temporary-failure"),
    "busy": ("too-many-connections", "rate-limited"),
    "blocked": ("ip-not-allowed", "ip-blocked"),
    "password": ("bad-credentials",),
    "password-expired": ("password-expired",),
    "user-name": ("custom-username-required",),
    "app-password": ("app-password-required",),
    "oauth": ("basic-auth-disabled",),
    "switched-off": ("imap-disabled", "smtp-auth-disabled", "not-authorized"),
    "locked": ("account-locked",),
    "web-login": ("web-login-required",),
    "unsupported": (
        "protocol-error",
        "auth-mechanism-unsupported",
        "not-imap4rev1",
        "client-id-required",
    ),
    "unclear": ("unspecified", "dropped", "timeout"),
    "mailbox": ("mailbox-unavailable", "authenticated-but-not-connected"),
    "sender": ("sender-not-allowed",),
    "sending": (
        "authentication-required",
        "relay-denied",
        "recipient-rejected",
        "message-too-large",
        "message-rejected",
    ),
    "full": ("quota-exceeded",),
    "perhaps-sent": ("dropped-after-data",),
    "consent": ("token-revoked", "consent-missing"),
    "other-account": ("token-for-another-user",),
    "token": ("token-expired", "token-scope", "token-malformed", "oauth-client-refused"),
    "token-service": ("token-endpoint-unavailable",),
}

REASONS: Final[dict[Cause, str]] = {
    cause: reason for reason, causes in _CAUSES.items() for cause in causes
}
"""Which reason a customer is told, by cause."""
