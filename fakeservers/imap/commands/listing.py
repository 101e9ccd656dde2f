"""LIST (RFC 3501, 6.3.8) with the options of LIST-EXTENDED (RFC 5258), SPECIAL-USE (RFC 6154) and
LIST-STATUS (RFC 5819); LSUB (RFC 3501, 6.3.9) and NAMESPACE (RFC 2342)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fakeservers.imap.commands.selecting import read_status_items, status_line
from fakeservers.imap.folders import Covering, above, parents
from fakeservers.imap.grammar.arguments import Arguments, BadArguments
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.grammar.strings import quoted
from fakeservers.imap.peer import Peer
from fakeservers.store import StoredAccount

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
class _Request:
    """`extended` where any of RFC 5258's syntax is used. `status`: the items to tell of each
    mailbox."""

    patterns: list[str]
    extended: bool
    selection: frozenset[str] = frozenset()
    returned: frozenset[str] = frozenset()
    status: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Listed:
    """A name to list; where only names below it are selected, `because_of` says by what."""

    name: str
    because_of: frozenset[str] = frozenset()


async def list_mailboxes(peer: Peer, command: TaggedCommand) -> None:
    request = _request(peer, command.arguments())
    if "HIGHESTMODSEQ" in request.status:
        await peer.enable_condstore(command)
    if request.patterns == [""]:  # asks for the delimiter
        await peer.tell([b'LIST (\\Noselect) %b ""' % _delimiter(peer)])
    found = await _listed(peer, request)
    have_children = parents(peer.account)
    if peer.side.behaviour.names_sorted:
        found.sort(key=lambda listed: _by_name(listed.name))
    for listed in found:
        await peer.tell([_line(peer, request, listed, have_children)])
        folder = peer.account.folder(listed.name)
        if request.status and folder and folder.selectable and not listed.because_of:
            await peer.tell([status_line(peer, folder, list(request.status))])
    await peer.answer("ok" if found else "ok@none", command, str(len(found)))


def _request(peer: Peer, arguments: Arguments) -> _Request:
    """Read it to the end. Raises BadArguments, also for options that are not offered."""
    extended = False
    selection: frozenset[str] = frozenset()
    if arguments.at(b"("):
        extended = True
        selection = _selection(peer, arguments)
        arguments.space()
    reference = arguments.reference()
    arguments.space()
    if arguments.at(b"(") and peer.offered("LIST-EXTENDED"):
        extended = True
        patterns = arguments.listed(arguments.list_mailbox)
    else:
        patterns = [arguments.list_mailbox()]
    returned: frozenset[str] = frozenset()
    status: tuple[str, ...] = ()
    if not arguments.ended:
        arguments.space()
        if not arguments.word("RETURN"):
            raise BadArguments("RETURN expected")
        extended = True
        arguments.space()
        returned, status = _returned(peer, arguments)
    arguments.end()
    whole = [reference + pattern for pattern in patterns if pattern or not extended]
    return _Request(whole, extended, selection, returned, status)


def _selection(peer: Peer, arguments: Arguments) -> frozenset[str]:
    options = frozenset(arguments.atoms(least=0))
    if not all(_known(peer, _SELECTION, name) for name in options):
        raise BadArguments("unknown selection option")
    if "RECURSIVEMATCH" in options and not options - {"RECURSIVEMATCH", "REMOTE"}:
        raise BadArguments("RECURSIVEMATCH selects nothing by itself")  # RFC 5258, section 3.1
    return options


def _known(peer: Peer, options: Mapping[str, tuple[str, ...]], name: str) -> bool:
    return name in options and peer.offered(*options[name])


def _returned(peer: Peer, arguments: Arguments) -> tuple[frozenset[str], tuple[str, ...]]:
    """The return options, and the items of STATUS among them."""
    status: list[str] = []

    def option() -> str:
        name = arguments.atom().upper()
        if name == "STATUS" and peer.offered("LIST-STATUS"):
            arguments.space()
            status.extend(read_status_items(peer, arguments))
        elif not _known(peer, _RETURN, name):
            raise BadArguments("unknown return option")
        return name

    return frozenset(arguments.listed(option)), tuple(status)


def _by_name(name: str) -> tuple[bool, str]:
    return name != "INBOX", name


async def _listed(peer: Peer, request: _Request) -> list[_Listed]:
    """What is selected and covered by a pattern; with RECURSIVEMATCH also what has something
    below it that is selected, and that no pattern covers (RFC 5258, section 3.5)."""
    account = peer.account
    covering = Covering(account, request.patterns)
    criteria = request.selection - {"REMOTE", "RECURSIVEMATCH"}
    names = dict.fromkeys([*account.folders, *account.subscriptions])
    selected = [name for name in names if _is_selected(account, name, criteria)]
    covered = dict.fromkeys(await covering.of(selected, peer.turns))
    over: dict[str, None] = {}
    if "RECURSIVEMATCH" in request.selection:
        hidden = (name for name in selected if name not in covered)
        over = dict.fromkeys(parent for name in hidden for parent in above(account, name))
    found = await covering.of(over, peer.turns)
    return [
        *(_Listed(name, criteria) for name in found if name not in covered),
        *(_Listed(name) for name in covered),
    ]


def _is_selected(account: StoredAccount, name: str, criteria: frozenset[str]) -> bool:
    folder = account.folder(name)
    if name not in (account.subscriptions if "SUBSCRIBED" in criteria else account.folders):
        return False
    return "SPECIAL-USE" not in criteria or bool(folder and folder.special_use)


def _line(peer: Peer, request: _Request, listed: _Listed, have_children: set[str]) -> bytes:
    """One LIST response. Without RFC 5258's syntax the client is told what it did not ask for."""
    asked = request.selection | request.returned
    if not request.extended:
        asked = frozenset(name for name in ("CHILDREN", "SPECIAL-USE") if peer.offered(name))
    folder = peer.account.folder(listed.name)
    attributes: list[str] = []
    if "SUBSCRIBED" in asked and listed.name in peer.account.subscriptions:
        attributes.append("\\Subscribed")
    if folder is None:
        attributes.append("\\NonExistent")
    elif not folder.selectable:
        attributes.append("\\Noselect")
    if peer.side.behaviour.inbox_marked and listed.name == "INBOX":
        new = any(message.recent for message in peer.account.inbox.messages)
        attributes.append("\\Marked" if new else "\\Unmarked")
    if "CHILDREN" in asked or peer.side.behaviour.children_always_told:
        has_children = listed.name in have_children
        attributes.append("\\HasChildren" if has_children else "\\HasNoChildren")
    uses_told = "SPECIAL-USE" in asked or (
        request.extended and peer.side.behaviour.special_use_always_told
    )
    if uses_told and folder and folder.special_use:
        attributes.append(folder.special_use)
    line = _named(peer, b"LIST", attributes, listed.name)
    if listed.because_of:
        reasons = b" ".join(quoted(name.encode()) for name in sorted(listed.because_of))
        line += b" (CHILDINFO (" + reasons + b"))"
    return line


