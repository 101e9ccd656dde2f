"""What a mailbox is made of, as data: the models that scenario files are validated against.

Everything left out describes a mailbox that works. Keys are written in kebab-case in YAML
(`max-message-bytes`), in snake_case in Python.
"""

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    ValidationInfo,
    WithJsonSchema,
)

from fakeservers.actions import Action
from fakeservers.content import USUAL, MailboxContent
from fakeservers.dialects.command_names import ImapCommand, SmtpVerb, UidCommand
from fakeservers.dialects.dialect import is_path
from fakeservers.files.base_model import Spec, Whole, whole
from fakeservers.security import GrantType, TypedSecurity
from fakeservers.wire import USUAL_TLS, CertificateProfile, EventName, Listen, Tls

ProtocolName = Literal["imap", "smtp", "oauth", "pop3", "http", "ssh"]
_COMMANDS = {*get_args(ImapCommand), *get_args(UidCommand), *get_args(SmtpVerb)}


_MECHANISM = "[A-Za-z0-9_-]{1,20}"


def _mechanism(value: str) -> str:
    if not re.fullmatch(_MECHANISM, value):
        raise ValueError(f"no SASL mechanism: {value!r}; letters, digits, - and _, 20 at most")
    return value.upper()


Mechanism = Annotated[
    str,
    AfterValidator(_mechanism),
    WithJsonSchema({"type": "string", "pattern": f"^{_MECHANISM}$"}),
]
"""A SASL mechanism by its name (RFC 4422, 3.1), be it one that the fakes can do or not; `LOGIN` is
IMAP's LOGIN command too."""
PasswordKind = Literal[
    "account", "app-password", "wrong", "token", "token-expired", "token-revoked", "token-scope",
    "token-for-another-user", "refresh-token", "client-secret"
]  # fmt: skip
"""What was given at a log-in: a password of the account, an access token, or nothing that is right.
`token` is one that opens the account; the others are named after the causes that they are. A
refresh token and the application's secret are for the authorization server alone."""
GrantKind = Literal["valid", "expired", "revoked", "scope", "for-another-user"]
"""What has become of a consent, and so of the tokens that rest on it: `scope`, it was given for
something else than this mail service; `for-another-user`, by the owner of another account."""
RefreshKind = Literal[GrantKind, "wrong"]
"""What a refresh token is, when somebody asks for a token with it."""
ClientKind = Literal["right", "wrong-secret", "unknown"]
"""Who asks an authorization server for a token (RFC 6749, 2.3)."""
Incoming = Literal["delivered", "bounced", "dropped"]
Scope = Literal["connection", "account", "address", "server"]


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _network(value: str) -> str:
    return str(ipaddress.ip_network(value, strict=False))


def _address(value: str) -> str:
    return str(ipaddress.ip_address(value))


def _dialect(value: str, told: ValidationInfo) -> str:
    folder = (told.context or {}).get("folder")
    return os.path.realpath(Path(folder, value)) if folder and is_path(value) else value


DialectName = Annotated[str, AfterValidator(_dialect)]
"""One of those that come with the fakes; or the path of a dialect's file, from the file in which it
is written (the `folder` of the context of validation)."""
IpAddress = Annotated[str, AfterValidator(_address)]
"""An address, such as `127.0.0.2` or `::1`."""
Network = Annotated[str, AfterValidator(_network)]
"""An address or a CIDR block, such as `127.0.0.2` or `127.0.0.0/8`."""


class LiveConnections(Spec):
    """Fires while more than `over` connections are live, those `occupied` by others included."""

    per: Literal["account", "address", "account-and-address", "service"]
    """Of whom the connections are counted."""
    over: Whole = Field(ge=0)
    """As many may be live before it fires."""


class Failures(Spec):
    """Fires once `at-least` log-ins were refused in this scope."""

    per: Scope
    """Whose refused log-ins are counted."""
    at_least: Whole = Field(ge=1)
    """How many refused log-ins make it fire."""


def _no_command(value: Any) -> Any:
    command = str(value).upper()
    if value not in get_args(EventName) and command in _COMMANDS - {"LOGIN", "DATA"}:
        raise ValueError(f"a command is no event; write event: command, command: {command}")
    return value


