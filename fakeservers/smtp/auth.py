"""AUTH (RFC 4954): the SASL exchange over 334 lines, from the initial response to the verdict."""

from __future__ import annotations

import base64

from fakeservers import sasl
from fakeservers.actions import Answered
from fakeservers.conversation import Conversation
from fakeservers.script import Event
from fakeservers.smtp.reader import Lines


async def read_response(conversation: Conversation, lines: Lines) -> bytes:
    """The line that answers a challenge, without its end. Raises Answered where it was too long,
    and refused for that."""
    line = await lines.line()
    if line is None:
        await conversation.reply("auth-line-too-long")
        raise Answered
    return line.rstrip(b"\r\n")


async def authenticate(
    conversation: Conversation, lines: Lines, mechanism: str, initial: bytes | None
) -> str | None:
    """A whole exchange; the dialect's reply to give, or None when a rule has answered.

    `initial` is the initial response as it stands on the command line. The caller has checked that
    the mechanism is implemented.
    """
    attempt = _Attempt(conversation, lines, mechanism)
    try:
        return await attempt.log_in(await attempt.exchange(initial))
    except sasl.SaslError as error:
        return f"auth-{error.reason}@{error.where}"
    except Answered:
        return None


async def refuse_before_tls(
    conversation: Conversation, mechanism: str, initial: bytes | None
) -> str | None:
    """The reply to AUTH where none is permitted yet; what was sent for it is recorded."""
    told = conversation.given_away(mechanism, initial)
    if told:
        outcome = await conversation.login(
            told, mechanism=mechanism, command="AUTH", permitted=False
        )
        if outcome == "answered":
            return None
    return "tls-required"


class _Attempt:
    """One attempt with one mechanism."""

    def __init__(self, conversation: Conversation, lines: Lines, mechanism: str) -> None:
        self._conversation = conversation
        self._lines = lines
        self._mechanism = mechanism

    async def exchange(self, initial: bytes | None) -> sasl.Credentials:
        """Challenge and response until the client has said everything."""
        exchange = self._conversation.exchange(self._mechanism)
        step = exchange.start(None if initial is None else sasl.decode_initial(initial))
        while isinstance(step, sasl.Challenge):
            step = exchange.respond(sasl.decode_response(await self._ask(step.data)))
        return step

    async def log_in(self, credentials: sasl.Credentials) -> str | None:
        """The verdict on the credentials, as a reply of the dialect. An OAuth client is told why
        its token is refused, whatever it answers to that (RFC 7628, section 3.2.2)."""
        outcome = await self._conversation.login(
            credentials, mechanism=self._mechanism, command="AUTH"
        )
        if outcome == "refused" and credentials.kind == "token":
            challenge = self._conversation.dialect.side("smtp").refusal_challenge
            if challenge is not None and await self._ask(challenge.encode()) == b"*":
                return "bad-credentials@cancelled"
        return {"accepted": "auth-ok", "refused": self._conversation.refusal}.get(outcome)

    async def _ask(self, challenge: bytes) -> bytes:
        """Send a challenge; the client's response line, whatever it is, without its end."""
        text = base64.b64encode(challenge).decode()
        await self._conversation.reply("auth-continue", text=text)
        response = await read_response(self._conversation, self._lines)
        event = Event("continuation", command="AUTH", mechanism=self._mechanism)
        if await self._conversation.logs_in(event):
            raise Answered
        return response
