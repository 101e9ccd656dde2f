"""QUOTA (RFC 9208): one root for the whole account; what is used is what the store holds."""

from __future__ import annotations

from fakeservers.imap.reader import Command
from fakeservers.imap.session import Session
from fakeservers.imap.syntax import Arguments, BadArguments, astring
from fakeservers.imap.utf7 import encode_name

LIMITS = {"STORAGE": 1024 * 1024, "MESSAGE": 100_000}
"""In KiB, and in messages."""


async def get_quota(session: Session, command: Command) -> None:
    """GETQUOTA (RFC 9208, 4.1.1)."""
    arguments = command.arguments()
    root = arguments.astring()
    arguments.end()
    if root != _root(session):
        await session.answer("no-such-quota-root", command)
        return
    await session.refuse("quota", command, _used(session))
    await session.answer("ok", command)


async def get_quota_root(session: Session, command: Command) -> None:
    """GETQUOTAROOT (RFC 9208, 4.1.2); the mailbox need not exist."""
    arguments = command.arguments()
    name = astring(encode_name(arguments.mailbox())).decode("ascii")
    arguments.end()
    await session.refuse("quota-root", command, name)
    await session.refuse("quota", command, _used(session))
    await session.answer("ok", command)


async def set_quota(session: Session, command: Command) -> None:
    """SETQUOTA (RFC 9208, 4.1.3) is the administrator's."""
    arguments = command.arguments()
    arguments.astring()
    arguments.space()
    _read_limits(arguments)
    arguments.end()
    await session.answer("set-quota-refused", command)


def _read_limits(arguments: Arguments) -> None:
    limits = arguments.values()
    if len(limits) % 2 or not all(isinstance(each, bytes) for each in limits):
        raise BadArguments("pairs of resource and limit expected")


def _root(session: Session) -> bytes:
    """The dialect's name for the quota root."""
    told = session.conversation.text("quota", text="")
    return Arguments(told.removeprefix(b"* QUOTA ")).astring()


def _used(session: Session) -> str:
    """Each resource with what is used of it and the limit."""
    assert session.account
    folders = session.account.folders.values()
    messages = [message for folder in folders for message in folder.messages]
    used = {
        "STORAGE": -(-sum(len(message.content) for message in messages) // 1024),
        "MESSAGE": len(messages),
    }
    return " ".join(f"{name} {used[name]} {limit}" for name, limit in LIMITS.items())
