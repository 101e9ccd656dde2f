"""SORT (RFC 5256), by DISPLAYFROM and DISPLAYTO too (RFC 5957), with the results of ESORT (RFC
5267)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakeservers.imap.addresses import Address, read_addresses
from fakeservers.imap.fetch_items import parsed
from fakeservers.imap.headers import base_subject, collated, readable, sent_at
from fakeservers.imap.reader import Command
from fakeservers.imap.results import Wanted, read_return, tell_found
from fakeservers.imap.searching import charset_is_known, criteria_of, matching
from fakeservers.imap.session import Session
from fakeservers.imap.syntax import Arguments, BadArguments
from fakeservers.store import StoredMessage

Key = Callable[[StoredMessage], Any]


async def sort(session: Session, command: Command) -> None:
    arguments = command.arguments()
    options = read_return(session, arguments, "ESORT")
    program = _read_program(session, arguments)
    arguments.space()
    if not await charset_is_known(session, command, arguments):
        return
    criteria = await criteria_of(session, command, arguments)
    found = matching(session, criteria)
    for key, reverse in reversed(program):
        found.sort(key=lambda pair: key(pair[1]), reverse=reverse)
    wanted = Wanted(options, modseq=criteria.uses_modseq)
    await tell_found(session, command, "SORT", wanted, found)
    await session.answer("ok", command)


def _read_program(session: Session, arguments: Arguments) -> list[tuple[Key, bool]]:
    """The keys, the most important first; each with whether its order is reversed."""
    keys = _KEYS | (_DISPLAY_KEYS if session.offers("SORT=DISPLAY") else {})
    program: list[tuple[Key, bool]] = []
    reverse = False
    for name in arguments.atoms():
        if name == "REVERSE" and not reverse:
            reverse = True
        elif name in keys:
            program.append((keys[name], reverse))
            reverse = False
        else:
            raise BadArguments("sort key expected")
    if reverse:
        raise BadArguments("sort key expected")
    return program


def _first_address(message: StoredMessage, field: str) -> Address:
    found = read_addresses(parsed(message).value(field) or b"")
    return found[0] if found else Address()


def _mailbox(field: str) -> Key:
    return lambda message: collated(_first_address(message, field).mailbox)


def _display(field: str) -> Key:
    def key(message: StoredMessage) -> str:
        address = _first_address(message, field)
        name = readable(address.name.encode("utf-8", "surrogateescape"))
        return collated(name or address.written)

    return key


def sent_or_received(message: StoredMessage) -> Any:
    """The sent date of RFC 5256, section 2.2."""
    return sent_at(parsed(message)) or message.received


def subject_of(message: StoredMessage) -> tuple[str, bool]:
    """The base subject, and whether it is that of a reply or of something forwarded."""
    return base_subject(readable(parsed(message).value("subject") or b""))


_KEYS: dict[str, Key] = {
    "ARRIVAL": lambda message: message.received,
    "CC": _mailbox("cc"),
    "DATE": sent_or_received,
    "FROM": _mailbox("from"),
    "SIZE": lambda message: len(message.content),
    "SUBJECT": lambda message: subject_of(message)[0],
    "TO": _mailbox("to"),
}
_DISPLAY_KEYS: dict[str, Key] = {"DISPLAYFROM": _display("from"), "DISPLAYTO": _display("to")}
