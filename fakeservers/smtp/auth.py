"""AUTH (RFC 4954): the SASL exchange over 334 lines, from the initial response to the verdict."""

from __future__ import annotations

import base64

from fakeservers import sasl
from fakeservers.conversation import Conversation
from fakeservers.script import Event
from fakeservers.smtp.reader import Lines


class _Over(Exception):
    """The exchange ends here, with this reply of the dialect; None: a rule has answered."""

    def __init__(self, reply: str | None) -> None:
        super().__init__(reply)
        self.reply = reply


async def authenticate(
    conversation: Conversation, lines: Lines, mechanism: str, initial: str | None
) -> str | None:
    """A whole exchange; the dialect's reply to give, or None when a rule has answered.

    `initial` is the initial response as it stands on the command line. The caller has checked that
    the mechanism is implemented.
    """
    exchange = _Exchange(conversation, lines, mechanism)
    try:
        return await exchange.log_in(await exchange.run(initial))
    except sasl.SaslError as error:
        return f"auth-{error.reason}@{error.where}"
    except _Over as over:
        return over.reply


async def refuse_before_tls(
    conversation: Conversation, mechanism: str, initial: str | None
) -> str | None:
    """The reply to AUTH where none is permitted yet; what was sent for it is recorded."""
    told = sasl.given_away(
        mechanism,
        None if initial is None else initial.encode(),
        secrets_of=conversation.accounts.secrets_of,
        hostname=conversation.hostname,
    )
    if told:
        conversation.connection.add_secret(told.secret.encode())
        result = await conversation.login(
            mechanism=mechanism,
            username=told.username,
            secret=told.secret,
            command="AUTH",
            permitted=False,
        )
        if result.outcome == "answered":
            return None
    return "tls-required"


class _Exchange:
    """One attempt with one mechanism."""

    def __init__(self, conversation: Conversation, lines: Lines, mechanism: str) -> None:
        self._conversation = conversation
        self._lines = lines
        self._mechanism = mechanism

    async def run(self, initial: str | None) -> sasl.Credentials:
        """Challenge and response until the client has said everything."""
        exchange = sasl.MECHANISMS[self._mechanism](
            secrets_of=self._conversation.accounts.secrets_of, hostname=self._conversation.hostname
        )
        step = exchange.start(None if initial is None else sasl.decode_initial(initial.encode()))
        while isinstance(step, sasl.Challenge):
            response = await self._ask(step.data)
            step = exchange.respond(sasl.decode_response(response))
        return step

    async def log_in(self, credentials: sasl.Credentials) -> str:
        """The verdict on the credentials, as a reply of the dialect."""
        self._conversation.connection.add_secret(credentials.secret.encode())
        result = await self._conversation.login(
            mechanism=self._mechanism,
            username=credentials.username,
            secret=credentials.secret,
            command="AUTH",
        )
        if result.outcome == "answered":
            raise _Over(None)
        if result.outcome == "accepted":
            return "auth-ok"
        return await self._explain() if credentials.kind == "token" else "bad-credentials"

    async def _explain(self) -> str:
        """Tell an OAuth client why its token is refused, and refuse it whatever it answers (RFC
        7628, section 3.2.2)."""
        challenge = self._conversation.dialect.side("smtp").oauth_challenge or ""
        cancelled = await self._ask(challenge.encode()) == b"*"
        return "bad-credentials@cancelled" if cancelled else "bad-credentials"

    async def _ask(self, challenge: bytes) -> bytes:
        """Send a challenge; the client's response line, whatever it is, without its end."""
        await self._conversation.reply("auth-continue", text=base64.b64encode(challenge).decode())
        line = await self._lines.line(secret=True)
        if line is None:
            raise _Over("auth-line-too-long")
        response = line.rstrip(b"\r\n")
        if sasl.worth_masking(response):
            self._conversation.connection.add_secret(response)
        event = Event("continuation", command="AUTH", mechanism=self._mechanism)
        if await self._conversation.happens(event):
            raise _Over(None)
        return response
