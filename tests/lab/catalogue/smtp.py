"""What the cases of the SMTP servers have in common."""

from __future__ import annotations

from typing import Any

from tests.lab.cases import USER, after, plain, rule
from tests.lab.client import TLS, Step

STARTTLS = {"security": "starttls"}
EHLO = "EHLO client.test"
AUTH = f"AUTH PLAIN {plain()}"
MAIL = f"MAIL FROM:<{USER}>"
LOCAL = f"RCPT TO:<{USER}>"
REMOTE = "RCPT TO:<out@elsewhere.test>"
LARGE = "\r\n".join(["Subject: large", "", *["x" * 70] * 40, "."])
SMALL = "Subject: hi\r\n\r\nhello\r\n."


def over_tls(*steps: Step, last: str = "QUIT") -> tuple[Step, ...]:
    """A connection with implicit TLS, as far as EHLO, ended by QUIT."""
    return after(TLS, EHLO, *steps, goodbye=last)


def rules(*those: dict[str, Any], **service: Any) -> dict[str, Any]:
    return {"rules": list(those), **service}


def on(command: str, reply: str, **conditions: Any) -> dict[str, Any]:
    return rule("command", reply, command=command, **conditions)
