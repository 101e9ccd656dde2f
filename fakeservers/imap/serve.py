"""The IMAP adapter (RFC 3501): one coroutine from the greeting to the end."""

from __future__ import annotations

from fakeservers.conversation import Conversation
from fakeservers.events import Event
from fakeservers.imap.commands import COMMANDS, Entry
from fakeservers.imap.reader import (
    ANSWERED,
    LOGIN_COMMANDS,
    Command,
    LineTooLong,
    Refused,
    secrets_in,
)
from fakeservers.imap.session import NOWHERE, Session
from fakeservers.imap.syntax import BadArguments, BadName


async def serve(conversation: Conversation) -> None:
    """Serve one connection until it ends.

    Raises ConnectionClosed at the end; anything else is a fault of the harness.
    """
    session = Session(conversation)
    if not await conversation.happens(Event("greeting")):
        await session.refuse("greeting", Command("*", ""))
    elif conversation.rule_said.startswith(b"* PREAUTH"):
        session.begin(conversation.preauthenticated())
    while True:
        try:
            await _serve_command(session)
        except LineTooLong:
            await session.refuse("line-too-long", Command("*", ""))
            await session.close("the line was too long")


async def _serve_command(session: Session) -> None:
    try:
        command = await session.reader.command(session)
    except Refused as refused:
        if refused.reply == NOWHERE:  # well-formed
            await session.answer(refused.reply, refused.command)
        elif refused.reply != ANSWERED:
            await _object(session, refused.reply, refused.command)
        if refused.framing_lost:
            await session.close("a refused literal was too large to skip")
        return
    for secret in secrets_in(command):
        session.conversation.connection.add_secret(secret)
    if command.name not in LOGIN_COMMANDS:
        event = Event("command", command=command.name, tag=command.tag, argument=command.line)
        if await session.conversation.happens(event):
            return
    await _run(session, command)


async def _run(session: Session, command: Command) -> None:
    entry = COMMANDS.get(command.full_name)
    if entry is None or not _offered(session, entry):
        await _object(session, "unknown-command", command)
    elif session.state not in entry.states:
        await _object(session, "wrong-state", command)
    else:
        try:
            await entry.run(session, command)
        except BadName:
            await session.refuse("invalid-mailbox-name", command)
        except BadArguments as error:
            await _object(session, "bad-arguments", command, error.word, error.about)
        else:
            if session.side.behaviour.bad_commands_in_a_row:
                session.objections = 0


async def _object(
    session: Session, reply: str, command: Command, text: str = "", *circumstances: str
) -> None:
    """Refuse what could not be run; too often, and it is the end."""
    if session.objections_end:
        await session.refuse("too-many-errors", Command("*", ""))
        await session.close("too many errors")
    session.objections += 1
    await session.refuse(reply, command, text, *circumstances)


def _offered(session: Session, entry: Entry) -> bool:
    """Dialects list some capabilities before log-in only, or after it only."""
    lists = session.side.capabilities
    ever = [*session.capabilities, *(lists.before_login or []), *(lists.after_login or [])]
    names = [name.upper().partition("=")[0] for name in ever]  # such as THREAD=REFERENCES
    return not entry.needs or entry.needs in names
