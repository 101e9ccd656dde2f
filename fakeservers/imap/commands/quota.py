"""QUOTA (RFC 9208): one root for the whole account; what is used is what the store holds."""

from __future__ import annotations

from fakeservers.imap.grammar.arguments import Arguments, BadArguments
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.grammar.strings import astring, encode_name
from fakeservers.imap.peer import NotPossible, Peer
from fakeservers.store import MOST_BYTES, MOST_MESSAGES

LIMITS = {"STORAGE": MOST_BYTES // 1024, "MESSAGE": MOST_MESSAGES}
"""In KiB, and in messages."""


async def get_quota(peer: Peer, command: TaggedCommand) -> None:
    """GETQUOTA (RFC 9208, 4.1.1)."""
    arguments = command.arguments()
    root = arguments.astring()
    arguments.end()
    if root != _root(peer):
        raise NotPossible("no-such-quota-root")
    await peer.refuse("quota", command, _used(peer))
    await peer.answer("ok", command)


async def get_quota_root(peer: Peer, command: TaggedCommand) -> None:
    """GETQUOTAROOT (RFC 9208, 4.1.2); the mailbox need not exist."""
    arguments = command.arguments()
    name = astring(encode_name(arguments.mailbox())).decode("ascii")
    arguments.end()
    await peer.refuse("quota-root", command, name)
    await peer.refuse("quota", command, _used(peer))
    await peer.answer("ok", command)


async def set_quota(peer: Peer, command: TaggedCommand) -> None:
    """SETQUOTA (RFC 9208, 4.1.3) is the administrator's."""
    arguments = command.arguments()
    arguments.astring()
    arguments.space()
    if len(arguments.strings()) % 2:
        raise BadArguments("pairs of resource and limit expected")
    arguments.end()
    raise NotPossible("set-quota-refused")


def _root(peer: Peer) -> bytes:
    """The dialect's name for the quota root."""
    told = peer.conversation.text("quota", text="")
    return Arguments(told.removeprefix(b"* QUOTA ")).astring()


def _used(peer: Peer) -> str:
    """Each resource with what is used of it and the limit."""
    usage = peer.account.usage
    rounded = 0 if peer.side.behaviour.storage_rounded_down else 1023
    used = {"STORAGE": (usage.octets + rounded) // 1024, "MESSAGE": usage.messages}
    return " ".join(f"{name} {used[name]} {limit}" for name, limit in LIMITS.items())
