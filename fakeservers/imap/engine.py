"""Twisted's `IMAP4Server` as an engine without a reactor: one command in, its status out.

This is the only module that imports Twisted. Everything runs to its end at once: the mailboxes
behind it never wait, and nothing is written. Twisted keeps the state, finds the handler, runs the
argument parsers and drives SELECT, CHECK, CLOSE, CREATE, DELETE, RENAME and SUBSCRIBE. Replaced are
its argument parsers, which take neither literals nor escapes, and what it says: of a tagged
response only the status counts, untagged ones are ours. So are all the commands on messages: its
FETCH recurses for every message, ignores partial requests and re-cases headers, SEARCH wants the
reactor, COPY mixes str and bytes, and none of them knows an extension.

Names that are not Twisted's public ones: `_respond`, `_cbSelectWork`, `__ebDispatch`, and the form
of the command tables; the tests hold Twisted to them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.mail import imap4

from fakeservers.imap.folders import Folders
from fakeservers.imap.grammar.arguments import Arguments, BadArguments
from fakeservers.imap.view import View
from fakeservers.store import StoredAccount

_TwistedServer: Any = imap4.IMAP4Server
"""Untyped, as Twisted leaves it."""

_TWISTED_ERRORS = (
    imap4.IllegalClientResponse,
    imap4.IllegalOperation,
    imap4.IllegalMailboxEncoding,
)
"""What says that the client is wrong, not the engine; BadArguments does it too."""


class EngineFault(Exception):
    """The engine, or what stands behind it, failed: a fault of the harness, not of the client."""


def _parser(read: Callable[[Arguments], Any]) -> Callable[[Any, bytes | None], tuple[Any, bytes]]:
    """An argument parser of Twisted's form out of one of ours."""

    def parse(_engine: Any, line: bytes | None) -> tuple[Any, bytes]:
        arguments = Arguments(line or b"")
        value = read(arguments)
        if not arguments.ended:
            arguments.space()
        return value, arguments.rest

    return parse


_PARSERS: dict[Any, Any] = {
    _TwistedServer.arg_astring: _parser(Arguments.mailbox),
    _TwistedServer.arg_finalastring: _parser(Arguments.mailbox),
}


class ImapEngine(_TwistedServer):  # type: ignore[misc]
    """One authenticated connection's IMAP state machine."""

    mbox: Any
    """The selected View; Twisted keeps None here while there is none."""

    def __init__(self, account: StoredAccount) -> None:
        super().__init__()
        self.account = Folders(account, self._refuse)
        self.state = "auth"
        self._begin()

    def _begin(self) -> None:
        self._status: bytes | None = None
        self._refusal = ""
        self._fault: BaseException | None = None

    @property
    def view(self) -> View | None:
        """The selected mailbox."""
        view: View | None = self.mbox
        return view

    def run(self, name: str, text: bytes) -> str:
        """Run one command in a state that allows it, `text` being its arguments; the name of the
        dialect's reply to it.

        Raises BadArguments; EngineFault, or the exception itself, when the engine fails.
        """
        self._begin()
        try:
            self.dispatchCommand(b"*", name.encode(), text or None)
        except _TWISTED_ERRORS as error:
            raise BadArguments(str(error)) from error
        if self._fault:
            raise self._fault
        if self._status is None:
            raise EngineFault(f"no answer to {name}")
        return "ok" if self._status == b"OK" else self._refusal or "not-permitted"

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
        self._status = state
        if state == b"BAD":  # with our parsers in place only a failure ends here
            self._fault = self._fault or EngineFault(str(message))

    def _IMAP4Server__ebDispatch(self, failure: Any, tag: bytes) -> None:
        error = failure.value
        if isinstance(error, _TWISTED_ERRORS):
            error = BadArguments(str(error))
        self._fault = error.with_traceback(failure.getTracebackObject())

    def _cbSelectWork(self, view: View | None, cmdName: bytes, tag: bytes) -> None:
        """SELECT and EXAMINE; their untagged responses are `selecting`'s."""
        if view is None:
            self.sendNegativeResponse(tag)
            return
        self.mbox, self.state = view, "select"
        self.sendPositiveResponse(tag)
