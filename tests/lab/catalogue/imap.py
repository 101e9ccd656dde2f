"""What the cases of the IMAP servers have in common."""

from __future__ import annotations

from tests.lab.cases import PASSWORD, USER, Case, after, rule
from tests.lab.client import CLOSED, TLS, Step

STARTTLS = {"security": "starttls"}
CLEARTEXT = {"security": "cleartext"}


def login(user: str = USER, password: str = PASSWORD) -> str:
    return f"a1 LOGIN {user} {password}"


def over_tls(*steps: Step) -> tuple[Step, ...]:
    """A connection with implicit TLS, ended by LOGOUT."""
    return after(TLS, *steps, goodbye="z LOGOUT")


def refused(failure: str, reply: str, user: str, **conditions: object) -> Case:
    """A log-in with the right password that is refused for a reason of its own."""
    return Case(
        failure,
        over_tls(login(user)),
        user=user,
        service={"rules": [rule("login", reply, **conditions)]},
    )


def ended(failure: str, reply: str, user: str) -> Case:
    """The same, and the server closes at once."""
    service = {"rules": [rule("login", reply)]}
    return Case(failure, (TLS, login(user), CLOSED), user=user, service=service)
