"""aiosmtpd's `SMTP` as an engine for what commands mean; the only module that imports aiosmtpd.

It gets one command at a time and keeps the state that commands build up: the client's name, the
sender, the recipients. It has no transport: what it says is not sent but taken for what it means,
and the dialect words that. Reading (lines, SASL, messages), TLS, log-ins, and whether a command is
in order at all, are not its business.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import re
from typing import AnyStr

from aiosmtpd.smtp import SMTP, Envelope, Session

from fakeservers.files.patterns import kept_regex
from fakeservers.smtp.paths import KEYWORDS, Path, is_mailbox

MEANINGS = {
    "EHLO": "ehlo-ok",
    "HELO": "helo-ok",
    "MAIL": "mail-ok",
    "RCPT": "rcpt-ok",
    "RSET": "rset-ok",
    "NOOP": "noop-ok",
}
"""What the engine's 250 to a command means, as a name of the dialect. No other reply of it can come
up, as the caller checks state and syntax first."""

_PLAIN = kept_regex(r"[\w!#$%&'*+/=?^`{|}~.-]+@[\w.-]+", re.ASCII)
"""An address that cannot be written otherwise: aiosmtpd need not read it, which makes a class each
time that it reads one."""


class UnexpectedReply(Exception):
    """The engine said something that no dialect has words for: a fault of ours."""


class _Silent(SMTP):
    """The engine, with its replies collected instead of sent."""

    said: list[str]

    async def push(self, status: AnyStr) -> None:
        self.said.append(status if isinstance(status, str) else status.decode())


@functools.cache
def _engine(hostname: str) -> _Silent:
    """One that is copied for each connection: to make it takes aiosmtpd as long as several
    commands."""
    return _Silent(
        None,
        hostname=hostname,  # else it asks the DNS, blocking
        enable_SMTPUTF8=True,  # whether it is offered is decided with the other parameters
        loop=asyncio.get_running_loop(),
    )


class SmtpEngine:
    """The commands of one connection."""

    def __init__(self, *, hostname: str) -> None:
        self._smtp = copy.copy(_engine(hostname))
        self._smtp.said, self._smtp.loop = [], asyncio.get_running_loop()
        self._session = Session(self._smtp.loop)
        self.forget_client()

    def forget_client(self) -> None:
        """Begin again as after the greeting, as STARTTLS wants it (RFC 3207, section 4.2)."""
        self._smtp.session = self._session = Session(self._smtp.loop)
        self._smtp.envelope = Envelope()

    @property
    def client_name(self) -> str:
        """What the client called itself in EHLO or HELO; empty before."""
        return self._session.host_name or ""

    @property
    def extended(self) -> bool:
        """Whether the client said EHLO, not HELO."""
        return self._session.extended_smtp

    @property
    def _envelope(self) -> Envelope:
        assert self._smtp.envelope is not None
        return self._smtp.envelope

    @property
    def in_transaction(self) -> bool:
        """Whether a MAIL command was accepted and its message has not come yet."""
        return self._envelope.mail_from is not None

    @property
    def sender(self) -> str:
        """The address of the accepted MAIL command; empty without one, and for `<>`."""
        return self._envelope.mail_from or ""

    @property
    def recipients(self) -> list[str]:
        """The addresses of the accepted RCPT commands."""
        return list(self._envelope.rcpt_tos)

    @property
    def smtputf8(self) -> bool:
        """Whether the MAIL command asked for SMTPUTF8 (RFC 6531)."""
        return self._envelope.smtp_utf8

    async def perform(self, verb: str, argument: str) -> str:
        """Have the engine do a command; the answer is the name of the dialect's reply.

        Raises UnexpectedReply for every answer but 250.
        """
        self._smtp.said.clear()
        await getattr(self._smtp, f"smtp_{verb}")(argument)
        said = self._smtp.said
        if {line[:3] for line in said} != {"250"}:
            raise UnexpectedReply(f"the engine answered {verb} with {said}")
        return MEANINGS[verb]

    async def begin(self, sender: str, *, smtputf8: bool = False) -> str:
        """Accept a MAIL command. What the engine takes for no address (RFC 5321 has `<>`, some
        servers take more) goes into its envelope without it, and what it need not read."""
        if self.client_name and _is_read(sender):
            words = f"{KEYWORDS['MAIL']}<{sender}>{' SMTPUTF8' if smtputf8 else ''}"
            return await self.perform("MAIL", words)
        self._envelope.mail_from = sender
        self._envelope.smtp_utf8 = smtputf8
        return MEANINGS["MAIL"]

    async def add(self, recipient: str) -> str:
        """Accept a RCPT command of the transaction."""
        if self.client_name and self.sender and _is_read(recipient):
            return await self.perform("RCPT", f"{KEYWORDS['RCPT']}<{recipient}>")
        self._envelope.rcpt_tos.append(recipient)
        return MEANINGS["RCPT"]

    async def end_transaction(self) -> None:
        """Forget sender and recipients, as after a message."""
        await self.perform("RSET", "")


def _is_read(address: str) -> bool:
    return not _PLAIN.fullmatch(address) and is_mailbox(address)


class Transaction:
    """The client's name, the transaction, and what of it is rejected or still to come."""

    def __init__(self, *, hostname: str) -> None:
        self.engine = SmtpEngine(hostname=hostname)
        self.refusals: list[str] = []
        """What was said to the RCPT commands of this transaction that failed, without the code:
        the first, and the first that was said otherwise."""
        self.binary = False
        """The transaction's message comes as BODY=BINARYMIME."""
        self.chunks: bytearray | None = None
        """What BDAT has brought of the message so far; None before the first chunk."""
        self.spoilt = False
        """A chunk was refused: those that follow, up to the last, are dropped."""

    async def begin(self, path: Path, *, binary: bool) -> str:
        """A MAIL command is accepted."""
        await self.end()
        self.binary = binary
        smtputf8 = any(parameter.name == "SMTPUTF8" for parameter in path.parameters)
        return await self.engine.begin(path.address, smtputf8=smtputf8)

    async def end(self) -> None:
        """The transaction is over, one way or the other."""
        await self.engine.end_transaction()
        self.refusals, self.binary = [], False
        self.chunks, self.spoilt = None, False
