"""The addresses of a header field as ENVELOPE has them (RFC 3501, 7.4.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import getaddresses

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.?)*(?:"|\Z)|\((?:[^()\\]|\\.)*\)|<[^<>]*>|[^",:;(<]+|.', re.DOTALL
)
_ROUTE = re.compile(r"<(@[^:>]+):")
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")


@dataclass(frozen=True)
class Address:
    """Empty where there is none. A group begins with its name as a mailbox without a host, and ends
    with an address that is nothing at all."""

    name: str = ""
    mailbox: str = ""
    host: str = ""
    route: str = ""
    """RFC 822's, as in `<@a,@b:c@d>`."""

    @property
    def written(self) -> str:
        """Mailbox and host."""
        return f"{self.mailbox}@{self.host}" if self.host else self.mailbox


def read_addresses(value: bytes) -> list[Address]:
    """The addresses of a field's value, groups with their begin and end."""
    found: list[Address] = []
    text = ""
    grouped = False
    for token in [*_TOKEN.findall(value.decode("utf-8", "surrogateescape")), ","]:
        if token == ":" and not grouped:
            found.append(Address(mailbox=_COMMENT.sub("", text).strip().strip('"')))
            text, grouped = "", True
        elif token in (",", ";"):
            found += _mailboxes(text)
            text = ""
            if token == ";" and grouped:
                found.append(Address())
                grouped = False
        else:
            text += token
    return [*found, Address()] if grouped else found


def _mailboxes(text: str) -> list[Address]:
    routed = _ROUTE.search(text)
    try:
        pairs = getaddresses([text])
    except RecursionError:  # so many brackets are in no address
        return []
    found = []
    for name, address in pairs:
        mailbox, _, host = address.rpartition("@")
        if address:
            route = routed[1] if routed else ""
            found.append(Address(name, mailbox or host, host if mailbox else "", route))
    return found
