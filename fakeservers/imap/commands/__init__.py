"""The commands: in which states each is allowed, what must be offered for it, and who runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fakeservers.imap.append import append
from fakeservers.imap.copying import copy, move
from fakeservers.imap.expunge import expunge
from fakeservers.imap.fetch import fetch
from fakeservers.imap.flags import store
from fakeservers.imap.idle import idle
from fakeservers.imap.listing import list_mailboxes, list_subscribed, namespace
from fakeservers.imap.login import authenticate, login, starttls
from fakeservers.imap.quota import get_quota, get_quota_root, set_quota
from fakeservers.imap.reader import Command
from fakeservers.imap.searching import search
from fakeservers.imap.selecting import select
from fakeservers.imap.session import Session, State
from fakeservers.imap.sort import sort
from fakeservers.imap.status import status
from fakeservers.imap.syntax import BadArguments
from fakeservers.imap.thread import thread

Run = Callable[[Session, Command], Awaitable[None]]

_UNAUTH: tuple[State, ...] = ("unauth",)
_AUTH: tuple[State, ...] = ("auth",)
_SELECTED: tuple[State, ...] = ("select",)
_LOGGED_IN: tuple[State, ...] = ("auth", "select")
_ANY: tuple[State, ...] = ("unauth", "auth", "select")


@dataclass(frozen=True)
class Entry:
    """How a command is run. `needs` is the capability that must be offered for it."""

    run: Run
    states: tuple[State, ...]
    needs: str = ""


async def capability(session: Session, command: Command) -> None:
    command.arguments().end()
    conversation = session.conversation
    after_starttls = (
        conversation.service.security == "starttls" and conversation.connection.tls_active
    )
    session.capability_asked |= session.state == "unauth" and not after_starttls
    await session.answer("capability-ok", command)


async def noop(session: Session, command: Command) -> None:
    command.arguments().end()
    await session.answer("noop-ok", command)


async def logout(session: Session, command: Command) -> None:
    command.arguments().end()
    await session.refuse("logout-bye", command)
    await session.refuse("logout-ok", command)
    await session.close("logged out")


async def identify(session: Session, command: Command) -> None:
    """ID (RFC 2971): NIL, or pairs of strings."""
    arguments = command.arguments()
    if arguments.at(b"("):
        pairs = arguments.values()
        if len(pairs) % 2 or any(isinstance(each, list) for each in pairs):
            raise BadArguments("pairs expected")
    elif arguments.atom().upper() != "NIL":
        raise BadArguments("NIL expected")
    arguments.end()
    await session.refuse("id", command)
    await session.answer("id-ok", command)


async def enable(session: Session, command: Command) -> None:
    """ENABLE (RFC 5161): what cannot be enabled is no error."""
    arguments = command.arguments()
    wanted = [arguments.atom().upper()]
    while arguments.rest:
        arguments.space()
        wanted.append(arguments.atom().upper())
    enabled = ""
    if "CONDSTORE" in wanted and session.offers("CONDSTORE"):
        session.condstore = True
        enabled = "CONDSTORE"
    await session.conversation.reply(
        "enabled", text=f" {enabled}".rstrip(), enabled=enabled or None
    )
    await session.answer("ok", command)


async def unselect(session: Session, command: Command) -> None:
    """UNSELECT (RFC 3691)."""
    command.arguments().end()
    assert session.engine
    session.engine.leave()
    await session.answer("ok", command)


async def by_engine(session: Session, command: Command) -> None:
    assert session.engine
    outcome = session.engine.run(command.name, command.text)
    if outcome.untagged:
        await session.conversation.connection.write(outcome.untagged)
    await session.answer(outcome.reply, command)


_ON_MESSAGES = {"FETCH": fetch, "STORE": store, "SEARCH": search, "COPY": copy}
COMMANDS: dict[str, Entry] = {
    "CAPABILITY": Entry(capability, _ANY),
    "NOOP": Entry(noop, _ANY),
    "LOGOUT": Entry(logout, _ANY),
    "ID": Entry(identify, _ANY, needs="ID"),
    "STARTTLS": Entry(starttls, _UNAUTH),
    "LOGIN": Entry(login, _UNAUTH),
    "AUTHENTICATE": Entry(authenticate, _UNAUTH),
    "ENABLE": Entry(enable, _AUTH, needs="ENABLE"),
    "NAMESPACE": Entry(namespace, _LOGGED_IN, needs="NAMESPACE"),
    "LIST": Entry(list_mailboxes, _LOGGED_IN),
    "LSUB": Entry(list_subscribed, _LOGGED_IN),
    "STATUS": Entry(status, _LOGGED_IN),
    "SELECT": Entry(select, _LOGGED_IN),
    "EXAMINE": Entry(select, _LOGGED_IN),
    "GETQUOTA": Entry(get_quota, _LOGGED_IN, needs="QUOTA"),
    "GETQUOTAROOT": Entry(get_quota_root, _LOGGED_IN, needs="QUOTA"),
    "SETQUOTA": Entry(set_quota, _LOGGED_IN, needs="QUOTA"),
    "APPEND": Entry(append, _LOGGED_IN),
    "IDLE": Entry(idle, _LOGGED_IN, needs="IDLE"),
    **{
        name: Entry(by_engine, _LOGGED_IN)
        for name in ("CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE")
    },
    "UNSELECT": Entry(unselect, _SELECTED, needs="UNSELECT"),
    "CHECK": Entry(by_engine, _SELECTED),
    "CLOSE": Entry(by_engine, _SELECTED),
    "EXPUNGE": Entry(expunge, _SELECTED),
    "UID EXPUNGE": Entry(expunge, _SELECTED, needs="UIDPLUS"),
    **{name: Entry(run, _SELECTED) for name, run in _ON_MESSAGES.items()},
    **{f"UID {name}": Entry(run, _SELECTED) for name, run in _ON_MESSAGES.items()},
    "SORT": Entry(sort, _SELECTED, needs="SORT"),
    "UID SORT": Entry(sort, _SELECTED, needs="SORT"),
    "THREAD": Entry(thread, _SELECTED, needs="THREAD"),
    "UID THREAD": Entry(thread, _SELECTED, needs="THREAD"),
    "MOVE": Entry(move, _SELECTED, needs="MOVE"),
    "UID MOVE": Entry(move, _SELECTED, needs="MOVE"),
}
