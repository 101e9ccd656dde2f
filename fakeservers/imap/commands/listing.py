"""LIST (RFC 3501, 6.3.8; RFC 5258), LSUB (RFC 3501, 6.3.9) and NAMESPACE (RFC 2342)."""

from __future__ import annotations

from dataclasses import dataclass

from fakeservers.imap.condstore import enable_condstore
from fakeservers.imap.folders import above, below, matches
from fakeservers.imap.list_request import ListRequest, read_list_request
from fakeservers.imap.reader import Command
from fakeservers.imap.session import Session
from fakeservers.imap.status import status_line
from fakeservers.imap.syntax import quoted
from fakeservers.store import StoredAccount


@dataclass(frozen=True)
class _Listed:
    """A name to list; where only names below it are selected, `because_of` says by what."""

    name: str
    because_of: frozenset[str] = frozenset()


async def list_mailboxes(session: Session, command: Command) -> None:
    request = read_list_request(session, command.arguments())
    if "HIGHESTMODSEQ" in request.status:
        await enable_condstore(session, command)
    if request.patterns == [""]:  # asks for the delimiter
        await session.tell([b'LIST (\\Noselect) %b ""' % _delimiter(session)])
    assert session.account
    for listed in _listed(session.account, request):
        await session.tell([_line(session, request, listed)])
        folder = session.account.folder(listed.name)
        if request.status and folder and not listed.because_of:
            await session.tell([status_line(session, folder, list(request.status))])
    await session.answer("ok", command)


def _listed(account: StoredAccount, request: ListRequest) -> list[_Listed]:
    """What is selected and covered by a pattern; with RECURSIVEMATCH also what has something
    below it that is selected, and that no pattern covers (RFC 5258, section 3.5)."""
    criteria = request.selection - {"REMOTE", "RECURSIVEMATCH"}
    existing = list(account.folders)
    names = (
        existing
        if "SUBSCRIBED" not in criteria
        else [*existing, *(name for name in account.subscriptions if name not in account.folders)]
    )
    selected = [name for name in names if _is_selected(account, name, criteria)]
    covered = [name for name in selected if matches(account, name, request.patterns)]
    parents: list[str] = []
    if "RECURSIVEMATCH" in request.selection:
        hidden = [name for name in selected if name not in covered]
        parents = [parent for name in hidden for parent in above(account, name)]
    found = [name for name in dict.fromkeys(parents) if matches(account, name, request.patterns)]
    return [
        *(_Listed(name, criteria) for name in found if name not in covered),
        *(_Listed(name) for name in covered),
    ]


def _is_selected(account: StoredAccount, name: str, criteria: frozenset[str]) -> bool:
    folder = account.folder(name)
    if "SUBSCRIBED" in criteria and name not in account.subscriptions:
        return False
    return "SPECIAL-USE" not in criteria or bool(folder and folder.special_use)


def _line(session: Session, request: ListRequest, listed: _Listed) -> bytes:
    """One LIST response. Without RFC 5258's syntax the client is told what it did not ask for."""
    assert session.account
    asked = request.selection | request.returned
    if not request.extended:
        asked = frozenset(name for name in ("CHILDREN", "SPECIAL-USE") if session.offers(name))
    folder = session.account.folder(listed.name)
    attributes: list[str] = []
    if "SUBSCRIBED" in asked and listed.name in session.account.subscriptions:
        attributes.append("\\Subscribed")
    if folder is None:
        attributes.append("\\NonExistent")
    if session.side.behaviour.inbox_marked and listed.name == "INBOX":
        new = any(message.recent for message in session.account.inbox.messages)
        attributes.append("\\Marked" if new else "\\Unmarked")
    if "CHILDREN" in asked:
        has_children = bool(below(session.account, listed.name))
        attributes.append("\\HasChildren" if has_children else "\\HasNoChildren")
    if "SPECIAL-USE" in asked and folder and folder.special_use:
        attributes.append(folder.special_use)
    line = _named(session, b"LIST", attributes, listed.name)
    if listed.because_of:
        reasons = b" ".join(quoted(name.encode()) for name in sorted(listed.because_of))
        line += b" (CHILDINFO (" + reasons + b"))"
    return line


def _named(session: Session, kind: bytes, attributes: list[str], name: str) -> bytes:
    written = " ".join(attributes).encode()
    return b"%b (%b) %b %b" % (kind, written, _delimiter(session), session.written(name))


def _delimiter(session: Session) -> bytes:
    assert session.account
    return quoted(session.account.naming.delimiter.encode())


async def list_subscribed(session: Session, command: Command) -> None:
    """With `%`, a name that is not subscribed stands for those below it that are."""
    arguments = command.arguments()
    reference = arguments.reference()
    arguments.space()
    pattern = reference + arguments.list_mailbox()
    arguments.end()
    account = session.account
    assert account
    subscribed = account.subscriptions
    names = [*subscribed, *(parent for name in subscribed for parent in above(account, name))]
    for name in dict.fromkeys(names):
        if matches(account, name, [pattern]) and (name in subscribed or "%" in pattern):
            folder = account.folder(name)
            attributes = [] if name in subscribed else ["\\Noselect"]
            if folder and folder.special_use and session.offers("SPECIAL-USE"):
                attributes.append(folder.special_use)
            await session.tell([_named(session, b"LSUB", attributes, name)])
    await session.answer("ok", command)


async def namespace(session: Session, command: Command) -> None:
    """Everything is personal."""
    command.arguments().end()
    await session.refuse("namespace", command)
    await session.answer("ok", command)
