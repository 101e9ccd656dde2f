"""The causes: where they may occur, what follows for the customer, and which no scenario shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, get_args

from harness.taxonomy.ids import Advice, Cause, CertificateCause, Owner, Stage
from harness.taxonomy.stages import (
    ANY,
    CONFIRM,
    CONNECT,
    EHLO,
    ENVELOPE,
    GREETING,
    LOGIN,
    MAIL,
    SEND,
    STARTTLS,
    TLS,
    TOKEN,
)


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


_C: Final[tuple[Owner, ...]] = ("customer",)
_A: Final[tuple[Owner, ...]] = ("administrator",)
_P: Final[tuple[Owner, ...]] = ("provider",)
_CA: Final[tuple[Owner, ...]] = ("customer", "administrator")
_AC: Final[tuple[Owner, ...]] = ("administrator", "customer")
_AK: Final[tuple[Owner, ...]] = ("administrator", "connector")
_AP: Final[tuple[Owner, ...]] = ("administrator", "provider")
_K: Final[tuple[Owner, ...]] = ("connector",)
_CAK: Final[tuple[Owner, ...]] = ("customer", "administrator", "connector")


def _settings(stages: tuple[Stage, ...], owners: tuple[Owner, ...]) -> CauseInfo:
    return CauseInfo(stages, False, False, owners, ("confirm-server-and-port",))


def _requirement(stages: tuple[Stage, ...]) -> CauseInfo:
    return CauseInfo(stages, False, False, _A, ("meet-technical-requirements",))


def _certificate() -> CauseInfo:
    advice: tuple[Advice, ...] = ("check-certificate", "allow-insecure-certificates")
    return CauseInfo((*TOKEN, *TLS), False, False, _A, advice)


def _credentials(advice: Advice, stages: tuple[Stage, ...] = LOGIN) -> CauseInfo:
    return CauseInfo(stages, True, False, _C, (advice,))


def _contact(
    stages: tuple[Stage, ...], owners: tuple[Owner, ...], retry: bool | None = False
) -> CauseInfo:
    return CauseInfo(stages, False, retry, owners, ("contact-it-or-provider",))


def _unreachable() -> CauseInfo:
    return CauseInfo(CONNECT, False, False, _CA, ("confirm-server-and-port", "allow-ip-addresses"))


def _own_list(stages: tuple[Stage, ...] = MAIL) -> CauseInfo:
    return CauseInfo(stages, False, True, (), ())


def _token(owners: tuple[Owner, ...], *advice: Advice) -> CauseInfo:
    """Of an access token, when it is used."""
    return CauseInfo((*LOGIN, *CONFIRM), False, False, owners, advice)


def _blocked(owners: tuple[Owner, ...]) -> CauseInfo:
    stages = (*GREETING, *EHLO, *LOGIN, *CONFIRM, *SEND)
    return CauseInfo(stages, False, False, owners, ("allow-ip-addresses",))


CAUSES: Final[dict[Cause, CauseInfo]] = {
    "dns-not-found": _settings(CONNECT, _C),
    "dns-temporary": CauseInfo(CONNECT, False, True, _A, ("retry-later",)),
    "refused": _unreachable(),
    "unreachable": _unreachable(),
    "connect-timeout": _unreachable(),
    "reset-at-connect": CauseInfo((*CONNECT, *GREETING), False, False, _A, ("allow-ip-addresses",)),
    "closed-at-connect": CauseInfo(
        (*CONNECT, *GREETING), False, False, _A, ("allow-ip-addresses",)
    ),
    "silent-server": CauseInfo(GREETING, False, True, _A, ("confirm-server-and-port",)),
    "client-tls-to-plain-port": _settings(TLS, _C),
    "client-plain-to-tls-port": _settings(GREETING, _C),
    "wrong-service": _settings((*GREETING, *TLS), _C),
    "starttls-not-offered": _requirement(STARTTLS),
    "starttls-refused": _requirement(STARTTLS),
    "starttls-injection": _requirement(STARTTLS),
    "tls-version": _requirement(TLS),
    "tls-no-shared-cipher": _requirement(TLS),
    "tls-too-weak": _requirement(TLS),
    # nginx's mail proxy asks for the certificate in TLS, but refuses in its greeting.
    "tls-client-certificate-required": _requirement((*TLS, *GREETING)),
    "tls-closed-in-handshake": _requirement(TLS),
    "tls-handshake-timeout": _requirement(TLS),
    **dict.fromkeys(get_args(CertificateCause), _certificate()),
    "greeting-refused": _contact((*GREETING, *EHLO), _A, True),
    "server-unavailable": CauseInfo(
        (*GREETING, *EHLO, *STARTTLS, *LOGIN, *CONFIRM), False, True, _P, ("retry-later",)
    ),
    "protocol-error": _contact(
        (*TOKEN, *GREETING, *EHLO, *LOGIN, *CONFIRM, "smtp-mail", "smtp-rcpt", "smtp-data"), _AK
    ),
    "too-many-connections": CauseInfo(
        (*GREETING, *EHLO, *LOGIN, *CONFIRM), False, True, _CA, ("reduce-simultaneous-connections",)
    ),
    "ip-not-allowed": _blocked(_AK),
    "ip-blocked": _blocked(_AK),
    # Postfix and Exchange refuse a stale or failed log-in as late as MAIL.
    "bad-credentials": _credentials("confirm-address-and-password", (*LOGIN, "smtp-mail")),
    "custom-username-required": _credentials("use-custom-username"),
    "app-password-required": _credentials("use-app-password"),
    "password-expired": _credentials("confirm-address-and-password"),
    "basic-auth-disabled": CauseInfo(
        (*LOGIN, *CONFIRM, "smtp-mail"), False, False, _A, ("connect-with-oauth",)
    ),
    "temporary-failure": CauseInfo((*LOGIN, *SEND), False, True, _P, ("retry-later",)),
    "rate-limited": CauseInfo(
        (*TOKEN, *GREETING, *EHLO, *STARTTLS, *LOGIN, *CONFIRM, *SEND),
        False,
        True,
        _P,
        ("retry-later",),
    ),
    "account-locked": _contact((*LOGIN, *CONFIRM, *SEND), _A),
    "not-authorized": _contact((*LOGIN, *CONFIRM), _A),
    "imap-disabled": CauseInfo(
        ("imap-login", "imap-confirm"), False, False, _AC, ("enable-access",)
    ),
    "smtp-auth-disabled": CauseInfo(
        ("smtp-login", "smtp-mail"), False, False, _AC, ("enable-access",)
    ),
    "web-login-required": CauseInfo((*LOGIN, *CONFIRM), False, False, _C, ("unlock-in-browser",)),
    "tls-required": _settings((*EHLO, *LOGIN, *CONFIRM, *ENVELOPE), _C),
    "auth-mechanism-unsupported": _contact(LOGIN, _AK),
    "wrong-server": _contact((*LOGIN, *CONFIRM), _AK),
    "unspecified": _own_list(ANY),
    "dropped": _own_list(),
    "timeout": _own_list(),
    "mailbox-unavailable": _contact((*CONFIRM, *SEND), _AK, None),
    "not-imap4rev1": _contact(CONFIRM, _AK),
    "client-id-required": _contact((*CONFIRM, "imap-login"), _AK),
    "authenticated-but-not-connected": _contact(CONFIRM, _AK, True),
    "authentication-required": CauseInfo(SEND, False, False, _CAK, ("contact-it-or-provider",)),
    "sender-not-allowed": CauseInfo(SEND, False, False, _CAK, ("change-sender",)),
    "relay-denied": _contact(SEND, _CAK),
    "recipient-rejected": _contact(SEND, ("connector", "administrator", "customer")),
    "quota-exceeded": CauseInfo(
        (*LOGIN, *CONFIRM, *SEND), False, None, _AP, ("free-space", "retry-later")
    ),
    "message-too-large": _contact(SEND, _AP),
    "message-rejected": _contact(SEND, _AP, None),
    "dropped-after-data": _contact(("smtp-end-of-data",), _AP),
    # RFC 6749, 5.2: invalid_grant; and what RFC 6750, 3.1 calls invalid_token, where it says why.
    "token-revoked": CauseInfo(
        (*TOKEN, *LOGIN, *CONFIRM), False, False, _C, ("reconnect-account",)
    ),
    "token-expired": _token(_K, "retry-later", "reconnect-account"),
    "token-scope": _token(_K, "contact-oauth-client-owner"),
    "token-for-another-user": _token(_C, "reconnect-account"),
    "token-malformed": CauseInfo(LOGIN, False, False, _K, ("contact-it-or-provider",)),
    "oauth-client-refused": CauseInfo(TOKEN, False, False, _K, ("contact-oauth-client-owner",)),
    "consent-missing": CauseInfo(TOKEN, False, False, _A, ("reconnect-account",)),
    "token-endpoint-unavailable": CauseInfo(TOKEN, False, True, _P, ("retry-later",)),
}

CERTIFICATE_CAUSES: Final[frozenset[Cause]] = frozenset(get_args(CertificateCause))
TOKEN_CAUSES: Final[tuple[Cause, ...]] = (
    "token-expired",
    "token-revoked",
    "token-scope",
    "token-for-another-user",
)
"""What may be wrong with an access token that is refused, where nobody says what."""


class Unreproduced(NamedTuple):
    """A cause that no scenario shows at these stages, and why not."""

    cause: Cause
    stages: tuple[Stage, ...]
    reason: str


_ACCEPTED_FIRST: Final = "only an accepted connection can end: it is noticed at the greeting"

UNREPRODUCED: Final = (
    Unreproduced(
        "dns-temporary",
        CONNECT,
        "a name server that fails cannot be put before a connector without root or a network",
    ),
    Unreproduced("reset-at-connect", CONNECT, _ACCEPTED_FIRST),
    Unreproduced("closed-at-connect", CONNECT, _ACCEPTED_FIRST),
    Unreproduced("dropped", CONNECT, _ACCEPTED_FIRST),
    Unreproduced("dropped", TLS, "has a name of its own there: tls-closed-in-handshake"),
    Unreproduced(
        "dropped", ("smtp-end-of-data",), "has a name of its own there: dropped-after-data"
    ),
    Unreproduced("timeout", CONNECT, "has a name of its own there: connect-timeout"),
    Unreproduced("timeout", TLS, "has a name of its own there: tls-handshake-timeout"),
    Unreproduced("unspecified", CONNECT, "the operating system always gives a reason"),
    Unreproduced(
        "malformed-certificate",
        (*TLS, *TOKEN),
        "only clients that are strict about RFC 5280 refuse it, and those that are not do no wrong",
    ),
    Unreproduced(
        "unspecified",
        TLS,
        "takes an alert or a verify error without a name, which no server is known to cause",
    ),
    Unreproduced(
        "unspecified",
        (*GREETING, *EHLO, *STARTTLS, "imap-confirm", *SEND),
        "a refusal without words still tells what was refused, and is named after that",
    ),
    Unreproduced(
        "server-unavailable",
        ("imap-starttls",),
        "what IMAP servers are known to say there is said of TLS: starttls-refused",
    ),
    Unreproduced("recipient-rejected", ("smtp-mail",), "no recipient has been named yet"),
    Unreproduced("mailbox-unavailable", ("smtp-mail",), "no recipient has been named yet"),
    Unreproduced("relay-denied", ("smtp-mail",), "no recipient has been named yet"),
    Unreproduced(
        "protocol-error",
        ("smtp-mail", "smtp-rcpt", "smtp-data"),
        "commands out of order, and parameters that nobody offered, are the connector's doing",
    ),
    Unreproduced(
        "token-malformed",
        LOGIN,
        "how a token is written is the connector's doing, not the mailbox's",
    ),
    Unreproduced(
        "token-revoked",
        CONFIRM,
        "no server is known to say so of a session that it has let in",
    ),
    Unreproduced(
        "token-for-another-user",
        ("smtp-login",),
        "IMAP, which comes first, does not let it in either",
    ),
    Unreproduced("token-scope", CONFIRM, "no server is known to look at it after the log-in"),
    Unreproduced(
        "token-for-another-user",
        CONFIRM,
        "what Microsoft says there has a name of its own: authenticated-but-not-connected",
    ),
)

REASONS: Final[dict[tuple[Cause, Stage], str]] = {
    (gap.cause, stage): gap.reason for gap in UNREPRODUCED for stage in gap.stages
}
"""Why there is no case, by cause and stage."""
