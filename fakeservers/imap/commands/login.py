"""LOGIN, AUTHENTICATE and STARTTLS: everything a client may do before it is somebody."""

from __future__ import annotations

import base64

from fakeservers.evidence import LoginOutcome
from fakeservers.imap.capabilities import offered_mechanisms
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.peer import Peer
from fakeservers.sasl import (
    MECHANISMS,
    Challenge,
    Credentials,
    Exchange,
    SaslError,
    decode_initial,
    decode_response,
    worth_masking,
)


class _Answered(Exception):
    """A rule has answered in the middle of an exchange."""


async def login(peer: Peer, command: TaggedCommand) -> None:
    """LOGIN user password (RFC 3501, 6.2.3), each an atom, a quoted string or a literal."""
    arguments = command.arguments()
    username = arguments.astring()
    arguments.space()
    secret = arguments.astring()
    arguments.end()
    credentials = Credentials(_text(username), _text(secret))
    if peer.offered("LOGINDISABLED"):
        await _not_permitted(peer, command, "LOGIN", credentials, _disabled(peer))
    else:
        await _log_in(peer, command, "LOGIN", credentials, accepted="login-ok")


def _text(data: bytes) -> str:
    """Names and passwords in UTF-8; what is not cannot be right, but must still be judged."""
    return data.decode("utf-8", "backslashreplace")


def _disabled(peer: Peer) -> str:
    return "tls-required" if peer.offered("STARTTLS") else "login-disabled"


async def authenticate(peer: Peer, command: TaggedCommand) -> None:
    """AUTHENTICATE mechanism, with an initial response where SASL-IR is offered (RFC 4959)."""
    arguments = command.arguments()
    name = arguments.atom().upper()
    initial: bytes | None = None
    if arguments.rest:
        arguments.space()
        # Nothing behind the space, as GNU SASL's clients send it, is no initial response.
        initial, arguments.rest = arguments.rest or None, b""
    conversation = peer.conversation
    if peer.offered("STARTTLS"):
        told = conversation.given_away(name, initial)
        await _not_permitted(peer, command, name, told, "tls-required")
        return
    offered = offered_mechanisms(conversation.service, peer.side)
    if name not in offered or name not in MECHANISMS:
        await peer.refuse("sasl-unsupported", command)
        return
    if initial is not None and not peer.offered("SASL-IR"):
        await peer.refuse("bad-arguments", command)
        return
    try:
        credentials = await _exchange(peer, command, name, conversation.exchange(name), initial)
        await _log_in(peer, command, name, credentials, accepted="authenticate-ok")
    except SaslError as error:
        await peer.refuse(f"sasl-{error.reason}", command, "", error.where)
    except _Answered:
        pass


async def _exchange(
    peer: Peer, command: TaggedCommand, mechanism: str, exchange: Exchange, initial: bytes | None
) -> Credentials:
    step = exchange.start(None if initial is None else decode_initial(initial))
    while isinstance(step, Challenge):
        line = await _challenge(peer, command, mechanism, step.data)
        step = exchange.respond(decode_response(line))
    return step


async def _challenge(peer: Peer, command: TaggedCommand, mechanism: str, data: bytes) -> bytes:
    """Send a challenge; the client's line in return."""
    await peer.refuse("sasl-continue", command, base64.b64encode(data).decode())
    line = await peer.reader.line(secret=True)
    if worth_masking(line):
        peer.conversation.connection.add_secret(line)
    if await peer.continued(command, mechanism):
        raise _Answered
    return line


async def _not_permitted(
    peer: Peer,
    command: TaggedCommand,
    mechanism: str,
    told: Credentials | None,
    reply: str,
) -> None:
    """Refuse a log-in however right it is, and record what was sent for it."""
    if told and await _attempt(peer, command, mechanism, told, permitted=False) == "answered":
        return
    await peer.refuse(reply, command)


async def _log_in(
    peer: Peer, command: TaggedCommand, mechanism: str, credentials: Credentials, *, accepted: str
) -> None:
    outcome = await _attempt(peer, command, mechanism, credentials)
    if outcome == "refused":
        if credentials.kind == "token":
            challenge = (peer.side.oauth_challenge or "").encode()
            decode_response(await _challenge(peer, command, mechanism, challenge))
        await peer.refuse("bad-credentials", command)
    elif outcome == "accepted":
        asked = ["capability-asked"] if peer.capability_asked else []
        await peer.refuse(accepted, command, "", *asked)


async def _attempt(
    peer: Peer,
    command: TaggedCommand,
    mechanism: str,
    credentials: Credentials,
    *,
    permitted: bool = True,
) -> LoginOutcome:
    outcome = await peer.conversation.login(
        credentials,
        mechanism=mechanism,
        command=command.name,
        tag=command.tag,
        permitted=permitted,
    )
    if peer.conversation.account:
        peer.begin(peer.conversation.account)
    return outcome


async def starttls(peer: Peer, command: TaggedCommand) -> None:
    """STARTTLS (RFC 3501, 6.2.1). What came in cleartext behind it is dropped."""
    command.arguments().end()
    if peer.conversation.connection.tls_active:
        await peer.refuse("already-tls", command)
    elif not peer.offered("STARTTLS"):
        await peer.refuse("unknown-command", command)
    else:
        peer.reader.drop()
        await peer.refuse("starttls-ok", command)
        await peer.conversation.connection.start_tls()
