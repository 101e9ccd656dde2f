"""SELECT and EXAMINE (RFC 3501, 6.3.1) with the parameter of CONDSTORE (RFC 7162); UNSELECT; STATUS
(RFC 3501, 6.3.10), with the items of STATUS=SIZE (RFC 8438) and CONDSTORE."""

from __future__ import annotations

from collections.abc import Callable, Collection

from fakeservers.imap.grammar.arguments import Arguments, BadArguments
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.peer import Peer
from fakeservers.store import Folder

_ITEMS: dict[str, Callable[[Folder], int]] = {
    "MESSAGES": lambda folder: len(folder.messages),
    "RECENT": lambda folder: sum(message.recent for message in folder.messages),
    "UIDNEXT": lambda folder: folder.uid_next,
    "UIDVALIDITY": lambda folder: folder.uid_validity,
    "UNSEEN": lambda folder: sum("\\Seen" not in message.flags for message in folder.messages),
    "HIGHESTMODSEQ": lambda folder: folder.highest_modseq,
    "SIZE": lambda folder: sum(len(message.content) for message in folder.messages),
}
_NEEDS = {"HIGHESTMODSEQ": "CONDSTORE", "SIZE": "STATUS=SIZE"}


async def select(peer: Peer, command: TaggedCommand) -> None:
    arguments = command.arguments()
    arguments.mailbox()
    name = command.text[: len(command.text) - len(arguments.rest)]
    if not arguments.ended and peer.offered("CONDSTORE"):
        arguments.space()
        _read_parameters(arguments)
        peer.condstore = True
    arguments.end()
    behaviour = peer.side.behaviour
    closes = peer.view is not None
    assert peer.engine
    reply = peer.engine.run(command.name, name)
    if closes and (peer.condstore or behaviour.closed_told_to_all):
        await peer.refuse("mailbox-closed", command)  # RFC 7162, 3.2.11
    if peer.view:
        peer.view.behaviour = behaviour
        peer.view.saved = set() if peer.offered("SEARCHRES") else None
        if peer.condstore:
            peer.view.use_condstore()
        reply = "select-ok-read-write" if peer.view.writable else "select-ok-read-only"
        await peer.tell_selected()
        if peer.offered("CONDSTORE") and (
            peer.view.folder.modseq_wanted or not behaviour.modseq_once_wanted
        ):
            await peer.tell_highest_modseq(command)
    await peer.refuse(reply, command)


def _read_parameters(arguments: Arguments) -> None:
    """`(CONDSTORE)`, the only parameter that there is."""
    if not arguments.at(b"("):
        raise BadArguments("list of parameters expected", "parameter-list")
    for name in arguments.atoms():
        if name != "CONDSTORE":
            raise BadArguments("unknown parameter", "parameter", name)


async def unselect(peer: Peer, command: TaggedCommand) -> None:
    """UNSELECT (RFC 3691)."""
    command.arguments().end()
    assert peer.engine
    peer.engine.leave()
    await peer.answer("ok", command)


async def status(peer: Peer, command: TaggedCommand) -> None:
    arguments = command.arguments()
    name = arguments.mailbox()
    arguments.space()
    items = read_status_items(peer, arguments)
    arguments.end()
    folder = peer.folder(name)
    if "HIGHESTMODSEQ" in items:
        await peer.enable_condstore(command)
    await peer.tell([status_line(peer, folder, items)])
    await peer.answer("ok", command)


def read_status_items(peer: Peer, arguments: Arguments) -> list[str]:
    """The parenthesised items; one that is unknown, or not offered, is a syntax error."""
    items = arguments.atoms(least=0) if arguments.at(b"(") else []
    if not items:
        raise BadArguments("list of items expected", "status-list")
    known = [name for name in _ITEMS if name not in _NEEDS or peer.offered(_NEEDS[name])]
    for item in items:
        if item not in known:
            raise BadArguments("unknown STATUS item", "status-item", item)
    return items


def status_line(peer: Peer, folder: Folder, items: Collection[str]) -> bytes:
    """The untagged response, in an order of its own."""
    counts = " ".join(f"{item} {count(folder)}" for item, count in _ITEMS.items() if item in items)
    return b"STATUS %b (%b)" % (peer.written(folder.name), counts.encode())
