"""A way of setting a real server up wrong, and what is to be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fakeservers.security import Security
from harness.taxonomy import Cause, DocumentedError, Stage


@dataclass(frozen=True)
class Way:
    """What is said is right where it is `error`, `stage` and `cause`, or one of the causes that
    the server does not tell from it (`or_else`)."""

    way: str
    error: DocumentedError
    stage: Stage | None = None
    cause: Cause | None = None
    or_else: tuple[Cause, ...] = ()
    security: Security = "implicit-tls"
    """How the port is spoken to by who is right; what was typed is among `typed`."""
    setup: Mapping[str, str] = field(default_factory=dict)
    """What is set otherwise in the server's configuration file."""
    typed: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `tests.lab.check.Typed`."""
    program: str = ""
    """What the port is served by in place of the server."""
    special: str = ""
    """What is done to the server besides, by name; see the server."""
    waits: bool = False
    """It takes seconds: the table has it, the tests leave it out."""

    def is_right(self, said: tuple[DocumentedError, Stage | None, Cause | None]) -> bool:
        causes = (self.cause, *self.or_else)
        return said in [(self.error, self.stage, cause) for cause in causes]
