"""The items that FETCH asks for (RFC 3501, 6.4.5), and what each says of a message."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from fakeservers.imap.mime import Part, UnknownEncoding
from fakeservers.imap.sections import Section, literal, read_section
from fakeservers.imap.syntax import Arguments, BadArguments
from fakeservers.imap.view import View
from fakeservers.store import StoredMessage

_NAME = re.compile(rb"[A-Za-z0-9.]+")
_MACROS = {
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_NEEDS = {"MODSEQ": "CONDSTORE", "BINARY": "BINARY", "BINARY.SIZE": "BINARY"}
Say = Callable[[View, StoredMessage], bytes]


@dataclass(frozen=True)
class Item:
    """One item; `sets_seen` where reading it marks the message as read."""

    name: str
    section: Section | None = None
    sets_seen: bool = False

    @property
    def place(self) -> int:
        """Where it stands in a response: long ones, with literals in them, come last, as clients
        that read line by line expect (Dovecot does so)."""
        if self.section is not None or self.name in ("RFC822", "RFC822.HEADER", "RFC822.TEXT"):
            return 2
        return 1 if self.name in ("ENVELOPE", "BODY", "BODYSTRUCTURE") else 0

    def says(self, view: View, message: StoredMessage) -> bytes:
        """The item's name and value; it must be decodable."""
        if self.section is not None:
            return self.name.encode() + self._of_section(self.section, parsed(message))
        return _SAY[self.name](view, message)

    def is_decodable(self, message: StoredMessage) -> bool:
        """Whether a BINARY can be had of this message (RFC 3516, 4.3)."""
        if self.section is None or self.name == "BODY":
            return True
        try:
            self.section.decoded_data_of(parsed(message))
        except UnknownEncoding:
            return False
        return True

    def _of_section(self, section: Section, message: Part) -> bytes:
        if self.name == "BODY":
            return section.label + b" " + literal(section.cut(section.data_of(message)))
        data = section.decoded_data_of(message)
        if self.name == "BINARY.SIZE":
            return section.label + b" %d" % len(data or b"")
        return section.label + b" " + literal(section.cut(data), binary=True)


@lru_cache(maxsize=8)
def parsed(message: StoredMessage) -> Part:
    """The message taken apart."""
    return Part.of(message.content)


_SAY: dict[str, Say] = {
    "FLAGS": lambda view, message: view.flags_item(message),
    "UID": lambda _view, message: b"UID %d" % message.uid,
    "MODSEQ": lambda _view, message: b"MODSEQ (%d)" % message.modseq,
    "INTERNALDATE": lambda _view, message: b'INTERNALDATE "%b"' % _date(message),
    "ENVELOPE": lambda _view, message: b"ENVELOPE " + parsed(message).envelope(),
    "BODY": lambda _view, message: b"BODY " + parsed(message).structure(extended=False),
    "BODYSTRUCTURE": lambda _view, message: (
        b"BODYSTRUCTURE " + parsed(message).structure(extended=True)
    ),
    "RFC822": lambda _view, message: b"RFC822 " + literal(message.content),
    "RFC822.HEADER": lambda _view, message: b"RFC822.HEADER " + literal(parsed(message).header),
    "RFC822.TEXT": lambda _view, message: b"RFC822.TEXT " + literal(parsed(message).body),
    "RFC822.SIZE": lambda _view, message: b"RFC822.SIZE %d" % len(message.content),
}


def _date(message: StoredMessage) -> bytes:
    return message.received.strftime("%d-%b-%Y %H:%M:%S %z").encode()


def read_items(arguments: Arguments, offers: Callable[[str], bool]) -> list[Item]:
    """Read one item, a macro, or a list of items. Raises BadArguments, also for an item whose
    capability is not offered."""
    if not arguments.at(b"("):
        macro = arguments.rest.partition(b" ")[0].decode("latin-1").upper()
        if macro in _MACROS:
            arguments.atom()
            return [Item(name) for name in _MACROS[macro]]
        return [_item(arguments, offers)]
    arguments.token(b"(")
    items = [_item(arguments, offers)]
    while not arguments.at(b")"):
        arguments.space()
        items.append(_item(arguments, offers))
    arguments.token(b")")
    return items


def _item(arguments: Arguments, offers: Callable[[str], bool]) -> Item:
    written = arguments.matched(_NAME, "fetch item")[0].decode("ascii").upper()
    name = written.removesuffix(".PEEK")
    needed = _NEEDS.get(name)
    if needed and not offers(needed):
        raise BadArguments("unknown fetch item", "fetch-item", written)
    if arguments.at(b"[") and name in ("BODY", "BINARY", "BINARY.SIZE"):
        section = read_section(arguments, parts_only=name != "BODY")
        if name == "BINARY.SIZE" and (section.partial or written != name):
            raise BadArguments("only the section expected")
        return Item(name, section, sets_seen=written == name != "BINARY.SIZE")
    if written not in _SAY:
        raise BadArguments("unknown fetch item", "fetch-item", written)
    return Item(written, sets_seen=written in ("RFC822", "RFC822.TEXT"))
