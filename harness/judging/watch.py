"""The part of a mailbox's evidence that belongs to one check: all since its watch began."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from fakeservers.mailbox import Mailbox
from fakeservers.wire.transcript import Transcript
from harness.judging.seen import Place, Seen, SeenLogin
from harness.judging.witness import seen_connections


@dataclass
class Watch:
    """Begins when it is made. `whole`: all that has happened since the mailbox stood."""

    mailbox: Mailbox
    whole: bool = False
    _before: dict[str, int] = field(init=False)
    _began_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._began_s = time.monotonic()
        evidence = self.mailbox.evidence
        self._before = {
            "connections": len(evidence.connections),
            "fired": len(evidence.fired),
            "logins": len(evidence.logins),
            "messages": len(evidence.messages),
            "bcc": len(self.mailbox.accounts.bcc.inbox.messages),
        }
        if self.whole:
            self._before = dict.fromkeys(self._before, 0)

    def connections(self) -> list[Transcript]:
        """The connections since then."""
        return self.mailbox.evidence.connections[self._before["connections"] :]

    def seconds(self) -> float:
        """How long it has lasted: since the first connection, where there is one, as what a runtime
        needs to start (a JVM: seconds) is no time-out that it missed."""
        connections = self.connections()
        began_s = connections[0].began_s if connections else self._began_s
        return time.monotonic() - began_s

    def seen(
        self,
        left_open: set[int],
        *,
        told_secrets: frozenset[Place] = frozenset(),
        seconds: float = 0.0,
    ) -> Seen:
        """What was seen. `left_open`: the connections, by number, that nobody ended in time."""
        evidence, before = self.mailbox.evidence, self._before
        logins = evidence.logins[before["logins"] :]
        return Seen(
            connections=seen_connections(self.connections(), logins, left_open),
            fired=tuple(evidence.fired[before["fired"] :]),
            logins=tuple(SeenLogin(a.service, a.tls, a.outcome == "accepted") for a in logins),
            messages=len(evidence.messages) - before["messages"],
            delivered=len(self.mailbox.accounts.bcc.inbox.messages) > before["bcc"],
            harness_faults=tuple(evidence.faults),
            told_secrets=told_secrets,
            seconds=seconds,
        )
