"""What FETCH returns of a message (RFC 3501, 6.4.5), byte for byte as it was stored."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

from fakeservers.imap.mime import NIL, Part
from fakeservers.imap.view import flag_list
from fakeservers.store import StoredMessage

Write = Callable[[bytes], None]


class HeaderItem(Protocol):
    """`HEADER` (no fields, negated), `HEADER.FIELDS` or `HEADER.FIELDS.NOT`."""

    negate: bool
    fields: list[bytes] | None


class BodyItem(Protocol):
    """One `BODY[...]<...>`, as Twisted's parser reads it; part numbers count from 0."""

    part: tuple[int, ...]
    peek: bool
    empty: bool
    header: HeaderItem | None
    text: object | None
    mime: object | None
    partialBegin: int | None
    partialLength: int | None


def literal(data: bytes | None) -> bytes:
    """A body as it goes on the wire; NIL for one that is not there."""
    return NIL if data is None else b"{%d}\r\n%b" % (len(data), data)


def names_section(item: BodyItem) -> bool:
    """Whether the item has brackets; a bare `BODY` asks for the structure."""
    return bool(item.empty or item.header or item.text or item.mime)


def has_known_section(item: BodyItem) -> bool:
    """Whether what Twisted's parser lets through is one of RFC 3501's sections: `MIME` wants a part
    number, `HEADER.FIELDS` a field, `BODY.PEEK` brackets."""
    if item.mime:
        return bool(item.part)
    if item.header and item.header.fields is not None:
        return item.header.fields != []
    return names_section(item) or not item.peek


def section(message: Part, item: BodyItem) -> bytes:
    """The item's name and the bytes it asks for."""
    data = _data(message, item)
    label = b"BODY[" + _section_name(item) + b"]"
    if item.partialBegin is not None and item.partialLength is not None:
        label += b"<%d>" % item.partialBegin
        if data is not None:
            data = data[item.partialBegin : item.partialBegin + item.partialLength]
    return label + b" " + literal(data)


def _section_name(item: BodyItem) -> bytes:
    names = [b"%d" % (number + 1) for number in item.part]
    if item.header and item.header.fields:
        kind = b"HEADER.FIELDS.NOT" if item.header.negate else b"HEADER.FIELDS"
        names.append(kind + b" (" + b" ".join(item.header.fields) + b")")
    elif item.header:
        names.append(b"HEADER")
    elif item.text:
        names.append(b"TEXT")
    elif item.mime:
        names.append(b"MIME")
    return b".".join(names)


def _data(message: Part, item: BodyItem) -> bytes | None:
    part: Part | None = message
    for number in item.part:
        part = part.child(number + 1) if part else None
    if part is None:
        return None
    if item.empty:
        return part.body if item.part else part.header + part.body
    if item.mime:
        return part.header
    # HEADER and TEXT of a body part are those of the message it encloses.
    whole = part.enclosed if item.part else part
    if whole is None:
        return None
    if item.text:
        return whole.body
    if not item.header or not item.header.fields:
        return whole.header
    fields = [name.decode("latin-1") for name in item.header.fields]
    return whole.header_of(fields, negate=item.header.negate)


class Items:
    """What FETCH writes for each item; Twisted calls the methods by these names."""

    mbox: Any
    """The selected View; Twisted keeps None here while there is none."""

    def spew_flags(self, _id: int, msg: StoredMessage, _w: Write, _f: object) -> None:
        _w(b"FLAGS " + flag_list(self.mbox.flags_of(msg)))

    def spew_uid(self, _id: int, msg: StoredMessage, _w: Write, _f: object) -> None:
        _w(b"UID %d" % msg.uid)

    def spew_internaldate(self, _id: int, msg: StoredMessage, _w: Write, _f: object) -> None:
        _w(b'INTERNALDATE "%b"' % msg.received.strftime("%d-%b-%Y %H:%M:%S %z").encode())

    def spew_envelope(self, _id: int, msg: StoredMessage, _w: Write, _f: object) -> None:
        _w(b"ENVELOPE " + _parsed(msg).envelope())

    def spew_bodystructure(self, _id: int, msg: StoredMessage, _w: Write, _f: object) -> None:
        _w(b"BODYSTRUCTURE " + _parsed(msg).structure(extended=True))

    def spew_rfc822(self, _id: int, msg: StoredMessage, _w: Write, _f: object) -> None:
        _w(b"RFC822 " + literal(msg.content))

    def spew_rfc822header(self, _id: int, msg: StoredMessage, _w: Write, _f: object) -> None:
        _w(b"RFC822.HEADER " + literal(_parsed(msg).header))

    def spew_rfc822text(self, _id: int, msg: StoredMessage, _w: Write, _f: object) -> None:
        _w(b"RFC822.TEXT " + literal(_parsed(msg).body))

    def spew_rfc822size(self, _id: int, msg: StoredMessage, _w: Write, _f: object) -> None:
        _w(b"RFC822.SIZE %d" % len(msg.content))

    def spew_body(self, part: Any, _id: int, msg: StoredMessage, _w: Write, _f: object) -> None:
        if names_section(part):
            _w(section(_parsed(msg), part))
        else:
            _w(b"BODY " + _parsed(msg).structure(extended=False))


def sets_seen(item: Any) -> bool:
    """RFC 3501, 6.4.5: reading a body without PEEK sets `\\Seen`."""
    if item.type == "body":
        return names_section(item) and not item.peek
    return item.type in ("rfc822", "rfc822text")


@lru_cache(maxsize=8)
def _parsed(message: StoredMessage) -> Part:
    return Part.of(message.content)
