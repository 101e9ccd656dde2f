"""SEARCH (RFC 3501, 6.4.4), and SORT (RFC 5256), by DISPLAYFROM and DISPLAYTO too (RFC 5957); what
is found is told as the client wants it (ESEARCH: RFC 4731, 5267; SEARCHRES: RFC 5182)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakeservers.imap.commands.search_keys import SearchKeys
from fakeservers.imap.grammar.arguments import Arguments, BadArguments
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.grammar.sequence_sets import written
from fakeservers.imap.grammar.strings import quoted
from fakeservers.imap.headers import (
    Address,
    base_subject,
    collated,
    dated,
    read_addresses,
    readable,
)
from fakeservers.imap.mime import parsed
from fakeservers.imap.peer import NotPossible, Peer
from fakeservers.store import StoredMessage

STEPS_TO_READ = 1
"""How much work it is to read a field of a message."""
SortKey = Callable[[StoredMessage], Any]
Found = list[tuple[int, StoredMessage]]
"""Messages with their numbers, in the order of the answer."""


def read_return(peer: Peer, arguments: Arguments, needs: str) -> frozenset[str] | None:
    """Read `RETURN (…)` and the space behind it, where the capability for it is offered; None where
    the client wants the plain response."""
    if not peer.offered(needs) or not arguments.word("RETURN"):
        return None
    arguments.space()
    options = arguments.atoms(least=0)
    save = {"SAVE"} if peer.offered("SEARCHRES") else set()
    for option in options:
        if option not in {"MIN", "MAX", "ALL", "COUNT"} | save:
            raise BadArguments("unknown result option", "return-option", option.lower())
    arguments.space()
    return frozenset(options or ["ALL"])


async def search(peer: Peer, command: TaggedCommand) -> None:
    arguments = command.arguments()
    options = read_return(peer, arguments, "ESEARCH")
    if arguments.rest[:8].upper() == b"CHARSET ":
        arguments.atom()
        arguments.space()
        try:
            read_charset(arguments)
        except NotPossible:
            if options and "SAVE" in options:
                peer.selected.saved = set()  # RFC 5182, 2.1
            raise
    found, modseq = await matching(peer, command, arguments)
    await answer_found(peer, command, options, found, modseq=modseq)


def read_charset(arguments: Arguments) -> None:
    """Read the charset and the space behind it. Raises NotPossible where it is unknown."""
    if arguments.astring().decode("latin-1").upper() not in ("US-ASCII", "UTF-8"):
        raise NotPossible("search-charset")
    arguments.space()


async def matching(peer: Peer, command: TaggedCommand, arguments: Arguments) -> tuple[Found, bool]:
    """The messages that fit the criteria, which are read to the end; and whether these ask for
    modification sequences: who does is told of them from then on (RFC 7162, 3.1.5)."""
    keys = SearchKeys(arguments, peer)
    fits = keys.all_of()
    arguments.end()
    if keys.uses_modseq:
        await peer.enable_condstore(command)
    found: Found = []
    for number, message in enumerate(list(peer.selected.messages), 1):
        if await fits(message):
            found.append((number, message))
    return found, keys.uses_modseq


async def answer_found(
    peer: Peer,
    command: TaggedCommand,
    options: frozenset[str] | None,
    found: Found,
    *,
    modseq: bool,
) -> None:
    """OK, and before it the untagged response, if one is wanted; what is to be saved is saved."""
    if options is None:
        numbers = b"".join(b" %d" % number for number in _numbers(command, found))
        highest = b" (MODSEQ %d)" % _highest(found) if modseq and found else b""
        name = command.full_name.removeprefix("UID ").encode()
        await peer.tell([name + numbers + highest])
    elif "SAVE" in options:
        peer.selected.saved = {message.uid for _, message in _part(options, found)}
    if options and options != {"SAVE"}:
        order = peer.side.behaviour.esearch_order
        await peer.tell([_esearch(command, options, found, order, modseq=modseq)])
    await peer.answer("ok", command, str(len(found)))


def _numbers(command: TaggedCommand, found: Found) -> list[int]:
    return [message.uid if command.by_uid else number for number, message in found]


def _highest(found: Found) -> int:
    return max(message.modseq for _, message in found)


def _part(options: frozenset[str], found: Found) -> Found:
    """What the options tell of: everything, unless they name nothing but its ends."""
    if options & {"ALL", "COUNT"} or options == {"SAVE"}:
        return found
    return (found[:1] if "MIN" in options else []) + (found[-1:] if "MAX" in options else [])


def _esearch(
    command: TaggedCommand, options: frozenset[str], found: Found, order: list[str], *, modseq: bool
) -> bytes:
    numbers = _numbers(command, found)
    told = b"ESEARCH (TAG %b)" % quoted(command.tag.encode())
    if command.by_uid:
        told += b" UID"
    results = {"COUNT": str(len(numbers))}
    if numbers:
        results |= {"MIN": str(numbers[0]), "MAX": str(numbers[-1]), "ALL": written(numbers)}
    for name in order:
        if name in options and name in results:
            told += f" {name} {results[name]}".encode()
    if modseq and found:
        told += b" MODSEQ %d" % _highest(_part(options, found))
    return told


async def sort(peer: Peer, command: TaggedCommand) -> None:
    arguments = command.arguments()
    options = read_return(peer, arguments, "ESORT")
    program = _read_program(peer, arguments)
    arguments.space()
    read_charset(arguments)
    found, modseq = await matching(peer, command, arguments)
    for key, reverse in reversed(program):
        keys: list[Any] = []
        for _, message in found:
            await peer.turns.work(STEPS_TO_READ)
            keys.append(key(message))
        places = sorted(range(len(found)), key=keys.__getitem__, reverse=reverse)
        found = [found[place] for place in places]
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
            raise BadArguments("sort key expected", "sort-key", name.lower())
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
