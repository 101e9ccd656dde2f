"""LOGIN, AUTHENTICATE and STARTTLS: everything a client may do before it is somebody."""

from __future__ import annotations

from fakeservers.evidence import LoginOutcome
from fakeservers.imap.capabilities import offered_mechanisms
from fakeservers.imap.reader import Command
from fakeservers.imap.session import Session
from fakeservers.sasl import (
    MECHANISMS,
    Challenge,
    Credentials,
    Done,
    Exchange,
    SaslError,
    decode_initial,
    decode_response,
    encode,
    given_away,
    worth_masking,
)


class _Answered(Exception):
    """A rule has answered in the middle of an exchange."""


async def login(session: Session, command: Command) -> None:
    """LOGIN user password (RFC 3501, 6.2.3), each an atom, a quoted string or a literal."""
    arguments = command.arguments()
    username = arguments.astring()
    arguments.space()
    secret = arguments.astring()
    arguments.end()
    credentials = Credentials(_text(username), _text(secret))
    if session.offers("LOGINDISABLED"):
        await _not_permitted(session, command, "LOGIN", credentials, _disabled(session))
    else:
        await _log_in(session, command, "LOGIN", credentials, accepted="login-ok")


def _text(data: bytes) -> str:
    """Names and passwords in UTF-8; what is not cannot be right, but must still be judged."""
    return data.decode("utf-8", "backslashreplace")


def _disabled(session: Session) -> str:
    return "tls-required" if session.offers("STARTTLS") else "login-disabled"


async def authenticate(session: Session, command: Command) -> None:
    """AUTHENTICATE mechanism, with an initial response where SASL-IR is offered (RFC 4959)."""
    arguments = command.arguments()
    name = arguments.atom().upper()
    initial: bytes | None = None
    if arguments.rest:
        arguments.space()
        # Nothing behind the space, as GNU SASL's clients send it, is no initial response.
        initial, arguments.rest = arguments.rest or None, b""
    conversation = session.conversation
    if session.offers("STARTTLS"):
        told = given_away(
            name,
            initial,
            secrets_of=conversation.accounts.secrets_of,
            hostname=conversation.hostname,
        )
        await _not_permitted(session, command, name, told, "tls-required")
        return
    offered = offered_mechanisms(conversation.service, session.side)
    if name not in offered or name not in MECHANISMS:
        await session.refuse("sasl-unsupported", command)
        return
    if initial is not None and not session.offers("SASL-IR"):
        await session.refuse("bad-arguments", command)
        return
    exchange = MECHANISMS[name](
        secrets_of=conversation.accounts.secrets_of, hostname=conversation.hostname
    )
    try:
        credentials = await _exchange(session, command, name, exchange, initial)
        await _log_in(session, command, name, credentials, accepted="authenticate-ok")
    except SaslError as error:
        await session.refuse(f"sasl-{error.reason}", command, "", error.where)
    except _Answered:
        pass


async def _exchange(
    session: Session, command: Command, mechanism: str, exchange: Exchange, initial: bytes | None
) -> Credentials:
    step = exchange.start(None if initial is None else decode_initial(initial))
    while isinstance(step, Challenge):
        line = await _challenge(session, command, mechanism, step.data)
        step = exchange.respond(decode_response(line))
    assert isinstance(step, Done)
    return step.credentials


async def _challenge(session: Session, command: Command, mechanism: str, data: bytes) -> bytes:
    """Send a challenge; the client's line in return."""
    await session.refuse("sasl-continue", command, encode(data).decode())
    line = await session.reader.line(secret=True)
    if worth_masking(line):
        session.conversation.connection.add_secret(line)
    if await session.continued(command, mechanism):
        raise _Answered
    return line


async def _not_permitted(
    session: Session,
    command: Command,
    mechanism: str,
    told: Credentials | None,
    reply: str,
) -> None:
    """Refuse a log-in however right it is, and record what was sent for it."""
    if told and await _attempt(session, command, mechanism, told, permitted=False) == "answered":
        return
    await session.refuse(reply, command)


async def _log_in(
    session: Session, command: Command, mechanism: str, credentials: Credentials, *, accepted: str
) -> None:
    outcome = await _attempt(session, command, mechanism, credentials)
    if outcome == "refused":
        if credentials.kind == "token":
            challenge = (session.side.oauth_challenge or "").encode()
            decode_response(await _challenge(session, command, mechanism, challenge))
        await session.refuse("bad-credentials", command)
    elif outcome == "accepted":
        asked = ["capability-asked"] if session.capability_asked else []
        await session.refuse(accepted, command, "", *asked)


async def _attempt(
    session: Session,
    command: Command,
    mechanism: str,
    credentials: Credentials,
    *,
    permitted: bool = True,
) -> LoginOutcome:
    if credentials.secret:
        session.conversation.connection.add_secret(credentials.secret.encode())
    result = await session.conversation.login(
        mechanism=mechanism,
        username=credentials.username,
        secret=credentials.secret,
        command=command.name,
        tag=command.tag,
        permitted=permitted,
    )
    if result.account:
        session.begin(result.account)
    return result.outcome


async def starttls(session: Session, command: Command) -> None:
    """STARTTLS (RFC 3501, 6.2.1). What came in cleartext behind it is dropped."""
    command.arguments().end()
    if session.conversation.connection.tls_active:
        await session.refuse("already-tls", command)
    elif not session.offers("STARTTLS"):
        await session.refuse("unknown-command", command)
    else:
        session.reader.drop()
        await session.refuse("starttls-ok", command)
        await session.conversation.connection.start_tls()
