"""What a server looks at before it does a command. Which of it, and in which order, is data of the
dialect (`SmtpBehaviour.checks`); each check names the reply that refuses the command, or none."""

from __future__ import annotations

import re
from collections.abc import Callable

from fakeservers.conversation import Conversation
from fakeservers.dialects.behaviour import CheckName
from fakeservers.sasl import MECHANISMS
from fakeservers.smtp import parameters, paths
from fakeservers.smtp.delivery import receives
from fakeservers.smtp.keywords import before_tls, keywords, mechanisms
from fakeservers.smtp.progress import Command, Progress

RECIPIENT_LIMIT = 1000
"""Recipients of one message (Postfix: smtpd_recipient_limit; RFC 5321, 4.5.3.1.8 wants 100)."""

Check = Callable[[Conversation, Progress, Command], str | None]

_ARGUMENTS = {
    "EHLO": r"\S.*",
    "HELO": r"\S.*",
    "STARTTLS": "",
    "AUTH": r"\S+(\s+\S+)?",
    "DATA": "",
    "BDAT": r"(?i:\d{1,18}(\s+LAST)?)",
    "RSET": "",
    "QUIT": "",
    "VRFY": r"\S.*",
    "ETRN": r"\S+",
}
"""The form of each argument (RFC 5321, 4.1.1; RFC 3207; RFC 4954; RFC 3030; RFC 1985)."""
_CLIENT_NAME = re.compile(r"[A-Za-z0-9.-]+")


def refusal(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    """The first check of the command that fails, as the name of the reply to make."""
    listed = conversation.dialect.side("smtp").behaviour.checks.get(command.verb, [])
    made = (CHECKS[name](conversation, progress, command) for name in listed)
    return next((reply for reply in made if reply), None)


def _active(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    return "already-tls" if conversation.connection.tls_active else None


def _address(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    """An address that is one; `<>` is a sender, `<postmaster>` a recipient (RFC 5321, 4.1.1.3)."""
    path = command.path or paths.Path("")
    whose = "sender" if command.verb == "MAIL" else "recipient"
    if not path.address and whose == "sender":
        return None
    lenient = conversation.dialect.side("smtp").behaviour.addresses == "lenient"
    well_formed = paths.is_lenient if lenient else paths.is_mailbox
    postmaster = whose == "recipient" and path.address.lower() == "postmaster"
    if not path.malformed and (postmaster or well_formed(path.address)):
        return None
    command.words["text"] = command.argument[len(paths.KEYWORDS.get(command.verb, "")) :].strip()
    if not path.address:
        return "bad-recipient-syntax@empty"
    return f"bad-{whose}-syntax" if "@" in path.address else f"bad-{whose}-syntax@no-domain"


def _authenticated(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    return "already-authenticated" if conversation.account else None


def _authentication(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    return None if conversation.account else "authentication-required"


def _binary(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    return "bad-sequence-data@binary" if progress.binary else None


def _chunk(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    """A chunk of nothing that is not the last."""
    return "syntax-error@empty" if command.argument.strip("0") == "" else None


def _chunks(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    """The message has begun to come in by BDAT."""
    return None if progress.chunks is None else "chunks-pending"


def _extended(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    return None if progress.engine.extended else "auth-not-offered"


def _hello(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    return None if progress.engine.client_name else "helo-first"


def _limit(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    full = len(progress.engine.recipients) >= RECIPIENT_LIMIT
    return "too-many-recipients" if full else None


def _local(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    """Where the domain is ours, the address must be too."""
    path = command.path or paths.Path("")
    return None if receives(conversation.accounts, path) else "user-unknown"


def _mechanism(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    name = command.argument.partition(" ")[0].upper()
    command.words["text"] = name
    known = name in mechanisms(conversation) and name in MECHANISMS
    return None if known else "mechanism-unsupported"


def _name(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    """What the client calls itself: letters, digits, dots and hyphens, or an address literal."""
    name = command.argument
    good = _CLIENT_NAME.fullmatch(name) or (name[:1] == "[" and paths.is_mailbox(f"x@{name}"))
    return None if good else "syntax-error"


def _nested(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    return "nested-mail" if progress.engine.in_transaction else None


def _offered(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    """The extension that a command belongs to is in the EHLO list."""
    offered = {line.split()[0] for line in keywords(conversation)}
    keyword = "CHUNKING" if command.verb == "BDAT" else command.verb
    if keyword in offered:
        return None
    return "auth-not-offered" if command.verb == "AUTH" else "command-not-implemented"


def _parameters(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    path = command.path
    if path is None or not path.parameters:
        return None
    if not progress.engine.extended and progress.engine.client_name:
        return "syntax-error"  # HELO offers nothing
    found = parameters.objection(
        command.verb,
        path.parameters,
        {line.split()[0] for line in keywords(conversation)},
        conversation.dialect.side("smtp").behaviour.unchecked_parameters,
    )
    if found is None:
        return None
    name, parameter = found
    command.words["text"] = parameter.text
    return name


def _recipients(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    """At least one recipient; where all were refused alike, some servers say so again."""
    if progress.engine.recipients:
        return None
    if not progress.refusals:
        return "bad-sequence-data@no-recipients"
    command.words["text"] = progress.refusals[0]
    alike = "@refused-alike" if len(set(progress.refusals)) == 1 else ""
    return f"bad-sequence-data{alike}@refused@no-recipients"


def _relay(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    """Without a log-in, only mail for our own domains."""
    path = command.path or paths.Path("")
    ours = conversation.accounts.find(path.address) or not receives(conversation.accounts, path)
    return None if conversation.account or ours else "relay-denied"


def _sequence(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    if progress.engine.in_transaction:
        return None
    return "bad-sequence-rcpt" if command.verb == "RCPT" else "bad-sequence-data"


def _size(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    """What MAIL declares, or BDAT brings, is within the limit."""
    limit = conversation.service.max_message_bytes
    if command.verb == "BDAT":
        brought = len(progress.chunks or b"") + int(command.words["size"])
        return "message-too-large-data" if brought > limit else None
    size = parameters.declared_size(command.path.parameters) if command.path else 0
    return "message-too-large" if size > limit else None


def _smtputf8(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    path = command.path or paths.Path("")
    asked = progress.engine.smtputf8 or "SMTPUTF8" in {one.name for one in path.parameters}
    return None if asked or path.address.isascii() else "smtputf8-required"


def _syntax(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    if command.verb in paths.KEYWORDS:
        right = command.path is not None
    else:
        right = re.fullmatch(_ARGUMENTS[command.verb], command.argument) is not None
    return None if right else "syntax-error"


def _tls(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    return "tls-required" if before_tls(conversation) else None


def _transaction(conversation: Conversation, progress: Progress, command: Command) -> str | None:
    return "auth-in-mail-transaction" if progress.engine.in_transaction else None


CHECKS: dict[CheckName, Check] = {
    "active": _active,
    "address": _address,
    "authenticated": _authenticated,
    "authentication": _authentication,
    "binary": _binary,
    "chunk": _chunk,
    "chunks": _chunks,
    "extended": _extended,
    "hello": _hello,
    "limit": _limit,
    "local": _local,
    "mechanism": _mechanism,
    "name": _name,
    "nested": _nested,
    "offered": _offered,
    "parameters": _parameters,
    "recipients": _recipients,
    "relay": _relay,
    "sequence": _sequence,
    "size": _size,
    "smtputf8": _smtputf8,
    "syntax": _syntax,
    "tls": _tls,
    "transaction": _transaction,
}
