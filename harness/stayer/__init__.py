"""The built-in stayer: a connector that connects a mailbox and stays connected, for weeks.

Small enough to be read as an example of how it is done: what it waits for and how long stands in
`waits`, which mail is new in `known_messages`, what is told in `outlook`, and who does what in
`inbox` and `outbox`. Connections, log-ins and IMAP's own commands are the checker's, on IMAPClient
and smtplib.
"""

from __future__ import annotations

from harness.stayer.stay import stay

__all__ = ["stay"]
