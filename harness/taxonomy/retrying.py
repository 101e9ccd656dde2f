"""How a connector that stays may go on trying after a failure: by what the failure means.

The one table of it: the built-in stayer waits by it, and others are judged by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from harness.taxonomy.causes import CAUSES, CERTIFICATE_CAUSES
from harness.taxonomy.ids import Cause, Stage
from harness.taxonomy.stages import LOGIN

Manner = Literal["not", "grows", "slowly"]
"""- `not`: one more try at most; after it only with settings given anew, or a new token.
- `grows`: it passes by itself: again after a short wait, and each wait is longer than the last.
- `slowly`: somebody cures it who tells nobody: again at the longest wait, never sooner."""
BEYOND: Final = 4
"""Where tries themselves keep the door shut: how many longest waits one wait may grow to."""


class Retrying(NamedTuple):
    """How it is tried again. ``why``: a source, or the reason. ``beyond``: servers count tries, and
    go on refusing because of them; so waits grow past the longest, to ``BEYOND`` times that."""

    manner: Manner
    why: str
    beyond: bool = False


def _all(causes: Iterable[Cause], manner: Manner, why: str) -> dict[Cause, Retrying]:
    return dict.fromkeys(causes, Retrying(manner, why))


_GMAIL_LOCKS: Final = "https://support.google.com/a/answer/1359240: one hour, up to 24 hours"
_TRANSIENT: Final = "RFC 5321, 4.5.4.1: what could not be done now is queued and tried later"
_PERMANENT: Final = "RFC 5321, 4.2.1: after 5yz the exact request should not be repeated"
_TYPED: Final = "as it was typed, it cannot succeed until another server or port is typed"
_SERVER_CURES: Final = "nothing changes until an administrator does something at the server"
_NO_TLS: Final = "RFC 8314, 4.2: no secret is sent without the TLS that was asked for"

RETRYING: Final[Mapping[Cause, Retrying]] = {
    # The way there. DNS and servers do come back; what was typed may have to be typed anew.
    "dns-not-found": Retrying("slowly", "RFC 2308, 5: that there is no such name is cached"),
    "dns-temporary": Retrying("grows", "RFC 5321, 5.1: tried again later, as in 4.5.4.1"),
    **_all(
        ("refused", "unreachable", "connect-timeout", "silent-server", "dropped", "timeout"),
        "grows",
        _TRANSIENT,
    ),
    **_all(
        ("reset-at-connect", "closed-at-connect"),
        "grows",
        f"{_TRANSIENT}; some servers do this when all their processes are taken",
    ),
    **_all(
        ("client-tls-to-plain-port", "client-plain-to-tls-port", "wrong-service"), "slowly", _TYPED
    ),
    **_all(("starttls-not-offered", "starttls-injection"), "slowly", _NO_TLS),
    "starttls-refused": Retrying("slowly", "RFC 3207, 4: 454, or a server without a certificate"),
    **_all(
        (
            *("tls-version", "tls-no-shared-cipher", "tls-too-weak"),
            *("tls-client-certificate-required", "tls-closed-in-handshake"),
            "tls-handshake-timeout",
        ),
        "slowly",
        _SERVER_CURES,
    ),
    **_all(
        sorted(CERTIFICATE_CAUSES),
        "slowly",
        f"RFC 8314, 4.3: not without a valid certificate; {_SERVER_CURES}",
    ),
    # The server does not want anybody, or not us.
    "greeting-refused": Retrying("grows", "RFC 5321, 3.1: 554 means no service here, perhaps now"),
    "server-unavailable": Retrying("grows", "RFC 5530, 3: [UNAVAILABLE]; RFC 5321, 3.8: 421"),
    "too-many-connections": Retrying(
        "grows", "https://support.google.com/mail/answer/7126229: 15 at a time; others have to end"
    ),
    "rate-limited": Retrying("grows", _GMAIL_LOCKS, beyond=True),
    "temporary-failure": Retrying("grows", "RFC 4954, 6: 454 4.7.0; RFC 5530, 3: [UNAVAILABLE]"),
    "unspecified": Retrying("grows", "nobody knows, so as carefully as what passes by itself"),
    "protocol-error": Retrying("slowly", "a server's software is not changed in minutes"),
    "ip-not-allowed": Retrying("slowly", "an address has to be put on the server's list"),
    "ip-blocked": Retrying(
        "slowly", "fail2ban, `bantime.increment`: who comes again is banned longer", beyond=True
    ),
    # The log-in. A refused password is the customer's: each more counts towards a lock.
    **_all(
        ("bad-credentials", "custom-username-required", "app-password-required"),
        "not",
        "RFC 5530, 3: [AUTHENTICATIONFAILED]; accounts are locked after a few log-ins that fail",
    ),
    "password-expired": Retrying("not", "RFC 5530, 3: [EXPIRED]: no longer valid"),
    "basic-auth-disabled": Retrying("not", "no password will do: another way in has to be chosen"),
    "tls-required": Retrying("not", "RFC 5530, 3: [PRIVACYREQUIRED]; each try tells the password"),
    "account-locked": Retrying("slowly", _GMAIL_LOCKS, beyond=True),
    "web-login-required": Retrying(
        "slowly", "https://support.google.com/mail/answer/78754: sign in by browser", beyond=True
    ),
    "not-authorized": Retrying("slowly", "RFC 5530, 3: [AUTHORIZATIONFAILED]; not the password"),
    **_all(
        ("imap-disabled", "smtp-auth-disabled"),
        "slowly",
        "it is switched on elsewhere, where nobody has to tell us",
    ),
    **_all(
        ("auth-mechanism-unsupported", "wrong-server", "not-imap4rev1", "client-id-required"),
        "slowly",
        _SERVER_CURES,
    ),
    # After the log-in.
    "authenticated-but-not-connected": Retrying(
        "grows",
        "https://learn.microsoft.com/en-us/answers/questions/1604898/"
        "a3-bad-user-is-authenticated-but-not-connected: it comes and goes",
    ),
    "mailbox-unavailable": Retrying("slowly", "RFC 5530, 3: [NONEXISTENT], [CORRUPTION]"),
    "quota-exceeded": Retrying("slowly", "RFC 5530, 3: [OVERQUOTA]; RFC 3463, 3.3: X.2.2"),
    # Of a message: 5yz is for good, and after 4yz the reply decides, see `retrying`.
    **_all(
        (
            *("authentication-required", "sender-not-allowed", "relay-denied"),
            *("recipient-rejected", "message-too-large", "message-rejected"),
        ),
        "not",
        _PERMANENT,
    ),
    "dropped-after-data": Retrying("not", "RFC 1047: it may have been sent, so not a second time"),
    # Tokens: one new one is asked for, then it is the customer who has to come back.
    "token-expired": Retrying("not", "RFC 6750, 3.1: invalid_token: again with a new token only"),
    "token-revoked": Retrying("not", "RFC 6749, 5.2: invalid_grant: its owner has to agree anew"),
    "token-scope": Retrying("not", "RFC 6750, 3.1: insufficient_scope: this token never will"),
    "token-for-another-user": Retrying("not", "it stays another user's"),
    "token-malformed": Retrying("not", "RFC 6750, 3.1: invalid_token: the same will not do"),
    "consent-missing": Retrying("not", "RFC 6749, 4.1.2.1: only by signing in it is given"),
    "oauth-client-refused": Retrying("slowly", "RFC 6749, 5.2: invalid_client: ours to cure"),
    "token-endpoint-unavailable": Retrying("grows", "RFC 9110, 10.2.3: Retry-After, if it says so"),
}
"""By cause, wherever it occurs."""


def retrying(cause: Cause, stage: Stage | None, *, passes: bool) -> Retrying:
    """How this is tried again. ``passes``: by what the server replied, the same may succeed later
    (`Diagnosis.retryable`): after 4yz waits grow, whatever the cause is (RFC 5321, 4.2.1), and
    without it nothing is tried again soon that a reply of SMTP speaks of."""
    known = RETRYING[cause]
    if cause == "unspecified" and stage in LOGIN:
        return _BARE_NO
    if passes:
        return known._replace(manner="grows")
    if stage == "smtp-end-of-data" and cause in _NO_REPLY:
        return RETRYING["dropped-after-data"]
    refused_for_now = known.manner == "grows" and cause in _REPLY_DECIDES
    return known._replace(manner="slowly") if refused_for_now else known


def least_retrying(cause: Cause, stage: Stage | None) -> Retrying:
    """As `retrying`, where what the server replied is not known: the least that is asked of whoever
    tries again."""
    return retrying(cause, stage, passes=CAUSES[cause].retry is not False)


_BARE_NO: Final = Retrying(
    "slowly", "RFC 9051, 6.2.3: NO is `user name or password rejected`, or it is not", beyond=True
)
_REPLY_DECIDES: Final[frozenset[Cause]] = frozenset({"rate-limited", "temporary-failure"})
"""SMTP servers say this with 5yz, too: `550 5.4.5 Daily user sending limit exceeded`."""
_NO_REPLY: Final[frozenset[Cause]] = frozenset({"dropped", "timeout"})
