"""What a client asks LIST for: RFC 3501, 6.3.8, and the options of LIST-EXTENDED (RFC 5258),
SPECIAL-USE (RFC 6154) and LIST-STATUS (RFC 5819)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fakeservers.imap.session import Session
from fakeservers.imap.status import read_status_items
from fakeservers.imap.syntax import Arguments, BadArguments

_SELECTION = {
    "SUBSCRIBED": ("LIST-EXTENDED",),
    "REMOTE": ("LIST-EXTENDED",),
    "RECURSIVEMATCH": ("LIST-EXTENDED",),
    "SPECIAL-USE": ("SPECIAL-USE",),
}
_RETURN = {
    "SUBSCRIBED": ("LIST-EXTENDED",),
    "CHILDREN": ("LIST-EXTENDED", "CHILDREN"),
    "SPECIAL-USE": ("SPECIAL-USE",),
}
"""The options, each with the capabilities of which one must be offered for it."""


@dataclass(frozen=True)
class ListRequest:
    """`extended` where any of RFC 5258's syntax is used. `status`: the items to tell of each
    mailbox."""

    patterns: list[str]
    extended: bool
    selection: frozenset[str] = frozenset()
    returned: frozenset[str] = frozenset()
    status: tuple[str, ...] = ()


def read_list_request(session: Session, arguments: Arguments) -> ListRequest:
    """Read it to the end. Raises BadArguments, also for options that are not offered."""
    extended = False
    selection: frozenset[str] = frozenset()
    if arguments.at(b"("):
        extended = True
        selection = _selection(session, arguments)
        arguments.space()
    reference = arguments.reference()
    arguments.space()
    if arguments.at(b"(") and session.offers("LIST-EXTENDED"):
        extended = True
        patterns = _patterns(arguments)
    else:
        patterns = [arguments.list_mailbox()]
    returned: frozenset[str] = frozenset()
    status: tuple[str, ...] = ()
    if arguments.rest:
        arguments.space()
        if not arguments.word("RETURN"):
            raise BadArguments("RETURN expected")
        extended = True
        arguments.space()
        returned, status = _returned(session, arguments)
    arguments.end()
    whole = [reference + pattern for pattern in patterns if pattern or not extended]
    return ListRequest(whole, extended, selection, returned, status)


def _selection(session: Session, arguments: Arguments) -> frozenset[str]:
    options = frozenset(arguments.atoms(least=0))
    if not all(_known(session, _SELECTION, name) for name in options):
        raise BadArguments("unknown selection option")
    if "RECURSIVEMATCH" in options and not options - {"RECURSIVEMATCH", "REMOTE"}:
        raise BadArguments("RECURSIVEMATCH selects nothing by itself")  # RFC 5258, section 3.1
    return options


def _known(session: Session, options: Mapping[str, tuple[str, ...]], name: str) -> bool:
    return name in options and session.offers(*options[name])


def _patterns(arguments: Arguments) -> list[str]:
    arguments.token(b"(")
    patterns: list[str] = []
    while not arguments.at(b")"):
        if patterns:
            arguments.space()
        patterns.append(arguments.list_mailbox())
    arguments.token(b")")
    return patterns


def _returned(session: Session, arguments: Arguments) -> tuple[frozenset[str], tuple[str, ...]]:
    """The return options, and the items of STATUS among them."""
    arguments.token(b"(")
    options: set[str] = set()
    status: list[str] = []
    first = True
    while not arguments.at(b")"):
        if not first:
            arguments.space()
        first = False
        name = arguments.atom().upper()
        if name == "STATUS" and session.offers("LIST-STATUS"):
            arguments.space()
            status += read_status_items(session, arguments)
        elif _known(session, _RETURN, name):
            options.add(name)
        else:
            raise BadArguments("unknown return option")
    arguments.token(b")")
    return frozenset(options), tuple(status)
