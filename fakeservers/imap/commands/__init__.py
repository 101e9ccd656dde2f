"""The commands: in which states each is allowed, what must be offered for it, and who runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fakeservers.imap.commands.any_state import capability, enable, identify, logout, noop
from fakeservers.imap.commands.appending import append, copy, move
from fakeservers.imap.commands.fetch import fetch
from fakeservers.imap.commands.flags import expunge, store
from fakeservers.imap.commands.idle import idle
from fakeservers.imap.commands.listing import list_mailboxes, list_subscribed, namespace
from fakeservers.imap.commands.login import authenticate, login, starttls
from fakeservers.imap.commands.quota import get_quota, get_quota_root, set_quota
from fakeservers.imap.commands.searching import search, sort
from fakeservers.imap.commands.selecting import select, status, unselect
from fakeservers.imap.commands.thread import thread
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.peer import Peer, State

Run = Callable[[Peer, TaggedCommand], Awaitable[None]]

_UNAUTH: tuple[State, ...] = ("unauth",)
_AUTH: tuple[State, ...] = ("auth",)
_SELECTED: tuple[State, ...] = ("select",)
_LOGGED_IN: tuple[State, ...] = ("auth", "select")
_ANY: tuple[State, ...] = ("unauth", "auth", "select")


@dataclass(frozen=True)
class CommandEntry:
    """How a command is run. `needs` is the capability that must be offered for it."""

    run: Run
    states: tuple[State, ...]
    needs: str = ""


async def by_engine(peer: Peer, command: TaggedCommand) -> None:
    assert peer.engine
    await peer.answer(peer.engine.run(command.name, command.text), command)


async def rename(peer: Peer, command: TaggedCommand) -> None:
    """Some servers tell of the mailbox and of those below it, each with its old and its new name,
    before their OK (`renames_told`)."""
    assert peer.engine
    reply = peer.engine.run(command.name, command.text)
    if reply == "ok" and peer.side.behaviour.renames_told:
        arguments = command.arguments()
        old = arguments.mailbox()
        arguments.space()
        new = arguments.mailbox()
        below = new + peer.account.naming.delimiter
        for name in [new, *sorted(name for name in peer.account.folders if name.startswith(below))]:
            names = [peer.written(old + name.removeprefix(new)), peer.written(name)]
            await peer.refuse("renamed", command, b" ".join(names).decode("ascii"))
    await peer.answer(reply, command)


_ON_MESSAGES = {"FETCH": fetch, "STORE": store, "SEARCH": search, "COPY": copy}
COMMANDS: dict[str, CommandEntry] = {
    "CAPABILITY": CommandEntry(capability, _ANY),
    "NOOP": CommandEntry(noop, _ANY),
    "LOGOUT": CommandEntry(logout, _ANY),
    "ID": CommandEntry(identify, _ANY, needs="ID"),
    "STARTTLS": CommandEntry(starttls, _UNAUTH),
    "LOGIN": CommandEntry(login, _UNAUTH),
    "AUTHENTICATE": CommandEntry(authenticate, _UNAUTH),
    "ENABLE": CommandEntry(enable, _AUTH, needs="ENABLE"),
    "NAMESPACE": CommandEntry(namespace, _LOGGED_IN, needs="NAMESPACE"),
    "LIST": CommandEntry(list_mailboxes, _LOGGED_IN),
    "LSUB": CommandEntry(list_subscribed, _LOGGED_IN),
    "STATUS": CommandEntry(status, _LOGGED_IN),
    "SELECT": CommandEntry(select, _LOGGED_IN),
    "EXAMINE": CommandEntry(select, _LOGGED_IN),
    "GETQUOTA": CommandEntry(get_quota, _LOGGED_IN, needs="QUOTA"),
    "GETQUOTAROOT": CommandEntry(get_quota_root, _LOGGED_IN, needs="QUOTA"),
    "SETQUOTA": CommandEntry(set_quota, _LOGGED_IN, needs="QUOTA"),
    "APPEND": CommandEntry(append, _LOGGED_IN),
    "IDLE": CommandEntry(idle, _LOGGED_IN, needs="IDLE"),
    **{
        name: CommandEntry(by_engine, _LOGGED_IN)
        for name in ("CREATE", "DELETE", "SUBSCRIBE", "UNSUBSCRIBE")
    },
    "RENAME": CommandEntry(rename, _LOGGED_IN),
    "UNSELECT": CommandEntry(unselect, _SELECTED, needs="UNSELECT"),
    "CHECK": CommandEntry(by_engine, _SELECTED),
    "CLOSE": CommandEntry(by_engine, _SELECTED),
    "EXPUNGE": CommandEntry(expunge, _SELECTED),
    "UID EXPUNGE": CommandEntry(expunge, _SELECTED, needs="UIDPLUS"),
    **{name: CommandEntry(run, _SELECTED) for name, run in _ON_MESSAGES.items()},
    **{f"UID {name}": CommandEntry(run, _SELECTED) for name, run in _ON_MESSAGES.items()},
    "SORT": CommandEntry(sort, _SELECTED, needs="SORT"),
    "UID SORT": CommandEntry(sort, _SELECTED, needs="SORT"),
    "THREAD": CommandEntry(thread, _SELECTED, needs="THREAD"),
    "UID THREAD": CommandEntry(thread, _SELECTED, needs="THREAD"),
    "MOVE": CommandEntry(move, _SELECTED, needs="MOVE"),
    "UID MOVE": CommandEntry(move, _SELECTED, needs="MOVE"),
}
