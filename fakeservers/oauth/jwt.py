"""Access tokens that can be read: JWTs (RFC 7519, RFC 9068), signed by a key of this process."""

from __future__ import annotations

from fakeservers.spec import Account, GrantKind


def signed(account: Account, kind: GrantKind, name: str, expires_in_s: int) -> str:
    """A token of the account of which this holds; `name` stands in its `jti`."""
    raise NotImplementedError


def read_name(token: str) -> str | None:
    """The `jti` of a token that was signed here; None: it was not, or is broken."""
    raise NotImplementedError
