"""OAuth tokens of a mailbox: what each says of itself, and which are still good.

A token tells by its text what it is, so that whoever holds one need not be told apart by a table:
the account's `token` opens it; `TOKEN.expired`, `TOKEN.scope.2` and so on are others, and `TOKEN.2`
is one that was issued later. With JWTs (RFC 7519) the same stands in their `jti`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final, cast, get_args

from fakeservers.spec import Account, GrantKind, Issuing, PasswordKind, RefreshKind

_KINDS: Final = frozenset(get_args(GrantKind))
_JWT: Final = "eyJ"
"""How every JWT begins: `{"` in base64."""


@dataclass(frozen=True)
class IssuedTokens:
    """What an authorization server answers (RFC 6749, 5.1)."""

    access: str
    refresh: str | None
    """A new refresh token, where they rotate."""
    expires_in_s: int


def access_token(account: Account, issuing: Issuing, kind: GrantKind, number: int = 1) -> str:
    """An access token of the account of which this holds."""
    name = _named(kind, number)
    if issuing.tokens == "jwt":
        from fakeservers.tokens.jwt import signed  # its library takes long to import

        return signed(account, kind, name, issuing.expires_in_s)
    return f"{account.token}{name}"


def refresh_token(account: Account, kind: GrantKind, number: int = 1) -> str:
    """A refresh token of the account of which this holds."""
    return f"{account.refresh_token}{_named(kind, number)}"


def _named(kind: GrantKind, number: int) -> str:
    parts = [*([] if kind == "valid" else [kind]), *([] if number == 1 else [str(number)])]
    return "".join(f".{part}" for part in parts)


def _number(name: str) -> int:
    """Which of its kind it is; by a name that `_kind` knows."""
    last = name.rpartition(".")[2]
    return int(last) if last.isdecimal() else 1


def _kind(name: str) -> GrantKind | None:
    """What a name of `_named` says; None: it is none."""
    first, _, number = name.removeprefix(".").partition(".")
    if first.isdecimal() and not number:
        return "valid"
    known = first in _KINDS and (not number or number.isdecimal())
    return "valid" if not name else cast("GrantKind", first) if known else None


class Tokens:
    """The tokens of an account: those that there were before, and those that it issues."""

    def __init__(self, account: Account, issuing: Issuing) -> None:
        self.account = account
        self.issuing = issuing
        self._issued = 1
        self._until_s: dict[str, float] = {}
        """When the access tokens issued here expire, on the monotonic clock."""
        self._used: set[str] = set()
        """Refresh tokens that a rotation has voided."""
        self._expired_to = 0
        """The number up to which access tokens have expired, whenever they would have."""
        self._refreshed_to = 0
        """The same of refresh tokens."""
        self._good_from: float = 1
        """The number from which on tokens are good; infinity: the consent is withdrawn."""

    def expire(self, *, refresh: bool = False) -> None:
        """All access tokens that there are have expired; who has a refresh token gets others.
        `refresh`: these have expired, too, as those that nobody used for long; who has none that is
        good has to consent anew."""
        self._expired_to = self._issued
        if refresh:
            self._refreshed_to = self._issued

    def revoke(self) -> None:
        """The consent is withdrawn, and with it all tokens, be they yet to come (RFC 7009, 2.1)."""
        self._good_from = float("inf")

    def consent_again(self) -> int:
        """The owner consents anew: the number of the tokens that this gives, by which
        `access_token` and `refresh_token` name them. Those that were revoked stay so."""
        self._issued += 1
        if self._good_from == float("inf"):
            self._good_from = self._issued
        return self._issued

    def _is_revoked(self, name: str) -> bool:
        return _number(name) < self._good_from

    def password_kind(self, token: str) -> PasswordKind:
        """What an access token is, when somebody logs in with it."""
        name = self._access_name(token)
        kind = None if name is None else _kind(name)
        if name is None or kind is None:
            return "wrong"
        until_s = self._until_s.get(token, float("inf"))
        if kind == "valid" and self._is_revoked(name):
            kind = "revoked"
        if kind == "valid" and (_number(name) <= self._expired_to or time.monotonic() >= until_s):
            kind = "expired"
        return "token" if kind == "valid" else cast("PasswordKind", f"token-{kind}")

    def _access_name(self, token: str) -> str | None:
        if token.startswith(_JWT):
            from fakeservers.tokens.jwt import read_name

            return read_name(token)
        if not token.startswith(self.account.token):
            return None
        return token.removeprefix(self.account.token)

    def refresh_kind(self, token: str) -> RefreshKind:
        """What a refresh token is. One that was used up betrays that somebody else has it, too:
        from then on all are revoked (RFC 9700, 4.14.2)."""
        if not token.startswith(self.account.refresh_token):
            return "wrong"
        name = token.removeprefix(self.account.refresh_token)
        kind = _kind(name) or "wrong"
        if token in self._used and not self._is_revoked(name):
            self.revoke()
        if kind == "valid" and self._is_revoked(name):
            return "revoked"
        return "expired" if kind == "valid" and _number(name) <= self._refreshed_to else kind

    def is_void(self, token: str) -> bool:
        """Whether a rotation has voided this refresh token."""
        return token in self._used

    def issue(self, kind: GrantKind, used: str | None = None) -> IssuedTokens:
        """New tokens of a consent of which this holds; `used`: the refresh token that was given
        for them, if any."""
        self._issued += 1
        access = access_token(self.account, self.issuing, kind, self._issued)
        self._until_s[access] = time.monotonic() + self.issuing.expires_in_s
        new = None
        if used is not None and self.issuing.rotates:
            self._used.add(used)
            new = refresh_token(self.account, kind, self._issued)
        return IssuedTokens(access, new, self.issuing.expires_in_s)
