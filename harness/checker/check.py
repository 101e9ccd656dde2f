"""The check: five steps, the first failing stage decides."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar

from harness.checker.client_connection import ClientConnection
from harness.checker.client_tls import insecure_context, verifying_context
from harness.checker.dialling import Deadline
from harness.checker.imap import ImapVisit
from harness.checker.record import CheckDialogue, CheckFailed, OnSaid
from harness.checker.smtp import SmtpVisit, TestEmail
from harness.checker.visit import Visit, plain_message
from harness.classify import classify
from harness.classify.observation import Observation
from harness.contract.diagnosis import Diagnosis
from harness.contract.masking import Masking
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.taxonomy import Protocol
from harness.texts import render

_S = TypeVar("_S", bound=Visit)
_FAREWELL_FAILED = {"imap": "imap-logout-failed", "smtp": "smtp-quit-failed"}
_NOT_SENT, _COURIER_SERVER = "test-email-not-sent", "courier-imap-not-supported"
_OTHER_TLS = "tls-version-not-listed"
WARNINGS: Final = (*_FAREWELL_FAILED.values(), _NOT_SENT, _COURIER_SERVER, _OTHER_TLS)
"""The ids of all that the checker warns of, besides causes."""

StepName = Literal["connect-imap", "log-in-imap", "connect-smtp", "log-in-smtp", "send-test-email"]


@dataclass(frozen=True)
class CheckStep:
    """One of the five steps starts or ends.

    ``detail``: empty when it starts; how it was done; or the stage that failed. ``seconds``: since
    the step started.
    """

    name: StepName
    state: Literal["started", "done", "failed"]
    detail: str = ""
    seconds: float = 0.0


OnStep = Callable[[CheckStep], None]


WHOLE, WHOLE_S = 4, 60.0
"""How long a whole check may take: as many times its time-out, and in seconds; the longer."""


class Details:
    """How a step was done, for those who watch."""

    def __init__(self) -> None:
        self.text = ""


class StepTeller:
    """Tells ``on_step`` what happens, if anybody wants to know."""

    def __init__(self, on_step: OnStep | None) -> None:
        self._on_step = on_step

    @contextmanager
    def step(self, name: StepName) -> Iterator[Details]:
        details = Details()
        started = time.monotonic()
        self._tell(CheckStep(name, "started"))
        try:
            yield details
        except CheckFailed as failed:
            self._tell(
                CheckStep(name, "failed", failed.observation.stage, time.monotonic() - started)
            )
            raise
        self._tell(CheckStep(name, "done", details.text, time.monotonic() - started))

    def _tell(self, step: CheckStep) -> None:
        if self._on_step:
            self._on_step(step)


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
    profile: str = "current",
    send: bool = True,
) -> Diagnosis:
    """Check a mailbox as a product would that is to send and receive its e-mail.

    Connects to IMAP, logs in and selects INBOX, connects to SMTP, logs in and sends a test e-mail.
    Blocks, at most ``settings.timeout_s`` in each of the waits, and in all of them together at most
    ``WHOLE`` times that, or ``WHOLE_S``; may run in many threads at once.
    Raises OSError if ``settings.ca_file`` cannot be read.

    ``on_step`` hears of the five steps as they happen, ``on_said`` of each line of the dialogue,
    masked, both in the calling thread. ``profile``: a name in ``PROFILES``, KeyError
    if there is none such; it adds warnings only. ``send``: without it the fifth step, the test
    e-mail, is left out, with a warning.
    """
    run = _Check(settings, StepTeller(on_step), on_said, profile)
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
        profile: str,
    ) -> None:
        self.warnings: list[str] = []
        self.message_id: str | None = None
        self._settings = settings
        self._progress = progress
        self._tls_versions = PROFILES[profile]
        secrets = (plain_message(settings.login, settings.password), settings.password)
        self._masking = Masking(secrets)
        self._dialogue = CheckDialogue(self._masking, settings.login, on_said)
        self._imap_accepted_login = False
        self._whole = Deadline(max(WHOLE_S, WHOLE * settings.timeout_s))

    def check_imap(self) -> None:
        with ExitStack() as stack:
            with self._progress.step("connect-imap") as details:
                opened = self._visit(ImapVisit, self._settings.imap, "imap")
                visit = stack.enter_context(opened)
                details.text = _where(visit)
            with self._progress.step("log-in-imap") as details:
                visit.log_in(self._settings.login, self._settings.password)
                self._imap_accepted_login = visit.mechanism is not None
                visit.confirm()
                details.text = visit.mechanism or "PREAUTH"
            self._warn_of_requirements(visit)

    def check_smtp(self, *, send: bool) -> None:
        with ExitStack() as stack:
            with self._progress.step("connect-smtp") as details:
                opened = self._visit(SmtpVisit, self._settings.smtp, "smtp")
                visit = stack.enter_context(opened)
                details.text = _where(visit)
            with self._progress.step("log-in-smtp") as details:
                visit.log_in(self._settings.login, self._settings.password)
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
        accepted = self._imap_accepted_login and seen.stage == "smtp-login"
        warnings = tuple(self.warnings)
        found = classify(replace(seen, imap_accepted_login=accepted, warnings=warnings))
        # Afterwards, because a password may be a word that the server's reason is made of; and the
        # server's words only: our own, with a hole in them, would tell what it is.
        quoted = self._masking.signals(found.evidence)
        return found.model_copy(update={"evidence": quoted, "message_id": self.message_id})

    @contextmanager
    def _visit(
        self, make: Callable[[ClientConnection], _S], server: ServerSettings, protocol: Protocol
    ) -> Iterator[_S]:
        visit = self._open(make, server, protocol)
        with _leaving_if_failed(visit):
            yield visit
        if not visit.leave():
            self._warn(_FAREWELL_FAILED[protocol])

    def _open(
        self, make: Callable[[ClientConnection], _S], server: ServerSettings, protocol: Protocol
    ) -> _S:
        """A visit on a verified connection, or on an unverified one where that is allowed."""

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
            if seen.kind != "verify-error" or not self._settings.allow_insecure_certificates:
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
