"""SORT (RFC 5256), by DISPLAYFROM and DISPLAYTO too (RFC 5957), with the results of ESORT (RFC
5267)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakeservers.imap.grammar.arguments import Arguments, BadArguments
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.messages.headers import (
    Address,
    base_subject,
    collated,
    dated,
    read_addresses,
    readable,
)
from fakeservers.imap.messages.mime import parsed
from fakeservers.imap.peer import Peer
from fakeservers.imap.search.searching import answer_found, matching, read_charset, read_return
from fakeservers.store import StoredMessage

SortKey = Callable[[StoredMessage], Any]


async def sort(peer: Peer, command: TaggedCommand) -> None:
    arguments = command.arguments()
    options = read_return(peer, arguments, "ESORT")
    program = _read_program(peer, arguments)
    arguments.space()
    read_charset(arguments)
    found, modseq = await matching(peer, command, arguments)
    for key, reverse in reversed(program):
        found.sort(key=lambda pair: key(pair[1]), reverse=reverse)
    await answer_found(peer, command, options, found, modseq=modseq)


def _read_program(peer: Peer, arguments: Arguments) -> list[tuple[SortKey, bool]]:
    """The keys, the most important first; each with whether its order is reversed."""
    keys = _KEYS | (_DISPLAY_KEYS if peer.offered("SORT=DISPLAY") else {})
    program: list[tuple[SortKey, bool]] = []
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


def _mailbox(field: str) -> SortKey:
    return lambda message: collated(_first_address(message, field).mailbox)


def _display(field: str) -> SortKey:
    def key(message: StoredMessage) -> str:
        address = _first_address(message, field)
        name = readable(address.name.encode("utf-8", "surrogateescape"))
        return collated(name or address.written)

    return key


def sent_or_received(message: StoredMessage) -> Any:
    """The sent date of RFC 5256, section 2.2."""
    return dated(parsed(message).value("date")) or message.received


def subject_of(message: StoredMessage) -> tuple[str, bool]:
    """The base subject, and whether it is that of a reply or of something forwarded."""
    return base_subject(readable(parsed(message).value("subject") or b""))


_KEYS: dict[str, SortKey] = {
    "ARRIVAL": lambda message: message.received,
    "CC": _mailbox("cc"),
    "DATE": sent_or_received,
    "FROM": _mailbox("from"),
    "SIZE": lambda message: len(message.content),
    "SUBJECT": lambda message: subject_of(message)[0],
    "TO": _mailbox("to"),
}
_DISPLAY_KEYS: dict[str, SortKey] = {"DISPLAYFROM": _display("from"), "DISPLAYTO": _display("to")}
