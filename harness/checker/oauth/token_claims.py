"""What an access token says of itself, where it is a JWT (RFC 7519, RFC 9068): read, not verified.

No server of mail promises that its tokens can be read; what they say is a hint, no proof.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from harness.taxonomy import Cause, Protocol

_OTHER_SERVICES: Final = (
    "https://graph.microsoft.com",
    "00000003-0000-0000-c000-000000000000",  # the same, by its id
    "https://graph.windows.net",
    "00000002-0000-0000-c000-000000000000",
    "https://management.azure.com",
    "https://management.core.windows.net",
)
"""Audiences that tokens for the wrong service of Microsoft have, each taken by no mail server:
https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth"""
_FOR: Final[dict[str, tuple[str, ...]]] = {"imap": ("imap", "mail"), "smtp": ("smtp", "mail")}
"""What is in every scope that is known to open these protocols, be it `IMAP.AccessAsUser.All`,
`https://mail.google.com/` or `mail:smtp`."""
_NAMES: Final = ("upn", "preferred_username", "email", "unique_name")
_DATE: Final = "%Y-%m-%d %H:%M:%S UTC"


class TokenClaim(NamedTuple):
    """One thing that a token says. ``outcome``: its id; ``cause``: what it amounts to, where it
    does not fit; ``facts``: what the text speaks of."""

    outcome: str
    facts: dict[str, str]
    cause: Cause | None = None


def claims_of(
    token: str, names: Sequence[str], protocol: Protocol, now: datetime
) -> list[TokenClaim]:
    """What it says that matters to this log-in; nothing where it cannot be read. ``names``: with
    which the log-in was, and what else the user is called."""
    said = _payload(token)
    return [*_when(said, now), *_who(said, names), *_what_for(said, protocol)]


def _when(said: dict[str, Any], now: datetime) -> Iterator[TokenClaim]:
    if (until := _moment(said.get("exp"))) is not None:
        past = until <= now
        facts = {"until": until.strftime(_DATE), "now": now.strftime(_DATE)}
        yield (
            TokenClaim("token-expired-at", facts, "token-expired")
            if past
            else TokenClaim("token-valid-until", facts)
        )


def _who(said: dict[str, Any], names: Sequence[str]) -> Iterator[TokenClaim]:
    user = next((said[name] for name in _NAMES if isinstance(said.get(name), str)), None)
    if user is not None:
        other = user.casefold() not in map(str.casefold, names)
        facts = {"user": user, "username": names[0]}
        yield (
            TokenClaim("token-of-another-user", facts, "token-for-another-user")
            if other
            else TokenClaim("token-of-this-user", facts)
        )


def _what_for(said: dict[str, Any], protocol: Protocol) -> Iterator[TokenClaim]:
    for audience in _words(said.get("aud")):
        other = audience.rstrip("/").startswith(_OTHER_SERVICES)
        facts = {"audience": audience}
        yield (
            TokenClaim("token-for-another-service", facts, "token-scope")
            if other
            else TokenClaim("token-for-service", facts)
        )
    scopes = [*_words(said.get("scp")), *_words(said.get("scope")), *_words(said.get("roles"))]
    if scopes:
        opens = any(word in scope.lower() for scope in scopes for word in _FOR[protocol])
        facts = {"scopes": " ".join(scopes), "protocol": protocol.upper()}
        yield (
            TokenClaim("token-scopes", facts)
            if opens
            else TokenClaim("token-without-scope", facts, "token-scope")
        )


def _payload(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        return {}
    return said if isinstance(said, dict) else {}


def _moment(value: object) -> datetime | None:
    """A NumericDate (RFC 7519, 2)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _words(value: object) -> list[str]:
    """A string of words, or a list of strings."""
    if isinstance(value, str):
        return value.split()
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
