"""Recognises which service speaks, from its first bytes."""

from __future__ import annotations

import re
from typing import Final

# First match wins. ``ftp`` before ``smtp``: both greet with 220.
_SERVICES: Final[tuple[tuple[str, re.Pattern[bytes]], ...]] = (
    ("tls", re.compile(rb"^[\x14-\x18]\x03[\x00-\x04]")),
    ("ssh", re.compile(rb"^SSH-")),
    ("http", re.compile(rb"^(HTTP/\d|<(!doctype|html|\?xml|head))", re.IGNORECASE)),
    ("pop3", re.compile(rb"^(\+OK|-ERR)\b")),
    ("ftp", re.compile(rb"^220[ -].*(ftp|filezilla)", re.IGNORECASE)),
    ("imap", re.compile(rb"^(\*|\{tag\}) *(OK|BYE|NO|BAD|PREAUTH|CAPABILITY)\b", re.IGNORECASE)),
    ("imap", re.compile(rb"^(BYE|NO|BAD) ")),
    # A greeting may break off after any byte.
    ("imap", re.compile(rb"^\* ?(O|P(R(E(A(UT?)?)?)?)?|BY?)?$")),
    ("smtp", re.compile(rb"^[245]\d\d([ -]|\r?\n|$)")),
    ("smtp", re.compile(rb"^2\d?$")),
)


def recognise(first_bytes: bytes) -> str | None:
    """imap, smtp, pop3, http, ssh, ftp, tls or "unknown"; ``None`` for silence."""
    stripped = first_bytes.lstrip(b"\r\n \xef\xbb\xbf")
    if not stripped:
        return None
    for name, pattern in _SERVICES:
        if pattern.match(stripped):
            return name
    return "unknown"
