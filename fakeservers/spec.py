"""What a mailbox is made of, as data: the models that scenario files are validated against.

Everything left out describes a mailbox that works. Keys are written in kebab-case in YAML
(`max-message-bytes`), in snake_case in Python.
"""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from fakeservers import Spec
from fakeservers.actions import Action
from fakeservers.security import TypedSecurity
from fakeservers.wire import CertificateProfile, EventName, Listen, Tls

ProtocolName = Literal["imap", "smtp", "pop3", "http", "ssh"]
ImapCommand = Literal[
    "CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "AUTHENTICATE", "LOGIN", "ENABLE", "ID",
    "SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "LIST",
    "LSUB", "NAMESPACE", "STATUS", "APPEND", "IDLE", "CLOSE", "UNSELECT", "EXPUNGE", "CHECK",
    "SEARCH", "FETCH", "STORE", "COPY", "MOVE", "UID", "SORT", "THREAD", "GETQUOTA",
    "GETQUOTAROOT", "SETQUOTA"
]  # fmt: skip
"""RFC 9051 section 6, and the extensions that the fakes speak."""
SmtpVerb = Literal[
    "EHLO", "HELO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "VRFY", "EXPN", "ETRN", "HELP", "QUIT",
    "AUTH"
]  # fmt: skip
"""RFC 5321 section 4.1, RFC 4954, RFC 3030, RFC 1985."""
Mechanism = Literal["LOGIN", "PLAIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"]
"""SASL mechanisms; `LOGIN` is IMAP's LOGIN command too."""
PasswordKind = Literal["account", "app-password", "token", "wrong"]
Incoming = Literal["delivered", "bounced", "dropped"]
Scope = Literal["connection", "account", "address", "server"]


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _network(value: str) -> str:
    return str(ipaddress.ip_network(value, strict=False))


Network = Annotated[str, AfterValidator(_network)]
"""An address or a CIDR block, such as `127.0.0.2` or `127.0.0.0/8`."""


class LiveConnections(Spec):
    """Fires while more than `over` connections are live, those `occupied` by others included."""

    per: Literal["account", "address", "account-and-address", "service"]
    over: int = Field(ge=0)


class Failures(Spec):
    """Fires once `at-least` log-ins were refused in this scope."""

    per: Scope
    at_least: int = Field(ge=1)


class When(Spec):
    """An event and the conditions under which a rule fires; all that are given must hold.

    `peer: not-allowed` reads the mailbox's `allow-list`, `state` its `state`, `connections` the
    live connections and the service's `occupied`: facts that a remedy can change.
    """

    event: EventName
    command: Annotated[list[ImapCommand | SmtpVerb], BeforeValidator(_listed)] | None = None
    mechanism: Annotated[list[Mechanism], BeforeValidator(_listed)] | None = None
    password: Annotated[list[PasswordKind], BeforeValidator(_listed)] | None = None
    username: Literal["account", "address", "other"] | None = None
    peer: Literal["allowed", "not-allowed"] | None = None
    tls: bool | None = None
    state: str | None = None
    sender: Literal["owned", "foreign"] | None = None
    recipient: Literal["local", "remote"] | None = None
    argument: str | None = None
    """A shell-style pattern for the rest of the command line, upper or lower case alike."""
    connections: LiveConnections | None = None
    failures: Failures | None = None


class Rule(Spec):
    """When an event meets the conditions, then the actions; the first rule that fits fires.

    `times` limits how often it fires in its `scope`: "the first 2 times, then behave".

    What it answers stands in place of the command, which has no effect of its own; but what the
    client was told holds. A log-in that a rule says yes to (`{tag} OK`, SMTP 235) has succeeded,
    whatever the password; after an SMTP greeting of 5yz only QUIT is taken (RFC 5321, 3.1).
    """

    when: When
    then: Annotated[list[Action], BeforeValidator(_listed)] = Field(min_length=1)
    times: int | None = Field(default=None, ge=1)
    scope: Scope = "server"


class Service(Spec):
    """One port of the mailbox: what speaks there, and what is wrong with it."""

    protocol: ProtocolName
    security: TypedSecurity = "implicit-tls"
    listen: Listen = "listening"
    bind: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    port_of: str | None = None
    """A service above this one, at whose port it is, at another address: with `bind: "::1"` the
    other end of the name `localhost`."""
    proxy_protocol: bool = False
    certificate: CertificateProfile = "valid"
    tls: Tls = Tls()
    dialect: str | None = None
    mechanisms: list[str] | None = None
    """SASL mechanisms to offer; left out: those of the dialect."""
    max_message_bytes: int = Field(default=26_214_400, ge=1)
    required_headers: list[str] = []
    """A message is taken with exactly one of each only (RFC 5322, section 3.6)."""
    occupied: int = Field(default=0, ge=0)
    """How many connections of this account others hold already."""
    rules: list[Rule] = []


class Account(Spec):
    """Who the mailbox belongs to. `username` differs from the address where a server wants one.

    `incoming`: what becomes of a message for this account that SMTP has accepted with 250. Bounced:
    the sender gets a report that it could not be delivered (RFC 3464). Dropped: nobody is told.
    """

    address: str = "anna@example.test"
    username: str | None = None
    password: str = "Tr0ub4dor&3-inbox"
    app_password: str = "qwxz jkvb mfgh tnrp"
    token: str = "ya29.badinbox-access-token-0001"
    aliases: list[str] = []
    incoming: Incoming = "delivered"

    @property
    def login(self) -> str:
        """The name that the server accepts at log-in."""
        return self.username or self.address


class BccAccount(Account):
    """The product's own, to which the test e-mail goes."""

    address: str = "bcc@crm.example.test"


def _services() -> dict[str, Service]:
    return {"imap": Service(protocol="imap"), "smtp": Service(protocol="smtp")}


class MailboxSpec(Spec):
    """A whole mailbox: an account, the BCC account, and named services."""

    # Defaults are made anew, a third of what the deep copies that pydantic makes cost.
    dialect: str = "plain"
    account: Account = Field(default_factory=Account)
    bcc: BccAccount = Field(default_factory=BccAccount)
    allow_list: list[Network] | None = None
    """The only addresses that `peer: allowed` covers; left out: every address."""
    state: list[str] = []
    """Circumstances in force that rules may read, such as `outage` or `storage-full`."""
    services: dict[str, Service] = Field(default_factory=_services)
