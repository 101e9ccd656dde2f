"""What checking IMAP and checking SMTP have in common: opening and leaving a server."""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace

from harness.checker.transport.client_connection import ClientConnection
from harness.checker.transport.record import CheckFailed


class Visit(ABC):
    """One connection to one server, protocol included.

    ``own_words``: lines in which the server tells what software it is.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.own_words: list[bytes] = []

    def open(self, context: ssl.SSLContext) -> None:
        """Connect, secure the connection as typed, and be greeted. Raises CheckFailed."""
        security = self.connection.server.security
        self.connection.connect()
        if security == "implicit-tls":
            self.connection.start_tls(context)
        try:
            self.greet()
        except CheckFailed as failed:
            raise self._probed(failed) from None
        if security == "starttls":
            self.start_tls(context)

    def leave(self, failed: CheckFailed | None = None) -> bool:
        """Close, politely where the protocol's state allows; False: the farewell failed."""
        try:
            if failed is None or self.may_say_goodbye(failed):
                return self.say_goodbye()
            return True
        finally:
            self.connection.close()

    @abstractmethod
    def greet(self) -> None:
        """Read the greeting."""

    @abstractmethod
    def start_tls(self, context: ssl.SSLContext) -> None:
        """The STARTTLS command, the handshake, and what has to be asked again after it."""

    @abstractmethod
    def may_say_goodbye(self, failed: CheckFailed) -> bool:
        """Does the server wait for the next command after this failure?"""

    @abstractmethod
    def say_goodbye(self) -> bool:
        """Take leave, in a short time; False: the server did not answer as it should."""

    def ask(self, stage: str, call: Callable[[], object]) -> None:
        """Something is asked of the server through a library. Raises CheckFailed where nothing
        comes back; whatever the library makes of the server's lines, our own record decides."""
        self.connection.begin(stage)
        try:
            call()
        except CheckFailed:
            raise
        except Exception:
            pass

    def _probed(self, failed: CheckFailed) -> CheckFailed:
        """A server silent on a connection without TLS may be waiting for TLS to begin."""
        seen = failed.observation
        if seen.kind != "timeout" or seen.tls or seen.lines or seen.raw:
            return failed
        return CheckFailed(replace(seen, raw=self.connection.probe_for_tls()))
