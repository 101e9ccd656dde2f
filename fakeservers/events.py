"""What the script is asked about: one event, with what is known at that moment."""

from __future__ import annotations

from dataclasses import dataclass

from fakeservers.spec import EventName, PasswordKind


@dataclass(frozen=True)
class Event:
    """A moment in a connection at which a rule may fire; only what is known then is filled in."""

    name: EventName
    command: str = ""
    """The IMAP command or SMTP verb, upper case."""
    tag: str = ""
    argument: str = ""
    """The rest of the command line; empty at a log-in, whose arguments are secret."""
    mechanism: str = ""
    """`LOGIN` for IMAP's LOGIN command, else the SASL mechanism."""
    username: str = ""
    password: PasswordKind | None = None
    sender: str = ""
    recipient: str = ""
