"""What is asked of a token endpoint, and what its answer gives (RFC 6749, 4.4, 5 and 6)."""

from __future__ import annotations

import base64
import json
import re
from typing import Any, Final, NamedTuple, Self
from urllib.parse import quote_plus, urlencode, urlsplit

from harness.contract.settings import OAuth2Settings, ServerSettings

_USABLE: Final = re.compile(r"[\x21-\x7e]+")
"""RFC 6749, A.12, without the space: what SASL takes (RFC 6750, 2.1)."""
_LONGEST_S: Final = 10.0 * 365 * 86400


class TokenEndpoint(NamedTuple):
    """Where it is, and the path of it."""

    server: ServerSettings
    target: str


def endpoint_of(oauth2: OAuth2Settings) -> TokenEndpoint:
    """The address of the token endpoint, taken apart."""
    url = urlsplit(oauth2.token_endpoint)
    server = ServerSettings(host=url.hostname or "", port=url.port or 443)
    return TokenEndpoint(server, (url.path or "/") + (f"?{url.query}" if url.query else ""))


class TokenRequestForm(NamedTuple):
    """What is asked of a token endpoint. ``authorization``: the field of that name; empty: there is
    none."""

    endpoint: TokenEndpoint
    form: bytes
    authorization: str

    @classmethod
    def of(cls, oauth2: OAuth2Settings, *, basic: bool = False) -> Self:
        """The request, with the client's own credentials in the form, or in a field of the header
        (RFC 6749, 2.3.1; RFC 7617)."""
        who = {"client_id": oauth2.client_id, "client_secret": oauth2.client_secret}
        fields = {
            "grant_type": oauth2.grant,
            "refresh_token": oauth2.refresh_token if oauth2.grant == "refresh_token" else None,
            **({} if basic else who),
            "scope": " ".join(oauth2.scopes),
        }
        form = urlencode({name: value for name, value in fields.items() if value}).encode()
        told = ":".join(quote_plus(each or "") for each in who.values()).encode()
        authorization = f"Basic {base64.b64encode(told).decode()}" if basic else ""
        return cls(endpoint_of(oauth2), form, authorization)


def renewed(oauth2: OAuth2Settings, body: bytes, now_s: float) -> OAuth2Settings | None:
    """What the product holds after this answer, where it has an access token: a new refresh token
    takes the place of the old one (RFC 6749, 6). ``now_s``: Unix time."""
    said = _json(body)
    token = said.get("access_token")
    if not isinstance(token, str) or not _USABLE.fullmatch(token):
        return None
    lasts_s, refresh = _seconds(said.get("expires_in")), said.get("refresh_token")
    return oauth2.model_copy(
        update={
            "access_token": token,
            "expires_at": None if lasts_s is None else now_s + lasts_s,
            "refresh_token": refresh
            if isinstance(refresh, str) and refresh
            else oauth2.refresh_token,
        }
    )


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _seconds(value: object) -> float | None:
    """A number, or one in a string, as Microsoft's first version has it."""
    try:
        seconds = float(value)  # type: ignore[arg-type]  # that is found out
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds <= _LONGEST_S else None
