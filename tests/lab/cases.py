"""A case: one failure, how the real server is brought to it, and how the fake is told of it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fakeservers.spec import Account
from tests.lab.client import CLOSED, Step

USER = Account().address
PASSWORD = Account().password
UNEXPECTED_MESSAGE = "\x15\x03\x03\x00\x02\x02\x0a"
"""A TLS alert (RFC 8446, section 6)."""
BY_DESIGN = "capability list, by design: the fake offers what it implements"
AUTHORITY_PROFILES = ("expired", "self-signed", "unknown-authority", "hostname-mismatch")


@dataclass(frozen=True)
class Case:
    """The same `steps` are sent to both. `port` names one of the real server's, `service` is what
    the fake's service has besides the dialect."""

    failure: str
    steps: tuple[Step, ...] = ()
    port: str = "tls"
    service: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    """The client's address; left out: one that no other case uses."""
    user: str = USER
    held: int = 0
    """So many connections are open already, each after the steps `held_steps`."""
    held_steps: tuple[Step, ...] = ()
    capabilities: bool = False
    """IMAP: compare capability lists too; elsewhere they are masked, as these cases have them. EHLO
    keywords are compared in every case."""
    why: str = ""
    """Why it differs by design, or cannot be reproduced."""
    reproducible: bool = True
    slow: bool = False
    """The server lets one wait. Such cases are driven at the same time, and disturb no others."""


def rule(event: str, *then: Any, **conditions: Any) -> dict[str, Any]:
    """A rule of the fake's service; a string is `close`, `reset`, or the name of a reply."""
    actions = [
        one if one in ("close", "reset") or not isinstance(one, str) else {"reply": one}
        for one in then
    ]
    return {"when": {"event": event, **conditions}, "then": actions}


def unreproducible(failure: str, why: str) -> Case:
    """A failure that the server cannot be brought to in a lab."""
    return Case(failure, why=why, reproducible=False)


def after(*steps: Step, goodbye: str) -> tuple[Step, ...]:
    """The steps, then a polite end."""
    return (*steps, goodbye, CLOSED)


def b64(text: str) -> str:
    return b64encode(text.encode()).decode()


def plain(user: str = USER, password: str = PASSWORD) -> str:
    """The response of SASL PLAIN (RFC 4616)."""
    return b64(f"\0{user}\0{password}")


def xoauth2(user: str = USER, token: str = "bad") -> str:
    """The response of XOAUTH2."""
    return b64(f"user={user}\x01auth=Bearer {token}\x01\x01")
