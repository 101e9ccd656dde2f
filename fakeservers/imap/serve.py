"""The IMAP adapter (RFC 3501): one coroutine from the greeting to the end."""

from __future__ import annotations

from dataclasses import replace

from fakeservers.conversation import Conversation
from fakeservers.imap.commands import COMMANDS, CommandEntry
from fakeservers.imap.commands.login import begin_tls, told
from fakeservers.imap.grammar.arguments import BadArguments, BadName
from fakeservers.imap.grammar.reader import (
    ANSWERED,
    LOGIN_COMMANDS,
    LineTooLong,
    Refused,
    TaggedCommand,
)
from fakeservers.imap.mime import parsed
from fakeservers.imap.peer import NOWHERE, NotPossible, Peer
from fakeservers.script import Event

_LEAVE = ("SELECT", "EXAMINE", "UNSELECT", "LOGOUT")
"""The commands that do not look at the mailbox that is selected."""
_MESSAGES_PER_STEP = 1000
"""How many messages are as much work to look at as one short command."""


async def serve(conversation: Conversation) -> None:
    """Serve one connection until it ends.

    Raises ConnectionClosed at the end; anything else is a fault of the harness.
    """
    peer = Peer(conversation)
    await _greet(peer)
    while True:
        try:
            await _serve_command(peer)
        except LineTooLong:
            if not await conversation.happens(Event("no-command")):
                await peer.refuse("line-too-long", TaggedCommand("*", ""))
            await peer.close("the line was too long")


async def _greet(peer: Peer) -> None:
    conversation = peer.conversation
    answered = await conversation.happens(Event("greeting"))
    preauth = answered and conversation.rule_said.upper().startswith(b"* PREAUTH")
    if preauth or conversation.trusted:
        peer.begin(conversation.preauthenticated())
    if not answered:
        name = "preauth" if conversation.trusted else "greeting"
        await peer.refuse(name, TaggedCommand("*", ""))


async def _serve_command(peer: Peer) -> None:
    try:
        command = await peer.reader.command(peer)
    except Refused as refused:
        await _refuse(peer, refused)
        return
    if not await _asked(peer, command):
        await _run(peer, command)


async def _asked(peer: Peer, command: TaggedCommand) -> bool:
    """Ask the script about a line; True: a rule answered, and what it said holds."""
    if not command.name:
        return await peer.asked(Event("no-command", tag=command.tag))
    name, argument = command.for_rules
    event = Event("command", command=name, tag=command.tag)
    if command.name in LOGIN_COMMANDS:
        mechanism, credentials = told(peer, command)
        return await peer.asked(replace(event, mechanism=mechanism), credentials)
    answered = await peer.asked(replace(event, argument=argument))
    conversation = peer.conversation
    begins = command.name == "STARTTLS" and not conversation.connection.tls_active
    if answered and begins and conversation.told_ok(command.tag):
        await begin_tls(peer)
    return answered


async def _refuse(peer: Peer, refused: Refused) -> None:
    """What cannot even be run; rules are asked first, as about every line."""
    command, reply = refused.command, refused.reply
    if reply != ANSWERED and not await _asked(peer, command):
        if reply == NOWHERE:  # well-formed
            await peer.answer(reply, command)
        else:
            await _object(peer, reply, command)
    if refused.framing_lost:
        await peer.close("a refused literal was too large to skip")


async def _run(peer: Peer, command: TaggedCommand) -> None:
    if peer.engine:  # most commands look at all messages of a folder
        await peer.turns.work(peer.account.usage.messages / _MESSAGES_PER_STEP)
    entry = COMMANDS.get(command.full_name)
    if entry is None or not _offered(peer, entry):
        of_uid = ["uid-command"] if command.by_uid and command.text else []
        await _object(peer, "unknown-command", command, "", *of_uid)
    elif peer.state not in entry.states:
        await _object(peer, "wrong-state", command)
    else:
        try:
            if command.name not in _LEAVE:
                await peer.end_if_gone()
            await entry.run(peer, command)
        except BadName:
            await peer.refuse("invalid-mailbox-name", command)
            return
        except BadArguments as error:
            await _object(peer, "bad-arguments", command, error.word, error.about)
            return
        except NotPossible as error:
            await peer.answer(error.reply, command)
        finally:
            parsed.cache_clear()  # large messages are large there, too
        if peer.side.behaviour.bad_commands_in_a_row:
            peer.objections = 0


async def _object(
    peer: Peer, reply: str, command: TaggedCommand, text: str = "", *circumstances: str
) -> None:
    """Refuse what could not be run; too often, and it is the end."""
    if peer.objections_end:
        await peer.refuse("too-many-errors", TaggedCommand("*", ""))
        await peer.close("too many errors")
    peer.objections += 1
    await peer.refuse(reply, command, text, *circumstances)


def _offered(peer: Peer, entry: CommandEntry) -> bool:
    """Dialects list some capabilities before log-in only, or after it only."""
    if not entry.needs:
        return True
    lists = peer.side.capabilities
    ever = [*peer.capabilities, *(lists.before_login or []), *(lists.after_login or [])]
    names = [name.upper().partition("=")[0] for name in ever]  # such as THREAD=REFERENCES
    return entry.needs in names
