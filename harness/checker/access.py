"""Being let in at a customer's servers: connections opened as the settings say, and tokens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, TypeVar

from harness.checker.client_connection import ClientConnection
from harness.checker.client_tls import insecure_context, verifying_context
from harness.checker.dialling import Deadline
from harness.checker.oauth.token_grant import TokenRequestForm, renewed
from harness.checker.oauth.token_holder import TokenHolder
from harness.checker.oauth.token_visit import TokenAnswer, TokenVisit
from harness.checker.record import CheckDialogue, CheckFailed, OnSaid
from harness.checker.visit import ClientLogin, Visit, plain_message
from harness.classify import classify
from harness.classify.observation import Observation
from harness.contract.diagnosis import Diagnosis
from harness.contract.masking import Masking
from harness.contract.settings import ConnectionSettings, OAuth2Settings, ServerSettings
from harness.taxonomy import AnyProtocol
from harness.taxonomy.stages import CONFIRM, LOGIN

_S = TypeVar("_S", bound=Visit)
_R = TypeVar("_R")
_ROTATED: Final = "refresh-token-rotated"
WARNINGS: Final = (_ROTATED,)
"""What is warned of here, besides causes."""

OnTokens = Callable[[OAuth2Settings], None]
"""Told what is held of tokens, whenever that has changed."""


class Access:
    """One attempt to be let in, at one server or several, with at most one new token.

    ``warnings``: what is worth telling of it; ``imap_accepted_login``: set by whoever saw it.
    """

    def __init__(
        self,
        settings: ConnectionSettings,
        *,
        on_said: OnSaid | None = None,
        on_tokens: OnTokens | None = None,
        whole: Deadline | None = None,
    ) -> None:
        """``on_said`` hears of each line, masked; ``whole``: until when all of it may take."""
        self.settings = settings
        self.warnings: list[str] = []
        self.imap_accepted_login = False
        self.tokens = TokenHolder(settings.oauth2) if settings.oauth2 else None
        self._dialogue = CheckDialogue(Masking(secrets_of(settings)), settings.login, on_said)
        self._on_tokens = on_tokens
        self._whole = whole

    @property
    def login(self) -> ClientLogin:
        """What one logs in with now."""
        if self.tokens:
            return ClientLogin(self.settings.login, self.tokens.token, by_token=True)
        return ClientLogin(self.settings.login, self.settings.password)

    def open(
        self, make: Callable[[ClientConnection], _S], server: ServerSettings, protocol: AnyProtocol
    ) -> _S:
        """A visit on a verified connection, or on an unverified one where that is allowed: never to
        a token endpoint, which is no server of the customer's."""
        try:
            return self._opened(make, server, protocol, verified=True)
        except CheckFailed as failed:
            seen = failed.observation
            allowed = self.settings.allow_insecure_certificates and protocol != "oauth"
            if seen.kind != "verify-error" or not allowed:
                raise
            self.warn(classify(seen).cause or "unspecified")
        return self._opened(make, server, protocol, verified=False)

    def with_token(
        self, part: Callable[[], _R], fetch: Callable[[TokenHolder], object] | None = None
    ) -> _R:
        """A part of the attempt, with a token where one is needed; once more with another token,
        where that may cure what failed. ``fetch``: in place of our own."""
        tokens, fetch = self.tokens, fetch or self.fetch_token
        if tokens and tokens.must_fetch:
            fetch(tokens)
        try:
            return part()
        except CheckFailed as failed:
            if tokens is None or not tokens.may_help(classify(self._known(failed.observation))):
                raise
            fetch(tokens)
        return part()

    def fetch_token(self, tokens: TokenHolder) -> TokenVisit:
        """Ask for a new token, and hold it; the visit, which is over. Raises CheckFailed."""
        if not tokens.can_fetch:
            raise CheckFailed(Observation("oauth-token", "not-offered", missing="refresh_token"))
        tokens.asked()
        held = tokens.settings
        visit, answer = self._asked(TokenRequestForm.of(held))
        if answer.wants_basic and held.client_secret:
            # RFC 6749, 2.3.1: that is the way that every server takes, and some no other.
            visit.leave()
            visit, answer = self._asked(TokenRequestForm.of(held, basic=True))
        with leaving_if_failed(visit):
            new = renewed(held, answer.body, time.time())
            if new is None or answer.status != 200:
                raise visit.connection.failed("reply")
        visit.leave()
        self._hold(tokens, new)
        return visit

    def _asked(self, form: TokenRequestForm) -> tuple[TokenVisit, TokenAnswer]:
        visit = self.open(TokenVisit, form.endpoint.server, "oauth")
        with leaving_if_failed(visit):
            return visit, visit.post(form)

    def diagnosis(self, seen: Observation) -> Diagnosis:
        """What the failure means, with the secrets masked in what is quoted."""
        found = classify(self._known(seen))
        # Afterwards, because a password may be a word that the server's reason is made of; and the
        # server's words only: our own, with a hole in them, would tell what it is.
        quoted = self._dialogue.masking.signals(found.evidence)
        return found.model_copy(update={"evidence": quoted})

    def warn(self, warning: str) -> None:
        """Something is worth telling, once."""
        if warning not in self.warnings:
            self.warnings.append(warning)

    def _opened(
        self,
        make: Callable[[ClientConnection], _S],
        server: ServerSettings,
        protocol: AnyProtocol,
        *,
        verified: bool,
    ) -> _S:
        context = verifying_context(self.settings.ca_file) if verified else insecure_context()
        timeout_s = self.settings.timeout_s
        visit = make(
            ClientConnection(server, protocol, timeout_s, self._dialogue, whole=self._whole)
        )
        with leaving_if_failed(visit):
            visit.open(context)
        return visit

    def _hold(self, tokens: TokenHolder, new: OAuth2Settings) -> None:
        if new.refresh_token != tokens.settings.refresh_token:
            self.warn(_ROTATED)
        tokens.settings = new
        self._dialogue.masking = Masking((*secrets_of(self.settings), *_tokens_of(new)))
        if self._on_tokens:
            self._on_tokens(new)

    def _known(self, seen: Observation) -> Observation:
        """What was seen, with what this attempt knows besides."""
        return replace(
            seen,
            imap_accepted_login=self.imap_accepted_login and seen.stage == "smtp-login",
            by_token=self.tokens is not None and seen.stage in (*LOGIN, *CONFIRM),
            warnings=tuple(self.warnings),
        )


@contextmanager
def leaving_if_failed(visit: Visit) -> Iterator[None]:
    """The visit is left as its state allows where something fails."""
    try:
        yield
    except CheckFailed as failed:
        visit.leave(failed)
        raise
    except BaseException:
        visit.connection.close()
        raise


def secrets_of(settings: ConnectionSettings) -> tuple[str, ...]:
    """What must not be shown of them, in each form in which it is sent."""
    if settings.oauth2:
        return _tokens_of(settings.oauth2)
    return plain_message(settings.login, settings.password), settings.password


def _tokens_of(oauth2: OAuth2Settings) -> tuple[str, ...]:
    held = (oauth2.access_token, oauth2.refresh_token, oauth2.client_secret)
    return tuple(secret for secret in held if secret)
