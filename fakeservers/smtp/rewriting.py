"""The sender as the server has it, where it does not let its customers be somebody else."""

from __future__ import annotations

import re
from email.utils import formataddr, parseaddr

from fakeservers.files.patterns import kept_regex
from fakeservers.store import headers_of

_FROM = kept_regex(rb"^From:.*\r\n(?:[ \t].*\r\n)*", re.IGNORECASE | re.MULTILINE)


def with_sender(content: bytes, address: str) -> bytes:
    """The message with this address in From, in place of its own, which is kept in another header;
    the name before it stays. As Gmail does; without From, the message is left as it is."""
    end = content.find(b"\r\n\r\n") + 2
    headers = content[:end]
    written = str(headers_of(content).get("From", ""))
    name, own = parseaddr(" ".join(written.split()))  # unfolded (RFC 5322, 2.2.3)
    if not own or own.lower() == address.lower():
        return content
    fields = f"From: {formataddr((name, address))}\r\nX-Google-Original-From: {written}\r\n"
    return _FROM.sub(lambda _: fields.encode(), headers, count=1) + content[end:]
