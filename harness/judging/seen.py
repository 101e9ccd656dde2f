"""What was expected of a connector in one check, and what the mailbox saw of it. No judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.taxonomy import Cause, DocumentedError, Stage

Phase = Literal["fault", "remedy"]
Place = Literal["answer", "output"]


@dataclass(frozen=True)
class Expectation:
    """What a correct connector says and does.

    - ``faults``: where ``evidence.fired`` must show at least one of these; empty: nothing to show.
    - ``service``: the service that must have been connected to; ``None``: it cannot be reached.
    - ``warnings``: ids that the diagnosis must carry.
    - ``tls_services``: services for which the customer asked for TLS.
    - ``password_never_sent``, ``no_test_email``: what must not happen.
    - ``answer_within_s``: where a time-out is to be met, how long the whole check may take.
    """

    error: DocumentedError
    stage: Stage | None = None
    cause: Cause | None = None
    phase: Phase = "fault"
    faults: frozenset[str] = frozenset()
    service: str | None = None
    warnings: tuple[str, ...] = ()
    tls_services: frozenset[str] = frozenset()
    password_never_sent: bool = False
    no_test_email: bool = False
    answer_within_s: float | None = None


@dataclass(frozen=True)
class SeenLogin:
    """One log-in attempt that the mailbox recorded."""

    service: str
    tls: bool
    accepted: bool


@dataclass(frozen=True)
class SeenConnection:
    """One connection that the mailbox accepted.

    - ``verbs_in_clear``, ``verbs_in_tls``: the commands that it was given, in upper case.
    - ``fired``: a fault was delivered on it. ``logged_in``: somebody was, on it.
    - ``left_open``: it was open still when the connector had answered.
    - ``began_s``, ``ended_s``: on one clock; None: it did not end by itself.
    """

    service: str
    protocol: str = "imap"
    verbs_in_clear: tuple[str, ...] = ()
    verbs_in_tls: tuple[str, ...] = ()
    fired: bool = False
    logged_in: bool = False
    ended_by: Literal["client", "server"] | None = "client"
    left_open: bool = False
    began_s: float = 0.0
    ended_s: float | None = None


@dataclass(frozen=True)
class Seen:
    """What the mailbox saw during one check, and what was told around it.

    ``messages``: e-mails accepted by SMTP. ``delivered``: the test e-mail is in the BCC store.
    ``harness_faults``: bugs of ours. ``told_secrets``: where a secret stood that the connector was
    told, ``answer`` or ``output``. ``seconds``: until it answered.
    """

    connections: tuple[SeenConnection, ...] = ()
    fired: tuple[str, ...] = ()
    logins: tuple[SeenLogin, ...] = ()
    messages: int = 0
    delivered: bool = False
    harness_faults: tuple[str, ...] = ()
    told_secrets: frozenset[Place] = frozenset()
    seconds: float = 0.0

    @property
    def connected(self) -> frozenset[str]:
        """The services that accepted a connection."""
        return frozenset(connection.service for connection in self.connections)
