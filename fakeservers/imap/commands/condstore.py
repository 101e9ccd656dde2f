"""CONDSTORE (RFC 7162): when it is on, and the modifiers that bring it."""

from __future__ import annotations

from typing import Literal

from fakeservers.imap.reader import Command
from fakeservers.imap.session import Session
from fakeservers.imap.syntax import Arguments, BadArguments


async def enable_condstore(session: Session, command: Command) -> None:
    """From the first command that shows that the client knows CONDSTORE on, changes are told with
    their modification sequences, and that of the mailbox at once (RFC 7162, 3.1)."""
    if session.condstore:
        return
    session.condstore = True
    if session.view:
        session.view.use_condstore()
        await tell_highest(session, command)


async def tell_highest(session: Session, command: Command) -> None:
    """HIGHESTMODSEQ (RFC 7162, 3.1.2.1)."""
    await session.refuse("highest-modseq", command, str(session.selected.folder.highest_modseq))


def read_modifier(
    session: Session, arguments: Arguments, name: Literal["CHANGEDSINCE", "UNCHANGEDSINCE"]
) -> int:
    """Read `(CHANGEDSINCE 12)` and the like. Raises BadArguments, also where CONDSTORE is not
    offered."""
    arguments.token(b"(")
    if not session.offers("CONDSTORE") or not arguments.word(name):
        raise BadArguments("unknown modifier")
    arguments.space()
    sequence = arguments.mod_sequence()
    arguments.token(b")")
    return sequence
