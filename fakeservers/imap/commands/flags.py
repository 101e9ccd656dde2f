"""STORE (RFC 3501, 6.4.6), with UNCHANGEDSINCE (RFC 7162, 3.1.3)."""

from __future__ import annotations

import math

from fakeservers.imap.condstore import enable_condstore, read_modifier
from fakeservers.imap.reader import Command
from fakeservers.imap.sequence import written
from fakeservers.imap.session import Session
from fakeservers.store import StoredMessage


async def store(session: Session, command: Command) -> None:
    arguments = command.arguments()
    view = session.selected
    wanted = arguments.sequence_set()
    arguments.space()
    since: int | None = None
    if arguments.at(b"("):
        since = read_modifier(session, arguments, "UNCHANGEDSINCE")
        arguments.space()
    mode = arguments.store_item()
    arguments.space()
    flags = arguments.flags()
    arguments.end()
    chosen = view.chosen(wanted, by_uid=command.by_uid)
    if not view.writable:
        await session.answer("not-permitted", command)
        return
    if since is not None:
        await enable_condstore(session, command)
    limit = math.inf if since is None else since
    modified = [pair for pair in chosen if pair[1].modseq > limit]
    changed = [pair for pair in chosen if pair[1].modseq <= limit]
    for _, message in changed:
        view.folder.set_flags(message, _result(message, mode, flags))
    await session.tell_new_keywords()
    for number, message in changed:
        items = [b"UID %d" % message.uid] if command.by_uid else []
        items += view.changed_items(message, silent=b".SILENT" in mode)
        if view.condstore or b".SILENT" not in mode:
            await session.tell([b"%d FETCH (%b)" % (number, b" ".join(items))])
    if modified:
        numbers = (message.uid if command.by_uid else number for number, message in modified)
        await session.answer("store-modified", command, written(numbers))
    else:
        await session.answer("ok", command)


def _result(message: StoredMessage, mode: bytes, flags: list[str]) -> list[str]:
    """The flags that a message has after the command."""
    if mode.startswith(b"+"):
        return [*message.flags, *flags]
    if mode.startswith(b"-"):
        named = {flag.lower() for flag in flags}
        return [flag for flag in message.flags if flag.lower() not in named]
    return flags