class When(Spec):
    """An event and the conditions under which a rule fires; all that are given must hold.

    `peer: not-allowed` reads the mailbox's `allow-list`, `state` its `state`, `connections` the
    live connections and the service's `occupied`: facts that a remedy can change.
    """

    event: Annotated[EventName, BeforeValidator(_no_command)]
    """What the connection has come to: the moment at which the rule may fire."""
    command: (
        Annotated[list[Literal[ImapCommand, UidCommand, SmtpVerb]], BeforeValidator(_listed)] | None
    ) = None
    """The command of IMAP or the verb of SMTP, or a list of them. FETCH is UID FETCH, too, as most
    clients have it; UID is every command by UID."""
    mechanism: Annotated[list[Mechanism], BeforeValidator(_listed)] | None = None
    """How the client logs in; `LOGIN` is IMAP's LOGIN command too."""
    password: Annotated[list[PasswordKind], BeforeValidator(_listed)] | None = None
    """Which of the account's passwords or tokens was given, or `wrong`: at the event login; at
    commands, by which one somebody is logged in."""
    username: Literal["account", "address", "other"] | None = None
    """What was given as the user name: the account's, its address, or another."""
    peer: Literal["allowed", "not-allowed"] | None = None
    """Whether the mailbox's `allow-list` has the client's address."""
    tls: StrictBool | None = None
    """Whether the connection is encrypted by then."""
    logged_in: StrictBool | None = None
    """Whether someone is logged in by now: at a log-in itself, whether someone was before."""
    state: str | None = None
    """A circumstance that the mailbox's `state` must name."""
    sender: Literal["owned", "foreign"] | None = None
    """Whether the sender of MAIL is an address of who is logged in."""
    recipient: Literal["local", "remote"] | None = None
    """Whether the recipient of RCPT is an account of this mailbox."""
    grant: Annotated[list[GrantType], BeforeValidator(_listed)] | None = None
    """By which grant a token is asked for; at the event token-request."""
    refresh_token: Annotated[list[RefreshKind], BeforeValidator(_listed)] | None = None
    """Which refresh token was given, or `wrong`; at the event token-request."""
    client: Annotated[list[ClientKind], BeforeValidator(_listed)] | None = None
    """Who asks for a token; at the event token-request."""
    argument: str | None = None
    """A shell-style pattern for the rest of the command line, upper or lower case alike. That of a
    log-in is empty: it is secret."""
    connections: LiveConnections | None = None
    """How many connections are live, those `occupied` by others included."""
    failures: Failures | None = None
    """How many log-ins were refused already."""
    hello_over: Annotated[int, Field(ge=0), whole] | None = None
    """The ClientHello has more bytes than that (RFC 8446, 4.1.2); at the event tls."""


class Rule(Spec):
    """When an event meets the conditions, then the actions; the first rule that fits fires.

    `times` limits how often it fires in its `scope`: "the first 2 times, then behave".

    What it answers stands in place of the command, which has no effect of its own; but what the
    client was told holds. A log-in that a rule says yes to (`{tag} OK`, SMTP 235) has succeeded,
    whatever the password; after 354 to DATA the message is read, and after yes to STARTTLS (220)
    TLS begins; after an SMTP greeting of 5yz only QUIT is taken (RFC 5321, 3.1). A rule is asked
    before the server itself objects to anything. One that only says, delays or cuts
    (`say`, `append`, `delay-s`, …) leaves the command its answer and its effect.
    """

    when: When
    """The event and the conditions, all of which must hold."""
    then: Annotated[list[Action], BeforeValidator(_listed)] = Field(min_length=1)
    """One action, or a list of them, done in this order."""
    times: Annotated[int, Field(ge=1), whole] | None = None
    """How often it fires in its `scope`; left out: always."""
    scope: Scope = "server"
    """For what `times` is counted."""


class Issuing(Spec):
    """How an authorization server issues tokens."""

    tokens: Literal["opaque", "jwt"] = "opaque"
    """Whether access tokens can be read (RFC 9068), as Microsoft's can."""
    expires_in_s: Whole = Field(default=3599, ge=1)
    """How long an access token holds, in seconds (RFC 6749, 5.1)."""
    rotates: bool = False
    """Whether each use of a refresh token brings a new one, and voids the old one: whoever uses
    that again loses all (RFC 9700, 4.14.2)."""


OPAQUE: Final = Issuing.model_construct()


