"""What an action is: a small unit with its own parameters, performed on one connection."""

from __future__ import annotations

from typing import ClassVar, Protocol

from fakeservers.model import Spec
from fakeservers.wire.connection import Connection


class Scene(Protocol):
    """Where an action is performed: the connection, and the words that its texts may use."""

    @property
    def connection(self) -> Connection: ...

    async def say(self, name: str) -> None:
        """Write a named reply of the dialect; one that closes ends the connection."""

    def fill(self, text: str) -> bytes:
        """The text as bytes, its placeholders filled in, each line ended by CRLF."""


class BaseAction(Spec):
    """One thing a fault does. `answers` says that the client got its answer: nothing more is said
    for this event. An action that ends the connection raises `ConnectionClosed`."""

    answers: ClassVar[bool] = False
    ends: ClassVar[bool] = False
    """Whether nothing can happen on the connection after this action."""

    async def perform(self, scene: Scene) -> None:
        """Do it. Raises ConnectionClosed where the connection is over afterwards."""
        raise NotImplementedError
