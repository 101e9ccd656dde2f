"""aiosmtpd's `SMTP` as an engine for what commands mean; the only module that imports aiosmtpd.

It gets one command at a time and keeps the state that commands build up: the client's name, the
sender, the recipients. It has no transport: what it says is not sent but taken for what it means,
and the dialect words that. Reading (lines, SASL, messages), TLS and log-ins are not its business.
"""

from __future__ import annotations

import asyncio
from typing import AnyStr

from aiosmtpd.smtp import SMTP, Envelope, Session

MEANINGS: dict[tuple[str, str], str] = {
    ("EHLO", "250"): "ehlo-ok",
    ("HELO", "250"): "helo-ok",
    ("MAIL", "250"): "mail-ok",
    ("MAIL", "501"): "syntax-error",
    ("MAIL", "552"): "message-too-large",
    ("MAIL", "555"): "parameter-unsupported",
    ("RCPT", "250"): "rcpt-ok",
    ("RCPT", "501"): "syntax-error",
    ("RCPT", "555"): "parameter-unsupported",
    ("RSET", "250"): "rset-ok",
    ("RSET", "501"): "syntax-error",
    ("NOOP", "250"): "noop-ok",
}
"""What the engine's reply code to a command means, as a name of the dialect. No other reply of it
can come up, as the caller checks the state and the syntax first."""

_NULL_SENDER = "<null-sender@[0.0.0.0]>"
"""The engine takes no `MAIL FROM:<>` (RFC 5321, 4.5.5); it is given this path instead."""


class UnexpectedReply(Exception):
    """The engine said something that no dialect has words for: a fault of ours."""


class _Silent(SMTP):
    """The engine, with its replies collected instead of sent."""

    def __init__(self, *, hostname: str, size_limit: int, smtputf8: bool) -> None:
        super().__init__(
            None,
            hostname=hostname,  # else it asks the DNS, blocking
            data_size_limit=size_limit,
            enable_SMTPUTF8=smtputf8,
            loop=asyncio.get_running_loop(),
        )
        self.said: list[str] = []

    async def push(self, status: AnyStr) -> None:
        self.said.append(status if isinstance(status, str) else status.decode())


class Engine:
    """The commands of one connection."""

    def __init__(self, *, hostname: str, size_limit: int, smtputf8: bool) -> None:
        self._smtp = _Silent(hostname=hostname, size_limit=size_limit, smtputf8=smtputf8)
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
        sender = self._envelope.mail_from or ""
        return "" if f"<{sender}>" == _NULL_SENDER else sender

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

        The argument of MAIL and RCPT must be well-formed: see `fakeservers.smtp.paths`.
        Raises UnexpectedReply for what is not in `MEANINGS`.
        """
        if verb == "MAIL":
            argument = argument.replace("FROM:<>", f"FROM:{_NULL_SENDER}", 1)
        self._smtp.said.clear()
        await getattr(self._smtp, f"smtp_{verb}")(argument)
        said = self._smtp.said
        codes = {line[:3] for line in said}
        name = MEANINGS.get((verb, codes.pop())) if len(codes) == 1 else None
        if name is None:
            raise UnexpectedReply(f"the engine answered {verb} with {said}")
        return name

    async def end_transaction(self) -> None:
        """Forget sender and recipients, as after a message."""
        await self.perform("RSET", "")
