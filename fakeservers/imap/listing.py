"""LIST, LSUB, NAMESPACE and STATUS: what there is, without selecting it."""

from __future__ import annotations

from fakeservers.imap.folders import below, matching
from fakeservers.imap.reader import Command
from fakeservers.imap.session import Session
from fakeservers.imap.syntax import Arguments, BadArguments, quoted
from fakeservers.imap.utf7 import encode_name
from fakeservers.store import HIERARCHY_DELIMITER, Folder

_DELIMITER = quoted(HIERARCHY_DELIMITER.encode())


async def list_mailboxes(session: Session, command: Command) -> None:
    """LIST (RFC 3501, 6.3.8), with the SPECIAL-USE options (RFC 6154) where that is offered."""
    arguments = command.arguments()
    only_special = False
    if arguments.at(b"("):
        only_special = _options(session, arguments)
        arguments.space()
    reference, pattern = _names(arguments)
    if arguments.rest:
        arguments.space()
        if arguments.atom().upper() != "RETURN":
            raise BadArguments("RETURN expected")
        arguments.space()
        _options(session, arguments)
        arguments.end()
    if not pattern:
        await session.tell([b'LIST (\\Noselect) %b ""' % _DELIMITER])
    else:
        assert session.account
        folders = matching(session.account, reference + pattern)
        shown = [each for each in folders if each.special_use or not only_special]
        await session.tell([_line(session, b"LIST", each) for each in shown])
    await session.answer("ok", command)


async def list_subscribed(session: Session, command: Command) -> None:
    """LSUB (RFC 3501, 6.3.9)."""
    arguments = command.arguments()
    reference, pattern = _names(arguments)
    arguments.end()
    assert session.account
    folders = matching(session.account, reference + pattern)
    await session.tell([_line(session, b"LSUB", each) for each in folders if each.subscribed])
    await session.answer("ok", command)


def _names(arguments: Arguments) -> tuple[str, str]:
    reference = arguments.mailbox()
    arguments.space()
    return reference, arguments.list_mailbox()


def _options(session: Session, arguments: Arguments) -> bool:
    """Selection or return options; whether SPECIAL-USE is among them."""
    options = arguments.atoms()
    known = [name for name in ("SPECIAL-USE", "CHILDREN") if session.offers(name)]
    if not set(options) <= set(known):
        raise BadArguments("unknown LIST option")
    return "SPECIAL-USE" in options


def _line(session: Session, kind: bytes, folder: Folder) -> bytes:
    assert session.account
    attributes = []
    if session.offers("CHILDREN"):
        has_children = bool(below(session.account, folder))
        attributes.append("\\HasChildren" if has_children else "\\HasNoChildren")
    if folder.special_use and session.offers("SPECIAL-USE"):
        attributes.append(folder.special_use)
    name = quoted(encode_name(folder.name))
    return b"%b (%b) %b %b" % (kind, " ".join(attributes).encode(), _DELIMITER, name)


async def namespace(session: Session, command: Command) -> None:
    """NAMESPACE (RFC 2342): everything is personal."""
    command.arguments().end()
    await session.refuse("namespace", command)
    await session.answer("ok", command)
