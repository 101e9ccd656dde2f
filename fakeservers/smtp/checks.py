"""What a server offers in EHLO, and what it looks at before it does a command. Which of the checks
are made, and in which order, is data of the dialect (`SmtpBehaviour.checks`)."""

from __future__ import annotations

import re

from fakeservers.conversation import Conversation
from fakeservers.files.patterns import kept_regex
from fakeservers.sasl import MECHANISMS
from fakeservers.smtp import paths
from fakeservers.smtp.engine import Transaction
from fakeservers.smtp.paths import Path, SmtpLine

RECIPIENT_LIMIT = 1000
"""Recipients of one message (Postfix: smtpd_recipient_limit; RFC 5321, 4.5.3.1.8 wants 100)."""

_ARGUMENTS = {
    "EHLO": r"\S.*",
    "HELO": r"\S.*",
    "STARTTLS": "",
    "AUTH": r"\S+(\s+\S+)?",
    "DATA": "",
    "HELP": "",
    "BDAT": r"(?i:\d{1,18}(\s+LAST)?)",
    "RSET": "",
    "QUIT": "",
    "VRFY": r"\S.*",
    "ETRN": r"\S+",
}
"""The form of each argument (RFC 5321, 4.1.1; RFC 3207; RFC 4954; RFC 3030; RFC 1985)."""
_CLIENT_NAME = kept_regex(r"[A-Za-z0-9.-]+")


IMPLEMENTED = frozenset(
    {
        "PIPELINING",
        "SIZE",
        "8BITMIME",
        "SMTPUTF8",
        "ENHANCEDSTATUSCODES",
        "STARTTLS",
        "AUTH",
        "VRFY",
        "HELP",
        "DSN",
        "CHUNKING",
        "BINARYMIME",
        "ETRN",
        "PIPECONNECT",  # whoever does not wait for the greeting is answered all the same
    }
)


def before_tls(conversation: Conversation) -> bool:
    """Whether the service wants STARTTLS, and it has not happened yet."""
    return conversation.service.security == "starttls" and not conversation.connection.tls_active


def mechanisms(conversation: Conversation) -> list[str]:
    """The SASL mechanisms that the AUTH keyword lists now; none where AUTH is not offered.

    A service may list mechanisms on purpose that nobody implements; a dialect's are filtered.
    """
    service = conversation.service
    if before_tls(conversation):
        return []
    if service.mechanisms is not None:
        return service.mechanisms
    if service.authentication == "not-required":
        return []
    return [name for name in conversation.offers.side("smtp").mechanisms if name in MECHANISMS]


def keywords(conversation: Conversation) -> list[str]:
    """The EHLO keyword lines for the state the connection is in, in the dialect's order."""
    service = conversation.service
    listed = conversation.dialect.side("smtp").capabilities
    in_cleartext = before_tls(conversation)
    lines = (listed.before_tls if in_cleartext else listed.before_login) or []
    offered = mechanisms(conversation)
    ours = {
        "SIZE": f"SIZE {service.max_message_bytes}",
        "STARTTLS": "STARTTLS" if in_cleartext else "",
        "AUTH": " ".join(["AUTH", *offered]) if offered else "",
    }
    names = [name for name in (line.split()[0].upper() for line in lines) if name in IMPLEMENTED]
    # What the settings of the service ask for is offered, whatever the dialect's list was.
    names += ["STARTTLS", "AUTH"]
    return [line for name in dict.fromkeys(names) if (line := ours.get(name, name))]


