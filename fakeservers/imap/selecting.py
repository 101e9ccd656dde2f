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
    closes = session.view is not None
    assert session.engine
    outcome = session.engine.run(command.name, name)
    if closes and session.condstore:
        await session.refuse("mailbox-closed", command)  # RFC 7162, 3.2.11
    await session.conversation.connection.write(outcome.untagged)
    if session.view:
        session.view.condstore = session.condstore
        session.view.saved = set() if session.offers("SEARCHRES") else None
        if session.offers("CONDSTORE"):
            await tell_highest(session, command)
    await session.refuse(outcome.reply, command)
