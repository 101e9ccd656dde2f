"""SELECT and EXAMINE (RFC 3501, 6.3.1), with the parameter of CONDSTORE (RFC 7162, 3.1.8)."""

from __future__ import annotations

from fakeservers.imap.condstore import tell_highest
from fakeservers.imap.reader import Command
from fakeservers.imap.session import Session
from fakeservers.imap.syntax import BadArguments


async def select(session: Session, command: Command) -> None:
    arguments = command.arguments()
    arguments.mailbox()
    name = command.text[: len(command.text) - len(arguments.rest)]
    if arguments.rest and session.offers("CONDSTORE"):
        arguments.space()
        if arguments.atoms() != ["CONDSTORE"]:
            raise BadArguments("unknown parameter")
        session.condstore = True
    arguments.end()
    behaviour = session.side.behaviour
    closes = session.view is not None
    assert session.engine
    outcome = session.engine.run(command.name, name)
    if closes and (session.condstore or behaviour.closed_told_to_all):
        await session.refuse("mailbox-closed", command)  # RFC 7162, 3.2.11
    if session.view:
        session.view.flag_order = behaviour.flag_order or session.view.flag_order
        session.view.saved = set() if session.offers("SEARCHRES") else None
        if session.condstore:
            session.view.use_condstore()
        await session.tell_selected()
        if session.offers("CONDSTORE") and (
            session.view.folder.modseq_wanted or not behaviour.modseq_once_wanted
        ):
            await tell_highest(session, command)
    await session.refuse(outcome.reply, command)