class Checks:
    """Each public method is a check of one command, called as in a dialect: it gives the name of
    the reply that refuses the command, or None."""

    def __init__(
        self, conversation: Conversation, transaction: Transaction, line: SmtpLine
    ) -> None:
        self._conversation = conversation
        self._transaction = transaction
        self._engine = transaction.engine
        self._line = line
        self._behaviour = conversation.dialect.side("smtp").behaviour

    @property
    def _path(self) -> Path:
        return self._line.path or Path("")

    def _receives(self) -> bool:
        """Whether mail for this address is taken: all of other domains, in ours what exists."""
        accounts = self._conversation.accounts
        names = (name for one in accounts.all for name in (one.spec.address, *one.spec.aliases))
        domains = {name.rpartition("@")[2].lower() for name in names}
        return self._path.domain not in domains or accounts.find(self._path.address) is not None

    def active(self) -> str | None:
        return "already-tls" if self._conversation.connection.tls_active else None

    def address(self) -> str | None:
        """One that is an address; `<>` is a sender, `<postmaster>` a recipient (RFC 5321)."""
        path = self._path
        whose = "sender" if self._line.verb == "MAIL" else "recipient"
        if not path.address and whose == "sender":
            return None
        lenient = self._behaviour.addresses == "lenient"
        well_formed = paths.is_lenient if lenient else paths.is_mailbox
        postmaster = whose == "recipient" and path.address.lower() == "postmaster"
        bare = path.bare and self._behaviour.brackets_required
        if not path.malformed and not bare and (postmaster or well_formed(path.address)):
            return None
        keyword = paths.KEYWORDS.get(self._line.verb, "")
        self._line.words["text"] = self._line.argument[len(keyword) :].strip()
        if not path.address:
            return "bad-recipient-syntax@empty"
        return f"bad-{whose}-syntax" if "@" in path.address else f"bad-{whose}-syntax@no-domain"

    def authenticated(self) -> str | None:
        return "already-authenticated" if self._conversation.account else None

    def authentication(self) -> str | None:
        return None if self._is_somebody() else "authentication-required"

    def _is_somebody(self) -> bool:
        """Whether the client has logged in, or need not."""
        return (self._conversation.account or self._conversation.trusted) is not None

    def binary(self) -> str | None:
        return "bad-sequence-data@binary" if self._transaction.binary else None

    def chunk(self) -> str | None:
        """A chunk of nothing that is not the last."""
        return "syntax-error@empty" if self._line.argument.strip("0") == "" else None

    def chunks(self) -> str | None:
        """The message has begun to come in by BDAT."""
        return None if self._transaction.chunks is None else "chunks-pending"

    def extended(self) -> str | None:
        return None if self._engine.extended else "auth-not-offered"

    def greeted(self) -> str | None:
        """EHLO or HELO once only."""
        return "already-greeted" if self._engine.client_name else None

    def hello(self) -> str | None:
        return None if self._engine.client_name else "helo-first"

    def limit(self) -> str | None:
        full = len(self._engine.recipients) >= RECIPIENT_LIMIT
        return "too-many-recipients" if full else None

    def local(self) -> str | None:
        """Where the domain is ours, the address must be too."""
        return None if self._receives() else "user-unknown"

    def mechanism(self) -> str | None:
        name = self._line.argument.partition(" ")[0].upper()
        self._line.words["text"] = name
        known = name in mechanisms(self._conversation) and name in MECHANISMS
        if known:
            return None
        return "mechanism-unsupported" if name else "mechanism-unsupported@empty"

    def name(self) -> str | None:
        """What the client calls itself: letters, digits, dots, hyphens, or an address literal."""
        name = self._line.argument
        if self._behaviour.underscores_in_names:
            name = name.replace("_", "-")
        good = _CLIENT_NAME.fullmatch(name) or (name[:1] == "[" and paths.is_mailbox(f"x@{name}"))
        return None if good else "syntax-error@name"

    def nested(self) -> str | None:
        return "nested-mail" if self._engine.in_transaction else None

    def offered(self) -> str | None:
        """The extension that a command belongs to is in the EHLO list."""
        offered = {line.split()[0] for line in keywords(self._conversation)}
        keyword = "CHUNKING" if self._line.verb == "BDAT" else self._line.verb
        if keyword in offered:
            return None
        return "auth-not-offered" if self._line.verb == "AUTH" else "command-not-implemented"

    def parameters(self) -> str | None:
        given = self._path.parameters
        if not given:
            return None
        if not self._engine.extended and self._engine.client_name:
            return "syntax-error"  # HELO offers nothing
        found = paths.objection(
            self._line.verb,
            given,
            {line.split()[0] for line in keywords(self._conversation)},
            self._behaviour.unchecked_parameters,
        )
        if found is None:
            return None
        name, parameter = found
        self._line.words["text"] = parameter.text
        return name

    def recipients(self) -> str | None:
        """At least one recipient; where all were refused alike, some servers say so again."""
        if self._engine.recipients:
            return None
        if not self._transaction.refusals:
            return "bad-sequence-data@no-recipients"
        self._line.words["text"] = self._transaction.refusals[0]
        alike = "@refused-alike" if len(set(self._transaction.refusals)) == 1 else ""
        return f"bad-sequence-data{alike}@refused@no-recipients"

    def relay(self) -> str | None:
        """Without a log-in, only mail for our own domains."""
        ours = self._conversation.accounts.find(self._path.address) or not self._receives()
        return None if self._is_somebody() or ours else "relay-denied"

    def sequence(self) -> str | None:
        if self._engine.in_transaction:
            return None
        return "bad-sequence-rcpt" if self._line.verb == "RCPT" else "bad-sequence-data"

    def size(self) -> str | None:
        """What MAIL declares, or BDAT brings, is within the limit."""
        limit = self._conversation.service.max_message_bytes
        if self._line.verb == "BDAT":
            brought = len(self._transaction.chunks or b"") + int(self._line.words["size"])
            return "message-too-large-data" if brought > limit else None
        return "message-too-large" if paths.declared_size(self._path.parameters) > limit else None

    def smtputf8(self) -> str | None:
        offered = "SMTPUTF8" in keywords(self._conversation)
        named = {one.name for one in self._path.parameters}
        asked = self._engine.smtputf8 or (offered and "SMTPUTF8" in named)
        return None if asked or self._path.address.isascii() else "smtputf8-required"

    def syntax(self) -> str | None:
        if self._line.verb in paths.KEYWORDS:
            right = self._line.path is not None
        else:
            right = re.fullmatch(_ARGUMENTS[self._line.verb], self._line.argument) is not None
        return None if right else "syntax-error"

    def tls(self) -> str | None:
        return "tls-required" if before_tls(self._conversation) else None

    def transaction(self) -> str | None:
        return "auth-in-mail-transaction" if self._engine.in_transaction else None


def refusal(conversation: Conversation, transaction: Transaction, line: SmtpLine) -> str | None:
    """The first check of the command that fails, as the name of the reply to make."""
    checks = Checks(conversation, transaction, line)
    listed = conversation.dialect.side("smtp").behaviour.checks.get(line.verb, [])
    made = (getattr(checks, name)() for name in listed)
    return next((reply for reply in made if reply), None)
