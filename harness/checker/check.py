"""The check: five steps, and one before them where a token is fetched; the first failing stage
decides."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Final, TypeVar

from harness.checker.client_connection import ClientConnection
from harness.checker.client_tls import insecure_context, verifying_context
from harness.checker.dialling import Deadline
from harness.checker.imap import ImapVisit
from harness.checker.oauth.token_grant import endpoint_of, grant_form, renewed
from harness.checker.oauth.token_holder import TokenHolder
from harness.checker.oauth.token_visit import TokenVisit
from harness.checker.record import CheckDialogue, CheckFailed, OnSaid
from harness.checker.smtp import SmtpVisit, TestEmail
from harness.checker.steps import OnStep, StepTeller
from harness.checker.visit import ClientLogin, Visit, plain_message
from harness.classify import classify
from harness.classify.observation import Observation
from harness.contract.diagnosis import Diagnosis
from harness.contract.masking import Masking
from harness.contract.settings import ConnectionSettings, OAuth2Settings, ServerSettings
from harness.taxonomy import AnyProtocol
from harness.taxonomy.stages import CONFIRM, LOGIN
from harness.texts import render

_S = TypeVar("_S", bound=Visit)
_FAREWELL_FAILED: Final[dict[AnyProtocol, str]] = {
    "imap": "imap-logout-failed",
    "smtp": "smtp-quit-failed",
}
_NOT_SENT, _COURIER_SERVER = "test-email-not-sent", "courier-imap-not-supported"
_OTHER_TLS, _ROTATED = "tls-version-not-listed", "refresh-token-rotated"
WARNINGS: Final = (*_FAREWELL_FAILED.values(), _NOT_SENT, _COURIER_SERVER, _OTHER_TLS, _ROTATED)
"""The ids of all that the checker warns of, besides causes."""

OnTokens = Callable[[OAuth2Settings], None]
"""Told what is held of tokens, whenever that has changed."""


WHOLE, WHOLE_S = 4, 60.0
"""How long a whole check may take: as many times its time-out, and in seconds; the longer."""


_COURIER: Final = re.compile(rb"Courier-IMAP", re.IGNORECASE)
PROFILES: Final[dict[str, frozenset[str] | None]] = {
    "current": None,
    # https://knowledge.hubspot.com/connected-email/technical-requirements-for-connecting-your-inbox-to-hubspot-with-imap
    "hubspot-2024-01": frozenset({"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"}),
}
"""What a product requires of servers beyond the protocols, which changes over the years: the
versions of TLS that it lists; None: any. What does not fit is warned of, and never an error."""


def check(
    settings: ConnectionSettings,
    *,
    on_step: OnStep | None = None,
    on_said: OnSaid | None = None,
    on_tokens: OnTokens | None = None,
    profile: str = "current",
    send: bool = True,
) -> Diagnosis:
    """Check a mailbox as a product would that is to send and receive its e-mail.

    Connects to IMAP, logs in and selects INBOX, connects to SMTP, logs in and sends a test e-mail.
    With tokens: fetches one where there is none, where it has expired, or where it was refused as
    one that may have expired; once at most.
    Blocks, at most ``settings.timeout_s`` in each of the waits, and in all of them together at most
    ``WHOLE`` times that, or ``WHOLE_S``; may run in many threads at once.
    Raises OSError if ``settings.ca_file`` cannot be read.

    ``on_step`` hears of the steps as they happen, ``on_said`` of each line of the dialogue, masked,
    ``on_tokens`` of new tokens, all in the calling thread. ``profile``: a name in ``PROFILES``,
    KeyError if there is none such; it adds warnings only. ``send``: without it the last step, the
    test e-mail, is left out, with a warning.
    """
    run = _Check(settings, StepTeller(on_step), on_said, on_tokens, profile)
    try:
        run.check_imap()
        run.check_smtp(send=send)
    except CheckFailed as failed:
        return run.diagnosis(failed.observation)
    done = Diagnosis(error="connected", warnings=run.warnings, message_id=run.message_id)
    return done.model_copy(update={"text": render(done)})


class _Check:
    def __init__(
        self,
        settings: ConnectionSettings,
        progress: StepTeller,
        on_said: OnSaid | None,
        on_tokens: OnTokens | None,
        profile: str,
    ) -> None:
        self.warnings: list[str] = []
        self.message_id: str | None = None
        self._settings = settings
        self._progress = progress
        self._tls_versions = PROFILES[profile]
        masking = Masking(_secrets_of(settings))
        self._dialogue = CheckDialogue(masking, settings.login, on_said)
        self._on_tokens = on_tokens
        self._tokens = TokenHolder(settings.oauth2) if settings.oauth2 else None
        self._imap_accepted_login = False
        self._whole = Deadline(max(WHOLE_S, WHOLE * settings.timeout_s))

    def check_imap(self) -> None:
        """Everything with IMAP. Raises CheckFailed, as the other parts do."""
        if self._tokens and self._tokens.must_fetch:
            self._fetch_token(self._tokens)
        self._with_tokens(self._check_imap)

    def check_smtp(self, *, send: bool) -> None:
        """Everything with SMTP; ``send``: the test e-mail, too."""
        self._with_tokens(lambda: self._check_smtp(send=send))

    def _with_tokens(self, part: Callable[[], None]) -> None:
        """A part of the check; once more with another token, where that may cure it."""
        try:
            part()
        except CheckFailed as failed:
            tokens = self._tokens
            if tokens is None or not tokens.may_help(classify(self._known(failed.observation))):
                raise
            self._fetch_token(tokens)
            part()

    def _fetch_token(self, tokens: TokenHolder) -> None:
        with self._progress.step("fetch-token") as details:
            if not tokens.can_fetch:
                raise CheckFailed(
                    Observation("oauth-token", "not-offered", missing="refresh_token")
                )
            tokens.asked()
            endpoint = endpoint_of(tokens.settings)
            with self._visit(TokenVisit, endpoint.server, "oauth") as visit:
                answer = visit.post(endpoint.target, grant_form(tokens.settings))
                new = renewed(tokens.settings, answer.body, time.time())
                if new is None or answer.status != 200:
                    raise visit.connection.failed("reply")
            self._hold(tokens, new)
            details.text = _where(visit)

    def _hold(self, tokens: TokenHolder, new: OAuth2Settings) -> None:
        if new.refresh_token != tokens.settings.refresh_token:
            self._warn(_ROTATED)
        tokens.settings = new
        secrets = (*_secrets_of(self._settings), *_tokens_of(new))
        self._dialogue.masking = Masking(secrets)
        if self._on_tokens:
            self._on_tokens(new)

    @property
    def _login(self) -> ClientLogin:
        settings, tokens = self._settings, self._tokens
        if tokens:
            return ClientLogin(settings.login, tokens.token, by_token=True)
        return ClientLogin(settings.login, settings.password)

    def _check_imap(self) -> None:
        with ExitStack() as stack:
            with self._progress.step("connect-imap") as details:
                opened = self._visit(ImapVisit, self._settings.imap, "imap")
                visit = stack.enter_context(opened)
                details.text = _where(visit)
            with self._progress.step("log-in-imap") as details:
                visit.log_in(self._login)
                self._imap_accepted_login = visit.mechanism is not None
                visit.confirm()
                details.text = visit.mechanism or "PREAUTH"
            self._warn_of_requirements(visit)

    def _check_smtp(self, *, send: bool) -> None:
        with ExitStack() as stack:
            with self._progress.step("connect-smtp") as details:
                opened = self._visit(SmtpVisit, self._settings.smtp, "smtp")
                visit = stack.enter_context(opened)
                details.text = _where(visit)
            with self._progress.step("log-in-smtp") as details:
                visit.log_in(self._login)
                details.text = visit.mechanism
            if send:
                with self._progress.step("send-test-email") as details:
                    self._send(visit)
                    details.text = self.message_id or ""
            else:
                self._warn(_NOT_SENT)
            self._warn_of_requirements(visit)

    def diagnosis(self, seen: Observation) -> Diagnosis:
        """What the failure means, with the secrets masked in what is quoted."""
        found = classify(self._known(seen))
        # Afterwards, because a password may be a word that the server's reason is made of; and the
        # server's words only: our own, with a hole in them, would tell what it is.
        quoted = self._dialogue.masking.signals(found.evidence)
        return found.model_copy(update={"evidence": quoted, "message_id": self.message_id})

    def _known(self, seen: Observation) -> Observation:
        """What was seen, with what this check knows besides."""
        return replace(
            seen,
            imap_accepted_login=self._imap_accepted_login and seen.stage == "smtp-login",
            by_token=self._tokens is not None and seen.stage in (*LOGIN, *CONFIRM),
            warnings=tuple(self.warnings),
        )

    @contextmanager
    def _visit(
        self, make: Callable[[ClientConnection], _S], server: ServerSettings, protocol: AnyProtocol
    ) -> Iterator[_S]:
        visit = self._open(make, server, protocol)
        with _leaving_if_failed(visit):
            yield visit
        if not visit.leave():
            self._warn(_FAREWELL_FAILED[protocol])

    def _open(
        self, make: Callable[[ClientConnection], _S], server: ServerSettings, protocol: AnyProtocol
    ) -> _S:
        """A visit on a verified connection, or on an unverified one where that is allowed: never to
        a token endpoint, which is no server of the customer's."""

        def opened(verified: bool) -> _S:
            ca_file = self._settings.ca_file
            context = verifying_context(ca_file) if verified else insecure_context()
            timeout_s = self._settings.timeout_s
            connection = ClientConnection(
                *(server, protocol, timeout_s, self._dialogue), whole=self._whole
            )
            visit = make(connection)
            with _leaving_if_failed(visit):
                visit.open(context)
            return visit

        try:
            return opened(True)
        except CheckFailed as failed:
            seen = failed.observation
            allowed = self._settings.allow_insecure_certificates and protocol != "oauth"
            if seen.kind != "verify-error" or not allowed:
                raise
            self._warn(classify(seen).cause or "unspecified")
        return opened(False)

    def _send(self, visit: SmtpVisit) -> None:
        settings = self._settings
        email = TestEmail(settings.email, settings.bcc_address or settings.email)
        try:
            visit.send(email)
        except CheckFailed as failed:
            seen = failed.observation
            if seen.stage == "smtp-end-of-data" and seen.kind != "reply":
                self.message_id = email.message_id  # it may have been sent
            raise
        self.message_id = email.message_id

    def _warn_of_requirements(self, visit: Visit) -> None:
        if any(_COURIER.search(line) for line in visit.own_words):
            self._warn(_COURIER_SERVER)
        version = visit.connection.tls_version
        if self._tls_versions and version and version not in self._tls_versions:
            self._warn(_OTHER_TLS)

    def _warn(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)


def _secrets_of(settings: ConnectionSettings) -> tuple[str, ...]:
    if settings.oauth2:
        return _tokens_of(settings.oauth2)
    return plain_message(settings.login, settings.password), settings.password


def _tokens_of(oauth2: OAuth2Settings) -> tuple[str, ...]:
    held = (oauth2.access_token, oauth2.refresh_token, oauth2.client_secret)
    return tuple(secret for secret in held if secret)


@contextmanager
def _leaving_if_failed(visit: Visit) -> Iterator[None]:
    try:
        yield
    except CheckFailed as failed:
        visit.leave(failed)
        raise
    except BaseException:
        visit.connection.close()
        raise


def _where(visit: Visit) -> str:
    connection = visit.connection
    server = connection.server
    return f"{server.host}:{server.port}, {connection.tls_version or 'not encrypted'}"
