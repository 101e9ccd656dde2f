"""Access tokens that can be read: JWTs (RFC 7519, RFC 9068), signed by a key of this process; the
only module that imports joserfc. It is imported where such a token is first needed."""

from __future__ import annotations

import functools
import time
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from fakeservers.spec import Account, GrantKind, OAuthClient

ISSUER: Final = "https://login.example.test/"
AUDIENCE: Final = "https://mail.example.test/"
"""Whom a token for mail is for: `aud`."""
SCOPE: Final = "IMAP.AccessAsUser.All SMTP.Send"
_OTHER_AUDIENCE: Final = "https://graph.example.test/"
_OTHER_SCOPE: Final = "User.Read"
_ALGORITHM: Final = "RS256"
_KEY_BITS: Final = 2048
_LONGEST: Final = 8192
"""In characters; what is longer was not signed here, and is not looked at."""
_EXPIRED_AGO_S: Final = 60


@functools.cache
def _key() -> RSAKey:
    """The key of this process, made when it is first needed."""
    return RSAKey.generate_key(_KEY_BITS, {"use": "sig", "alg": _ALGORITHM}, auto_kid=True)


def public_keys() -> dict[str, Any]:
    """The key that the tokens can be checked with, as a JWK Set (RFC 7517, 5)."""
    return dict(KeySet([_key()]).as_dict(private=False))


def signed(account: Account, kind: GrantKind, name: str, expires_in_s: int) -> str:
    """A token of the account of which this holds; `name` stands in its `jti`."""
    now = int(time.time())
    lifetime_s = -_EXPIRED_AGO_S if kind == "expired" else expires_in_s
    elsewhere = kind == "scope"
    claims = {
        "iss": ISSUER,
        "aud": _OTHER_AUDIENCE if elsewhere else AUDIENCE,
        "iat": min(now, now + lifetime_s),
        "exp": now + lifetime_s,
        "sub": _user(account, kind),
        "upn": _user(account, kind),
        "scp": _OTHER_SCOPE if elsewhere else SCOPE,
        "appid": OAuthClient().id,
        "jti": name,
    }
    header = {"alg": _ALGORITHM, "kid": _key().kid, "typ": "at+jwt"}
    return jwt.encode(header, claims, _key())


def _user(account: Account, kind: GrantKind) -> str:
    if kind == "for-another-user":
        return f"someone-else@{account.address.rpartition('@')[2]}"
    return account.address


def read_name(token: str) -> str | None:
    """The `jti` of a token that was signed here; None: it was not, or is broken."""
    if len(token) > _LONGEST or not _key.cache_info().currsize:
        return None
    try:
        name = jwt.decode(token, _key(), algorithms=[_ALGORITHM]).claims.get("jti")
    except (JoseError, ValueError, UnicodeError):
        return None
    return name if isinstance(name, str) else None
