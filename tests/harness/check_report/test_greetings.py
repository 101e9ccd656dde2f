"""Which provider a mailbox is with, by how its server greets."""

from __future__ import annotations

import pytest

from harness.check_report.greetings import that_greets


@pytest.mark.parametrize(
    ("protocol", "line", "name"),
    [
        ("imap", "* OK Gimap ready for requests from 192.0.2.1 abc123\r\n", "gmail"),
        ("smtp", "220 mx.example.org ESMTP Postfix\r\n", "postfix"),
        ("imap", "* OK [CAPABILITY IMAP4rev1] Dovecot (Debian) ready.", "dovecot"),
        ("imap", "* OK IMAP4 ready", None),  # nginx, and Fastmail
        ("smtp", "220 mx.example.org Microsoft ESMTP MAIL Service ready at noon", None),
        ("smtp", "220 mx.example.org ESMTP", None),
        ("imap", "", None),
    ],
)
def test_a_greeting_tells_where_it_is_nobody_elses(
    protocol: str, line: str, name: str | None
) -> None:
    found = that_greets(protocol, line)  # type: ignore[arg-type]
    assert (found and found.name) == name
