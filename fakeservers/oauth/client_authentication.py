"""Who asks for a token: the application, by what it says of itself (RFC 6749, 2.3.1)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from fakeservers.spec import ClientKind, OAuthClient


@dataclass(frozen=True)
class ToldClient:
    """What the application says: in the Authorization field, or in the body."""

    id: str
    secret: str = field(repr=False)
    basic: bool = False
    """It says so in the Authorization field, by Basic."""
    wrong: str = ""
    """What is wrong with the way in which it says so."""

    def kind(self, known: OAuthClient) -> ClientKind:
        """What it is, compared with the one that the provider knows."""
        if self.id != known.id:
            return "unknown"
        return "right" if self.secret == (known.secret or "") else "wrong-secret"


def read_client(headers: Mapping[str, str], fields: Mapping[str, str]) -> ToldClient:
    """What a token request says of who asks. A public client has no secret."""
    in_body = ToldClient(fields.get("client_id", ""), fields.get("client_secret", ""))
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if not scheme:
        return in_body
    told = _basic(encoded) if scheme.lower() == "basic" else None
    if told is None:
        return ToldClient("", "", wrong="the Authorization field is not Basic, or cannot be read")
    if in_body.secret or in_body.id not in ("", told.id):
        return ToldClient(told.id, told.secret, wrong="the client authenticates in two ways")
    return told


def _basic(encoded: str) -> ToldClient | None:
    """RFC 7617, with both parts encoded as in a form."""
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeError):
        return None
    name, colon, secret = text.partition(":")
    return ToldClient(unquote_plus(name), unquote_plus(secret), basic=True) if colon else None
