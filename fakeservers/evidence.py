"""What the fakes saw: the evidence on which a connector is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from fakeservers.spec import PasswordKind
from fakeservers.transcript import Transcript

LoginOutcome = Literal["accepted", "refused", "answered"]


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


@dataclass
class Evidence:
    """All that happened at one mailbox, in order."""

    connections: list[Transcript] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    """What was delivered of the mailbox's faults: `imap.rules[0]`, `imap.certificate`, …"""
    logins: list[LoginAttempt] = field(default_factory=list)
    messages: list[AcceptedMessage] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Faults of the harness itself; none is ever sent down the wire."""
