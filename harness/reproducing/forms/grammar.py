"""What a line of IMAP or SMTP looks like, whoever wrote it down.

A line that fits neither grammar is nobody's: a reader who is not sure takes it for no reply.
"""

from __future__ import annotations

import re
from typing import Final

from fakeservers.files.patterns import kept_regex
from fakeservers.wire.entries import Direction
from harness.taxonomy import Protocol

TAG: Final = r"(?!\*)[A-Za-z0-9._-]{1,24}"
REPLY: Final = kept_regex(r"[2-5][0-5]\d(?=[ -]|$)")
"""An SMTP reply's code (RFC 5321, 4.2)."""
CODE_OF_LOGIN: Final = kept_regex(r"53[458]")
"""Refuses AUTH, and nothing else (RFC 4954, 6)."""
_IMAP_SERVER: Final = kept_regex(
    r"\* (?:OK|NO|BAD|BYE|PREAUTH|CAPABILITY|LIST|LSUB|XLIST|FLAGS|ID|NAMESPACE|STATUS|SEARCH"
    r"|ESEARCH|SORT|THREAD|ENABLED|QUOTA|QUOTAROOT|ACL|VANISHED|\d+ )(?!\S)"
    rf"|\+(?: |$)|{TAG} (?:OK|NO|BAD)(?!\S)",
    re.IGNORECASE,
)
_ELSEWHERE: Final = kept_regex(r"\+OK\b|-ERR\b|HTTP/1\.|SSH-\d")
"""What other services say first: POP3, a web server, SSH."""
_SMTP_CLIENT: Final = kept_regex(
    r"(?:(?:EHLO|HELO|LHLO)\b|MAIL FROM:|RCPT TO:|DATA$|BDAT \d|AUTH \w|STARTTLS$|QUIT$|RSET$"
    r"|NOOP$|VRFY \S)",
    re.IGNORECASE,
)
_IMAP_CLIENT: Final = kept_regex(
    rf"{TAG} (?:CAPABILITY|LOGIN|AUTHENTICATE|STARTTLS|SELECT|EXAMINE|LIST|LSUB|XLIST|NOOP|LOGOUT"
    r"|ID|NAMESPACE|STATUS|ENABLE|IDLE|UID|FETCH|SEARCH|APPEND|CREATE|COMPRESS|GETQUOTAROOT|CLOSE"
    r"|UNSELECT)(?!\S)",
    re.IGNORECASE,
)
_PROSE: Final = kept_regex(r"\S*:\S|-?[^\w ]?\d*$")
"""After a code, where nothing marks the line: a time, an address, a number alone."""
_LITERAL: Final = kept_regex(r"\{\d+[+-]?\}$")
NOTHING_NEW: Final = kept_regex(
    r"\S+ NO (?:new|more|longer|messages?|mails?|unread|errors?|changes?|updates?|problems?)\b"
)
"""`12 NO new messages`: a count, and no response."""
BY_CLIENT: Final = kept_regex(
    r"\* BYE (?:JavaMail|(?:Jakarta|Angus) Mail) Exception:|\d{3} No recipients accepted\b"
    r"|421 received\. "
)
"""What looks like a server's and is a client's own: of JavaMail's exceptions (its iap package,
Response.byeResponse), Twisted's words for what the server said of each recipient, and those of
Commons Net (its SMTP.getReply)."""
_OF_POWERSHELL: Final = kept_regex(r"\+ (?: |(?:CategoryInfo|FullyQualifiedErrorId)\b)")
"""How it writes where an error was, and of which kind."""
_AN_ID: Final = kept_regex(r"(?=\S*\d)|[A-Z]{4,}\b|\*|\+|\. |[a-z] ")
"""Tags have a digit in nearly every client, people type a dot or a letter; `There NO …` is a
sentence."""


def from_server(text: str) -> Protocol | None:
    """The protocol of which this is a server's line, as far as its beginning tells."""
    if REPLY.match(text):
        return "smtp"
    return "imap" if _IMAP_SERVER.match(text) and not BY_CLIENT.match(text) else None


def from_elsewhere(text: str) -> bool:
    """Whether a server says this that is of neither protocol."""
    return _ELSEWHERE.match(text) is not None


def from_client(text: str) -> Protocol | None:
    """The protocol of which this is a command."""
    if _SMTP_CLIENT.match(text):
        return "smtp"
    return "imap" if _IMAP_CLIENT.match(text) else None


def ends_in_literal(text: str) -> bool:
    """Whether a line of IMAP goes on in another one (RFC 9051, 4.3)."""
    return _LITERAL.search(text) is not None


class Grammar:
    """Tells, line by line, who must have spoken where nothing marks it."""

    def __init__(self) -> None:
        self._asked = False
        """For something that is no command: a response to a challenge, or a literal."""

    def hear(self, direction: Direction, line: str) -> None:
        """A line of which it is known who said it."""
        if direction == "S":
            self._asked = line.startswith(("334", "+"))
        elif direction == "C":
            self._asked = ends_in_literal(line)

    def who_says(self, line: str) -> Direction | None:
        """The client or the server; None: neither, as far as the grammar tells."""
        if not line or line[0].isspace():
            return None
        protocol = from_server(line)
        if protocol == "smtp":
            return None if _PROSE.match(line[4:]) and len(line) > 4 else "S"
        if _OF_POWERSHELL.match(line):
            return None
        if protocol == "imap":
            return "S" if _AN_ID.match(line) and not NOTHING_NEW.match(line) else None
        if from_client(line) == "smtp" or (from_client(line) and _AN_ID.match(line)):
            return "C"
        answers = self._asked and (" " not in line.strip() or ends_in_literal(line))
        return "C" if answers else None
