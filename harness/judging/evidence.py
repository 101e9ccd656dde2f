"""What a mailbox saw of one check, and what was told around it: all that a verdict rests on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from fakeservers.evidence import AcceptedMessage, LoginAttempt, TokenRequest
from fakeservers.mailbox import Mailbox
from fakeservers.store import message_id
from fakeservers.wire.transcript import Transcript

if TYPE_CHECKING:
    from harness.contract.answer import Lapse

Phase = Literal["fault", "remedy"]
Place = Literal["answer", "output"]


@dataclass(frozen=True)
class CheckEvidence:
    """The part of a mailbox's evidence that belongs to one check. No judgement.

    - ``connections``: their steps, their end and their words.
    - ``fired``: the faults that were delivered, in order: `imap.rules[0]`, `imap.certificate`, …
    - ``delivered``: the test e-mail is in the BCC store.
    - ``sent_copies``: how many copies of one test e-mail are in the folder for sent mail, at most.
    - ``knocks``: whether somebody tried to connect, by service, where nobody answers; None: that
      cannot be seen here.
    - ``left_open``: the numbers of the connections that nobody had ended when it answered.
    - ``harness_faults``: bugs of ours.
    - ``told_secrets``: where a secret stood that the connector was told.
    - ``lapses``: what its process did wrong besides.
    - ``seconds``: until it answered.
    - ``until_s``: when this was taken, on the monotonic clock.
    """

    connections: tuple[Transcript, ...] = ()
    fired: tuple[str, ...] = ()
    logins: tuple[LoginAttempt, ...] = ()
    token_requests: tuple[TokenRequest, ...] = ()
    messages: tuple[AcceptedMessage, ...] = ()
    delivered: bool = False
    sent_copies: int = 0
    knocks: Mapping[str, bool | None] = field(default_factory=dict)
    left_open: frozenset[int] = frozenset()
    harness_faults: tuple[str, ...] = ()
    told_secrets: frozenset[Place] = frozenset()
    lapses: frozenset[Lapse] = frozenset()
    seconds: float = 0.0
    until_s: float = field(default_factory=time.monotonic)

    def at(self, service: str | None) -> Iterator[Transcript]:
        """The connections to a service."""
        return (each for each in self.connections if each.service == service)

    @property
    def inside(self) -> list[Transcript]:
        """The connections on which a log-in was accepted."""
        accepted = {login.connection for login in self.logins if login.outcome == "accepted"}
        return [
            each
            for each in self.connections
            if each.number in accepted or any(step.logged_in for step in each.steps)
        ]

    @property
    def logged_in_to(self) -> frozenset[str]:
        """The services that accepted a log-in."""
        return frozenset(each.service for each in self.inside)


class Watch:
    """Tells a check's part of a mailbox's evidence from what was there before: all since it was
    made."""

    def __init__(self, mailbox: Mailbox, *, whole: bool = False) -> None:
        """`whole`: all that has happened since the mailbox stood."""
        self.mailbox = mailbox
        self._began_s = time.monotonic()
        evidence = mailbox.evidence
        seen: tuple[Sized, ...] = (
            evidence.connections,
            evidence.fired,
            evidence.logins,
            evidence.token_requests,
            evidence.messages,
        )
        counts = (0,) * 6 if whole else (*map(len, seen), self._copies())
        self._connections, self._fired, self._logins, self._requests, *rest = counts
        self._messages, self._in_bcc = rest

    def connections(self) -> list[Transcript]:
        """The connections since then."""
        return self.mailbox.evidence.connections[self._connections :]

    def seconds(self) -> float:
        """How long it has lasted: since the first connection, where there is one, as what a runtime
        needs to start (a JVM: seconds) is no time-out that it missed."""
        connections = self.connections()
        began_s = connections[0].began_s if connections else self._began_s
        return time.monotonic() - began_s

    def evidence(
        self,
        left_open: set[int],
        *,
        told_secrets: frozenset[Place] = frozenset(),
        lapses: frozenset[Lapse] = frozenset(),
        seconds: float = 0.0,
    ) -> CheckEvidence:
        """What was seen since then; the arguments are of the same name there."""
        evidence = self.mailbox.evidence
        return CheckEvidence(
            connections=tuple(self.connections()),
            fired=tuple(evidence.fired[self._fired :]),
            logins=tuple(evidence.logins[self._logins :]),
            token_requests=tuple(evidence.token_requests[self._requests :]),
            messages=tuple(evidence.messages[self._messages :]),
            delivered=self._copies() > self._in_bcc,
            sent_copies=self._sent_copies(),
            knocks=self.mailbox.knocks(),
            left_open=frozenset(left_open),
            harness_faults=tuple(evidence.faults),
            told_secrets=told_secrets,
            lapses=lapses,
            seconds=seconds,
        )

    def _sent_copies(self) -> int:
        sent = self.mailbox.accounts.account.sent
        ids = {each.message_id for each in self.mailbox.evidence.messages[self._messages :]} - {""}
        if not ids or sent is None:
            return 0
        return max(Counter(message_id(each.content) for each in sent.messages)[one] for one in ids)

    def _copies(self) -> int:
        return len(self.mailbox.accounts.bcc.inbox.messages)
