"""COPY (RFC 3501, 6.4.7) and MOVE (RFC 6851), with COPYUID where UIDPLUS is offered (RFC 4315)."""

from __future__ import annotations

from dataclasses import dataclass

from fakeservers.imap.reader import Command
from fakeservers.imap.sequence import written
from fakeservers.imap.session import Session
from fakeservers.store import Folder, StoredMessage


@dataclass(frozen=True)
class _Wanted:
    messages: list[StoredMessage]
    target: Folder | None


def _read(session: Session, command: Command) -> _Wanted:
    arguments = command.arguments()
    wanted = arguments.sequence_set()
    arguments.space()
    name = arguments.mailbox()
    arguments.end()
    chosen = session.selected.chosen(wanted, by_uid=command.by_uid)
    assert session.account
    return _Wanted([message for _, message in chosen], session.account.folder(name))


def _copied(messages: list[StoredMessage], target: Folder) -> str:
    """Copy; what COPYUID says of it, or "" where there was nothing to copy."""
    copies = [target.copy(message) for message in messages]
    if not copies:
        return ""
    before, after = (written(each.uid for each in group) for group in (messages, copies))
    return f"{target.uid_validity} {before} {after}"


async def copy(session: Session, command: Command) -> None:
    wanted = _read(session, command)
    if wanted.target is None:
        await session.answer("no-such-mailbox-try-create", command)
        return
    uids = _copied(wanted.messages, wanted.target)
    await session.answer_with_uids("copy-ok", command, uids)


async def move(session: Session, command: Command) -> None:
    """The COPYUID comes before the EXPUNGE responses (RFC 6851, 4.3)."""
    wanted = _read(session, command)
    if wanted.target is None:
        await session.answer("no-such-mailbox-try-create", command)
    elif not session.selected.writable:
        await session.answer("not-permitted", command)
    else:
        uids = _copied(wanted.messages, wanted.target)
        if uids and session.offers("UIDPLUS"):
            await session.refuse("moved", command, uids)
        await session.tell(session.selected.removed(wanted.messages))
        await session.answer("ok", command)
