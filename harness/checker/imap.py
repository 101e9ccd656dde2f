"""The IMAP half of the check (RFC 9051), on IMAPClient over our own connection."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from imapclient import IMAPClient

from harness.checker.client_connection import CLOSING_S, ClientConnection, HasFile
from harness.checker.record import CheckFailed
from harness.checker.visit import TOKEN_MECHANISMS, ClientExchange, ClientLogin, Visit

_R = TypeVar("_R")
LOGIN_COMMAND: Final = "LOGIN command"

_GREETING: Final = re.compile(rb"\* (OK|PREAUTH)\b", re.IGNORECASE)
_BYE: Final = re.compile(rb"\* BYE\b", re.IGNORECASE)
# Yahoo says this of a log-in that failed, and then OK all the same.
_UNAVAILABLE: Final = re.compile(rb"\* NO \[UNAVAILABLE\]", re.IGNORECASE)
_TAGGED: Final = re.compile(rb"[^*+\s]\S* (OK|NO|BAD)\b", re.IGNORECASE)
# RFC 9051 section 9: keywords are read in any case; imaplib reads capitals only.
_KEYWORD: Final = re.compile(rb"^(?:\* (?:\d+ )?|[^*+\s]\S* )[A-Za-z][A-Za-z-]*(?=[ \r\n])")
_CAPABILITIES: Final = re.compile(rb"(?:^\* |\[)CAPABILITY ([^\]\r\n]*)", re.IGNORECASE)
_EXISTS: Final = re.compile(rb"^\* (\d+) EXISTS\b", re.IGNORECASE | re.MULTILINE)
_UIDVALIDITY: Final = re.compile(rb"\[UIDVALIDITY (\d+)\]", re.IGNORECASE)
# RFC 9051 section 9: what a quoted string may hold.
_QUOTABLE: Final = re.compile(rb"[^\x00\r\n\x80-\xff]*")
_IMPLEMENTATION: Final = {"name": "badinbox"}
_TAGS: Final = b"BADI"


class Selected(NamedTuple):
    """INBOX as it was selected: how many messages, and for how long their UIDs hold (RFC 9051,
    2.3.1.1), where that was told."""

    exists: int
    uidvalidity: int | None


class ImapVisit(Visit):
    """One connection to an IMAP server.

    ``mechanism``: how the log-in was done; None: there was none to do (PREAUTH).
    """

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self.mechanism: str | None = None
        self._offered_id = False
        self._tells_capabilities = True

    def greet(self) -> None:
        self.connection.begin("greeting")
        try:
            self._client = _MailClient(self.connection)
        except imaplib.IMAP4.error:
            raise self.connection.failed("reply") from None
        self.own_words += self.connection.lines
        self._learn_capabilities()

    def start_tls(self, context: ssl.SSLContext) -> None:
        """PREAUTH means that TLS can no longer be started, so it amounts to stripping it."""
        if self._client.engine.state == "NONAUTH":
            self._know_capabilities("starttls")
        offered = self._offers("STARTTLS") or not self._tells_capabilities
        if self._client.engine.state != "NONAUTH" or not offered:
            self.connection.begin("starttls")
            raise self.connection.failed("not-offered", missing="STARTTLS")
        self._run("starttls", lambda: self._client.engine.simple("STARTTLS"))
        if self.connection.unread:
            raise self.connection.failed("injected")
        self.connection.start_tls(context)

    def log_in(self, login: ClientLogin) -> None:
        """One attempt, by one mechanism."""
        if self._client.engine.state != "NONAUTH":
            return
        self._know_capabilities("login")
        mechanism = self._chosen_mechanism(login)
        self.connection.begin("login")
        if mechanism is None:
            raise self.connection.failed(
                "not-offered", missing="AUTH=XOAUTH2" if login.by_token else "AUTH=PLAIN"
            )
        self.mechanism = mechanism
        if mechanism == LOGIN_COMMAND:
            self._run("login", lambda: self._client.engine.log_in(login))
        else:
            initial = self._offers("SASL-IR")
            exchange = ClientExchange(mechanism, login)
            self._run("login", lambda: self._client.engine.authenticate_by(exchange, initial))
        if any(_UNAVAILABLE.match(line) for line in self.connection.lines):
            raise self.connection.failed("reply")
        self._client.engine.state = "AUTH"
        self.connection.capabilities = ()
        self._learn_capabilities()

    def confirm(self) -> Selected:
        """Everything between a good log-in and a selected INBOX."""
        self._know_capabilities("confirm")
        if self._offered_id:
            # Netease lets nobody in who does not say who they are (RFC 2971).
            self._run("confirm", self._client.identify, b"NO", b"BAD")
            self.own_words += self.connection.lines
        self._run("confirm", lambda: self._client.select_folder("INBOX"))
        self._client.engine.is_readonly = True  # else imaplib refuses to go on in one that is
        said = b"".join(self.connection.lines)
        exists, uidvalidity = _EXISTS.search(said), _UIDVALIDITY.search(said)
        return Selected(
            int(exists[1]) if exists else 0, int(uidvalidity[1]) if uidvalidity else None
        )

    # What clients do that stay.

    @property
    def offers_idle(self) -> bool:
        """RFC 2177."""
        return self._offers("IDLE")

    def idle(self, seconds: float, unless: HasFile) -> bool:
        """Be told what happens to INBOX as it happens, until something has, for so long, or until
        ``unless`` can be read from. The server's answer to the end of it shows that it is still
        there. False: it refused, whatever it offers."""
        begun: list[bool] = []
        self._client.engine.untagged_responses.clear()  # else imaplib keeps them for weeks
        self.ask("confirm", lambda: begun.append(self._client.engine.begin_idle()))
        if not begun:
            raise self.connection.failed("reply")
        if begun[0]:
            self.connection.comes("confirm", seconds, unless)
            self._run("confirm", self._client.engine.end_idle)
        return begun[0]

    def poll(self) -> None:
        """Ask for what has happened to INBOX (RFC 9051, 6.1.2)."""
        self._client.engine.untagged_responses.clear()
        self._run("confirm", self._client.noop)

    def uids(self, *criteria: str) -> list[int]:
        """The UIDs of the messages that fit (RFC 9051, 6.4.4 and 6.4.9), in order."""
        return sorted(self._result(lambda: self._client.search(list(criteria))))

    def header_fields(self, uids: Sequence[int], name: str) -> dict[int, bytes]:
        """A field of the head of each of these messages, as far as they are still there; looking
        does not mark them as read (RFC 9051, 6.4.5)."""
        item = f"BODY.PEEK[HEADER.FIELDS ({name})]"
        found = self._result(lambda: self._client.fetch(uids, [item]))
        shown = f"BODY[HEADER.FIELDS ({name})]".upper().encode()
        return {uid: data[shown] for uid, data in sorted(found.items()) if shown in data}

    def may_say_goodbye(self, failed: CheckFailed) -> bool:
        if failed.observation.stage == "imap-greeting":
            return False
        refused = failed.observation.kind == "reply" and self._status() is not None
        return refused or failed.observation.kind == "not-offered"

    def say_goodbye(self) -> bool:
        self.connection.begin("confirm", CLOSING_S)
        try:
            self._client.logout()
        except (CheckFailed, imaplib.IMAP4.error):
            return False
        self.connection.finish()
        return True

    def _chosen_mechanism(self, login: ClientLogin) -> str | None:
        disabled = self._offers("LOGINDISABLED")
        if disabled and self.connection.server.security == "cleartext":
            return None  # the server wants TLS first: no secret must be sent now
        if login.by_token:
            choices = {name: self._offers(f"AUTH={name}") for name in TOKEN_MECHANISMS}
        else:
            choices = {
                "PLAIN": self._offers("AUTH=PLAIN"),
                LOGIN_COMMAND: not disabled,
                "LOGIN": self._offers("AUTH=LOGIN"),
                "CRAM-MD5": self._offers("AUTH=CRAM-MD5"),
            }
        return next((name for name, offered in choices.items() if offered), None)

    def _know_capabilities(self, stage: str) -> None:
        """``stage``: what they are needed for, and what fails if they cannot be had. A server that
        does not know the command (BAD) may know all the others: it is asked no more, and tried."""
        if not self._tells_capabilities:
            return
        if not self.connection.capabilities:
            self._run(stage, lambda: self._client.engine.simple("CAPABILITY"), b"BAD")
            self._tells_capabilities = self._status() != b"BAD"
            self._learn_capabilities()
        if self._tells_capabilities and not (
            self._offers("IMAP4REV1") or self._offers("IMAP4REV2")
        ):
            self.connection.begin("confirm")
            raise self.connection.failed("not-offered", missing="IMAP4rev1")

    def _learn_capabilities(self) -> None:
        for line in self.connection.lines:
            if listed := _CAPABILITIES.search(line):
                names = listed[1].decode("ascii", "replace").upper().split()
                self.connection.capabilities = tuple(names)
        self._offered_id = self._offered_id or self._offers("ID")

    def _offers(self, name: str) -> bool:
        return name in self.connection.capabilities

    def _run(self, stage: str, call: Callable[[], object], *also: bytes) -> None:
        """A command and its tagged response, which must be OK, or ``also`` what is said here."""
        self.ask(stage, call)
        if self._status() not in (b"OK", *also):
            raise self.connection.failed("reply")

    def _result(self, call: Callable[[], _R]) -> _R:
        """What comes of a command whose tagged response is OK, where it can be read."""
        found: list[_R] = []
        self._run("confirm", lambda: found.append(call()))
        if not found:
            raise self.connection.failed("reply")
        return found[0]

    def _status(self) -> bytes | None:
        tagged = [
            match[1].upper() for line in self.connection.lines if (match := _TAGGED.match(line))
        ]
        return tagged[-1] if tagged else None


class _MailClient(IMAPClient):  # type: ignore[misc]  # it carries no types
    """IMAPClient on a connection that is there already."""

    engine: _ImapClient

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        super().__init__(connection.server.host, connection.server.port, ssl=False)
        self._imap.debug = 0  # it would log passwords

    def identify(self) -> None:
        """Send ID without asking first whether it is offered."""
        self._cached_capabilities = (b"ID",)
        self.id_(_IMPLEMENTATION)

    def _create_IMAP4(self) -> _ImapClient:
        self.engine = _ImapClient(self._connection)
        return self.engine

    def _set_read_timeout(self) -> None:
        pass  # the connection has a deadline


class _Literals:
    """The literals of a command, each sent when the server asks for it: imaplib takes a bound
    method for this, and nothing else that can be called."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = iter(parts)

    def answer(self, _continuation: bytes | None) -> bytes:
        return next(self._parts, b"")


