"""What header fields say: words decoded, dates, the subject that replies share, addresses."""

from __future__ import annotations

import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

from fakeservers.files.patterns import kept_regex

_TRAILER = kept_regex(r"(?:\(fwd\)|\s)+\Z", re.IGNORECASE)
_BLOB = r"\[[^\[\]]*\]\s*"
_LEADER = kept_regex(rf"\A(?:\s+|(?:{_BLOB})*(?:re|fwd?)\s*(?:{_BLOB})?:)", re.IGNORECASE)
_LEADING_BLOB = kept_regex(rf"\A{_BLOB}(?=.)", re.DOTALL)
_FORWARDED = kept_regex(r"\A\[fwd:(.*)\]\Z", re.IGNORECASE | re.DOTALL)
_LONGEST_SUBJECT = 2000
"""What is behind it tells no two subjects apart; looking at all of it would take time."""
MOST_ADDRESSES = 1000
"""How many addresses of a field are looked at."""
ODD_BYTES = 4096
"""How much of a field may be addresses that are written in no usual way: it takes time to read
them, and in a real message there are few."""
_DATE_BYTES = 200
_TOKEN = kept_regex(
    r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)|\((?:[^()\\]++|\\.)*+\)|<[^<>]*+>|(?:[^",:;(<\\]++|\\.)++|.',
    re.DOTALL,
)
_ROUTE = kept_regex(r"<(@[^:>]+):")
_COMMENT = kept_regex(r"\((?:[^()\\]++|\\.)*+\)")
_ATOM = r"[\w!#$%&'*+/=?^`{|}~.-]++"
_NAME = rf'(?:"(?P<quoted>[^"\\\r\n]*+)"|(?P<words>{_ATOM}(?: {_ATOM})*+)?)'
_USUAL = kept_regex(
    rf"[ \t]*+(?:{_NAME}[ \t]*+<(?P<local>{_ATOM})@(?P<host>[\w.-]++)>"
    rf"|(?P<bare_local>{_ATOM})@(?P<bare_host>[\w.-]++))[ \t]*+"
)
_ENCODED = kept_regex(r"=\?([^?\s]{1,60}+)\?([bq])\?([^?]*+)\?=", re.IGNORECASE)
_SLOW_CHARSETS = ("punycode", "idna")
"""Python reads these in a time that grows with the square of their length."""


def readable(value: bytes) -> str:
    """A field's value with its encoded words (RFC 2047) as what they say."""
    raw = value.decode("utf-8", "replace")
    try:
        return "".join(_decoded(raw)) if "=?" in raw else raw
    except (ValueError, LookupError):
        return raw


def _decoded(raw: str) -> Iterator[str]:
    """The text, piece by piece; words in one charset that stand side by side are put together
    first. Raises ValueError and LookupError where a word cannot be read."""
    end, charset, octets = 0, "", bytearray()
    for found in _ENCODED.finditer(raw):
        between = raw[end : found.start()]
        if octets and (between.strip() or charset != found[1].lower()):
            yield _in_charset(octets, charset)
            octets.clear()
        if not end or between.strip():
            yield between
        charset, end = found[1].lower(), found.end()
        octets += _octets(found[2].lower(), found[3])
    yield _in_charset(octets, charset) if octets else ""
    yield raw[end:]


def _octets(encoding: str, text: str) -> bytes:
    if encoding == "q":
        return binascii.a2b_qp(text.encode("ascii"), header=True)
    return binascii.a2b_base64(text + "=" * (-len(text) % 4))


def _in_charset(octets: bytearray, charset: str) -> str:
    codec = codecs.lookup(charset.partition("*")[0])  # RFC 2231, 5: a language behind it
    if codec.name in _SLOW_CHARSETS:
        raise LookupError(charset)
    return octets.decode(codec.name)


def dated(value: bytes | None) -> datetime | None:
    """The field Date, with its time zone; None where it is missing or no date."""
    try:
        date = parsedate_to_datetime((value or b"")[:_DATE_BYTES].decode("ascii", "replace"))
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def collated(text: str) -> str:
    """The text as it is compared: i;unicode-casemap, nearly (RFC 5051)."""
    return unicodedata.normalize("NFKD", text[:_LONGEST_SUBJECT].upper())


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
    texts: list[str] = []
    grouped = False
    odd = ODD_BYTES
    for token in [*_TOKEN.findall(value.decode("utf-8", "surrogateescape")), ","]:
        if token == ":" and not grouped:
            found.append(Address(mailbox=_COMMENT.sub("", "".join(texts)).strip().strip('"')))
            texts, grouped = [], True
        elif token in (",", ";"):
            text, texts = "".join(texts), []
            usual = _USUAL.fullmatch(text)
            odd -= 0 if usual else len(text)
            found += [_usual(usual)] if usual else _odd(text) if odd >= 0 else []
            if len(found) >= MOST_ADDRESSES:
                break
            if token == ";" and grouped:
                found.append(Address())
                grouped = False
        else:
            texts.append(token)
    return [*found, Address()] if grouped else found


def _usual(found: re.Match[str]) -> Address:
    """`Anna <anna@example.test>`, with or without a name, and with or without brackets."""
    name = found["quoted"] if found["quoted"] is not None else found["words"]
    local, host = found["local"] or found["bare_local"], found["host"] or found["bare_host"]
    return Address(name or "", local, host)


def _odd(text: str) -> list[Address]:
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