class Service(Spec):
    """One port of the mailbox: what speaks there, and what is wrong with it."""

    other_words = {
        "starttls": "security", "ssl": "security", "encryption": "security",
        "auth": "mechanisms", "authentication": "mechanisms", "sasl": "mechanisms",
        "cert": "certificate", "ip": "bind", "address": "bind", "faults": "rules",
    }  # fmt: skip

    protocol: ProtocolName
    """What speaks at this port."""
    security: TypedSecurity = "implicit-tls"
    """How the port is secured (RFC 8314)."""
    listen: Listen = "listening"
    """Whether the port accepts, refuses, or swallows every packet."""
    bind: IpAddress = "127.0.0.1"
    """The address of this machine on which it listens."""
    port: Whole = Field(default=0, ge=0, le=65535)
    """The port; 0: any that is free."""
    port_of: str | None = None
    """A service above this one, at whose port it is, at another address: with `bind: "::1"` the
    other end of the name `localhost`."""
    proxy_protocol: bool = False
    """Whether a PROXY protocol header is expected before all else."""
    certificate: CertificateProfile = "valid"
    """A certificate that is right, or wrong in this way."""
    tls: Tls = USUAL_TLS
    """How it speaks TLS, its certificate apart."""
    dialect: DialectName | None = None
    """How this service is worded; left out: as the mailbox."""
    mechanisms: list[Mechanism] | None = None
    """SASL mechanisms to offer; left out: those of the dialect. One that the fakes cannot do is
    refused when it is tried, unless a rule sees to it (`event: command`, `challenge`)."""
    authentication: Literal["required", "not-required"] = "required"
    """Not required: whoever connects is taken for the account's owner. IMAP greets with PREAUTH
    (RFC 9051, 7.1.4); SMTP takes mail for everybody, and offers AUTH only where `mechanisms` are
    given."""
    max_message_bytes: Whole = Field(default=26_214_400, ge=1)
    """The largest message that SMTP takes (RFC 1870)."""
    required_headers: list[str] = []
    """A message is taken with exactly one of each only (RFC 5322, section 3.6)."""
    occupied: Whole = Field(default=0, ge=0)
    """How many connections of this account others hold already."""
    pauses: bool = False
    """Before it refuses a log-in, it lets the client wait for as long as the server does that its
    dialect is of, if that does."""
    issuing: Issuing = OPAQUE
    """Of an authorization server, how it issues tokens."""
    rules: list[Rule] = []
    """What goes wrong, and when; the first rule that fits fires."""


class Account(Spec):
    """Who the mailbox belongs to. `username` differs from the address where a server wants one.

    `incoming`: what becomes of a message for this account that SMTP has accepted with 250. Bounced:
    the sender gets a report that it could not be delivered (RFC 3464). Dropped: nobody is told.
    """

    other_words = {"email": "address", "mail": "address", "user": "username", "login": "username"}

    address: str = "anna@example.test"
    """The e-mail address."""
    username: str | None = None
    """The name to log in with; left out: the address."""
    password: str = "Tr0ub4dor&3-inbox"
    """The password of the account."""
    app_password: str = "qwxz jkvb mfgh tnrp"
    """The password for mail programs, where the provider wants one."""
    token: str = "ya29.badinbox-access-token-0001"
    """The OAuth access token; all others of the account begin with it."""
    refresh_token: str = "1//badinbox-refresh-token-0001"
    """The OAuth refresh token; all others of the account begin with it."""
    aliases: list[str] = []
    """More addresses of the account."""
    incoming: Incoming = "delivered"
    """What becomes of a message for it that SMTP has accepted with 250."""

    @property
    def login(self) -> str:
        """The name that the server accepts at log-in."""
        return self.username or self.address

    @property
    def secrets(self) -> tuple[str, ...]:
        """Whatever opens it, by one way of logging in or another."""
        return self.password, self.app_password, self.token, self.refresh_token


class BccAccount(Account):
    """The product's own, to which the test e-mail goes."""

    address: str = "bcc@crm.example.test"


class OAuthClient(Spec):
    """The application that asks for tokens, as the provider knows it (RFC 6749, 2)."""

    id: str = "badinbox-connector.apps.example.test"
    """Its identifier, which is no secret."""
    secret: str | None = "GOCSPX-badinbox-client-secret"
    """What it proves itself with; null: it is a public client, which has none."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Whatever proves that it is the one, if anything does."""
        return (self.secret,) if self.secret else ()


def _services() -> dict[str, Service]:
    return {name: Service.model_construct(protocol=name) for name in ("imap", "smtp")}


class MailboxSpec(Spec):
    """A whole mailbox: an account, the BCC account, and named services."""

    # Defaults are made anew, a third of what the deep copies that pydantic makes cost.
    dialect: DialectName = "plain"
    """How its services are worded: a dialect by its name, or the path of a file of one."""
    account: Account = Field(default_factory=Account.model_construct)
    """Whose mailbox it is."""
    bcc: BccAccount = Field(default_factory=BccAccount.model_construct)
    """The account that receives the copy of the test e-mail."""
    oauth_client: OAuthClient = Field(default_factory=OAuthClient.model_construct)
    """The application that may ask for tokens of the account."""
    mailbox: MailboxContent = Field(default_factory=lambda: USUAL)
    """What is in the account when it stands up: folders and messages."""
    allow_list: list[Network] | None = None
    """The only addresses that `peer: allowed` covers; left out: every address."""
    state: list[str] = []
    """Circumstances in force that rules may read, such as `outage` or `storage-full`."""
    hidden: list[str] = []
    """What must not be shown of it, besides the secrets of its accounts."""
    named: list[str] = []
    """User names that may be shown, besides those of its accounts; any other may be a password that
    was typed in the wrong place."""
    services: dict[str, Service] = Field(default_factory=_services)
