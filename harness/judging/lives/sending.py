"""When a client tried to send: what it began at SMTP in order to give an e-mail away. Pure.

A try is a transaction: MAIL (RFC 5321, 3.3) that went on to RCPT, or could not, as the server
refused it or never answered. Whatever became of it then, it is one, and with pipelining (RFC 2920),
where RCPT comes all the same, it is one, too. MAIL that was accepted and left with RSET or QUIT
gave nothing away: whoever only asks whether a sender may send does that. What is refused before
MAIL is a log-in, or a connection.
"""

from __future__ import annotations

from collections.abc import Iterator

from fakeservers.wire.transcript import Step, Transcript


def tries_to_send(connection: Transcript) -> Iterator[float]:
    """When each began, on the monotonic clock."""
    begun: Step | None = None
    for step in connection.steps:
        if step.event != "command":
            continue
        if step.command == "RCPT" and begun:
            yield connection.began_s + begun.at_s
        begun = step if step.command == "MAIL" else None
        if begun and connection.refused(begun):
            yield connection.began_s + begun.at_s
            begun = None
    if begun and not begun.said and connection.ended_s is not None:
        yield connection.began_s + begun.at_s
