"""LOGIN, AUTHENTICATE and STARTTLS: everything a client may do before it is somebody."""

from __future__ import annotations

import base64
import contextlib
from dataclasses import dataclass

from fakeservers.evidence import LoginOutcome
from fakeservers.imap.capabilities import offered_mechanisms
from fakeservers.imap.grammar.arguments import BadArguments
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.peer import NotPossible, Peer
from fakeservers.sasl import (
    MECHANISMS,
    Challenge,
    Credentials,
    Exchange,
    SaslError,
    decode_initial,
    decode_response,
)


class _Answered(Exception):
    """A rule has answered in the middle of an exchange."""


def told(peer: Peer, command: TaggedCommand) -> tuple[str, Credentials | None]:
    """The mechanism that LOGIN or AUTHENTICATE uses, and the credentials it tells by itself."""
    if command.name == "LOGIN":
        with contextlib.suppress(BadArguments):
            return "LOGIN", _credentials(command)
        return "LOGIN", None
    name, _, initial = command.text.partition(b" ")
    mechanism = name.decode("latin-1").upper()
    return mechanism, peer.conversation.given_away(mechanism, initial or None)


def _credentials(command: TaggedCommand) -> Credentials:
    """User and password, each an atom, a quoted string or a literal. Raises BadArguments."""
    arguments = command.arguments()
    # What is not UTF-8 cannot be right, but must still be judged.
    username = arguments.astring().decode("utf-8", "backslashreplace")
    arguments.space()
    secret = arguments.astring().decode("utf-8", "backslashreplace")
    arguments.end()
    return Credentials(username, secret)


async def login(peer: Peer, command: TaggedCommand) -> None:
    """LOGIN user password (RFC 3501, 6.2.3)."""
    credentials = _credentials(command)
    log_in = _LogIn(peer, command, "LOGIN")
    if peer.offered("LOGINDISABLED"):
        reply = "tls-required" if peer.offered("STARTTLS") else "login-disabled"
        await log_in.refuse_unheard(credentials, reply)
    else:
        await log_in.judge(credentials, accepted="login-ok")


async def authenticate(peer: Peer, command: TaggedCommand) -> None:
    """AUTHENTICATE mechanism, with an initial response where SASL-IR is offered (RFC 4959)."""
    arguments = command.arguments()
    name = arguments.atom().upper()
    initial: bytes | None = None
    if not arguments.ended:
        arguments.space()
        # Nothing behind the space, as GNU SASL's clients send it, is no initial response.
        initial = arguments.rest or None
    log_in = _LogIn(peer, command, name)
    conversation = peer.conversation
    offered = offered_mechanisms(conversation.service, peer.side)
    unknown = name not in offered or name not in MECHANISMS
    given_away = conversation.given_away(name, initial)
    if peer.offered("STARTTLS") and (given_away or not unknown):
        await log_in.refuse_unheard(given_away, "tls-required")
        return
    if unknown:
        raise NotPossible("sasl-unsupported")
    if initial is not None and not peer.offered("SASL-IR"):
        await peer.refuse("bad-arguments", command)
        return
    try:
        credentials = await log_in.exchanged(conversation.exchange(name), initial)
        await log_in.judge(credentials, accepted="authenticate-ok")
    except SaslError as error:
        await peer.refuse(f"sasl-{error.reason}", command, "", error.where)
    except _Answered:
        pass


@dataclass(frozen=True)
class _LogIn:
    """A log-in with one mechanism; LOGIN counts as one."""

    peer: Peer
    command: TaggedCommand
    mechanism: str

    async def exchanged(self, exchange: Exchange, initial: bytes | None) -> Credentials:
        """What the client tells in an exchange. Raises SaslError, _Answered."""
        step = exchange.start(None if initial is None else decode_initial(initial))
        while isinstance(step, Challenge):
            step = exchange.respond(decode_response(await self._challenge(step.data)))
        return step

    async def _challenge(self, data: bytes) -> bytes:
        """Send a challenge; the client's line in return."""
        await self.peer.refuse("sasl-continue", self.command, base64.b64encode(data).decode())
        line = await self.peer.response()
        if await self.peer.continued(self.command, self.mechanism):
            raise _Answered
        return line

    async def refuse_unheard(self, told: Credentials | None, reply: str) -> None:
        """Refuse it however right it is, and record what was sent for it."""
        if not told or await self._outcome(told, permitted=False) != "answered":
            await self.peer.refuse(reply, self.command)

    async def judge(self, credentials: Credentials, *, accepted: str) -> None:
        """Answer it; raises SaslError and _Answered where a refused token is explained."""
        outcome = await self._outcome(credentials)
        if outcome == "refused":
            challenge = self.peer.side.refusal_challenge
            if credentials.kind == "token" and challenge is not None:
                decode_response(await self._challenge(challenge.encode()))
            conversation = self.peer.conversation
            await self.peer.refuse(conversation.refusal, self.command, conversation.because)
        elif outcome == "accepted":
            circumstances = ["capability-asked"] if self.peer.capability_asked else []
            if not self.peer.conversation.connection.tls_active:
                circumstances.append("cleartext")
            await self.peer.refuse(accepted, self.command, "", *circumstances)

    async def _outcome(self, credentials: Credentials, *, permitted: bool = True) -> LoginOutcome:
        conversation = self.peer.conversation
        outcome = await conversation.login(
            credentials,
            mechanism=self.mechanism,
            command=self.command.name,
            tag=self.command.tag,
            permitted=permitted,
        )
        if conversation.account:
            self.peer.begin(conversation.account)
        return outcome


async def starttls(peer: Peer, command: TaggedCommand) -> None:
    """STARTTLS (RFC 3501, 6.2.1)."""
    command.arguments().end()
    if peer.conversation.connection.tls_active:
        await peer.refuse("already-tls", command)
    elif not peer.offered("STARTTLS"):
        await peer.refuse("unknown-command", command)
    else:
        await peer.refuse("starttls-ok", command)
        await begin_tls(peer)


async def begin_tls(peer: Peer) -> None:
    """The client was told to begin the handshake. What came in cleartext is dropped."""
    peer.reader.drop()
    await peer.conversation.connection.start_tls()
    peer.side = peer.conversation.behaves_as.side("imap")
