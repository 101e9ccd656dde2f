"""The check: five steps, the first failing stage decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TypeVar

from harness.checker.failed import CheckFailed
from harness.checker.imap import ImapSession
from harness.checker.mechanisms import plain_message
from harness.checker.message import TestEmail
from harness.checker.requirements import PROFILES
from harness.checker.smtp import SmtpSession
from harness.checker.steps import OnStep, Progress
from harness.checker.transport.client_connection import Connection
from harness.checker.transport.client_tls import insecure_context, verifying_context
from harness.checker.transport.record import Dialogue, OnSaid
from harness.checker.visit import Session
from harness.classify import classify
from harness.classify.observation import Observation
from harness.contract.diagnosis import Diagnosis
from harness.contract.masking import Masking
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.taxonomy import Protocol
from harness.texts import render

_S = TypeVar("_S", bound=Session)
_FAREWELL_FAILED = {"imap": "imap-logout-failed", "smtp": "smtp-quit-failed"}


def check(
    settings: ConnectionSettings,
    *,
    on_step: OnStep | None = None,
    on_said: OnSaid | None = None,
    profile: str = "current",
    send: bool = True,
) -> Diagnosis:
    """Check a mailbox as a product would that is to send and receive its e-mail.

    Connects to IMAP, logs in and selects INBOX, connects to SMTP, logs in and sends a test e-mail.
    Blocks, at most ``settings.timeout_s`` in each of the waits; may run in many threads at once.
    Raises OSError if ``settings.ca_file`` cannot be read.

    ``on_step`` hears of the five steps as they happen, ``on_said`` of each line of the dialogue,
    masked, both in the calling thread. ``profile``: a name in ``requirements.PROFILES``, KeyError
    if there is none such; it adds warnings only. ``send``: without it the fifth step, the test
    e-mail, is left out, with a warning.
    """
    run = _Check(settings, Progress(on_step), on_said, profile)
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
        progress: Progress,
        on_said: OnSaid | None,
        profile: str,
    ) -> None:
        self.warnings: list[str] = []
        self.message_id: str | None = None
        self._settings = settings
        self._progress = progress
        self._requirements = PROFILES[profile]
        secrets = (plain_message(settings.login, settings.password), settings.password)
        self._masking = Masking(secrets)
        self._dialogue = Dialogue(self._masking, on_said)
        self._imap_accepted_login = False

    def check_imap(self) -> None:
        with ExitStack() as stack:
            with self._progress.step("connect-imap") as details:
                opened = self._session(ImapSession, self._settings.imap, "imap")
                session = stack.enter_context(opened)
                details.text = _where(session)
            with self._progress.step("log-in-imap") as details:
                session.log_in(self._settings.login, self._settings.password)
                self._imap_accepted_login = session.mechanism is not None
                session.confirm()
                details.text = session.mechanism or "PREAUTH"
            self._warn_of_requirements(session, session.own_words)

    def check_smtp(self, *, send: bool) -> None:
        with ExitStack() as stack:
            with self._progress.step("connect-smtp") as details:
                opened = self._session(SmtpSession, self._settings.smtp, "smtp")
                session = stack.enter_context(opened)
                details.text = _where(session)
            with self._progress.step("log-in-smtp") as details:
                session.log_in(self._settings.login, self._settings.password)
                details.text = session.mechanism
            if send:
                with self._progress.step("send-test-email") as details:
                    self._send(session)
                    details.text = self.message_id or ""
            else:
                self._warn("test-email-not-sent")
            self._warn_of_requirements(session, ())

    def diagnosis(self, seen: Observation) -> Diagnosis:
        """What the failure means, with the secrets masked in what is quoted."""
        accepted = self._imap_accepted_login and seen.stage == "smtp-login"
        warnings = tuple(self.warnings)
        found = classify(replace(seen, imap_accepted_login=accepted, warnings=warnings))
        # Afterwards, because a password may be a word that the server's reason is made of.
        masked = self._masking.diagnosis(found)
        return masked.model_copy(update={"message_id": self.message_id})

    @contextmanager
    def _session(
        self, make: Callable[[Connection], _S], server: ServerSettings, protocol: Protocol
    ) -> Iterator[_S]:
        session = self._open(make, server, protocol)
        with _leaving_if_failed(session):
            yield session
        if not session.leave():
            self._warn(_FAREWELL_FAILED[protocol])

    def _open(
        self, make: Callable[[Connection], _S], server: ServerSettings, protocol: Protocol
    ) -> _S:
        """A session on a verified connection, or on an unverified one where that is allowed."""

        def opened(verified: bool) -> _S:
            ca_file = self._settings.ca_file
            context = verifying_context(ca_file) if verified else insecure_context()
            timeout_s = self._settings.timeout_s
            session = make(Connection(server, protocol, timeout_s, self._dialogue))
            with _leaving_if_failed(session):
                session.open(context)
            return session

        try:
            return opened(True)
        except CheckFailed as failed:
            seen = failed.observation
            if seen.kind != "verify-error" or not self._settings.allow_insecure_certificates:
                raise
            self._warn(classify(seen).cause or "unspecified")
        return opened(False)

    def _send(self, session: SmtpSession) -> None:
        settings = self._settings
        email = TestEmail(settings.email, settings.bcc_address or settings.email)
        try:
            session.send(email)
        except CheckFailed as failed:
            seen = failed.observation
            if seen.stage == "smtp-end-of-data" and seen.kind != "reply":
                self.message_id = email.message_id  # it may have been sent
            raise
        self.message_id = email.message_id

    def _warn_of_requirements(self, session: Session, own_words: list[bytes] | tuple[()]) -> None:
        version = session.connection.tls_version
        for warning in self._requirements.warnings(own_words, version):
            self._warn(warning)

    def _warn(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)


@contextmanager
def _leaving_if_failed(session: Session) -> Iterator[None]:
    try:
        yield
    except CheckFailed as failed:
        session.leave(failed)
        raise
    except BaseException:
        session.connection.close()
        raise


def _where(session: Session) -> str:
    connection = session.connection
    server = connection.server
    return f"{server.host}:{server.port}, {connection.tls_version or 'not encrypted'}"
