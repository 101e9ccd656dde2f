"""COPY (RFC 3501, 6.4.7) and MOVE (RFC 6851), with COPYUID where UIDPLUS is offered (RFC 4315)."""

from __future__ import annotations

from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.grammar.sequence_sets import written
from fakeservers.imap.peer import NOWHERE, NotPossible, Peer
from fakeservers.store import Folder, StoredMessage


def _read(peer: Peer, command: TaggedCommand) -> tuple[list[StoredMessage], Folder]:
    """The messages, and where they are to go."""
    arguments = command.arguments()
    wanted = arguments.sequence_set()
    arguments.space()
    name = arguments.mailbox()
    arguments.end()
    chosen = peer.selected.chosen(wanted, by_uid=command.by_uid)
    return [message for _, message in chosen], peer.folder(name, NOWHERE)


def _copied(messages: list[StoredMessage], target: Folder) -> str:
    """Copy; what COPYUID says of it, or "" where there was nothing to copy."""
    copies = [target.copy(message) for message in messages]
    if not copies:
        return ""
    before, after = (written(each.uid for each in group) for group in (messages, copies))
    return f"{target.uid_validity} {before} {after}"


async def copy(peer: Peer, command: TaggedCommand) -> None:
    messages, target = _read(peer, command)
    await peer.answer_with_uids("copy-ok", command, _copied(messages, target))


async def move(peer: Peer, command: TaggedCommand) -> None:
    """The COPYUID comes before the EXPUNGE responses (RFC 6851, 4.3)."""
    messages, target = _read(peer, command)
    if not peer.selected.writable:
        raise NotPossible("not-permitted")
    uids = _copied(messages, target)
    if uids and peer.offered("UIDPLUS"):
        await peer.refuse("moved", command, uids)
    await peer.tell(peer.selected.removed(messages))
    await peer.answer("ok", command)
