"""The SMTP half of the check (RFC 5321, 4954, 3207), on smtplib over our own connection."""

from __future__ import annotations

import contextlib
import re
import secrets
import smtplib
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

from harness.checker.client_connection import CLOSING_S, PROBE_S, ClientConnection
from harness.checker.record import CheckFailed
from harness.checker.visit import ClientExchange, ClientLogin, Visit, mechanisms_for

_LAST_LINE: Final = re.compile(rb"(\d{3})(?![-\d])[^\n]*\n")
_CLOSING: Final = 421
_TEMPORARY: Final = 400
# What a server answers to a command that it did not offer (RFC 5321 section 4.2.4, RFC 3207
# section 4, RFC 4954 section 6).
_NO_SUCH_COMMAND: Final = (454, 500, 501, 502, 503, 504, 530, 538)
_DOT: Final = re.compile(rb"^\.", re.MULTILINE)
_TEXT = """\
This is a test e-mail. It was sent to make sure that e-mail can be sent from this mailbox.
Nothing needs to be done.
"""


class Email(ABC):
    """A message with its envelope: as bytes, what RFC 5322 has."""

    def __init__(self, sender: str, recipient: str, message_id: str) -> None:
        self.sender = sender
        self.recipient = recipient
        self.message_id = message_id

    @property
    def international(self) -> bool:
        """It needs SMTPUTF8 (RFC 6531)."""
        return not (self.sender + self.recipient).isascii()

    @abstractmethod
    def __bytes__(self) -> bytes:
        """Head and body, in lines that end with CR and LF."""


class TestEmail(Email):
    """A small message that can be recognised where it arrives."""

    __test__ = False  # not a test, whatever pytest makes of the name

    def __init__(self, sender: str, recipient: str) -> None:
        # Unpredictable, so that finding it proves that this very message was delivered.
        super().__init__(sender, recipient, f"<{secrets.token_hex(16)}@badinbox.invalid>")

    def __bytes__(self) -> bytes:
        head = {
            "From": self.sender,
            "To": self.recipient,
            "Subject": "Test e-mail from badinbox",
            "Date": format_datetime(datetime.now(UTC)),
            "Message-ID": self.message_id,
            "Auto-Submitted": "auto-generated",  # RFC 3834: nobody is to answer it
            "MIME-Version": "1.0",
            "Content-Type": 'text/plain; charset="utf-8"',
            "Content-Transfer-Encoding": "7bit",
        }
        lines = [*(f"{name}: {value}" for name, value in head.items()), "", *_TEXT.splitlines()]
        return "".join(f"{line}\r\n" for line in lines).encode()


