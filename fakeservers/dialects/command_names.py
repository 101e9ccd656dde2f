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
SmtpVerb = Literal[
    "EHLO", "HELO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "VRFY", "EXPN", "ETRN", "HELP",
    "QUIT", "AUTH", "STARTTLS"
]  # fmt: skip
"""RFC 5321 section 4.1, RFC 4954, RFC 3030, RFC 3207, RFC 1985."""
