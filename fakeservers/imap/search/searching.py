"""SEARCH (RFC 3501, 6.4.4), with the results of ESEARCH (RFC 4731) and SEARCHRES (RFC 5182)."""

from __future__ import annotations

from fakeservers.imap.condstore import enable_condstore
from fakeservers.imap.reader import Command
from fakeservers.imap.results import Found, Wanted, read_return, tell_found
from fakeservers.imap.search import Criteria, UnknownCharset, read_charset, read_criteria
from fakeservers.imap.session import Session
from fakeservers.imap.syntax import Arguments


async def search(session: Session, command: Command) -> None:
    arguments = command.arguments()
    options = read_return(session, arguments, "ESEARCH")
    if arguments.rest[:8].upper() == b"CHARSET ":
        arguments.atom()
        arguments.space()
        if not await charset_is_known(session, command, arguments):
            if options and "SAVE" in options:
                session.selected.saved = set()
            return
    criteria = await criteria_of(session, command, arguments)
    found = matching(session, criteria)
    wanted = Wanted(options, modseq=criteria.uses_modseq)
    await tell_found(session, command, "SEARCH", wanted, found)
    await session.answer("ok", command)


async def charset_is_known(session: Session, command: Command, arguments: Arguments) -> bool:
    """Read the charset and the space behind it; False: it is unknown, and that was answered."""
    try:
        read_charset(arguments)
    except UnknownCharset:
        await session.answer("search-charset", command)
        return False
    arguments.space()
    return True


async def criteria_of(session: Session, command: Command, arguments: Arguments) -> Criteria:
    """The criteria. Who asks for modification sequences is told of them from then on (RFC 7162)."""
    criteria = read_criteria(arguments, session.selected, session.offers)
    if criteria.uses_modseq:
        await enable_condstore(session, command)
    return criteria


def matching(session: Session, criteria: Criteria) -> Found:
    """The messages that fit, in order of their numbers."""
    numbered = enumerate(session.selected.messages, 1)
    return [(number, message) for number, message in numbered if criteria.fits(number, message)]