class _ImapClient(imaplib.IMAP4):
    """imaplib's reading and writing of commands; opens, secures and closes nothing."""

    literal: Any

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        super().__init__()

    @property
    def tagpre(self) -> Any:
        """How its tags begin. imaplib makes that up for each connection, and compiles a pattern of
        it, which takes longer than all that the pattern is used for."""
        return _TAGS

    @tagpre.setter
    def tagpre(self, _made_up: Any) -> None: ...

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        pass

    def read(self, size: int) -> bytes:
        return self._connection.read(size)

    def readline(self) -> bytes:
        if self._connection.lines and _BYE.match(self._connection.lines[-1]):
            raise self.abort("BYE")  # nothing more will come, though imaplib may wait for it
        line = self._connection.readline()
        if not line.endswith(b"\r\n"):  # imaplib gives up over it
            line = line.rstrip(b"\n") + b"\r\n"
        return _KEYWORD.sub(lambda found: found[0].upper(), line, count=1)

    def send(self, data: Any) -> None:
        self._connection.sendall(bytes(data))

    def shutdown(self) -> None:
        pass

    def _get_capabilities(self) -> None:
        # imaplib asks whether they are needed or not, and gives up without IMAP4rev1.
        self.capabilities = ("IMAP4REV1",)

    def _refresh_capabilities(self, consume: bool = False) -> None:
        # From 3.14 on it takes them from the greeting, too.
        self._get_capabilities()

    def simple(self, name: str, *arguments: bytes) -> None:
        """Send a command and read its responses."""
        self._simple_command(name, *arguments)

    def begin_idle(self) -> bool:
        """Send IDLE; False: it was refused. Untagged responses may come before the continuation."""
        self._idle_tag = self._command("IDLE")
        while self.tagged_commands[self._idle_tag] is None:
            if self._get_response() is None:
                return True
        del self.tagged_commands[self._idle_tag]
        return False

    def end_idle(self) -> None:
        """Send DONE and read the response to IDLE."""
        self.send(b"DONE\r\n")
        self._command_complete("IDLE", self._idle_tag)

    def authenticate_by(self, exchange: ClientExchange, initial_response: bool) -> None:
        """AUTHENTICATE, with an initial response (RFC 4959) if wanted and possible."""
        first = exchange.initial_response() if initial_response else None
        self.literal = exchange.answer
        self.simple("AUTHENTICATE", exchange.mechanism.encode(), *([first] if first else []))

    def log_in(self, login: ClientLogin) -> None:
        """LOGIN; what no quoted string may hold goes as a literal (RFC 9051 section 4.3)."""
        lines = [b""]
        for word in (login.username.encode(), login.secret.encode()):
            if _QUOTABLE.fullmatch(word):
                quoted = word.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
                lines[-1] += b' "%b"' % quoted
            else:
                lines[-1] += b" {%d}" % len(word)
                lines.append(word)
        self.literal = _Literals(lines[1:]).answer if lines[1:] else None
        self.simple("LOGIN", lines[0].lstrip())
