"""APPEND (RFC 3501, 6.3.11), of several messages where MULTIAPPEND is offered (RFC 3502), of binary
ones where BINARY is (RFC 3516). COPY (RFC 3501, 6.4.7) and MOVE (RFC 6851). With APPENDUID and
COPYUID where UIDPLUS is (RFC 4315)."""

from __future__ import annotations

import base64
from datetime import datetime

from fakeservers.imap.grammar.arguments import Arguments
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.grammar.sequence_sets import written
from fakeservers.imap.mime import Part
from fakeservers.imap.peer import NOWHERE, STEPS_PER_MESSAGE, NotPossible, Peer
from fakeservers.store import Folder, StoredMessage

_Message = tuple[bytes | None, list[str], datetime | None]
"""Content, flags, internal date."""


async def append(peer: Peer, command: TaggedCommand) -> None:
    arguments = command.arguments()
    name = arguments.mailbox()
    messages = [_message(peer, arguments)]
    while not arguments.ended and peer.offered("MULTIAPPEND"):
        messages.append(_message(peer, arguments))
    arguments.end()
    folder = peer.folder(name, NOWHERE)
    contents = [content for content, *_ in messages]
    if b"" in contents:  # the client gives up (RFC 3502, 6.3.11)
        raise NotPossible("not-permitted")
    if None in contents:
        raise NotPossible("unknown-encoding")
    if not peer.account.usage.leaves_room(len(messages), sum(map(len, filter(None, contents)))):
        raise NotPossible("over-quota")
    if not folder.takes_flags([flag for _, flags, _ in messages for flag in flags]):
        raise NotPossible("too-many-keywords")
    added = [folder.append(text, flags, when) for text, flags, when in messages if text]
    uids = f"{folder.uid_validity} {written(each.uid for each in added)}"
    await peer.answer_with_uids("append-ok", command, uids)


def _message(peer: Peer, arguments: Arguments) -> _Message:
    """A space, and what there is of flags and date before the literal."""
    arguments.space()
    flags: list[str] = []
    received: datetime | None = None
    if arguments.at(b"("):
        flags = arguments.flags()
        arguments.space()
    if arguments.at(b'"'):
        received = arguments.date_time()
        arguments.space()
    if arguments.at(b"~") and peer.offered("BINARY"):
        arguments.token(b"~")
        return _storable(arguments.literal()), flags, received
    return arguments.literal(), flags, received


def _storable(content: bytes) -> bytes | None:
    """A binary message (RFC 3516, 4.4) as a store of text keeps it: without NUL, its body in base64
    where it has any. None: a multipart has them, whose parts would have to be re-coded."""
    if b"\0" not in content:
        return content
    message = Part.of(content)
    if message.main_type == "multipart" or b"\0" in message.header:
        return None
    kept = message.header_of(["content-transfer-encoding"], negate=True).removesuffix(b"\r\n")
    coded = base64.encodebytes(message.body).replace(b"\n", b"\r\n")
    return kept + b"Content-Transfer-Encoding: base64\r\n\r\n" + coded


def _to_copy(peer: Peer, command: TaggedCommand) -> tuple[list[StoredMessage], Folder]:
    """The messages, and where they are to go."""
    arguments = command.arguments()
    wanted = arguments.sequence_set()
    arguments.space()
    name = arguments.mailbox()
    arguments.end()
    chosen = peer.selected.chosen(wanted, by_uid=command.by_uid)
    peer.require(chosen, command)
    return [message for _, message in chosen], peer.folder(name, NOWHERE)


async def _copied(peer: Peer, messages: list[StoredMessage], target: Folder) -> str:
    """Copy; what COPYUID says of it, or "" where there was nothing to copy."""
    octets = sum(len(message.content) for message in messages)
    if not peer.account.usage.leaves_room(len(messages), octets):
        raise NotPossible("over-quota")
    if not target.takes_flags({flag for message in messages for flag in message.flags}):
        raise NotPossible("too-many-keywords")
    copies: list[StoredMessage] = []
    for message in messages:
        await peer.turns.work(STEPS_PER_MESSAGE)
        copies.append(target.copy(message))
    if not copies:
        return ""
    before, after = (written(each.uid for each in group) for group in (messages, copies))
    return f"{target.uid_validity} {before} {after}"


async def copy(peer: Peer, command: TaggedCommand) -> None:
    messages, target = _to_copy(peer, command)
    await peer.answer_with_uids("copy-ok", command, await _copied(peer, messages, target))


async def move(peer: Peer, command: TaggedCommand) -> None:
    """The COPYUID comes before the EXPUNGE responses (RFC 6851, 4.3)."""
    messages, target = _to_copy(peer, command)
    if not peer.selected.writable:
        raise NotPossible("not-permitted")
    uids = await _copied(peer, messages, target)
    if uids and peer.offered("UIDPLUS"):
        await peer.refuse("moved", command, uids)
    await peer.tell(peer.selected.removed(messages))
    await peer.answer("ok", command)
