"""What header fields say: words decoded, dates, the subject that replies share, addresses."""

from __future__ import annotations

import email.header
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.utils import getaddresses, parsedate_to_datetime

_TRAILER = re.compile(r"(?:\(fwd\)|\s)+\Z", re.IGNORECASE)
_BLOB = r"\[[^\[\]]*\]\s*"
_LEADER = re.compile(rf"\A(?:\s+|(?:{_BLOB})*(?:re|fwd?)\s*(?:{_BLOB})?:)", re.IGNORECASE)
_LEADING_BLOB = re.compile(rf"\A{_BLOB}(?=.)", re.DOTALL)
_FORWARDED = re.compile(r"\A\[fwd:(.*)\]\Z", re.IGNORECASE | re.DOTALL)
_LONGEST_SUBJECT = 2000
"""What is behind it tells no two subjects apart; looking at all of it would take time."""
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.?)*(?:"|\Z)|\((?:[^()\\]|\\.)*\)|<[^<>]*>|[^",:;(<]+|.', re.DOTALL
)
_ROUTE = re.compile(r"<(@[^:>]+):")
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")


def readable(value: bytes) -> str:
    """A field's value with its encoded words (RFC 2047) as what they say."""
    raw = value.decode("utf-8", "replace")
    try:
        return str(email.header.make_header(email.header.decode_header(raw)))
    except (ValueError, LookupError, HeaderParseError):
        return raw


def dated(value: bytes | None) -> datetime | None:
    """The field Date, with its time zone; None where it is missing or no date."""
    try:
        date = parsedate_to_datetime((value or b"").decode("ascii", "replace"))
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def collated(text: str) -> str:
    """The text as it is compared: i;unicode-casemap, nearly (RFC 5051)."""
    return unicodedata.normalize("NFKD", text.upper())


def base_subject(subject: str) -> tuple[str, bool]:
    """The subject without what replying and forwarding adds (RFC 5256, 2.1), as it is
    compared, and whether there was any of that."""
    base = re.sub(r"\s+", " ", subject[:_LONGEST_SUBJECT])
    answers = False
    while True:
        trimmed = _TRAILER.sub("", base)
        answers |= "(fwd)" in base[len(trimmed) :].lower()
        base, led = _without_leaders(trimmed)
        answers |= led
        forwarded = _FORWARDED.match(base)
        if not forwarded:
            return collated(base), answers
        base, answers = forwarded[1], True


def _without_leaders(subject: str) -> tuple[str, bool]:
    """Without `Re:` and the like, and `[…]` before words; whether there was a `Re:`."""
    answers = False
    while True:
        found = _LEADER.match(subject)
        if found:
            answers |= bool(found[0].strip())
        else:
            found = _LEADING_BLOB.match(subject)
        if not found:
            return subject, answers
        subject = subject[found.end() :]


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
