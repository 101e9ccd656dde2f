"""Twisted's `IMAP4Server` as an engine without a reactor: one command in, its responses out.

This is the only module that imports Twisted. Everything runs to its end at once: the mailboxes
behind it never wait. Twisted keeps the state, finds the handler, runs the argument parsers and
drives SELECT, FETCH, STORE, EXPUNGE, CLOSE, CREATE, DELETE, RENAME and SUBSCRIBE. Replaced is what
it gets wrong: its argument parsers take neither literals nor escapes, SELECT lacks required
responses, FETCH recurses for every message, ignores partial requests and re-cases headers, SEARCH
wants the reactor, COPY mixes str and bytes. Its English never reaches the wire: of a tagged
response only the status counts.

Names that are not Twisted's public ones: `_respond`, `_cbSelectWork`, `__ebDispatch`, `spew_*`,
and the form of the command tables; the tests hold Twisted to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from twisted.mail import imap4

from fakeservers.imap.fetch import Items, has_known_section, sets_seen
from fakeservers.imap.folders import Folders
from fakeservers.imap.search import UnknownCharset, matcher
from fakeservers.imap.syntax import SYSTEM_FLAGS, Arguments, BadArguments, SequenceSet
from fakeservers.imap.view import View, flag_list
from fakeservers.store import Folder, StoredAccount, StoredMessage

_TwistedServer: Any = imap4.IMAP4Server
"""Untyped, as Twisted leaves it."""

_PROTOCOL_ERRORS = (
    BadArguments,
    imap4.IllegalClientResponse,
    imap4.IllegalOperation,
    imap4.IllegalMailboxEncoding,
)
"""What says that the client is wrong, not the engine."""


class EngineFault(Exception):
    """The engine, or what stands behind it, failed: a fault of the harness, not of the client."""


@dataclass(frozen=True)
class Outcome:
    """What a command led to: untagged responses, and the name of the dialect's tagged reply."""

    untagged: bytes
    reply: str
    text: str = ""


class _Sink:
    """The engine's transport: collects what is written."""

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, data: bytes) -> None:
        self.written += data

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self.written += piece


def _parser(read: Callable[[Arguments], Any]) -> Callable[[Any, bytes | None], tuple[Any, bytes]]:
    """An argument parser of Twisted's form out of one of ours."""

    def parse(_engine: Any, line: bytes | None) -> tuple[Any, bytes]:
        arguments = Arguments(line or b"")
        value = read(arguments)
        if arguments.rest:
            arguments.space()
        return value, arguments.rest

    return parse


def _fetch_items(engine: Any, line: bytes | None) -> tuple[Any, bytes]:
    """Twisted's own parser, which takes any exception for a syntax error."""
    try:
        items, rest = _TwistedServer.arg_fetchatt(engine, (line or b"").decode("ascii").encode())
    except Exception as error:
        raise BadArguments("fetch items expected") from error
    if not all(has_known_section(item) for item in items if item.type == "body"):
        raise BadArguments("section expected")
    for item in items:
        begin, length = getattr(item, "partialBegin", None), getattr(item, "partialLength", None)
        if (begin is not None and begin < 0) or (length is not None and length < 1):
            raise BadArguments("partial out of range")
        if min(getattr(item, "part", ()), default=0) < 0:
            raise BadArguments("parts are counted from 1")
    if not items:
        raise BadArguments("fetch items expected")
    return items, rest


_PARSERS: dict[Any, Any] = {
    _TwistedServer.arg_astring: _parser(Arguments.mailbox),
    _TwistedServer.arg_finalastring: _parser(Arguments.mailbox),
    _TwistedServer.arg_seqset: _parser(Arguments.sequence_set),
    _TwistedServer.arg_atom: _parser(Arguments.store_item),
    _TwistedServer.arg_flaglist: _parser(Arguments.flags),
    _TwistedServer.arg_fetchatt: _fetch_items,
}