def _named(peer: Peer, kind: bytes, attributes: list[str], name: str) -> bytes:
    written = " ".join(attributes).encode()
    return b"%b (%b) %b %b" % (kind, written, _delimiter(peer), peer.written(name))


def _delimiter(peer: Peer) -> bytes:
    return quoted(peer.account.naming.delimiter.encode())


async def list_subscribed(peer: Peer, command: TaggedCommand) -> None:
    """With `%`, a name that is not subscribed stands for those below it that are."""
    arguments = command.arguments()
    reference = arguments.reference()
    arguments.space()
    pattern = reference + arguments.list_mailbox()
    arguments.end()
    account = peer.account
    subscribed = account.subscriptions
    names = [*subscribed, *(parent for name in subscribed for parent in above(account, name))]
    candidates = (each for each in dict.fromkeys(names) if each in subscribed or "%" in pattern)
    found = await Covering(account, [pattern]).of(candidates, peer.turns)
    if peer.side.behaviour.names_sorted:
        found.sort(key=_by_name)
    for name in found:
        folder = account.folder(name)
        level = name not in subscribed or (folder and not folder.selectable)
        attributes = ["\\Noselect"] if level else []
        if folder and folder.special_use and peer.offered("SPECIAL-USE"):
            attributes.append(folder.special_use)
        await peer.tell([_named(peer, b"LSUB", attributes, name)])
    await peer.answer("ok" if found else "ok@none", command, str(len(found)))


async def namespace(peer: Peer, command: TaggedCommand) -> None:
    """Everything is personal."""
    command.arguments().end()
    await peer.refuse("namespace", command)
    await peer.answer("ok", command)
