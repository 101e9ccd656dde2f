"""Evidence as a mailbox would have recorded it, made by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, Literal

from fakeservers.evidence import AcceptedMessage, LoginAttempt, LoginOutcome
from fakeservers.wire.transcript import Step, Transcript

MESSAGE = AcceptedMessage("smtp", 1, "anna@example.test", ("bcc@crm.example.test",), "<1@test>")
_NUMBERS = itertools.count(100)


def connection(
    service: str = "imap",
    *,
    clear: Iterable[str] = (),
    tls: Iterable[str] = (),
    steps: Iterable[Step] = (),
    ended_by: Literal["client", "server"] | None = "client",
    **more: Any,
) -> Transcript:
    """A connection that was given these commands, in cleartext and inside TLS."""
    commands = [Step("command", name) for name in clear]
    commands += [Step("command", name, tls=True) for name in tls]
    known = {"number": next(_NUMBERS), "began_s": 0.0, **more}
    return Transcript(
        service=service,
        protocol="smtp" if service == "smtp" else "imap",
        peer="127.0.0.1:1",
        ended_by=ended_by,
        steps=[*commands, *steps],
        **known,
    )


def fired(service: str = "imap", at: str = "login", rule: int = 0) -> Transcript:
    """A connection on which a rule struck at an event, and said no."""
    label = f"{service}.rules[{rule}]"
    no = b"a1 NO no\r\n" if service == "imap" else b"535 no\r\n"
    step = Step(at, rules=[label], said=bytearray(no))  # type: ignore[arg-type]
    return connection(service, steps=[step], fired=[label])


def login(
    service: str = "imap",
    connection: int = 0,
    *,
    tls: bool = True,
    outcome: LoginOutcome = "refused",
) -> LoginAttempt:
    return LoginAttempt(
        service, connection, "anna@example.test", "wrong", "LOGIN", tls=tls, outcome=outcome
    )
