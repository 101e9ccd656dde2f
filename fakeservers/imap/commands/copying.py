"""COPY (RFC 3501, 6.4.7) and MOVE (RFC 6851), with COPYUID where UIDPLUS is offered (RFC 4315)."""

from __future__ import annotations

from dataclasses import dataclass

from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.grammar.sequence_sets import written
from fakeservers.imap.peer import Peer
from fakeservers.store import Folder, StoredMessage


@dataclass(frozen=True)
class _Wanted:
    messages: list[StoredMessage]
    target: Folder | None


def _read(peer: Peer, command: TaggedCommand) -> _Wanted:
    arguments = command.arguments()
    wanted = arguments.sequence_set()
    arguments.space()
    name = arguments.mailbox()
    arguments.end()
    chosen = peer.selected.chosen(wanted, by_uid=command.by_uid)
    return _Wanted([message for _, message in chosen], peer.account.folder(name))


def _copied(messages: list[StoredMessage], target: Folder) -> str:
    """Copy; what COPYUID says of it, or "" where there was nothing to copy."""
    copies = [target.copy(message) for message in messages]
    if not copies:
        return ""
    before, after = (written(each.uid for each in group) for group in (messages, copies))
    return f"{target.uid_validity} {before} {after}"


async def copy(peer: Peer, command: TaggedCommand) -> None:
    wanted = _read(peer, command)
    if wanted.target is None:
        await peer.answer("no-such-mailbox-try-create", command)
        return
    uids = _copied(wanted.messages, wanted.target)
    await peer.answer_with_uids("copy-ok", command, uids)


async def move(peer: Peer, command: TaggedCommand) -> None:
    """The COPYUID comes before the EXPUNGE responses (RFC 6851, 4.3)."""
    wanted = _read(peer, command)
    if wanted.target is None:
        await peer.answer("no-such-mailbox-try-create", command)
    elif not peer.selected.writable:
        await peer.answer("not-permitted", command)
    else:
        uids = _copied(wanted.messages, wanted.target)
        if uids and peer.offered("UIDPLUS"):
            await peer.refuse("moved", command, uids)
        await peer.tell(peer.selected.removed(wanted.messages))
        await peer.answer("ok", command)
