"""What happened in a life: what the connector said, what became of the mailbox, and what was seen
there meanwhile. Times are on the monotonic clock. No judgement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from fakeservers.evidence import AcceptedMessage, LoginAttempt, TokenRequest
from fakeservers.wire.transcript import Transcript
from harness.contract.answer import NoAnswer
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing, MessageSeen, MessageSent, State, ToSend
from harness.judging.lives.sending import tries_to_send
from harness.scenario.life.life_steps import BEGAN
from harness.taxonomy import AnyProtocol

ENDS_LINKS: Final = frozenset({"cut", "down-s"})
"""Steps after which a connector has to connect anew."""
HURTS: Final = frozenset({"change", "cut", "drip", "down-s", "inbox", "tokens"})
CURES: Final = frozenset({"remedy", "resettle"})


def bare(message_id: str) -> str:
    """Without what some leave out, or leave where it was folded."""
    return message_id.strip().strip("<>")


@dataclass(frozen=True)
class HeardState:
    """A state, and what a failure means."""

    at_s: float
    state: State
    read: Diagnosis | NoAnswer | None = None
    """Of `failing`: the diagnosis that it is."""


@dataclass(frozen=True)
class Happened:
    """A step that was done. `kind`: as the step's; a link that drips, which does not end, is not
    `cut`, but `drip`."""

    at_s: float
    number: int
    kind: str
    about: str = ""

    @property
    def cures(self) -> bool:
        """Whether nothing is to fail from then on."""
        return self.kind == "remedy" or self.about == f"change: {BEGAN}"


@dataclass
class Diary:
    """`delivered`, `to_send`: Message-IDs, and when they came in, or were to be sent; `written`: as
    which e-mails. `expunged`: those that somebody else took away. `last`: why the connector says
    nothing more, if it died or cannot be read."""

    began_s: float = 0.0
    heard: list[HeardState] = field(default_factory=list)
    happened: list[Happened] = field(default_factory=list)
    delivered: dict[str, float] = field(default_factory=dict)
    to_send: dict[str, float] = field(default_factory=dict)
    expunged: set[str] = field(default_factory=set)
    written: list[ToSend] = field(default_factory=list)
    last: NoAnswer | None = None
    ended_s: float | None = None
    """When its steps were over, and it was told to stop."""

    def last_of(self, kinds: frozenset[str]) -> float | None:
        """When the last step of these kinds was done."""
        return next((h.at_s for h in reversed(self.happened) if h.kind in kinds), None)

    @property
    def view(self) -> HeardState | None:
        """The last that it said of being connected or not."""
        views = (h for h in reversed(self.heard) if isinstance(h.state, Connected | Failing))
        return next(views, None)

    def failures(self, since_s: float) -> Iterator[HeardState]:
        """The failures that it told from then on."""
        return (h for h in self.heard if h.at_s >= since_s and isinstance(h.state, Failing))

    def told(self, kind: type[MessageSeen | MessageSent]) -> list[str]:
        """The Message-IDs of which it said that it has seen, or sent, them."""
        return [h.state.message_id for h in self.heard if isinstance(h.state, kind)]


@dataclass(frozen=True)
class LifeSight:
    """A moment of a life: the diary, and what the mailbox has seen by then.

    ``idling``: connections that wait in IDLE. ``in_store``: the Message-IDs that arrived where
    e-mails were to be sent to; ``arrived``: what they are. ``accepted``: the e-mails that SMTP
    took.
    ``mail``: the Message-IDs of all that was in the mailbox at any time; None: it was not asked.
    ``at_first``: those of before it connected.
    """

    now_s: float
    diary: Diary
    connections: tuple[Transcript, ...] = ()
    logins: tuple[LoginAttempt, ...] = ()
    idling: int = 0
    in_store: tuple[str, ...] = ()
    arrived: tuple[bytes, ...] = ()
    accepted: tuple[AcceptedMessage, ...] = ()
    mail: frozenset[str] | None = None
    at_first: frozenset[str] = frozenset()
    token_requests: tuple[TokenRequest, ...] = ()

    def logged_in_since(self, since_s: float) -> bool:
        """Whether a log-in was accepted from then on."""
        return any(each.outcome == "accepted" and each.at_s >= since_s for each in self.logins)

    def inside(self, at_s: float) -> set[int]:
        """The numbers of the connections that it was let into by then."""
        return {e.connection for e in self.logins if e.outcome == "accepted" and e.at_s <= at_s}

    def came_to(self, protocol: AnyProtocol, at_s: float) -> bool:
        """Whether it had come to a service of this protocol before."""
        return any(e.protocol == protocol and e.began_s < at_s for e in self.connections)

    @property
    def over_s(self) -> float:
        """When the life was over, or now."""
        return self.now_s if self.diary.ended_s is None else self.diary.ended_s

    def counted(self, since_s: float) -> dict[str, int]:
        """What was done from then on, by the names of `Counts`."""
        return {
            "log_ins": sum(each.at_s >= since_s for each in self.logins),
            "connections": sum(each.began_s >= since_s for each in self.connections),
            "sends": sum(
                at_s >= since_s for each in self.connections for at_s in tries_to_send(each)
            ),
        }

    @property
    def last_s(self) -> float:
        """When anybody last did anything."""
        times = [self.diary.began_s, *(each.at_s for each in self.diary.heard)]
        times += [each.at_s for each in self.diary.happened]
        times += [each.began_s for each in self.connections]
        times += [each.at_s for each in self.logins]
        return max(times)
