"""What a product holds of a mailbox that was connected by the provider's own sign-in."""

import time
from dataclasses import dataclass
from typing import Final, Literal

from fakeservers.files.base_model import Spec
from fakeservers.security import GrantType
from fakeservers.spec import Account, ClientKind, GrantKind, Issuing, OAuthClient
from fakeservers.tokens import access_token, refresh_token
from harness.contract.settings import OAuth2Settings

WRONG: Final = "not-the-password-7"
"""What stands in place of a secret that is wrong."""


class OAuth2(Spec):
    """The mailbox was connected by the provider's own sign-in: what the product holds of it."""

    access_token: Literal[GrantKind, "none", "malformed"] = "valid"
    """What has become of the access token; `malformed`: it was cut off, so that nobody can read
    it."""
    expiry: Literal["told", "untold", "too-late"] = "told"
    """Whether the product knows when the access token expires; `too-late`: it believes in a later
    time, as where its clock is wrong."""
    refresh_token: Literal[GrantKind, "none", "wrong"] = "valid"
    """What has become of the refresh token."""
    client: ClientKind = "right"
    """What the product knows of its own registration."""
    grant: GrantType = "refresh_token"
    """How it asks for new tokens."""
    host: str | None = None
    """Of the token endpoint, in place of the service's own name or address."""


@dataclass(frozen=True)
class Provider:
    """Who issues the tokens: `endpoint` is where new ones are asked for, `scopes` are what for."""

    account: Account
    client: OAuthClient
    issuing: Issuing
    endpoint: str
    scopes: tuple[str, ...]
    consent: int = 1
    """The number of the tokens that came of the last sign-in."""


_CUT: Final = -9
"""How much a malformed token lacks."""
_EXPIRED_S: Final = 7200.0
"""How long an expired access token has been so."""


def held(typed: OAuth2, provider: Provider) -> OAuth2Settings:
    """What the product holds."""
    access = _access(typed, provider)
    return OAuth2Settings(
        access_token=access,
        expires_at=_expires_at(typed, provider.issuing) if access else None,
        refresh_token=_refresh(typed, provider),
        token_endpoint=provider.endpoint,
        client_id=f"not-{provider.client.id}" if typed.client == "unknown" else provider.client.id,
        client_secret=_secret(typed, provider.client),
        scopes=provider.scopes,
        grant=typed.grant,
    )


def _access(typed: OAuth2, provider: Provider) -> str | None:
    if typed.access_token == "none":
        return None
    if typed.access_token == "malformed":
        return access_token(provider.account, provider.issuing, "valid", provider.consent)[:_CUT]
    return access_token(provider.account, provider.issuing, typed.access_token, provider.consent)


def _refresh(typed: OAuth2, provider: Provider) -> str | None:
    if typed.refresh_token == "none":
        return None
    if typed.refresh_token == "wrong":
        return WRONG
    return refresh_token(provider.account, typed.refresh_token, provider.consent)


def _secret(typed: OAuth2, client: OAuthClient) -> str | None:
    return WRONG if typed.client == "wrong-secret" else client.secret


def _expires_at(typed: OAuth2, issuing: Issuing) -> float | None:
    """As the product believes."""
    if typed.expiry == "untold":
        return None
    past = typed.access_token == "expired" and typed.expiry == "told"
    return round(time.time() + (-_EXPIRED_S if past else issuing.expires_in_s))
