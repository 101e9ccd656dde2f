"""The mailbox as both services share it: what was typed, and the tokens that are held now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

from harness.checker.access import Access, leaving_if_failed
from harness.checker.client_connection import ClientConnection
from harness.checker.record import CheckFailed
from harness.checker.visit import ClientLogin, Visit
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings, OAuth2Settings
from harness.taxonomy import Protocol

_V = TypeVar("_V", bound=Visit)


class NotIn(Exception):
    """Not let in, or no longer: what that means."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(f"{diagnosis.stage}: {diagnosis.cause}")
        self.diagnosis = diagnosis


class SharedAccount:
    """``settings``: with the newest tokens. ``edition``: how often settings were typed."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self.settings = settings
        self.edition = 0
        self._let_in: set[Protocol] = set()
        self._changing = threading.Lock()
        self._by_token = threading.Lock()

    def type_anew(self, settings: ConnectionSettings) -> None:
        """The customer typed other settings, or connected the account anew."""
        with self._changing:
            self.settings = settings
            self.edition += 1
            self._let_in.clear()

    def worked(self, protocol: Protocol) -> bool:
        """Were these settings let in at this service before?"""
        return protocol in self._let_in

    @contextmanager
    def visited(
        self,
        protocol: Protocol,
        make: Callable[[ClientConnection], _V],
        enter: Callable[[_V, ClientLogin], None],
    ) -> Iterator[_V]:
        """A visit to the service, let in by ``enter``, for as long as the block runs, and left
        politely. Raises NotIn, for what happens in the block, too."""
        with self._one_at_a_time():
            edition, access = self.edition, self._access()
            with _diagnosed(access):
                visit = access.with_token(lambda: _entered(access, protocol, make, enter))
        with self._changing:
            if self.edition == edition:
                self._let_in.add(protocol)
        with _diagnosed(access):
            with leaving_if_failed(visit):
                yield visit
            visit.leave()

    def _one_at_a_time(self) -> AbstractContextManager[object]:
        """A refresh token that is used twice is taken for stolen (RFC 9700, 4.14.2): so only one
        service at a time may find that its token has expired."""
        return self._by_token if self.settings.oauth2 else nullcontext()

    def _access(self) -> Access:
        edition = self.edition

        def keep(new: OAuth2Settings) -> None:
            """From now on the new refresh token is the good one (RFC 6749, 10.4)."""
            with self._changing:
                if self.edition == edition:
                    self.settings = self.settings.model_copy(update={"oauth2": new})

        access = Access(self.settings, on_tokens=keep)
        access.imap_accepted_login = self.worked("imap")
        return access


def _entered(
    access: Access,
    protocol: Protocol,
    make: Callable[[ClientConnection], _V],
    enter: Callable[[_V, ClientLogin], None],
) -> _V:
    server = access.settings.imap if protocol == "imap" else access.settings.smtp
    visit = access.open(make, server, protocol)
    with leaving_if_failed(visit):
        visit.connection.keep_alive()
        enter(visit, access.login)
    return visit


@contextmanager
def _diagnosed(access: Access) -> Iterator[None]:
    try:
        yield
    except CheckFailed as failed:
        raise NotIn(access.diagnosis(failed.observation)) from None
