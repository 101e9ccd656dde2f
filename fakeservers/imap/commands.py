"""The commands: in which states each is allowed, what must be offered for it, and who runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from fakeservers.imap.idle import idle
from fakeservers.imap.listing import list_mailboxes, list_subscribed, namespace, status
from fakeservers.imap.login import authenticate, login, starttls
from fakeservers.imap.reader import Command
from fakeservers.imap.session import Session, State
from fakeservers.imap.syntax import BadArguments

Run = Callable[[Session, Command], Awaitable[None]]
_UID_COMMANDS = ("COPY", "FETCH", "SEARCH", "STORE", "MOVE", "EXPUNGE")

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
    """ENABLE (RFC 5161): there is nothing here to enable, which is no error."""
    arguments = command.arguments()
    arguments.atom()
    while arguments.rest:
        arguments.space()
        arguments.atom()
    await session.tell([b"ENABLED"])
    await session.answer("ok", command)


async def unselect(session: Session, command: Command) -> None:
    """UNSELECT (RFC 3691)."""
    command.arguments().end()
    assert session.engine
    session.engine.leave()
    await session.answer("ok", command)


async def append(session: Session, command: Command) -> None:
    """APPEND (RFC 3501, 6.3.11), with APPENDUID where UIDPLUS is offered (RFC 4315)."""
    arguments = command.arguments()
    name = arguments.mailbox()
    arguments.space()
    flags: list[str] = []
    received: datetime | None = None
    if arguments.at(b"("):
        flags = arguments.flags()
        arguments.space()
    if arguments.at(b'"'):
        received = arguments.date_time()
        arguments.space()
    content = arguments.literal()
    arguments.end()
    assert session.account
    folder = session.account.folder(name)
    if folder is None:
        await session.answer("no-such-mailbox-try-create", command)
        return
    if not content:  # an APPEND that the client gives up (RFC 3502, section 6.3.11)
        await session.answer("not-permitted", command)
        return
    message = folder.append(content, flags, received)
    await _with_uids(session, command, "append-ok", f"{folder.uid_validity} {message.uid}")


async def _with_uids(session: Session, command: Command, name: str, uids: str) -> None:
    """An OK that carries UIDs where UIDPLUS is offered, else a plain one."""
    await session.answer(name if uids and session.offers("UIDPLUS") else "ok", command, uids)


async def uid(session: Session, command: Command) -> None:
    """UID (RFC 3501, 6.4.8): one of the commands on messages, by UID."""
    name = command.full_name.removeprefix("UID").strip()
    if name not in _UID_COMMANDS or not _allowed(session, f"UID {name}"):
        raise BadArguments("command on messages expected")
    text = command.text.partition(b" ")[2]
    if name == "EXPUNGE":
        await _run_engine(session, command, "UID_EXPUNGE", text)
    else:
        await _run_engine(session, command, name, text, by_uid=True)


def _allowed(session: Session, name: str) -> bool:
    needed = {"UID EXPUNGE": "UIDPLUS", "UID MOVE": "MOVE"}.get(name)
    return needed is None or session.offers(needed)


async def by_engine(session: Session, command: Command) -> None:
    await _run_engine(session, command, command.name, command.text)


async def _run_engine(
    session: Session, command: Command, name: str, text: bytes, *, by_uid: bool = False
) -> None:
    assert session.engine
    outcome = session.engine.run(name, text, by_uid=by_uid)
    if outcome.untagged:
        await session.conversation.connection.write(outcome.untagged)
    if outcome.text:
        await _with_uids(session, command, "copy-ok", outcome.text)
    else:
        await session.answer(outcome.reply, command)


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
    "APPEND": Entry(append, _LOGGED_IN),
    "IDLE": Entry(idle, _LOGGED_IN, needs="IDLE"),
    "UNSELECT": Entry(unselect, _SELECTED, needs="UNSELECT"),
    "UID": Entry(uid, _SELECTED),
    "MOVE": Entry(by_engine, _SELECTED, needs="MOVE"),
    **{
        name: Entry(by_engine, _LOGGED_IN)
        for name in ("SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE")
    },
    **{
        name: Entry(by_engine, _SELECTED)
        for name in ("CHECK", "CLOSE", "EXPUNGE", "SEARCH", "FETCH", "STORE", "COPY")
    },
}
