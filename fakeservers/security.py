"""The words for the ways to secure a connection (RFC 8314), ours and those that people type; and
for those to ask for a token."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator

Security = Literal["implicit-tls", "starttls", "cleartext"]
GrantType = Literal["refresh_token", "client_credentials"]
"""By which grant a token is asked for (RFC 6749, 6 and 4.4)."""

SHOWN: Final[dict[Security, str]] = {
    "implicit-tls": "SSL/TLS",
    "starttls": "STARTTLS",
    "cleartext": "none (cleartext)",
}
"""As mail programs name them. `TLS` alone is STARTTLS in some and SSL/TLS in others: it is not
guessed."""
_TYPED: Final[dict[str, Security]] = {
    "implicittls": "implicit-tls",
    "ssltls": "implicit-tls",
    "tlsssl": "implicit-tls",
    "ssl": "implicit-tls",
    "starttls": "starttls",
    "cleartext": "cleartext",
    "nonecleartext": "cleartext",
    "none": "cleartext",
    "plaintext": "cleartext",
    "aucun": "cleartext",
    "aucuncleartext": "cleartext",
}
"""By their letters and digits alone."""


def security_named(typed: Any) -> Any:
    """The id of what was typed; what is no such word comes back as it is."""
    if not isinstance(typed, str):
        return typed
    return _TYPED.get(re.sub(r"[^a-z0-9]", "", typed.casefold()), typed)


def _no_guess(typed: Any) -> Any:
    if isinstance(typed, str) and typed.strip().casefold() == "tls":
        raise ValueError("tls is two things: implicit-tls (TLS from the first byte) or starttls")
    return security_named(typed)


TypedSecurity = Annotated[Security, BeforeValidator(_no_guess)]
