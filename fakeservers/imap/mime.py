"""A message taken apart without changing a byte: what FETCH and SEARCH look at (RFC 3501, 7.4.2).

The standard library's parser would re-write headers and line ends; sections must come back exactly
as they were stored. Whatever is in a message, the time it takes grows with its size and no more:
lines are found, never guessed at, and of headers and parts only so many are looked at.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from dataclasses import dataclass, field, replace
from email.message import Message
from functools import cached_property, lru_cache

from fakeservers.files.patterns import kept_regex
from fakeservers.imap.boundaries import MOST_PARTS, header_end, pieces_of
from fakeservers.imap.grammar.strings import quoted
from fakeservers.imap.headers import Address, read_addresses
from fakeservers.store import StoredMessage
from fakeservers.wire.turns import Turns

HEADER_LIMIT_BYTES = 65536
MOST_FIELDS = 1000
"""How much of a header is looked at; what is behind it, is in no field."""
MOST_TIMES_COPIED = 8
"""How many parts of a message are looked at, and how often its size they may be together: parts in
parts in parts are copied each time."""
LONGEST_PARAMETERS = 2000
"""How much is looked at of a field that says what a part is."""
_LINES = kept_regex(rb"[^\n]++(?:\n[ \t][^\n]*+)*+\n?|\n")
"""A line of a header with those that continue it."""
_SPACE_AT_END = kept_regex(rb"(?<![ \t])[ \t]++(?=\r?\n)")
_NAME = kept_regex(rb"[!-9;-~]++")
_ADDRESSES = ("from", "sender", "reply-to", "to", "cc", "bcc")
_MAX_DEPTH = 20
NIL = b"NIL"


@dataclass
class _Budget:
    """What may still be looked at of a message: so many parts, of so many bytes in all."""

    parts: int
    octets: int

    def allows(self, piece: bytes) -> bool:
        """Whether this may be one more part."""
        self.parts -= 1
        self.octets -= len(piece)
        return self.parts >= 0 and self.octets >= 0


class UnknownEncoding(Exception):
    """The transfer encoding of a part is not one that can be undone."""


@dataclass(frozen=True)
class Part:
    """A message or a body part: its header, with the empty line after it, and its body."""

    header: bytes
    body: bytes
    depth: int = field(default=0, repr=False)
    in_digest: bool = field(default=False, repr=False)
    """What does not say what it is, is a message there (RFC 2046, 5.1.5)."""
    budget: _Budget | None = field(default=None, repr=False, compare=False)
    """That of the message."""

    @classmethod
    def of(
        cls,
        content: bytes,
        depth: int = 0,
        *,
        in_digest: bool = False,
        budget: _Budget | None = None,
    ) -> Part:
        end = header_end(content)
        budget = budget or _Budget(MOST_PARTS, MOST_TIMES_COPIED * len(content))
        return cls(content[:end], content[end:], depth, in_digest, budget)

    @cached_property
    def _written(self) -> list[tuple[str, bytes]]:
        """Each field's name in lower case, and all of it as it is written, with its line end."""
        found: list[tuple[str, bytes]] = []
        for lines in _LINES.finditer(self.header, 0, HEADER_LIMIT_BYTES):
            name, colon, _ = lines[0].partition(b":")
            name = name.rstrip(b" \t")
            if colon and _NAME.fullmatch(name):
                found.append((name.decode("ascii").lower(), lines[0]))
            if len(found) == MOST_FIELDS:
                break
        return found

    @cached_property
    def fields(self) -> list[tuple[str, bytes]]:
        """Names in lower case and unfolded values, in order."""
        found = [(name, written.partition(b":")[2]) for name, written in self._written]
        return [(name, re.sub(rb"\r?\n(?=[ \t])", b"", value).strip()) for name, value in found]

    @cached_property
    def _first(self) -> dict[str, bytes]:
        """The first value of each name."""
        return dict(reversed(self.fields))

    def value(self, name: str) -> bytes | None:
        """The first field of that name."""
        return self._first.get(name)

    def header_of(self, names: list[str], *, negate: bool) -> bytes:
        """The header with only (or without) these fields, byte for byte, and its empty line."""
        wanted = {name.lower() for name in names}
        kept = [lines for name, lines in self._written if (name in wanted) is not negate]
        return b"".join(line.rstrip(b"\r\n") + b"\r\n" for line in kept) + b"\r\n"

    @cached_property
    def _typed(self) -> Message:
        """Only the fields that say what the part is, for the standard library to read."""
        typed: Message = Message()
        if self.in_digest:
            typed.set_default_type("message/rfc822")
        for name in ("content-type", "content-disposition"):
            value = (self.value(name) or b"")[:LONGEST_PARAMETERS]
            if value:
                typed[name] = value.decode("utf-8", "replace")
        return typed

    @property
    def main_type(self) -> str:
        return self._typed.get_content_maintype()

    @cached_property
    def parts(self) -> list[Part]:
        """The parts of a multipart; none otherwise."""
        boundary = self._typed.get_boundary()
        if self.main_type != "multipart" or not boundary or self.depth >= _MAX_DEPTH:
            return []
        digest = self._typed.get_content_subtype() == "digest"
        return [
            Part.of(piece, self.depth + 1, in_digest=digest, budget=self.budget)
            for piece in pieces_of(self.body, boundary.encode())
            if self.budget is None or self.budget.allows(piece)
        ]

    @cached_property
    def enclosed(self) -> Part | None:
        """The message in a message/rfc822 part."""
        if self._typed.get_content_type() != "message/rfc822" or self.depth >= _MAX_DEPTH:
            return None
        if self.budget and not self.budget.allows(self.body):
            return None
        return Part.of(self.body, self.depth + 1, budget=self.budget)

    @cached_property
    def decoded(self) -> bytes:
        """The body without its transfer encoding (RFC 2045, section 6). Raises UnknownEncoding."""
        encoding = (self.value("content-transfer-encoding") or b"7bit").strip().lower()
        if encoding in (b"7bit", b"8bit", b"binary"):
            return self.body
        if encoding == b"quoted-printable":
            return quopri.decodestring(_SPACE_AT_END.sub(b"", self.body))
        if encoding != b"base64":
            raise UnknownEncoding
        try:
            return base64.b64decode(self.body)
        except binascii.Error:
            raise UnknownEncoding from None

    def child(self, number: int) -> Part | None:
        """The body part of this number, counted from 1; a single part is its own part 1. What is
        under an enclosed message is numbered as in that message."""
        message = self.enclosed if self.depth else self
        children = (message or self).parts
        if message and message.main_type != "multipart":
            children = [replace(message, depth=message.depth + 1)]
        return children[number - 1] if 0 < number <= len(children) else None

    @cached_property
    def envelope(self) -> bytes:
        """RFC 3501, 7.4.2: sender and reply-to default to from."""
        written = {name: _addresses(self.value(name)) for name in _ADDRESSES}
        for name in ("sender", "reply-to"):
            if written[name] == NIL:
                written[name] = written["from"]
        items = [self._nstring("date"), self._nstring("subject")]
        items += [written[name] for name in _ADDRESSES]
        items += [self._nstring("in-reply-to"), self._nstring("message-id")]
        return b"(" + b" ".join(items) + b")"

    def structure(self, *, extended: bool) -> bytes:
        """BODYSTRUCTURE, or without its extension data BODY."""
        if self.parts:
            return self._multipart_structure(extended=extended)
        items = [*self._kind]
        if self.enclosed:
            items += [self.enclosed.envelope, self.enclosed.structure(extended=extended)]
        if self.enclosed or self.main_type == "text":
            items.append(b"%d" % self._lines)
        if extended:
            items += [self._nstring("content-md5"), *self._extension]
        return b"(" + b" ".join(items) + b")"

    @cached_property
    def _lines(self) -> int:
        return self.body.count(b"\n")

    @cached_property
    def _kind(self) -> list[bytes]:
        return [
            quoted(self.main_type.encode().upper()),
            quoted(self._typed.get_content_subtype().encode().upper()),
            self._parameters("content-type") if self.value("content-type") else NIL,
            self._nstring("content-id"),
            self._nstring("content-description"),
            quoted(self.value("content-transfer-encoding") or b"7BIT"),
            b"%d" % len(self.body),
        ]

    def _multipart_structure(self, *, extended: bool) -> bytes:
        children = b"".join(part.structure(extended=extended) for part in self.parts)
        items = [children, quoted(self._typed.get_content_subtype().encode().upper())]
        if extended:
            items += [self._parameters("content-type"), *self._extension]
        return b"(" + b" ".join(items) + b")"

    @cached_property
    def _extension(self) -> list[bytes]:
        disposition = self._typed.get_content_disposition()
        written = NIL
        if disposition:
            parameters = self._parameters("content-disposition")
            written = b"(" + quoted(disposition.encode().upper()) + b" " + parameters + b")"
        return [written, self._nstring("content-language"), self._nstring("content-location")]

    def look_at(self) -> list[Part]:
        """Find out now all that takes time, but for the parts in it, which are returned."""
        _ = (self.envelope if not self.depth else NIL, self._extension)
        _ = None if self.parts else (self._kind, self._lines)
        return [*self.parts, *([self.enclosed] if self.enclosed else [])]

    def _parameters(self, name: str) -> bytes:
        found = (self._typed.get_params(header=name) or [])[1:]
        written = [
            quoted(str(key).upper().encode()) + b" " + quoted(_plain(value).encode())
            for key, value in found
            if key
        ]
        return b"(" + b" ".join(written) + b")" if written else NIL

    def _nstring(self, name: str) -> bytes:
        value = self.value(name)
        return NIL if value is None else quoted(value)


async def taken_apart(message: StoredMessage, turns: Turns) -> Part:
    """The message, all of it looked at in turns: to tell its envelope and structure takes little
    time then."""
    whole = parsed(message)
    waiting = [whole]
    while waiting:
        part = waiting.pop()
        await turns.work(2, on_bytes=len(part.header) + len(part.body))
        waiting += part.look_at()
    return whole


@lru_cache(maxsize=8)
def parsed(message: StoredMessage) -> Part:
    """The message taken apart."""
    return Part.of(message.content)


def _plain(value: str | tuple[str | None, str | None, str]) -> str:
    """A parameter's value; one in RFC 2231's form comes in three pieces."""
    return value if isinstance(value, str) else value[2]


def _addresses(value: bytes | None) -> bytes:
    """The addresses of a field: name, route, local part, host of each."""
    written = [_address(each) for each in read_addresses(value or b"")]
    return b"(" + b"".join(written) + b")" if written else NIL


def _address(address: Address) -> bytes:
    texts = (address.name, address.route, address.mailbox, address.host)
    items = [text.encode("utf-8", "surrogateescape") for text in texts]
    return b"(" + b" ".join(quoted(item) if item else NIL for item in items) + b")"
