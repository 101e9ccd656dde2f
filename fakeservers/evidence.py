"""What the fakes saw: the evidence on which a connector is judged."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from fakeservers.spec import ClientKind, PasswordKind, RefreshKind
from fakeservers.wire.transcript import Transcript

MOST_BYTES = 32 * 1024 * 1024
"""How much memory the connections of a mailbox that have ended may take; of the oldest, only how
they began and ended is kept then."""
MOST_NOTED = 100_000
"""How many things of a kind are noted: of a flood, the first."""

LoginOutcome = Literal["accepted", "refused", "answered"]
TokenOutcome = Literal["issued", "refused", "answered"]
_Noted = TypeVar("_Noted")
NewsKind = Literal[
    "connection", "fired", "login", "token-request", "message", "idle", "fetched", "closed"
]


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
    at_s: float = 0.0
    """When it was complete, on the monotonic clock."""


@dataclass(frozen=True)
class TokenRequest:
    """One request for a token at an authorization server (RFC 6749, 4.4 and 6)."""

    service: str
    connection: int
    """The number of the connection, as in its transcript."""
    grant: str
    """The grant type, of those that the server knows; else empty."""
    refresh_token: RefreshKind | None
    """Which was given; None: none was."""
    voided: bool
    """Whether that refresh token was one that a rotation had voided before."""
    client: ClientKind
    """Who asked."""
    basic: bool
    """Whether it said so in the header, not in the form (RFC 6749, 2.3.1)."""
    tls: bool
    outcome: TokenOutcome
    """`answered`: a rule decided what the server said."""
    at_s: float = 0.0
    """When it was complete, on the monotonic clock."""


@dataclass(frozen=True)
class AcceptedMessage:
    """An e-mail that SMTP took responsibility for."""

    service: str
    connection: int
    sender: str
    recipients: tuple[str, ...]
    message_id: str
    at_s: float = 0.0
    """When it was accepted, on the monotonic clock."""


@dataclass(frozen=True)
class FetchedMessage:
    """A message of which FETCH has handed something out (RFC 9051, 6.4.5)."""

    service: str
    connection: int
    """The number of the connection, as in its transcript."""
    message_id: str
    """Empty where it has none."""
    whole: bool
    """Whether it was the text to its end (`BODY[]`, `BODY[TEXT]`, RFC822, RFC822.TEXT, `BINARY[]`),
    in one piece or the last of several; else its header, or a part."""
    at_s: float = 0.0
    """When the last of it was sent, on the monotonic clock."""


@dataclass(frozen=True)
class News:
    """Something that was just noted, for whoever watches a mailbox live."""

    kind: NewsKind
    service: str
    connection: int
    """The number of the connection, as in its transcript."""
    about: str = ""
    """Which fault fired, how the log-in or the request for a token ended, the message's id (also of
    one that was fetched), or who closed and how; of an IDLE that begins, nothing."""


OnNews = Callable[[News], None]


@dataclass
class Evidence:
    """All that happened at one mailbox, in order. It grows by its methods, which tell `on_news`."""

    connections: list[Transcript] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    """What was delivered of the mailbox's faults: `imap.rules[0]`, `imap.certificate`, …"""
    logins: list[LoginAttempt] = field(default_factory=list)
    token_requests: list[TokenRequest] = field(default_factory=list)
    messages: list[AcceptedMessage] = field(default_factory=list)
    fetched: list[FetchedMessage] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Faults of the harness itself; none is ever sent down the wire."""
    on_news: OnNews | None = field(default=None, repr=False)
    _ended: deque[tuple[Transcript, int]] = field(default_factory=deque, repr=False)
    """The connections that have ended, each with the memory that it takes."""
    _ended_bytes: int = 0

    def connected(self, transcript: Transcript) -> None:
        """A connection was accepted; its end will be told, too."""
        transcript.on_end = self._closed
        self.connections.append(transcript)
        self._tell("connection", transcript.service, transcript.number, transcript.peer)

    def delivered(self, label: str, transcript: Transcript) -> None:
        """A fault of that name reached the client."""
        for noted in (self.fired, transcript.fired):
            _note(noted, label)
        self._tell("fired", transcript.service, transcript.number, label)

    def logged_in(self, attempt: LoginAttempt) -> None:
        """A log-in was attempted."""
        _note(self.logins, attempt)
        self._tell("login", attempt.service, attempt.connection, attempt.outcome)

    def token_requested(self, request: TokenRequest) -> None:
        """Somebody asked for a token."""
        _note(self.token_requests, request)
        self._tell("token-request", request.service, request.connection, request.outcome)

    def accepted(self, message: AcceptedMessage) -> None:
        """SMTP took an e-mail."""
        _note(self.messages, message)
        self._tell("message", message.service, message.connection, message.message_id)

    def handed_out(self, message: FetchedMessage) -> None:
        """FETCH has told of the content of a message."""
        _note(self.fetched, message)
        self._tell("fetched", message.service, message.connection, message.message_id)

    def idle_began(self, transcript: Transcript) -> None:
        """A client waits in IDLE (RFC 2177)."""
        self._tell("idle", transcript.service, transcript.number, "")

    def _closed(self, transcript: Transcript) -> None:
        how = f"{transcript.ended_by} ({transcript.ended_how})"
        self._tell("closed", transcript.service, transcript.number, how)
        self._ended.append((transcript, transcript.memory))
        self._ended_bytes += transcript.memory
        while self._ended_bytes > MOST_BYTES:
            oldest, size = self._ended.popleft()
            self._ended_bytes -= size
            oldest.forget_most()

    def _tell(self, kind: NewsKind, service: str, connection: int, about: str) -> None:
        if self.on_news is not None:
            self.on_news(News(kind, service, connection, about))


def _note(noted: list[_Noted], what: _Noted) -> None:
    if len(noted) < MOST_NOTED:
        noted.append(what)
