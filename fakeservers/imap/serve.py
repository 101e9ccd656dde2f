"""The IMAP adapter (RFC 3501): one coroutine from the greeting to the end."""

from __future__ import annotations

from dataclasses import replace

from fakeservers.conversation import Conversation
from fakeservers.imap.commands import COMMANDS, CommandEntry
from fakeservers.imap.grammar.arguments import BadArguments, BadName
from fakeservers.imap.grammar.reader import (
    ANSWERED,
    LOGIN_COMMANDS,
    LineTooLong,
    Refused,
    TaggedCommand,
    secrets_in,
)
from fakeservers.imap.peer import NOWHERE, NotPossible, Peer
from fakeservers.script import Event


async def serve(conversation: Conversation) -> None:
    """Serve one connection until it ends.

    Raises ConnectionClosed at the end; anything else is a fault of the harness.
    """
    peer = Peer(conversation)
    if not await conversation.happens(Event("greeting")):
        await peer.refuse("greeting", TaggedCommand("*", ""))
    elif conversation.rule_said.upper().startswith(b"* PREAUTH"):
        peer.begin(conversation.preauthenticated())
    while True:
        try:
            await _serve_command(peer)
        except LineTooLong:
            await peer.refuse("line-too-long", TaggedCommand("*", ""))
            await peer.close("the line was too long")


async def _serve_command(peer: Peer) -> None:
    try:
        command = await peer.reader.command(peer)
    except Refused as refused:
        if refused.reply == NOWHERE:  # well-formed
            await peer.answer(refused.reply, refused.command)
        elif refused.reply != ANSWERED:
            await _object(peer, refused.reply, refused.command)
        if refused.framing_lost:
            await peer.close("a refused literal was too large to skip")
        return
    for secret in secrets_in(command):
        peer.conversation.connection.add_secret(secret)
    event = Event("command", command=command.name, tag=command.tag, argument=command.line)
    if command.name in LOGIN_COMMANDS:
        names = command.line.split()[:1] if command.name == "AUTHENTICATE" else []
        peer.conversation.came_to(replace(event, mechanism="".join(names).upper()))
    elif await peer.conversation.happens(event):
        return
    await _run(peer, command)


async def _run(peer: Peer, command: TaggedCommand) -> None:
    entry = COMMANDS.get(command.full_name)
    if entry is None or not _offered(peer, entry):
        of_uid = ["uid-command"] if command.by_uid and command.text else []
        await _object(peer, "unknown-command", command, "", *of_uid)
    elif peer.state not in entry.states:
        await _object(peer, "wrong-state", command)
    else:
        try:
            await entry.run(peer, command)
        except BadName:
            await peer.refuse("invalid-mailbox-name", command)
            return
        except BadArguments as error:
            await _object(peer, "bad-arguments", command, error.word, error.about)
            return
        except NotPossible as error:
            await peer.answer(error.reply, command)
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
    lists = peer.side.capabilities
    ever = [*peer.capabilities, *(lists.before_login or []), *(lists.after_login or [])]
    names = [name.upper().partition("=")[0] for name in ever]  # such as THREAD=REFERENCES
    return not entry.needs or entry.needs in names
