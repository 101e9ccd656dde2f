"""What a product that stays connected tells of a mailbox: whenever its view changes, and once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing, MessageSeen, MessageSent, SayState, State
from harness.taxonomy import Protocol
from harness.taxonomy.stages import LOGIN, TOKEN

_LET_IN = (*TOKEN, *LOGIN)


class Outlook:
    """How it looks at both services; told through ``say``, by one thread at a time. ``changed`` is
    called after each change."""

    def __init__(self, say: SayState, changed: Callable[[], None]) -> None:
        self._say = say
        self._changed = changed
        self._lock = threading.Lock()
        self._connected = False
        self._failures: dict[Protocol, Failing] = {}
        self._told: object = None
        self._over = False

    @property
    def refuses_us(self) -> bool:
        """IMAP refuses the log-in, or the token endpoint a token: SMTP would do the same, and count
        it as one more log-in in vain."""
        failure = self._failures.get("imap")
        return failure is not None and failure.stage in _LET_IN

    def well(self, protocol: Protocol) -> None:
        """This service does what it should."""
        with self._lock:
            self._failures.pop(protocol, None)
            self._connected = self._connected or protocol == "imap"
            self._tell()
        self._changed()

    def failing(self, protocol: Protocol, diagnosis: Diagnosis, again_s: float | None) -> None:
        """This service does not, and is tried again in so many seconds; None: not by itself."""
        said = diagnosis.model_dump(mode="json", exclude={"message_id"})
        again = None if again_s is None else round(again_s, 3)
        with self._lock:
            self._failures[protocol] = Failing(
                **said, message=diagnosis.text["en"], retry_at_s=again
            )
            self._tell()
        self._changed()

    def seen(self, message_id: str) -> None:
        """A message came in."""
        with self._lock:
            self._tell_of(MessageSeen(message_id=message_id))

    def sent(self, message_id: str) -> None:
        """A message went out."""
        with self._lock:
            self._tell_of(MessageSent(message_id=message_id))

    def end(self) -> None:
        """Nothing more is told, by whoever was left behind waiting for a server that hangs."""
        with self._lock:
            self._over = True

    def begin_anew(self) -> None:
        """Whatever was the matter, other settings were typed: what is found now is told."""
        with self._lock:
            self._connected = False
            self._failures.clear()
            self._told = None

    def _tell(self) -> None:
        """IMAP's failure before SMTP's: without it nothing comes in."""
        failure = self._failures.get("imap") or self._failures.get("smtp")
        if failure is None and not self._connected:
            return
        view = _view(failure) if failure else "connected"
        if view != self._told:
            self._told = view
            self._tell_of(failure or Connected())

    def _tell_of(self, state: State) -> None:
        if not self._over:
            self._say(state)


def _view(failure: Failing) -> tuple[Any, ...]:
    """What makes one failure another: not the moment of the next try, but whether there is one."""
    return failure.error, failure.stage, failure.cause, failure.retry_at_s is None
