"""The stages of a check, in order, and the groups that rules and tables speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness.taxonomy.ids import AnyProtocol, DocumentedError, Stage


@dataclass(frozen=True)
class StageInfo:
    """One stage of the check: its protocol, and the error to name when nothing else is known."""

    protocol: AnyProtocol
    family: DocumentedError


STAGES: Final[dict[Stage, StageInfo]] = {
    # Before all others, where a token has to be fetched or renewed (RFC 6749, 5.2 and 6).
    "oauth-token": StageInfo("oauth", "imap-authentication-error"),
    "imap-connect": StageInfo("imap", "imap-settings-incorrect"),
    "imap-tls": StageInfo("imap", "imap-settings-incorrect"),
    "imap-greeting": StageInfo("imap", "imap-confirmation-error"),
    "imap-starttls": StageInfo("imap", "imap-settings-incorrect"),
    "imap-login": StageInfo("imap", "imap-authentication-error"),
    "imap-confirm": StageInfo("imap", "imap-confirmation-error"),
    "smtp-connect": StageInfo("smtp", "smtp-settings-incorrect"),
    "smtp-tls": StageInfo("smtp", "smtp-settings-incorrect"),
    "smtp-greeting": StageInfo("smtp", "smtp-settings-incorrect"),
    "smtp-ehlo": StageInfo("smtp", "smtp-settings-incorrect"),
    "smtp-starttls": StageInfo("smtp", "smtp-settings-incorrect"),
    "smtp-login": StageInfo("smtp", "smtp-settings-incorrect"),
    "smtp-mail": StageInfo("smtp", "test-email-failed"),
    "smtp-rcpt": StageInfo("smtp", "test-email-failed"),
    "smtp-data": StageInfo("smtp", "test-email-failed"),
    "smtp-end-of-data": StageInfo("smtp", "test-email-failed"),
}

CONNECT: Final[tuple[Stage, ...]] = ("imap-connect", "smtp-connect")
TLS: Final[tuple[Stage, ...]] = ("imap-tls", "smtp-tls")
GREETING: Final[tuple[Stage, ...]] = ("imap-greeting", "smtp-greeting")
STARTTLS: Final[tuple[Stage, ...]] = ("imap-starttls", "smtp-starttls")
EHLO: Final[tuple[Stage, ...]] = ("smtp-ehlo",)
LOGIN: Final[tuple[Stage, ...]] = ("imap-login", "smtp-login")
CONFIRM: Final[tuple[Stage, ...]] = ("imap-confirm",)
ENVELOPE: Final[tuple[Stage, ...]] = ("smtp-mail", "smtp-rcpt")
SEND: Final[tuple[Stage, ...]] = (*ENVELOPE, "smtp-data", "smtp-end-of-data")
TOKEN: Final[tuple[Stage, ...]] = ("oauth-token",)
MAIL: Final[tuple[Stage, ...]] = tuple(each for each in STAGES if each not in TOKEN)
ANY: Final[tuple[Stage, ...]] = tuple(STAGES)

# Groups of stages that rules and documents speak of.
STAGE_GROUPS: Final[dict[str, tuple[Stage, ...]]] = {
    "token": TOKEN,
    "connect": CONNECT,
    "tls": TLS,
    "greeting": GREETING,
    "ehlo": EHLO,
    "starttls": STARTTLS,
    "login": LOGIN,
    "confirm": CONFIRM,
    "envelope": ENVELOPE,
    "send": SEND,
    "mail": MAIL,
    "any": ANY,
}


def protocol_of(stage: Stage) -> AnyProtocol:
    """The protocol that is spoken at ``stage``."""
    return STAGES[stage].protocol


def family(stage: Stage) -> DocumentedError:
    """The documented error of a failure at ``stage`` about which nothing else is known."""
    return STAGES[stage].family
