"""EXPUNGE (RFC 3501, 6.4.3) and UID EXPUNGE (RFC 4315, 2.1)."""

from __future__ import annotations

from fakeservers.imap.reader import Command
from fakeservers.imap.session import Session
from fakeservers.store import StoredMessage


async def expunge(session: Session, command: Command) -> None:
    arguments = command.arguments()
    chosen = session.selected.messages
    if command.by_uid:
        wanted = arguments.sequence_set()
        chosen = [message for _, message in session.selected.chosen(wanted, by_uid=True)]
    arguments.end()
    if not session.selected.writable:
        await session.answer("not-permitted", command)
        return
    await session.tell(session.selected.removed(filter(_is_deleted, chosen)))
    await session.answer("ok", command)


def _is_deleted(message: StoredMessage) -> bool:
    return "\\Deleted" in message.flags
