"""SELECT and EXAMINE (RFC 3501, 6.3.1) with the parameter of CONDSTORE (RFC 7162); UNSELECT."""

from __future__ import annotations

from fakeservers.imap.grammar.arguments import BadArguments
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.peer import Peer


async def select(peer: Peer, command: TaggedCommand) -> None:
    arguments = command.arguments()
    arguments.mailbox()
    name = command.text[: len(command.text) - len(arguments.rest)]
    if arguments.rest and peer.offered("CONDSTORE"):
        arguments.space()
        if arguments.atoms() != ["CONDSTORE"]:
            raise BadArguments("unknown parameter")
        peer.condstore = True
    arguments.end()
    behaviour = peer.side.behaviour
    closes = peer.view is not None
    assert peer.engine
    reply = peer.engine.run(command.name, name)
    if closes and (peer.condstore or behaviour.closed_told_to_all):
        await peer.refuse("mailbox-closed", command)  # RFC 7162, 3.2.11
    if peer.view:
        peer.view.flag_order = behaviour.flag_order or peer.view.flag_order
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


async def unselect(peer: Peer, command: TaggedCommand) -> None:
    """UNSELECT (RFC 3691)."""
    command.arguments().end()
    assert peer.engine
    peer.engine.leave()
    await peer.answer("ok", command)
