"""What the fakes saw: the evidence on which a connector is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from fakeservers.spec import PasswordKind
from fakeservers.wire.transcript import Transcript

LoginOutcome = Literal["accepted", "refused", "answered"]
NewsKind = Literal["connection", "fired", "login", "message", "closed"]


@dataclass(frozen=True)
class LoginAttempt:
    """One LOGIN, AUTHENTICATE or AUTH with complete credentials."""

    service: str
    connection: int
    """The number of the connection, as in its transcript."""
    username: str
    password: PasswordKind
    mechanism: str
    tls: bool
    outcome: LoginOutcome
    """`answered`: a rule decided what the server said."""


@dataclass(frozen=True)
class AcceptedMessage:
    """An e-mail that SMTP took responsibility for."""

    service: str
    connection: int
    sender: str
    recipients: tuple[str, ...]
    message_id: str


@dataclass(frozen=True)
class News:
    """Something that was just noted, for whoever watches a mailbox live."""

    kind: NewsKind
    service: str
    connection: int
    """The number of the connection, as in its transcript."""
    about: str = ""
    """Which fault fired, how the log-in ended, the message's id, or who closed and how."""


OnNews = Callable[[News], None]


@dataclass
class Evidence:
    """All that happened at one mailbox, in order. It grows by its methods, which tell `on_news`."""

    connections: list[Transcript] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    """What was delivered of the mailbox's faults: `imap.rules[0]`, `imap.certificate`, …"""
    logins: list[LoginAttempt] = field(default_factory=list)
    messages: list[AcceptedMessage] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Faults of the harness itself; none is ever sent down the wire."""
    on_news: OnNews | None = field(default=None, repr=False)

    def connected(self, transcript: Transcript) -> None:
        """A connection was accepted; its end will be told, too."""
        transcript.on_end = self._closed
        self.connections.append(transcript)
        self._tell("connection", transcript.service, transcript.number, transcript.peer)

    def delivered(self, label: str, transcript: Transcript) -> None:
        """A fault of that name reached the client."""
        self.fired.append(label)
        transcript.fired.append(label)
        self._tell("fired", transcript.service, transcript.number, label)

    def logged_in(self, attempt: LoginAttempt) -> None:
        """A log-in was attempted."""
        self.logins.append(attempt)
        self._tell("login", attempt.service, attempt.connection, attempt.outcome)

    def accepted(self, message: AcceptedMessage) -> None:
        """SMTP took an e-mail."""
        self.messages.append(message)
        self._tell("message", message.service, message.connection, message.message_id)

    def _closed(self, transcript: Transcript) -> None:
        how = f"{transcript.ended_by} ({transcript.ended_how})"
        self._tell("closed", transcript.service, transcript.number, how)

    def _tell(self, kind: NewsKind, service: str, connection: int, about: str) -> None:
        if self.on_news is not None:
            self.on_news(News(kind, service, connection, about))