class Engine(Items, _TwistedServer):  # type: ignore[misc]
    """One authenticated connection's IMAP state machine."""

    def __init__(self, account: StoredAccount) -> None:
        super().__init__(scheduler=list)  # FETCH without the reactor: everything at once
        self.transport = _Sink()
        self.account = Folders(account, self._refuse)
        self.state = "auth"
        self._begin()

    def _begin(self) -> None:
        self.transport.written.clear()
        self._status: bytes | None = None
        self._refusal = ""
        self._fault: BaseException | None = None
        self._copied: list[tuple[int, int]] = []
        self._target: Folder

    @property
    def view(self) -> View | None:
        """The selected mailbox."""
        view: View | None = self.mbox
        return view

    def run(self, name: str, text: bytes, *, by_uid: bool = False) -> Outcome:
        """Run one command in a state that allows it; `text` is its arguments.

        Raises BadArguments; EngineFault, or the exception itself, when the engine fails.
        """
        self._begin()
        uid = {"uid": 1} if by_uid else {}
        try:
            self.dispatchCommand(b"*", name.encode(), text or None, **uid)
        except _PROTOCOL_ERRORS as error:
            raise BadArguments(str(error)) from error
        if self._fault:
            raise self._fault
        untagged = bytes(self.transport.written)
        if self._status == b"OK":
            return Outcome(untagged, self._accepted(name), self._copy_uids())
        if self._status == b"NO":
            return Outcome(untagged, self._refusal or "not-permitted")
        raise EngineFault(f"no answer to {name}")

    def _accepted(self, name: str) -> str:
        if name in ("SELECT", "EXAMINE"):
            return "select-ok-read-write" if self.mbox.writable else "select-ok-read-only"
        return "ok"

    def leave(self) -> None:
        """Unselect without expunging."""
        self.mbox = None
        self.state = "auth"

    def _refuse(self, reply: str) -> Exception:
        self._refusal = reply
        return imap4.MailboxException(reply)

    def lookupCommand(self, cmd: bytes) -> tuple[Any, ...] | None:
        """Twisted's table names functions of its own class: take ours, and our parsers."""
        found = super().lookupCommand(cmd)
        if not found:
            return None
        handler = getattr(type(self), found[0].__name__)
        return (handler, *(_PARSERS.get(parser, parser) for parser in found[1:]))

    def _respond(self, state: bytes, tag: bytes | None, message: bytes) -> None:
        if not tag:
            super()._respond(state, tag, message)
            return
        self._status = state
        if state == b"BAD":  # with our parsers in place only a failure ends here
            self._fault = self._fault or EngineFault(str(message))

    def _IMAP4Server__ebDispatch(self, failure: Any, tag: bytes) -> None:
        error = failure.value
        if isinstance(error, _PROTOCOL_ERRORS):
            error = BadArguments(str(error))
        self._fault = error.with_traceback(failure.getTracebackObject())

    def _cbSelectWork(self, view: View | None, cmdName: bytes, tag: bytes) -> None:
        """SELECT and EXAMINE with all the responses that RFC 3501, 6.3.1 requires."""
        if view is None:
            self.sendNegativeResponse(tag)
            return
        permanent = [*SYSTEM_FLAGS, "\\*"] if view.writable else []
        unseen = view.first_unseen()
        self.sendUntaggedResponse(b"FLAGS " + flag_list(SYSTEM_FLAGS))
        self.sendPositiveResponse(
            None, b"[PERMANENTFLAGS %b] Flags permitted" % flag_list(permanent)
        )
        self.sendUntaggedResponse(b"%d EXISTS" % view.getMessageCount())
        self.sendUntaggedResponse(b"%d RECENT" % view.getRecentCount())
        if unseen:
            self.sendPositiveResponse(None, b"[UNSEEN %d] First unseen" % unseen)
        self.sendPositiveResponse(None, b"[UIDVALIDITY %d] UIDs valid" % view.getUIDValidity())
        self.sendPositiveResponse(None, b"[UIDNEXT %d] Predicted next UID" % view.folder.uid_next)
        self.mbox, self.state = view, "select"
        self.sendPositiveResponse(tag)

    def do_FETCH(self, tag: bytes, messages: SequenceSet, query: list[Any], uid: int = 0) -> None:
        seen = any(sets_seen(item) for item in query)
        for number, message in self.mbox.fetch(messages, uid):
            if seen:
                self.mbox.add_flag(message, "\\Seen")
            self.spewMessage(number, message, query, uid)
        self.sendPositiveResponse(tag)

    def do_SEARCH(self, tag: bytes, text: bytes | None, uid: int = 0) -> None:
        try:
            fits = matcher(Arguments(text or b""), self.mbox)
        except UnknownCharset:
            self._refuse("search-charset")
            self.sendNegativeResponse(tag)
            return
        found = [
            b" %d" % (message.uid if uid else number)
            for number, message in enumerate(self.mbox.messages, 1)
            if fits(number, message)
        ]
        self.sendUntaggedResponse(b"SEARCH" + b"".join(found))
        self.sendPositiveResponse(tag)

    def do_STORE(
        self, tag: bytes, messages: SequenceSet, mode: bytes, flags: list[str], uid: int = 0
    ) -> None:
        self.mbox.fetch(messages, uid)  # refuses numbers that do not exist
        if self.mbox.writable:
            super().do_STORE(tag, messages, mode, flags, uid)
        else:
            self.sendNegativeResponse(tag)

    def do_COPY(self, tag: bytes, messages: SequenceSet, mailbox: str, uid: int = 0) -> None:
        if self._copy(tag, messages, mailbox, uid) is not None:
            self.sendPositiveResponse(tag)

    def do_MOVE(self, tag: bytes, messages: SequenceSet, mailbox: str, uid: int = 0) -> None:
        """RFC 6851; the COPYUID comes before the EXPUNGE responses."""
        if not self.mbox.writable:
            self.sendNegativeResponse(tag)
            return
        moved = self._copy(tag, messages, mailbox, uid)
        if moved is None:
            return
        if self._copied:
            self.sendPositiveResponse(None, b"[COPYUID " + self._copy_uids().encode() + b"] Moved")
            self._copied = []
        self._announce_expunged(self.mbox.remove(moved))
        self.sendPositiveResponse(tag)

    def do_UID_EXPUNGE(self, tag: bytes, messages: SequenceSet) -> None:
        """UID EXPUNGE (RFC 4315): only these, and of them only those marked as deleted."""
        if not self.mbox.writable:
            self.sendNegativeResponse(tag)
            return
        chosen = [message for _, message in self.mbox.fetch(messages, 1)]
        deleted = [message for message in chosen if "\\Deleted" in message.flags]
        self._announce_expunged(self.mbox.remove(deleted))
        self.sendPositiveResponse(tag)

    select_SEARCH = (do_SEARCH, _TwistedServer.arg_line)
    select_MOVE = (do_MOVE, _TwistedServer.arg_seqset, _TwistedServer.arg_finalastring)
    select_UID_EXPUNGE = (do_UID_EXPUNGE, _TwistedServer.arg_seqset)

    def _copy(
        self, tag: bytes, messages: SequenceSet, mailbox: str, uid: int
    ) -> list[StoredMessage] | None:
        chosen = [message for _, message in self.mbox.fetch(messages, uid)]
        target = self.account.folder(mailbox)
        if target is None:
            self._refuse("no-such-mailbox-try-create")
            self.sendNegativeResponse(tag)
            return None
        self._target = target
        self._copied = [(message.uid, target.copy(message).uid) for message in chosen]
        return chosen

    def _copy_uids(self) -> str:
        """What COPYUID says (RFC 4315, section 3), or "" when nothing was copied."""
        if not self._copied:
            return ""
        old, new = (",".join(map(str, uids)) for uids in zip(*self._copied, strict=True))
        return f"{self._target.uid_validity} {old} {new}"

    def _announce_expunged(self, numbers: list[int]) -> None:
        for number in numbers:
            self.sendUntaggedResponse(b"%d EXPUNGE" % number)