class SmtpVisit(Visit):
    """One connection to an SMTP server. ``mechanism``: how the log-in was done."""

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self.mechanism = ""
        self._engine = _SmtpClient(connection)

    def open(self, context: ssl.SSLContext) -> None:
        super().open(context)
        if self.connection.server.security != "starttls":
            self._ehlo()

    def greet(self) -> None:
        self._run("greeting", self._engine.be_greeted, 220)

    def start_tls(self, context: ssl.SSLContext) -> None:
        self._ehlo()
        if not self._engine.has_extn("starttls"):
            raise self._not_offered("starttls", "STARTTLS")
        self._run("starttls", lambda: self._engine.docmd("STARTTLS"), 220)
        if self.connection.unread:
            raise self.connection.failed("injected")
        self.connection.start_tls(context)
        self._ehlo()

    def log_in(self, login: ClientLogin) -> None:
        """One attempt, by one mechanism."""
        offered = self._engine.esmtp_features.get("auth", "").upper().split()
        mechanism = next((name for name in mechanisms_for(login) if name in offered), None)
        if mechanism is None:
            raise self._not_offered("login", "AUTH", ask=not offered)
        self.mechanism = mechanism
        exchange = ClientExchange(mechanism, login)
        self._run("login", lambda: self._engine.authenticate_by(exchange), 235)

    def send(self, email: Email) -> None:
        """One transaction (RFC 5321 section 3.3)."""
        message = bytes(email)
        options = self._mail_options(email, len(message))
        self._run("mail", lambda: self._engine.mail(email.sender, options), 250)
        self._run("rcpt", lambda: self._engine.rcpt(email.recipient), 250, 251)
        self._run("data", lambda: self._engine.docmd("DATA"), 354)
        self._run("end-of-data", lambda: self._engine.finish_data(message), 250)

    def may_say_goodbye(self, failed: CheckFailed) -> bool:
        if failed.observation.kind == "not-offered":
            return True
        return failed.observation.kind == "reply" and self._code() not in (None, _CLOSING)

    def say_goodbye(self) -> bool:
        self.connection.begin("connect", CLOSING_S)
        try:
            self._engine.docmd("QUIT")
        except (CheckFailed, smtplib.SMTPException):
            return False
        if self._code() != 221:
            return False
        self.connection.finish()
        return True

    def _ehlo(self) -> None:
        self._engine.command_encoding = "ascii"
        self._engine.local_hostname = _literal(self.connection.local_address)
        self._run("ehlo", self._engine.ehlo, 250)
        keywords = [line[4:].strip() for line in self.connection.lines[1:]]
        self.connection.capabilities = tuple(k.decode("ascii", "replace") for k in keywords)

    def _not_offered(self, stage: str, command: str, *, ask: bool = True) -> CheckFailed:
        """Sendmail greets those whom it does not want (by TCP wrappers, by its access list) and
        offers them nothing; why, it says in its answer to any command. So one is sent.
        """
        if ask:
            self.connection.begin("ehlo", PROBE_S)
            with contextlib.suppress(CheckFailed, smtplib.SMTPException):
                self._engine.docmd(command)
            code = self._code()
            if code is not None and code >= _TEMPORARY and code not in _NO_SUCH_COMMAND:
                return self.connection.failed("reply")
        self.connection.begin(stage)
        return self.connection.failed("not-offered", missing=command)

    def _mail_options(self, email: Email, size: int) -> list[str]:
        options = [f"SIZE={size}"] if self._engine.has_extn("size") else []
        if not email.international:
            return options
        if not self._engine.has_extn("smtputf8"):
            self.connection.begin("mail")
            raise self.connection.failed("not-offered", missing="SMTPUTF8")
        return [*options, "SMTPUTF8"]

    def _run(self, stage: str, call: Callable[[], object], *wanted: int) -> None:
        """A command and its reply, which must be one that is wanted."""
        self.ask(stage, call)
        if self._code() not in wanted:
            raise self.connection.failed("reply")

    def _code(self) -> int | None:
        """The reply code of the last complete reply on record."""
        codes = [match[1] for line in self.connection.lines if (match := _LAST_LINE.match(line))]
        return int(codes[-1]) if codes else None


class _SmtpClient(smtplib.SMTP):
    """smtplib's reading and writing of commands; opens, secures and closes nothing."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        super().__init__(local_hostname="[127.0.0.1]")  # else it looks our own name up

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        return self._connection

    def be_greeted(self) -> None:
        self.connect("unused", 25)

    def authenticate_by(self, exchange: ClientExchange) -> None:
        first = exchange.initial_response()
        words = [exchange.mechanism, *([first.decode()] if first else [])]
        code, text = self.docmd("AUTH", " ".join(words))
        while code == 334:
            code, text = self.docmd(exchange.answer(text).decode())

    def finish_data(self, message: bytes) -> None:
        """The message, then the final dot (RFC 5321 section 4.5.2), and the reply to both."""
        self.send(_DOT.sub(b"..", message) + b".\r\n")
        self.getreply()


def _literal(address: str) -> str:
    """How a client without a name of its own calls itself (RFC 5321 section 4.1.4)."""
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
