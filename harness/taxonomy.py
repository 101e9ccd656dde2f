"""The vocabulary of a mailbox check: documented errors, stages, causes and advice.

Plain tables and the ``Literal`` types that pydantic models use. The documented errors are the eight
of the HubSpot article (plus ``connected`` and ``unclassified``); stages are where a check fails;
causes say why; advice says what to do. This module imports the standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Protocol = Literal["imap", "smtp"]

DocumentedError = Literal[
    "imap-settings-incorrect",
    "imap-authentication-error",
    "imap-confirmation-error",
    "smtp-settings-incorrect",
    "test-email-failed",
    "unauthorized",
    "unauthorized-app-password-required",
    "unauthorized-untrusted-certificate",
    "connected",
    "unclassified",
]

Stage = Literal[
    "imap-connect",
    "imap-tls",
    "imap-greeting",
    "imap-starttls",
    "imap-login",
    "imap-confirm",
    "smtp-connect",
    "smtp-tls",
    "smtp-greeting",
    "smtp-ehlo",
    "smtp-starttls",
    "smtp-login",
    "smtp-mail",
    "smtp-rcpt",
    "smtp-data",
    "smtp-end-of-data",
]

Cause = Literal[
    "dns-not-found",
    "dns-temporary",
    "refused",
    "unreachable",
    "connect-timeout",
    "reset-at-connect",
    "closed-at-connect",
    "silent-server",
    "client-tls-to-plain-port",
    "client-plain-to-tls-port",
    "wrong-service",
    "starttls-not-offered",
    "starttls-refused",
    "starttls-injection",
    "tls-version",
    "tls-no-shared-cipher",
    "tls-client-certificate-required",
    "tls-closed-in-handshake",
    "tls-handshake-timeout",
    "certificate-expired",
    "certificate-not-yet-valid",
    "self-signed-certificate",
    "unknown-authority",
    "missing-intermediate",
    "hostname-mismatch",
    "weak-key",
    "wrong-purpose",
    "greeting-refused",
    "server-unavailable",
    "protocol-error",
    "too-many-connections",
    "ip-not-allowed",
    "ip-blocked",
    "bad-credentials",
    "custom-username-required",
    "app-password-required",
    "password-expired",
    "basic-auth-disabled",
    "temporary-failure",
    "rate-limited",
    "account-locked",
    "not-authorized",
    "imap-disabled",
    "smtp-auth-disabled",
    "web-login-required",
    "tls-required",
    "auth-mechanism-unsupported",
    "wrong-server",
    "unspecified",
    "dropped",
    "timeout",
    "mailbox-unavailable",
    "not-imap4rev1",
    "client-id-required",
    "authenticated-but-not-connected",
    "authentication-required",
    "sender-not-allowed",
    "relay-denied",
    "recipient-rejected",
    "quota-exceeded",
    "message-too-large",
    "message-rejected",
    "dropped-after-data",
]

Advice = Literal[
    "confirm-server-and-port",
    "meet-technical-requirements",
    "allow-ip-addresses",
    "contact-it-or-provider",
    "reduce-simultaneous-connections",
    "confirm-address-and-password",
    "use-custom-username",
    "use-app-password",
    "check-certificate",
    "allow-insecure-certificates",
    "retry-later",
    "enable-access",
    "connect-with-oauth",
    "unlock-in-browser",
    "free-space",
    "change-sender",
]

Owner = Literal["customer", "administrator", "provider", "connector"]


@dataclass(frozen=True)
class ErrorInfo:
    """One documented error: its titles (the French one is the article's) and its ordered advice."""

    title_en: str
    title_fr: str
    advice: tuple[Advice, ...]


@dataclass(frozen=True)
class StageInfo:
    """One stage of the check: its protocol, and the error to name when nothing else is known."""

    protocol: Protocol
    family: DocumentedError


@dataclass(frozen=True)
class CauseInfo:
    """One cause: where it may occur, and what follows for the customer.

    ``ask``: may the password be asked for again. ``retry``: may succeed later unchanged; ``None``
    means that the reply decides (4yz yes, 5yz no). ``owners``: who can cure it, most likely first.
    ``advice``: what to advise before the error's own list.
    """

    stages: tuple[Stage, ...]
    ask: bool
    retry: bool | None
    owners: tuple[Owner, ...]
    advice: tuple[Advice, ...]


_SETTINGS: Final[tuple[Advice, ...]] = (
    "confirm-server-and-port",
    "meet-technical-requirements",
    "allow-ip-addresses",
)
_UNAUTHORIZED: Final[tuple[Advice, ...]] = (
    "confirm-address-and-password",
    "use-custom-username",
    "use-app-password",
    "check-certificate",
    "allow-ip-addresses",
)

DOCUMENTED_ERRORS: Final[dict[DocumentedError, ErrorInfo]] = {
    "imap-settings-incorrect": ErrorInfo(
        "IMAP settings incorrect", "Paramètres IMAP incorrects", _SETTINGS
    ),
    "imap-authentication-error": ErrorInfo(
        "IMAP authentication error",
        "Erreur d'authentification IMAP",
        (
            "confirm-server-and-port",
            *_UNAUTHORIZED,
            "contact-it-or-provider",
            "reduce-simultaneous-connections",
        ),
    ),
    "imap-confirmation-error": ErrorInfo(
        "IMAP confirmation error", "Erreur de confirmation IMAP", _SETTINGS
    ),
    "smtp-settings-incorrect": ErrorInfo(
        "SMTP settings incorrect", "Paramètres SMTP incorrects", _SETTINGS
    ),
    "test-email-failed": ErrorInfo(
        "Failed to send test email", "Échec de l'envoi d'un e-mail test", ("allow-ip-addresses",)
    ),
    "unauthorized": ErrorInfo("Unauthorized", "Non autorisé", _UNAUTHORIZED),
    "unauthorized-app-password-required": ErrorInfo(
        "Unauthorized - App password required to connect",
        "Non autorisé - Mot de passe de l'application requis pour la connexion",
        ("use-app-password",),
    ),
    "unauthorized-untrusted-certificate": ErrorInfo(
        "Unauthorized - SSL certificates not trusted",
        "Non autorisé – Certificats SSL non approuvés",
        ("allow-insecure-certificates", "check-certificate"),
    ),
    "connected": ErrorInfo("Connected", "Connecté", ()),
    "unclassified": ErrorInfo("Unclassified", "Non classé", ("contact-it-or-provider",)),
}

STAGES: Final[dict[Stage, StageInfo]] = {
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

_CONNECT: Final[tuple[Stage, ...]] = ("imap-connect", "smtp-connect")
_TLS: Final[tuple[Stage, ...]] = ("imap-tls", "smtp-tls")
_GREETING: Final[tuple[Stage, ...]] = ("imap-greeting", "smtp-greeting")
_STARTTLS: Final[tuple[Stage, ...]] = ("imap-starttls", "smtp-starttls")
_EHLO: Final[tuple[Stage, ...]] = ("smtp-ehlo",)
_LOGIN: Final[tuple[Stage, ...]] = ("imap-login", "smtp-login")
_CONFIRM: Final[tuple[Stage, ...]] = ("imap-confirm",)
_ENVELOPE: Final[tuple[Stage, ...]] = ("smtp-mail", "smtp-rcpt")
_SEND: Final[tuple[Stage, ...]] = (*_ENVELOPE, "smtp-data", "smtp-end-of-data")
_ANY: Final[tuple[Stage, ...]] = tuple(STAGES)

# Groups of stages that rules and documents speak of.
STAGE_GROUPS: Final[dict[str, tuple[Stage, ...]]] = {
    "connect": _CONNECT,
    "tls": _TLS,
    "greeting": _GREETING,
    "ehlo": _EHLO,
    "starttls": _STARTTLS,
    "login": _LOGIN,
    "confirm": _CONFIRM,
    "envelope": _ENVELOPE,
    "send": _SEND,
    "any": _ANY,
}

_C: Final[tuple[Owner, ...]] = ("customer",)
_A: Final[tuple[Owner, ...]] = ("administrator",)
_P: Final[tuple[Owner, ...]] = ("provider",)
_CA: Final[tuple[Owner, ...]] = ("customer", "administrator")
_AK: Final[tuple[Owner, ...]] = ("administrator", "connector")
_AP: Final[tuple[Owner, ...]] = ("administrator", "provider")
_CAK: Final[tuple[Owner, ...]] = ("customer", "administrator", "connector")


def _settings(stages: tuple[Stage, ...], owners: tuple[Owner, ...]) -> CauseInfo:
    return CauseInfo(stages, False, False, owners, ("confirm-server-and-port",))


def _requirement(stages: tuple[Stage, ...]) -> CauseInfo:
    return CauseInfo(stages, False, False, _A, ("meet-technical-requirements",))


def _certificate() -> CauseInfo:
    return CauseInfo(_TLS, False, False, _A, ("check-certificate", "allow-insecure-certificates"))


def _credentials(advice: Advice, stages: tuple[Stage, ...] = _LOGIN) -> CauseInfo:
    return CauseInfo(stages, True, False, _C, (advice,))


def _contact(
    stages: tuple[Stage, ...], owners: tuple[Owner, ...], retry: bool | None = False
) -> CauseInfo:
    return CauseInfo(stages, False, retry, owners, ("contact-it-or-provider",))


def _unreachable() -> CauseInfo:
    return CauseInfo(
        _CONNECT, False, False, _CA, ("confirm-server-and-port", "allow-ip-addresses")
    )


def _own_list() -> CauseInfo:
    return CauseInfo(_ANY, False, True, (), ())


def _blocked(owners: tuple[Owner, ...]) -> CauseInfo:
    stages = (*_GREETING, *_EHLO, *_LOGIN, *_CONFIRM, *_SEND)
    return CauseInfo(stages, False, False, owners, ("allow-ip-addresses",))


CAUSES: Final[dict[Cause, CauseInfo]] = {
    "dns-not-found": _settings(_CONNECT, _C),
    "dns-temporary": CauseInfo(_CONNECT, False, True, _A, ("retry-later",)),
    "refused": _unreachable(),
    "unreachable": _unreachable(),
    "connect-timeout": _unreachable(),
    "reset-at-connect": CauseInfo(
        (*_CONNECT, *_GREETING), False, False, _A, ("allow-ip-addresses",)
    ),
    "closed-at-connect": CauseInfo(
        (*_CONNECT, *_GREETING), False, False, _A, ("allow-ip-addresses",)
    ),
    "silent-server": CauseInfo(_GREETING, False, True, _A, ("confirm-server-and-port",)),
    "client-tls-to-plain-port": _settings(_TLS, _C),
    "client-plain-to-tls-port": _settings(_GREETING, _C),
    "wrong-service": _settings((*_GREETING, *_TLS), _C),
    "starttls-not-offered": _requirement(_STARTTLS),
    "starttls-refused": _requirement(_STARTTLS),
    "starttls-injection": _requirement(_STARTTLS),
    "tls-version": _requirement(_TLS),
    "tls-no-shared-cipher": _requirement(_TLS),
    # nginx's mail proxy asks for the certificate in TLS, but refuses in its greeting.
    "tls-client-certificate-required": _requirement((*_TLS, *_GREETING)),
    "tls-closed-in-handshake": _requirement(_TLS),
    "tls-handshake-timeout": _requirement(_TLS),
    "certificate-expired": _certificate(),
    "certificate-not-yet-valid": _certificate(),
    "self-signed-certificate": _certificate(),
    "unknown-authority": _certificate(),
    "missing-intermediate": _certificate(),
    "hostname-mismatch": _certificate(),
    "weak-key": _certificate(),
    "wrong-purpose": _certificate(),
    "greeting-refused": _contact((*_GREETING, *_EHLO), _A, True),
    "server-unavailable": CauseInfo(
        (*_GREETING, *_EHLO, *_STARTTLS, *_LOGIN, *_CONFIRM), False, True, _P, ("retry-later",)
    ),
    "protocol-error": _contact((*_GREETING, *_EHLO, *_LOGIN, *_CONFIRM), _AK),
    "too-many-connections": CauseInfo(
        (*_GREETING, *_EHLO, *_LOGIN, *_CONFIRM),
        False,
        True,
        _CA,
        ("reduce-simultaneous-connections",),
    ),
    "ip-not-allowed": _blocked(_AK),
    "ip-blocked": _blocked(_AK),
    # Postfix and Exchange refuse a stale or failed log-in as late as MAIL.
    "bad-credentials": _credentials("confirm-address-and-password", (*_LOGIN, "smtp-mail")),
    "custom-username-required": _credentials("use-custom-username"),
    "app-password-required": _credentials("use-app-password"),
    "password-expired": _credentials("confirm-address-and-password"),
    "basic-auth-disabled": CauseInfo(
        (*_LOGIN, *_CONFIRM, "smtp-mail"), False, False, _A, ("connect-with-oauth",)
    ),
    "temporary-failure": CauseInfo((*_LOGIN, *_SEND), False, True, _P, ("retry-later",)),
    "rate-limited": CauseInfo(
        (*_GREETING, *_EHLO, *_STARTTLS, *_LOGIN, *_CONFIRM, *_SEND),
        False,
        True,
        _P,
        ("retry-later",),
    ),
    "account-locked": _contact((*_LOGIN, *_CONFIRM, *_SEND), _A),
    "not-authorized": _contact((*_LOGIN, *_CONFIRM), _A),
    "imap-disabled": CauseInfo(
        ("imap-login", "imap-confirm"),
        False,
        False,
        ("administrator", "customer"),
        ("enable-access",),
    ),
    "smtp-auth-disabled": CauseInfo(
        ("smtp-login", "smtp-mail"),
        False,
        False,
        ("administrator", "customer"),
        ("enable-access",),
    ),
    "web-login-required": CauseInfo(
        (*_LOGIN, *_CONFIRM), False, False, _C, ("unlock-in-browser",)
    ),
    "tls-required": _settings((*_EHLO, *_LOGIN, *_CONFIRM, *_ENVELOPE), _C),
    "auth-mechanism-unsupported": _contact(_LOGIN, _AK),
    "wrong-server": _contact(_LOGIN, _AK),
    "unspecified": _own_list(),
    "dropped": _own_list(),
    "timeout": _own_list(),
    "mailbox-unavailable": _contact((*_CONFIRM, *_SEND), _AK, None),
    "not-imap4rev1": _contact(_CONFIRM, _AK),
    "client-id-required": _contact((*_CONFIRM, "imap-login"), _AK),
    "authenticated-but-not-connected": _contact(_CONFIRM, _AK, True),
    "authentication-required": CauseInfo(
        _SEND, False, False, _CAK, ("contact-it-or-provider",)
    ),
    "sender-not-allowed": CauseInfo(_SEND, False, False, _CAK, ("change-sender",)),
    "relay-denied": _contact(_SEND, _CAK),
    "recipient-rejected": _contact(_SEND, ("connector", "administrator", "customer")),
    "quota-exceeded": CauseInfo(
        (*_LOGIN, *_CONFIRM, *_SEND), False, None, _AP, ("free-space", "retry-later")
    ),
    "message-too-large": _contact(_SEND, _AP),
    "message-rejected": _contact(_SEND, _AP, None),
    "dropped-after-data": _contact(_SEND, _AP),
}

ADVICE: Final[tuple[Advice, ...]] = (
    "confirm-server-and-port",
    "meet-technical-requirements",
    "allow-ip-addresses",
    "contact-it-or-provider",
    "reduce-simultaneous-connections",
    "confirm-address-and-password",
    "use-custom-username",
    "use-app-password",
    "check-certificate",
    "allow-insecure-certificates",
    "retry-later",
    "enable-access",
    "connect-with-oauth",
    "unlock-in-browser",
    "free-space",
    "change-sender",
)

CERTIFICATE_CAUSES: Final[frozenset[Cause]] = frozenset(
    {
        "certificate-expired",
        "certificate-not-yet-valid",
        "self-signed-certificate",
        "unknown-authority",
        "missing-intermediate",
        "hostname-mismatch",
        "weak-key",
        "wrong-purpose",
    }
)


def protocol_of(stage: Stage) -> Protocol:
    """The protocol that is spoken at ``stage``."""
    return STAGES[stage].protocol


def family(stage: Stage) -> DocumentedError:
    """The documented error of a failure at ``stage`` about which nothing else is known."""
    return STAGES[stage].family
