"""A message taken apart without changing a byte: what FETCH and SEARCH look at (RFC 3501, 7.4.2).

The standard library's parser would re-write headers and line ends; sections must come back exactly
as they were stored.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from dataclasses import dataclass, field, replace
from email.message import Message
from functools import cached_property, lru_cache

from fakeservers.imap.grammar.strings import quoted
from fakeservers.imap.headers import Address, read_addresses
from fakeservers.store import StoredMessage

_HEADER_END = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:(.*?)(?:\r?\n(?![ \t])|\Z)", re.DOTALL)
_ADDRESSES = ("from", "sender", "reply-to", "to", "cc", "bcc")
_MAX_DEPTH = 20
NIL = b"NIL"


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

    @classmethod
    def of(cls, content: bytes, depth: int = 0, *, in_digest: bool = False) -> Part:
        found = _HEADER_END.search(content)
        end = found.end() if found else len(content)
        return cls(content[:end], content[end:], depth, in_digest)

    @cached_property
    def fields(self) -> list[tuple[str, bytes]]:
        """Names in lower case and unfolded values, in order."""
        found = [(m[1].decode("ascii").lower(), m[2]) for m in _FIELD.finditer(self.header)]
        return [(name, re.sub(rb"\r?\n(?=[ \t])", b"", value).strip()) for name, value in found]

    def value(self, name: str) -> bytes | None:
        """The first field of that name."""
        return next((value for field_name, value in self.fields if field_name == name), None)

    def header_of(self, names: list[str], *, negate: bool) -> bytes:
        """The header with only (or without) these fields, byte for byte, and its empty line."""
        wanted = {name.lower() for name in names}
        kept = [
            found[0]
            for found in _FIELD.finditer(self.header)
            if (found[1].decode("ascii").lower() in wanted) is not negate
        ]
        return b"".join(line.rstrip(b"\r\n") + b"\r\n" for line in kept) + b"\r\n"

    @cached_property
    def _typed(self) -> Message:
        """Only the fields that say what the part is, for the standard library to read."""
        typed: Message = Message()
        if self.in_digest:
            typed.set_default_type("message/rfc822")
        for name in ("content-type", "content-disposition"):
            value = self.value(name)
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
        mark = re.escape(boundary.encode())
        body = re.split(rb"(?:\A|\r?\n)--" + mark + rb"--[ \t]*(?:\r?\n|\Z)", self.body, maxsplit=1)
        pieces = re.split(rb"(?:\A|\r?\n)--" + mark + rb"[ \t]*(?:\r?\n|\Z)", body[0])
        digest = self._typed.get_content_subtype() == "digest"
        return [Part.of(piece, self.depth + 1, in_digest=digest) for piece in pieces[1:]]

    @cached_property
    def enclosed(self) -> Part | None:
        """The message in a message/rfc822 part."""
        if self._typed.get_content_type() != "message/rfc822" or self.depth >= _MAX_DEPTH:
            return None
        return Part.of(self.body, self.depth + 1)

    @cached_property
    def decoded(self) -> bytes:
        """The body without its transfer encoding (RFC 2045, section 6). Raises UnknownEncoding."""
        encoding = (self.value("content-transfer-encoding") or b"7bit").strip().lower()
        if encoding in (b"7bit", b"8bit", b"binary"):
            return self.body
        if encoding == b"quoted-printable":
            return quopri.decodestring(re.sub(rb"[ \t]+(?=\r?\n)", b"", self.body))
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
        items = [
            quoted(self.main_type.encode().upper()),
            quoted(self._typed.get_content_subtype().encode().upper()),
            self._parameters("content-type") if self.value("content-type") else NIL,
            self._nstring("content-id"),
            self._nstring("content-description"),
            quoted(self.value("content-transfer-encoding") or b"7BIT"),
            b"%d" % len(self.body),
        ]
        if self.enclosed:
            items += [self.enclosed.envelope(), self.enclosed.structure(extended=extended)]
        if self.enclosed or self.main_type == "text":
            items.append(b"%d" % self.body.count(b"\n"))
        if extended:
            items += [self._nstring("content-md5"), *self._extension()]
        return b"(" + b" ".join(items) + b")"

    def _multipart_structure(self, *, extended: bool) -> bytes:
        children = b"".join(part.structure(extended=extended) for part in self.parts)
        items = [children, quoted(self._typed.get_content_subtype().encode().upper())]
        if extended:
            items += [self._parameters("content-type"), *self._extension()]
        return b"(" + b" ".join(items) + b")"

    def _extension(self) -> list[bytes]:
        disposition = self._typed.get_content_disposition()
        written = NIL
        if disposition:
            parameters = self._parameters("content-disposition")
            written = b"(" + quoted(disposition.encode().upper()) + b" " + parameters + b")"
        return [written, self._nstring("content-language"), self._nstring("content-location")]

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
