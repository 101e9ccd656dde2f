"""What SEARCH and SORT found, as the client wants it told: ESEARCH (RFC 4731; RFC 5267 for SORT),
SEARCHRES (RFC 5182)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fakeservers.imap.reader import Command
from fakeservers.imap.sequence import written
from fakeservers.imap.session import Session
from fakeservers.imap.syntax import Arguments, BadArguments, quoted
from fakeservers.store import StoredMessage

_TOLD = ("MIN", "MAX", "ALL", "COUNT")
Found = list[tuple[int, StoredMessage]]
"""Messages with their numbers, in the order of the answer."""


@dataclass(frozen=True)
class Wanted:
    """The result options; None where the client wants the plain response. `modseq`: a key asked
    for modification sequences, so the answer has them (RFC 7162, 3.1.5)."""

    options: frozenset[str] | None
    modseq: bool = False


def read_return(session: Session, arguments: Arguments, needs: str) -> frozenset[str] | None:
    """Read `RETURN (…)` and the space behind it, where the capability for it is offered."""
    if not session.offers(needs) or not arguments.word("RETURN"):
        return None
    arguments.space()
    options = arguments.atoms(least=0)
    known = {*_TOLD, "SAVE"} if session.offers("SEARCHRES") else {*_TOLD}
    if not set(options) <= known:
        raise BadArguments("unknown result option")
    arguments.space()
    return frozenset(options or ["ALL"])


async def tell_found(
    session: Session,
    command: Command,
    name: Literal["SEARCH", "SORT"],
    wanted: Wanted,
    found: Found,
) -> None:
    """The untagged response, if one is wanted; what is to be saved is saved."""
    if wanted.options is None:
        numbers = b"".join(b" %d" % number for number in _numbers(command, found))
        modseq = b" (MODSEQ %d)" % _highest(found) if wanted.modseq and found else b""
        await session.tell([name.encode() + numbers + modseq])
        return
    if "SAVE" in wanted.options:
        session.selected.saved = {message.uid for _, message in _part(wanted.options, found)}
    if wanted.options != {"SAVE"}:
        await session.tell([_esearch(command, wanted, found)])


def _numbers(command: Command, found: Found) -> list[int]:
    return [message.uid if command.by_uid else number for number, message in found]


def _highest(found: Found) -> int:
    return max(message.modseq for _, message in found)


def _part(options: frozenset[str], found: Found) -> Found:
    """What the options tell of: everything, unless they name nothing but its ends."""
    if options & {"ALL", "COUNT"} or options == {"SAVE"}:
        return found
    ends = (found[:1] if "MIN" in options else []) + (found[-1:] if "MAX" in options else [])
    return ends


def _esearch(command: Command, wanted: Wanted, found: Found) -> bytes:
    numbers = _numbers(command, found)
    options = wanted.options or frozenset()
    told = b"ESEARCH (TAG %b)" % quoted(command.tag.encode())
    if command.by_uid:
        told += b" UID"
    if numbers and "MIN" in options:
        told += b" MIN %d" % numbers[0]
    if numbers and "MAX" in options:
        told += b" MAX %d" % numbers[-1]
    if numbers and "ALL" in options:
        told += b" ALL " + written(numbers).encode()
    if "COUNT" in options:
        told += b" COUNT %d" % len(numbers)
    if wanted.modseq and found:
        told += b" MODSEQ %d" % _highest(_part(options, found))
    return told
