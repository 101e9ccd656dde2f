"""The commands that there are: what the fakes speak, and dialects and rules may name."""

from __future__ import annotations

from typing import Literal

ImapCommand = Literal[
    "CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "AUTHENTICATE", "LOGIN", "ENABLE", "ID",
    "SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "LIST",
    "LSUB", "NAMESPACE", "STATUS", "APPEND", "IDLE", "CLOSE", "UNSELECT", "EXPUNGE", "CHECK",
    "SEARCH", "FETCH", "STORE", "COPY", "MOVE", "UID", "SORT", "THREAD", "GETQUOTA",
    "GETQUOTAROOT", "SETQUOTA"
]  # fmt: skip
"""RFC 9051 section 6, and the extensions that the fakes speak."""
UidCommand = Literal[
    "UID EXPUNGE", "UID SEARCH", "UID FETCH", "UID STORE", "UID COPY", "UID MOVE", "UID SORT",
    "UID THREAD"
]  # fmt: skip
"""The commands that UID turns into ones by UID (RFC 9051, 6.4.9; RFC 5256)."""
SmtpVerb = Literal[
    "EHLO", "HELO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "VRFY", "EXPN", "ETRN", "HELP",
    "QUIT", "AUTH", "STARTTLS"
]  # fmt: skip
"""RFC 5321 section 4.1, RFC 4954, RFC 3030, RFC 3207, RFC 1985."""


def means(named: str, command: str) -> bool:
    """Whether who names a command so means that one: most clients know messages by UID, so FETCH is
    UID FETCH, too; UID is every command by UID."""
    return command == named or named in command.split()
