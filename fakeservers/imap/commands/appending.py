"""APPEND (RFC 3501, 6.3.11), of several messages where MULTIAPPEND is offered (RFC 3502), of binary
ones where BINARY is (RFC 3516); with APPENDUID where UIDPLUS is (RFC 4315)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fakeservers.imap.binary import storable
from fakeservers.imap.reader import Command
from fakeservers.imap.sequence import written
from fakeservers.imap.session import Session
from fakeservers.imap.syntax import Arguments


@dataclass(frozen=True)
class _Message:
    content: bytes | None
    flags: list[str]
    received: datetime | None


async def append(session: Session, command: Command) -> None:
    arguments = command.arguments()
    name = arguments.mailbox()
    messages = [_message(session, arguments)]
    while arguments.rest and session.offers("MULTIAPPEND"):
        messages.append(_message(session, arguments))
    arguments.end()
    assert session.account
    folder = session.account.folder(name)
    contents = [each.content for each in messages]
    if folder is None:
        await session.answer("no-such-mailbox-try-create", command)
    elif b"" in contents:  # the client gives up (RFC 3502, 6.3.11)
        await session.answer("not-permitted", command)
    elif None in contents:
        await session.answer("unknown-encoding", command)
    else:
        added = [
            folder.append(content, each.flags, each.received)
            for each in messages
            if (content := each.content)
        ]
        uids = f"{folder.uid_validity} {written(each.uid for each in added)}"
        await session.answer_with_uids("append-ok", command, uids)


def _message(session: Session, arguments: Arguments) -> _Message:
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
    if arguments.at(b"~") and session.offers("BINARY"):
        arguments.token(b"~")
        return _Message(storable(arguments.literal()), flags, received)
    return _Message(arguments.literal(), flags, received)
