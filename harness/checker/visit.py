"""What checking IMAP and checking SMTP have in common: opening and leaving a server."""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from dataclasses import replace

from harness.checker.failed import CheckFailed
from harness.checker.transport.client_connection import Connection


class Session(ABC):
    """One connection to one server, protocol included."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

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

    def _probed(self, failed: CheckFailed) -> CheckFailed:
        """A server silent on a connection without TLS may be waiting for TLS to begin."""
        seen = failed.observation
        if seen.kind != "timeout" or seen.tls or seen.lines or seen.raw:
            return failed
        return CheckFailed(replace(seen, raw=self.connection.probe_for_tls()))
