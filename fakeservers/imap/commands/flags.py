"""STORE (RFC 3501, 6.4.6) with UNCHANGEDSINCE (RFC 7162, 3.1.3); and what `\\Deleted` is for,
EXPUNGE (RFC 3501, 6.4.3) and UID EXPUNGE (RFC 4315, 2.1)."""

from __future__ import annotations

import math

from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.grammar.sequence_sets import written
from fakeservers.imap.peer import STEPS_PER_MESSAGE, NotPossible, Peer
from fakeservers.store import StoredMessage


async def store(peer: Peer, command: TaggedCommand) -> None:
    arguments = command.arguments()
    view = peer.selected
    wanted = arguments.sequence_set()
    arguments.space()
    since: int | None = None
    if arguments.at(b"(") and peer.offered("CONDSTORE"):
        since = arguments.modifier("UNCHANGEDSINCE")
        arguments.space()
    mode = arguments.store_item()
    arguments.space()
    flags = arguments.flags()
    arguments.end()
    chosen = view.chosen(wanted, by_uid=command.by_uid)
    if not view.writable:
        raise NotPossible("not-permitted")
    if not view.folder.takes_flags(flags if not mode.startswith(b"-") else ()):
        raise NotPossible("too-many-keywords")
    if since is not None:
        await peer.enable_condstore(command)
    limit = math.inf if since is None else since
    modified = [pair for pair in chosen if pair[1].modseq > limit]
    changed = [pair for pair in chosen if pair[1].modseq <= limit]
    behaviour = peer.side.behaviour
    silent = b".SILENT" in mode and not behaviour.silent_store_told
    told: list[bytes] = []
    before = {message.uid: set(message.flags) for _, message in changed}
    for _, message in changed:
        await peer.turns.work(STEPS_PER_MESSAGE)
        view.folder.set_flags(message, _result(message, mode, flags))
    await peer.tell_new_keywords()
    for number, message in changed:
        await peer.turns.work(STEPS_PER_MESSAGE)
        if behaviour.unchanged_flags_untold and before[message.uid] == message.flags:
            continue
        items = [b"UID %d" % message.uid] if command.by_uid else []
        items += view.changed_items(message, silent=silent)
        if view.condstore or not silent:
            told.append(b"%d FETCH (%b)" % (number, b" ".join(view.ordered(items))))
    await peer.tell(told)
    if modified:
        numbers = (message.uid if command.by_uid else number for number, message in modified)
        await peer.answer("store-modified", command, written(numbers))
    else:
        await peer.answer("ok", command)


def _result(message: StoredMessage, mode: bytes, flags: list[str]) -> list[str]:
    """The flags that a message has after the command."""
    if mode.startswith(b"+"):
        return [*message.flags, *flags]
    if mode.startswith(b"-"):
        named = {flag.lower() for flag in flags}
        return [flag for flag in message.flags if flag.lower() not in named]
    return flags


async def expunge(peer: Peer, command: TaggedCommand) -> None:
    arguments = command.arguments()
    chosen = peer.selected.messages
    if command.by_uid:
        wanted = arguments.sequence_set()
        chosen = [message for _, message in peer.selected.chosen(wanted, by_uid=True)]
    arguments.end()
    if not peer.selected.writable:
        raise NotPossible("not-permitted")
    gone = peer.selected.removed(m for m in chosen if "\\Deleted" in m.flags)
    await peer.tell(gone)
    modseq = str(peer.selected.folder.highest_modseq)
    await peer.answer("ok@expunged" if gone else "ok", command, modseq)
