"""FETCH (RFC 3501, 6.4.5): its items, and what each says of a message; the sections of a body, byte
for byte as they were stored; with BINARY (RFC 3516) and CHANGEDSINCE (RFC 7162, 3.1.4.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC

from fakeservers.files.patterns import kept_regex
from fakeservers.imap.grammar.arguments import Arguments, BadArguments
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.grammar.strings import astring, literal
from fakeservers.imap.mime import NIL, Part, UnknownEncoding, parsed, taken_apart
from fakeservers.imap.peer import STEPS_PER_MESSAGE, NotPossible, Peer
from fakeservers.imap.view import View
from fakeservers.store import StoredMessage

CHUNK_BYTES = 65536
"""An answer may be as large as messages and items multiply to: it is never held whole."""
_NAME = kept_regex(rb"[A-Za-z0-9.]+")
_MACROS = {
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_NEEDS = {"MODSEQ": "CONDSTORE", "BINARY": "BINARY", "BINARY.SIZE": "BINARY"}
_SHOW_CONTENT = ("RFC822", "RFC822.HEADER", "RFC822.TEXT", "ENVELOPE")
_TAKES_APART = ("ENVELOPE", "BODY", "BODYSTRUCTURE")
_KINDS = ("HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT", "TEXT", "MIME")
_SECTION = kept_regex(rb"((?:[1-9]\d{0,8}\.?)*)([A-Za-z.]*)")
_PARTIAL = kept_regex(rb"<(\d{1,10})\.([1-9]\d{0,9})>")
Say = Callable[[View, StoredMessage], bytes]


@dataclass(frozen=True)
class Section:
    """What stands between the brackets of `BODY[…]<…>`. `kind` is "" for a whole message or
    part; `partial` the first byte and how many."""

    parts: tuple[int, ...] = ()
    kind: str = ""
    fields: tuple[bytes, ...] = ()
    partial: tuple[int, int] | None = None

    @property
    def label(self) -> bytes:
        """The section as the answer names it, with its brackets."""
        named = [b"%d" % number for number in self.parts] + [self.kind.encode()] * bool(self.kind)
        fields = b" (" + b" ".join(map(astring, self.fields)) + b")" if self.fields else b""
        begin = b"<%d>" % self.partial[0] if self.partial else b""
        return b"[" + b".".join(named) + fields + b"]" + begin

    def cut(self, data: bytes | None) -> bytes | None:
        """What the partial asks for of the section's data."""
        if data is None or self.partial is None:
            return data
        begin, length = self.partial
        return data[begin : begin + length]

    def _part_of(self, message: Part) -> Part | None:
        """The part that is meant."""
        part: Part | None = message
        for number in self.parts:
            part = part.child(number) if part else None
        return part

    def decoded_data_of(self, message: Part) -> bytes | None:
        """The part without its transfer encoding (RFC 3516). Raises UnknownEncoding."""
        part = self._part_of(message)
        if part is None:
            return None
        return part.decoded if self.parts else part.header + part.body

    def has_end_of(self, message: Part) -> bool:
        """Whether it is the text of the message to its end: what comes before may be missing."""
        if self.kind not in ("", "TEXT"):
            return False
        data = self.data_of(message)
        if data is None or not data.endswith(message.body):
            return False
        return self.partial is None or sum(self.partial) >= len(data)

    def data_of(self, message: Part) -> bytes | None:
        """The section's bytes; None where the message has no such part."""
        part = self._part_of(message)
        if part is None:
            return None
        if not self.kind:
            return part.body if self.parts else part.header + part.body
        if self.kind == "MIME":
            return part.header
        # HEADER and TEXT of a body part are those of the message it encloses.
        whole = part.enclosed if self.parts else part
        if whole is None:
            return None
        if self.kind == "TEXT":
            return whole.body
        if self.kind == "HEADER":
            return whole.header
        names = [name.decode("latin-1") for name in self.fields]
        return whole.header_of(names, negate=self.kind.endswith("NOT"))


