"""What is about no mailbox: CAPABILITY, NOOP, LOGOUT (RFC 3501, 6.1), ID (RFC 2971), ENABLE."""

from __future__ import annotations

from fakeservers.imap.grammar.arguments import BadArguments
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.peer import Peer


async def capability(peer: Peer, command: TaggedCommand) -> None:
    command.arguments().end()
    conversation = peer.conversation
    after_starttls = (
        conversation.service.security == "starttls" and conversation.connection.tls_active
    )
    peer.capability_asked |= peer.state == "unauth" and not after_starttls
    await peer.answer("capability-ok", command)


async def noop(peer: Peer, command: TaggedCommand) -> None:
    command.arguments().end()
    await peer.answer("noop-ok", command)


async def logout(peer: Peer, command: TaggedCommand) -> None:
    command.arguments().end()
    await peer.refuse("logout-bye", command)
    await peer.refuse("logout-ok", command)
    await peer.close("logged out")


async def identify(peer: Peer, command: TaggedCommand) -> None:
    """ID (RFC 2971): NIL, or pairs of strings."""
    arguments = command.arguments()
    if arguments.at(b"("):
        if len(arguments.strings()) % 2:
            raise BadArguments("pairs expected")
    elif arguments.atom().upper() != "NIL":
        raise BadArguments("NIL expected")
    arguments.end()
    await peer.refuse("id", command)
    await peer.answer("id-ok", command)


async def enable(peer: Peer, command: TaggedCommand) -> None:
    """ENABLE (RFC 5161): what cannot be enabled is no error."""
    arguments = command.arguments()
    wanted = [arguments.atom().upper()]
    while not arguments.ended:
        arguments.space()
        wanted.append(arguments.atom().upper())
    enabled = ""
    if "CONDSTORE" in wanted and peer.offered("CONDSTORE"):
        peer.condstore = True
        enabled = "CONDSTORE"
    await peer.conversation.reply("enabled", text=f" {enabled}".rstrip(), enabled=enabled or None)
    await peer.answer("ok", command)
