"""FETCH (RFC 3501, 6.4.5), with CHANGEDSINCE (RFC 7162, 3.1.4.1)."""

from __future__ import annotations

from collections.abc import Iterator

from fakeservers.imap.condstore import enable_condstore, read_modifier
from fakeservers.imap.fetch_items import Item, read_items
from fakeservers.imap.reader import Command
from fakeservers.imap.session import Session
from fakeservers.imap.view import View
from fakeservers.store import StoredMessage

CHUNK_BYTES = 65536
"""An answer may be as large as messages and items multiply to: it is never held whole."""


async def fetch(session: Session, command: Command) -> None:
    arguments = command.arguments()
    view = session.selected
    wanted = arguments.sequence_set()
    arguments.space()
    items = read_items(arguments, session.offers)
    since: int | None = None
    if arguments.rest:
        arguments.space()
        since = read_modifier(session, arguments, "CHANGEDSINCE")
    arguments.end()
    chosen = view.chosen(wanted, by_uid=command.by_uid)
    if since is not None or any(item.name == "MODSEQ" for item in items):
        await enable_condstore(session, command)
    items = _completed(items, by_uid=command.by_uid, since=since)
    chosen = [pair for pair in chosen if since is None or pair[1].modseq > since]
    if not all(item.is_decodable(message) for item in items for _, message in chosen):
        await session.answer("unknown-encoding", command)
        return
    await session.tell_new_keywords()
    written = bytearray()
    for number, message in chosen:
        for piece in _response(view, number, message, items):
            written += piece
            if len(written) >= CHUNK_BYTES:
                await session.conversation.connection.write(bytes(written))
                written.clear()
    if written:
        await session.conversation.connection.write(bytes(written))
    await session.answer("ok", command)


def _completed(items: list[Item], *, by_uid: bool, since: int | None) -> list[Item]:
    """The items with those that the command's form asks for, in their order; none is told twice."""
    first = [Item("UID")] if by_uid else []
    last = [Item("MODSEQ")] if since is not None else []
    return sorted(dict.fromkeys([*first, *items, *last]), key=lambda item: item.place)


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
    yield b"* %d FETCH (" % number
    for place, item in enumerate(items):
        yield (b" " if place else b"") + item.says(view, message)
    yield b")\r\n"