def _nliteral(data: bytes | None, *, binary: bool = False) -> bytes:
    """A body as it goes on the wire; NIL for one that is not there. NUL only in a literal8."""
    if data is None:
        return NIL
    return (b"~" if binary and b"\0" in data else b"") + literal(data)


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

    @property
    def shows_content(self) -> bool:
        """Whether it is something of the message itself, its header included."""
        sized = self.name == "BINARY.SIZE"
        return (self.section is not None and not sized) or self.name in _SHOW_CONTENT

    def shows_end(self, message: StoredMessage) -> bool:
        """Whether it has the text of the message to its end."""
        if self.section is None:
            return self.name in ("RFC822", "RFC822.TEXT")
        return self.section.has_end_of(parsed(message))

    @property
    def decodes(self) -> bool:
        """Whether it is a BINARY."""
        return self.section is not None and self.name != "BODY"

    def is_decodable(self, message: StoredMessage) -> bool:
        """Whether it can be had of this message, where it `decodes` (RFC 3516, 4.3)."""
        assert self.section
        try:
            self.section.decoded_data_of(parsed(message))
        except UnknownEncoding:
            return False
        return True

    def _of_section(self, section: Section, message: Part) -> bytes:
        if self.name == "BODY":
            return section.label + b" " + _nliteral(section.cut(section.data_of(message)))
        data = section.decoded_data_of(message)
        if self.name == "BINARY.SIZE":
            return section.label + b" %d" % len(data or b"")
        return section.label + b" " + _nliteral(section.cut(data), binary=True)


_SAY: dict[str, Say] = {
    "FLAGS": lambda view, message: view.flags_item(message),
    "UID": lambda _view, message: b"UID %d" % message.uid,
    "MODSEQ": lambda _view, message: b"MODSEQ (%d)" % message.modseq,
    "INTERNALDATE": lambda view, message: _internal_date(view, message),
    "ENVELOPE": lambda _view, message: b"ENVELOPE " + parsed(message).envelope,
    "BODY": lambda _view, message: b"BODY " + parsed(message).structure(extended=False),
    "BODYSTRUCTURE": lambda _view, message: (
        b"BODYSTRUCTURE " + parsed(message).structure(extended=True)
    ),
    "RFC822": lambda _view, message: b"RFC822 " + literal(message.content),
    "RFC822.HEADER": lambda _view, message: b"RFC822.HEADER " + literal(parsed(message).header),
    "RFC822.TEXT": lambda _view, message: b"RFC822.TEXT " + literal(parsed(message).body),
    "RFC822.SIZE": lambda _view, message: b"RFC822.SIZE %d" % len(message.content),
}


def _internal_date(view: View, message: StoredMessage) -> bytes:
    received = message.received
    if view.behaviour.dates_in_utc:
        received = received.astimezone(UTC)
    day = received.strftime("%d")
    if view.behaviour.spaces_in_dates and day[0] == "0":
        day = f" {day[1]}"
    rest = received.strftime("%b-%Y %H:%M:%S %z")
    return f'INTERNALDATE "{day}-{rest}"'.encode()


def _items(arguments: Arguments, peer: Peer) -> list[Item]:
    """Read one item, a macro, or a list of items."""
    if arguments.at(b"("):
        return _listed(arguments, peer)
    macro = arguments.rest.partition(b" ")[0].decode("latin-1").upper()
    if macro in _MACROS:
        arguments.atom()
        return [Item(name) for name in _MACROS[macro]]
    return [_item(arguments, peer)]


def _listed(arguments: Arguments, peer: Peer) -> list[Item]:
    items = arguments.listed(lambda: _item(arguments, peer), unclosed="parenthesis")
    if not items:
        raise BadArguments("fetch item expected", "fetch-item")
    return items


def _item(arguments: Arguments, peer: Peer) -> Item:
    """Read one; whose capability is not offered is unknown."""
    written = arguments.matched(_NAME, "fetch item")[0].decode("ascii").upper()
    name = written.removesuffix(".PEEK")
    if name in _NEEDS and not peer.offered(_NEEDS[name]):
        raise BadArguments("unknown fetch item", "fetch-item", written)
    if arguments.at(b"[") and name in ("BODY", "BINARY", "BINARY.SIZE"):
        section = _read_section(arguments, parts_only=name != "BODY")
        if name == "BINARY.SIZE" and (section.partial or written != name):
            raise BadArguments("only the section expected")
        return Item(name, section, sets_seen=written == name != "BINARY.SIZE")
    if written not in _SAY:
        raise BadArguments("unknown fetch item", "fetch-item", written)
    return Item(written, sets_seen=written in ("RFC822", "RFC822.TEXT"))


