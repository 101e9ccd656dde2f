"""The check: five steps, and one before them where a token is fetched; the first failing stage
decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final, TypeVar

from harness.checker.access import WARNINGS as OF_ACCESS
from harness.checker.access import Access, OnTokens, leaving_if_failed
from harness.checker.client_connection import ClientConnection
from harness.checker.dialling import Deadline
from harness.checker.imap import ImapVisit
from harness.checker.oauth.token_holder import TokenHolder
from harness.checker.record import CheckFailed, OnSaid
from harness.checker.smtp import SmtpVisit, TestEmail
from harness.checker.steps import OnStep, StepTeller
from harness.checker.visit import Visit
from harness.classify.observation import Observation
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.taxonomy import AnyProtocol
from harness.texts import render

_S = TypeVar("_S", bound=Visit)
_FAREWELL_FAILED: Final[dict[AnyProtocol, str]] = {
    "imap": "imap-logout-failed",
    "smtp": "smtp-quit-failed",
}
_NOT_SENT, _COURIER_SERVER = "test-email-not-sent", "courier-imap-not-supported"
_OTHER_TLS: Final = "tls-version-not-listed"
WARNINGS: Final = (
    *_FAREWELL_FAILED.values(),
    *(_NOT_SENT, _COURIER_SERVER, _OTHER_TLS),
    *OF_ACCESS,
)
"""The ids of all that the checker warns of, besides causes."""

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
        self.message_id: str | None = None
        self._settings = settings
        self._progress = progress
        self._tls_versions = PROFILES[profile]
        whole = Deadline(max(WHOLE_S, WHOLE * settings.timeout_s))
        self._access = Access(settings, on_said=on_said, on_tokens=on_tokens, whole=whole)

    @property
    def warnings(self) -> list[str]:
        return self._access.warnings

    def check_imap(self) -> None:
        """Everything with IMAP. Raises CheckFailed, as the other parts do."""
        self._access.with_token(self._check_imap, self._fetch_token)

    def check_smtp(self, *, send: bool) -> None:
        """Everything with SMTP; ``send``: the test e-mail, too."""
        self._access.with_token(lambda: self._check_smtp(send=send), self._fetch_token)

    def diagnosis(self, seen: Observation) -> Diagnosis:
        """What the failure means; the e-mail may have been sent all the same."""
        found = self._access.diagnosis(seen)
        return found.model_copy(update={"message_id": self.message_id})

    def _fetch_token(self, tokens: TokenHolder) -> None:
        with self._progress.step("fetch-token") as details:
            details.text = _where(self._access.fetch_token(tokens))

    def _check_imap(self) -> None:
        with ExitStack() as stack:
            with self._progress.step("connect-imap") as details:
                opened = self._visit(ImapVisit, self._settings.imap, "imap")
                visit = stack.enter_context(opened)
                details.text = _where(visit)
            with self._progress.step("log-in-imap") as details:
                visit.log_in(self._access.login)
                self._access.imap_accepted_login = visit.mechanism is not None
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
                visit.log_in(self._access.login)
                details.text = visit.mechanism
            if send:
                with self._progress.step("send-test-email") as details:
                    self._send(visit)
                    details.text = self.message_id or ""
            else:
                self._access.warn(_NOT_SENT)
            self._warn_of_requirements(visit)

    @contextmanager
    def _visit(
        self, make: Callable[[ClientConnection], _S], server: ServerSettings, protocol: AnyProtocol
    ) -> Iterator[_S]:
        visit = self._access.open(make, server, protocol)
        with leaving_if_failed(visit):
            yield visit
        if not visit.leave():
            self._access.warn(_FAREWELL_FAILED[protocol])

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
            self._access.warn(_COURIER_SERVER)
        version = visit.connection.tls_version
        if self._tls_versions and version and version not in self._tls_versions:
            self._access.warn(_OTHER_TLS)


def _where(visit: Visit) -> str:
    connection = visit.connection
    server = connection.server
    return f"{server.host}:{server.port}, {connection.tls_version or 'not encrypted'}"
