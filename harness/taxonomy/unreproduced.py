"""Causes that no scenario shows at a stage, and why not: the rows that stay empty for a reason."""

from __future__ import annotations

from typing import Final, NamedTuple

from harness.taxonomy.ids import Cause, Stage
from harness.taxonomy.stages import CONNECT, EHLO, GREETING, SEND, STARTTLS, TLS


class Unreproduced(NamedTuple):
    """A cause without a case at these stages."""

    cause: Cause
    stages: tuple[Stage, ...]
    reason: str


_ACCEPTED_FIRST: Final = "only an accepted connection can end: it is noticed at the greeting"

UNREPRODUCED: Final = (
    Unreproduced(
        "dns-temporary",
        CONNECT,
        "a name server that fails cannot be put before a connector without root or a network",
    ),
    Unreproduced("reset-at-connect", CONNECT, _ACCEPTED_FIRST),
    Unreproduced("closed-at-connect", CONNECT, _ACCEPTED_FIRST),
    Unreproduced("dropped", CONNECT, _ACCEPTED_FIRST),
    Unreproduced("dropped", TLS, "has a name of its own there: tls-closed-in-handshake"),
    Unreproduced(
        "dropped", ("smtp-end-of-data",), "has a name of its own there: dropped-after-data"
    ),
    Unreproduced("timeout", CONNECT, "has a name of its own there: connect-timeout"),
    Unreproduced("timeout", TLS, "has a name of its own there: tls-handshake-timeout"),
    Unreproduced("unspecified", CONNECT, "the operating system always gives a reason"),
    Unreproduced(
        "unspecified",
        TLS,
        "takes an alert or a verify error without a name, which no server is known to cause",
    ),
    Unreproduced(
        "unspecified",
        (*GREETING, *EHLO, *STARTTLS, "imap-confirm", *SEND),
        "a refusal without words still tells what was refused, and is named after that",
    ),
    Unreproduced(
        "server-unavailable",
        ("imap-starttls",),
        "what IMAP servers are known to say there is said of TLS: starttls-refused",
    ),
    Unreproduced("recipient-rejected", ("smtp-mail",), "no recipient has been named yet"),
    Unreproduced("mailbox-unavailable", ("smtp-mail",), "no recipient has been named yet"),
    Unreproduced("relay-denied", ("smtp-mail",), "no recipient has been named yet"),
)

REASONS: Final[dict[tuple[Cause, Stage], str]] = {
    (gap.cause, stage): gap.reason for gap in UNREPRODUCED for stage in gap.stages
}
"""Why there is no case, by cause and stage."""