async def fetch(peer: Peer, command: TaggedCommand) -> None:
    arguments = command.arguments()
    view = peer.selected
    wanted = arguments.sequence_set()
    arguments.space()
    items = _items(arguments, peer)
    since: int | None = None
    if not arguments.ended and peer.offered("CONDSTORE"):
        arguments.space()
        since = arguments.modifier("CHANGEDSINCE")
    arguments.end()
    chosen = view.chosen(wanted, by_uid=command.by_uid)
    if since is not None or any(item.name == "MODSEQ" for item in items):
        await peer.enable_condstore(command)
    items = _completed(items, view, by_uid=command.by_uid, since=since)
    peer.require(chosen, command)
    chosen = [pair for pair in chosen if since is None or pair[1].modseq > since]
    for item in items:
        for _, message in chosen if item.decodes else ():
            await peer.turns.work(STEPS_PER_MESSAGE, on_bytes=len(message.content))
            if not item.is_decodable(message):
                raise NotPossible("unknown-encoding")
    await peer.tell_new_keywords()
    with peer.conversation.connection.saying():
        await _tell(peer, chosen, items)
    await peer.answer("ok", command)


async def _tell(peer: Peer, chosen: list[tuple[int, StoredMessage]], items: list[Item]) -> None:
    """The FETCH responses, in pieces that may end in the middle of one."""
    written = bytearray()
    ended: list[StoredMessage] = []
    """What the responses are about that end in the next piece."""

    async def write() -> None:
        await peer.conversation.connection.write(bytes(written))
        written.clear()
        for message in ended:
            _note(peer, message, items)
        ended.clear()

    for number, message in chosen:
        if any(item.name in _TAKES_APART for item in items):
            await taken_apart(message, peer.turns)
        for piece in _response(peer.selected, number, message, items):
            await peer.turns.work(STEPS_PER_MESSAGE, on_bytes=len(piece))
            written += piece
            if len(written) >= CHUNK_BYTES:
                await write()
        ended.append(message)
    if written or ended:
        await write()


def _note(peer: Peer, message: StoredMessage, items: list[Item]) -> None:
    """Record what was handed out of a message, if anything was."""
    shown = [item for item in items if item.shows_content]
    if shown:
        whole = any(item.shows_end(message) for item in shown)
        peer.handed_out(message.message_id, whole=whole)


def _completed(items: list[Item], view: View, *, by_uid: bool, since: int | None) -> list[Item]:
    """The items with those that the command's form asks for, in their order; none is told twice."""
    first = [Item("UID")] if by_uid else []
    last = [Item("MODSEQ")] if since is not None else []
    return _ordered([*first, *items, *last], view)


def _ordered(items: Iterable[Item], view: View) -> list[Item]:
    """The items as they come in a response, each once."""
    order = view.behaviour.fetch_order or []

    def key(item: Item) -> tuple[int, int]:
        known = item.section is None and item.name in order
        return (0, order.index(item.name)) if known else (1, item.place)

    return sorted(dict.fromkeys(items), key=key)


def _response(
    view: View, number: int, message: StoredMessage, items: list[Item]
) -> Iterator[bytes]:
    """One FETCH response in pieces. Where reading sets `\\Seen`, it says so."""
    unseen = "\\Seen" not in message.flags
    if unseen and view.writable and any(item.sets_seen for item in items):
        view.folder.set_flags(message, [*message.flags, "\\Seen"])
        names = [item.name for item in items]
        told = [Item("FLAGS")] if "FLAGS" not in names else []
        if view.condstore and "MODSEQ" not in names:
            told.append(Item("MODSEQ"))
        place = 1 if names[0] == "UID" else 0
        items = [*items[:place], *told, *items[place:]]
        items = _ordered(items, view) if view.behaviour.fetch_order else items
    yield b"* %d FETCH (" % number
    for place, item in enumerate(items):
        yield (b" " if place else b"") + item.says(view, message)
    yield b")\r\n"


def _read_section(arguments: Arguments, *, parts_only: bool = False) -> Section:
    """Read `[section]<partial>`; with `parts_only`, as BINARY has it. Raises BadArguments."""
    arguments.token(b"[")
    numbers, kind = arguments.matched(_SECTION, "section").groups()
    if arguments.ended:
        raise BadArguments("] expected", "section")
    parts = tuple(map(int, numbers.removesuffix(b".").split(b"."))) if numbers else ()
    name = kind.decode("ascii").upper()
    if numbers.endswith(b".") != bool(parts and name) or (name and name not in _KINDS):
        raise BadArguments("section expected", "section")
    if (name == "MIME" and not parts) or (name and parts_only):
        raise BadArguments("section expected", "section")
    fields: tuple[bytes, ...] = ()
    if name.startswith("HEADER.FIELDS"):
        if not arguments.at(b" "):
            raise BadArguments("fields expected", "section")
        arguments.space()
        fields = tuple(arguments.strings(least=1))
    arguments.token(b"]")
    partial = None
    if arguments.at(b"<"):
        begin, length = arguments.matched(_PARTIAL, "partial").groups()
        partial = int(begin), int(length)
    return Section(parts, name, fields, partial)
