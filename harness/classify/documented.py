"""From stage and cause to the documented error, and to the advice that the article gives for it.

The stage decides the family of the error, the cause which one inside it.
"""

from __future__ import annotations

from typing import Final

from harness.taxonomy import (
    CAUSES,
    CERTIFICATE_CAUSES,
    DOCUMENTED_ERRORS,
    TOKEN_CAUSES,
    Advice,
    Cause,
    DocumentedError,
    Stage,
    family,
)

# At imap-greeting, what says that there is no IMAP server to be reached at all.
_NO_IMAP_SERVER: Final[frozenset[Cause]] = frozenset(
    {
        "silent-server",
        "reset-at-connect",
        "closed-at-connect",
        "client-plain-to-tls-port",
        "wrong-service",
        "dropped",
        "timeout",
    }
)
_BLAMES_CREDENTIALS: Final[frozenset[Cause]] = frozenset(
    {"bad-credentials", "custom-username-required", "password-expired"}
)
# SMTP has no error for "log-in refused for another reason", so a permanent refusal of this kind of
# credentials, this account or this address goes to the nearest one.
_REFUSES_ACCOUNT: Final[frozenset[Cause]] = frozenset(
    {
        "basic-auth-disabled",
        "smtp-auth-disabled",
        "web-login-required",
        "account-locked",
        "not-authorized",
        "ip-not-allowed",
        "ip-blocked",
    }
)
# Something is wrong with the token that was given, or with what it rests on.
_OF_THE_TOKEN: Final[frozenset[Cause]] = frozenset({*TOKEN_CAUSES, "consent-missing"})
# Causes that say no more than the stage does.
_VAGUE: Final[frozenset[Cause]] = frozenset({"unspecified", "dropped", "timeout"})
_ABOUT_CREDENTIALS: Final[frozenset[Advice]] = frozenset(
    {"confirm-address-and-password", "use-custom-username", "use-app-password"}
)


def documented_error(
    stage: Stage, cause: Cause, *, temporary: bool, answered: bool
) -> DocumentedError:
    """The documented error of a failure.

    ``temporary``: the server marked its refusal as temporary. ``answered``: the server refused in
    words, as opposed to silence or a closed connection.
    """
    if cause in _OF_THE_TOKEN:
        return "unauthorized"
    if cause in CERTIFICATE_CAUSES:
        return "unauthorized-untrusted-certificate"
    # A server may announce a time-out in IMAP (``* BYE``); then IMAP was spoken after all.
    spoken = answered and cause in ("timeout", "dropped")
    if stage == "imap-greeting" and cause in _NO_IMAP_SERVER and not spoken:
        return "imap-settings-incorrect"
    if stage in ("imap-login", "smtp-login"):
        return _login_error(stage, cause, temporary)
    return family(stage)


def is_exact(stage: Stage, error: DocumentedError, cause: Cause) -> bool:
    """Does the article's text cover this case word for word?"""
    if error == "unclassified" or stage == "oauth-token" or cause == "token-malformed":
        return False  # of tokens the article says nothing
    if stage == "smtp-login" and error == "smtp-settings-incorrect":
        return False
    if stage == "imap-login" and cause == "unspecified":
        return False  # a bare NO is "user name or password rejected" (RFC 9051, 6.2.3), or not
    return not (error == "unauthorized" and cause not in _BLAMES_CREDENTIALS)


def advice_for(error: DocumentedError, cause: Cause, *, by_token: bool = False) -> list[Advice]:
    """The cause's own advice, then the documented error's list in the article's order.

    Where the cause is known to lie elsewhere, advice about the credentials would mislead (an app
    password does not help where passwords are switched off), so it is left out, as it is where the
    log-in was ``by_token``: then, where nothing else is known, consent is given anew.
    """
    advice = list(CAUSES[cause].advice)
    if by_token and cause == "unspecified":
        advice.append("reconnect-account")
    skip = by_token or (not CAUSES[cause].ask and cause not in _VAGUE)
    for item in DOCUMENTED_ERRORS[error].advice:
        if item not in advice and not (skip and item in _ABOUT_CREDENTIALS):
            advice.append(item)
    return advice


def _login_error(stage: Stage, cause: Cause, temporary: bool) -> DocumentedError:
    if cause == "app-password-required":
        return "unauthorized-app-password-required"
    if cause in _BLAMES_CREDENTIALS and not temporary:
        return "unauthorized"
    if cause == "basic-auth-disabled":
        return "unauthorized"
    if stage == "smtp-login" and cause in _REFUSES_ACCOUNT and not temporary:
        return "unauthorized"
    return family(stage)
