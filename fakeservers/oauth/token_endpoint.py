"""The token endpoint (RFC 6749, 3.2): who asks, by which grant, and what is issued."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args
from urllib.parse import parse_qsl

from fakeservers.conversation import Conversation
from fakeservers.dialects.sides import OAuthSide
from fakeservers.evidence import TokenOutcome
from fakeservers.oauth.client_authentication import read_client
from fakeservers.oauth.http_request import HttpRequest
from fakeservers.script import Event
from fakeservers.security import GrantType
from fakeservers.spec import GrantKind, RefreshKind

_FORM: Final = "application/x-www-form-urlencoded"
_ALWAYS_GRANTED: Final = frozenset({"openid", "profile", "email", "offline_access"})
"""Scopes that are not a service's (OpenID Connect Core 1.0, 5.4 and 11)."""
_ALL_OF_A_SERVICE: Final = "/.default"
"""How Microsoft's scopes end that stand for all of a service's."""
_ISSUED_FOR: Final[Mapping[RefreshKind, GrantKind]] = {
    "valid": "valid",
    "scope": "scope",
    "for-another-user": "for-another-user",
}
"""Of what a refresh token is, what the access tokens are that are issued for it; the others are
refused."""


_REVOKED: Final = "token-revoked"
"""What a dialect may call its words for a consent that is no longer given."""


class _Refused(Exception):
    """The request is refused by this reply of the dialect. `text`: what is wrong with it."""

    def __init__(self, reply: str, text: str = "") -> None:
        super().__init__(reply)
        self.reply = reply
        self.text = text


async def answer_token_request(conversation: Conversation, request: HttpRequest) -> None:
    """Ask the script, else behave; and record it."""
    asked = _TokenRequestAtHand(conversation, request)
    answered = True
    try:
        answered = await conversation.happens(asked.event)
    finally:
        if answered:
            asked.record("answered")
    if not answered:
        await asked.answer()


class _TokenRequestAtHand:
    """One request, as far as it can be understood."""

    def __init__(self, conversation: Conversation, request: HttpRequest) -> None:
        self._conversation = conversation
        self._request = request
        pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        self._fields = dict(pairs)
        self._repeats = len(self._fields) < len(pairs)
        self._client = read_client(request.headers, self._fields)
        tokens = conversation.accounts.tokens
        given = self._fields.get("refresh_token")
        self._voided = given is not None and tokens.is_void(given)
        grant = self._fields.get("grant_type", "")
        self.event = Event(
            "token-request",
            command="POST",
            grant=grant if grant in get_args(GrantType) else "",
            refresh_token=None if given is None else tokens.refresh_kind(given),
            client=self._client.kind(conversation.oauth_client),
        )

    def record(self, outcome: TokenOutcome) -> None:
        """Note the request, before the client hears of what has become of it."""
        self._conversation.token_requested(
            self.event, outcome, voided=self._voided, basic=self._client.basic
        )

    async def answer(self) -> None:
        """Say what a server says."""
        try:
            kind = self._granted()
        except _Refused as refused:
            self.record("refused")
            words = {"text": refused.text, "client": self._client.id}
            circumstances = (self.event.refresh_token or "", self.event.client or "")
            await self._conversation.reply(refused.reply, *circumstances, **words)
            return
        given = self._fields.get("refresh_token")
        issued = self._conversation.accounts.tokens.issue(kind, given)
        self.record("issued")
        await self._conversation.reply(
            "token-ok",
            access_token=issued.access,
            refresh_token=issued.refresh,
            expires_in=str(issued.expires_in_s),
            scope=self._fields.get("scope") or " ".join(self._side.scopes),
        )

    @property
    def _side(self) -> OAuthSide:
        return self._conversation.dialect.side("oauth")

    def _granted(self) -> GrantKind:
        """What a token is to be issued for. Raises _Refused."""
        self._check_form()
        grant = self._fields.get("grant_type")
        if not grant:
            raise _Refused("invalid-request", "grant_type is missing")
        if self.event.client != "right":
            raise _Refused("invalid-client")
        if not self.event.grant:
            raise _Refused("unsupported-grant-type")
        self._check_scope()
        if grant == "client_credentials":
            if not self._client.secret:
                raise _Refused("unauthorized-client")
            return "valid"
        return self._refreshed()

    def _check_form(self) -> None:
        kind = self._request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _FORM:
            raise _Refused("invalid-request", f"the body must be {_FORM}")
        if self._repeats:
            raise _Refused("invalid-request", "a parameter stands there twice")
        if self._client.wrong:
            raise _Refused("invalid-request", self._client.wrong)

    def _check_scope(self) -> None:
        granted = {*self._side.scopes, *_ALWAYS_GRANTED}
        for scope in self._fields.get("scope", "").split():
            if scope not in granted and not scope.endswith(_ALL_OF_A_SERVICE):
                raise _Refused("invalid-scope")

    def _refreshed(self) -> GrantKind:
        """What tokens are issued for this refresh token. Raises _Refused."""
        kind = self.event.refresh_token
        if kind is None:
            raise _Refused("invalid-request", "refresh_token is missing")
        if kind not in _ISSUED_FOR:
            known = kind == "revoked" and self._conversation.dialect.knows("oauth", _REVOKED)
            raise _Refused(_REVOKED if known else "invalid-grant")
        return _ISSUED_FOR[kind]
