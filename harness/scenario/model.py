"""What a scenario is: a mailbox with one thing wrong, what must be named, and what cures it.

`CaseFile` is the file format once matrix and cases are worked out; `Scenario` is what is run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from fakeservers.content import MailboxContent
from fakeservers.dialects.dialect import load_dialect
from fakeservers.files.base_model import Spec
from fakeservers.security import Security
from fakeservers.spec import (
    Account,
    BccAccount,
    DialectName,
    MailboxSpec,
    Network,
    OAuthClient,
    ProtocolName,
    Service,
)
from harness.contract.settings import (
    ConnectionSettings,
    ServerSettings,
    TrustStore,
)
from harness.scenario.customer.held import WRONG, Provider, held
from harness.scenario.customer.typed import Customer, Endpoint, LiteralPassword
from harness.scenario.life.life_steps import MOST_STEPS, LifeStep, TokenEvent
from harness.taxonomy import Advice, Cause, CertificateCause, Stage

Reproduces = Literal[
    "imap-settings-incorrect",
    "imap-authentication-error",
    "imap-confirmation-error",
    "smtp-settings-incorrect",
    "test-email-failed",
    "unauthorized",
    "unauthorized-app-password-required",
    "unauthorized-untrusted-certificate",
    "connected",
]
"""What a scenario may stand for: a documented error or `connected`, never `unclassified`."""

WarningId = Literal[
    CertificateCause,
    "courier-imap-not-supported",
    "tls-version-not-listed",
    "imap-logout-failed",
    "smtp-quit-failed",
]
"""What a diagnosis may warn of: verify errors that were allowed, and unmet requirements."""


def listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class ImapService(Service):
    """The service that is there anyway; another protocol makes it a wrong one."""

    protocol: ProtocolName = "imap"


class SmtpService(Service):
    """As ImapService."""

    protocol: ProtocolName = "smtp"


class OAuthService(Service):
    """The authorization server of an account that was connected by OAuth 2."""

    protocol: ProtocolName = "oauth"


# Frozen, so that one serves all; as plain defaults pydantic would copy them each time.
_WORKING: Final = MailboxSpec.model_construct()
USUAL_IMAP: Final = ImapService.model_construct()
USUAL_SMTP: Final = SmtpService.model_construct()
_OAUTH: Final = OAuthService.model_construct()
_CUSTOMER: Final = Customer.model_construct()


@dataclass(frozen=True)
class Typed:
    """Where the customer pointed one protocol: a service of the mailbox, by its name, and how the
    connection is to be secured."""

    endpoint: Endpoint
    name: str
    service: Service
    security: Security


class Facts(Spec):
    """All that a remedy may change: the mailbox, its rules apart, and what was typed."""

    dialect: DialectName = "plain"
    """How the servers are worded: a dialect by its name, or the path of a file of one, such as
    `./acme.yaml`."""
    account: Account = Field(default_factory=lambda: _WORKING.account)
    """Whose mailbox it is."""
    bcc: BccAccount = Field(default_factory=lambda: _WORKING.bcc)
    """The account that receives the copy of the test e-mail."""
    oauth_client: OAuthClient = Field(default_factory=lambda: _WORKING.oauth_client)
    """The application that may ask for tokens of the account."""
    mailbox: MailboxContent = Field(default_factory=lambda: _WORKING.mailbox)
    """What is in the account when it stands up: folders and messages."""
    allow_list: list[Network] | None = None
    """The only addresses that `peer: allowed` covers; left out: every address."""
    state: list[str] = Field(default=[])
    """Circumstances in force that rules may read, such as `outage`."""
    imap: ImapService = Field(default_factory=lambda: USUAL_IMAP)
    """The IMAP service, and what is wrong with it."""
    smtp: SmtpService = Field(default_factory=lambda: USUAL_SMTP)
    """The SMTP service, and what is wrong with it."""
    oauth: OAuthService = Field(default_factory=lambda: _OAUTH)
    """The authorization server, and what is wrong with it; there where `customer.oauth2` is."""
    services: dict[str, Service] = Field(default={})
    """Services besides `imap` and `smtp`, by name."""
    customer: Customer = Field(default_factory=lambda: _CUSTOMER)
    """What the customer typed; left out: what is right."""

    def all_services(self) -> dict[str, Service]:
        tokens = {"oauth": self.oauth} if self.customer.oauth2 else {}
        return {"imap": self.imap, "smtp": self.smtp, **tokens, **self.services}

    def typed(self, protocol: str) -> Typed:
        """What the customer typed for `imap` or `smtp`; what the product knows of `oauth`."""
        if protocol == "oauth":
            host = self.customer.oauth2.host if self.customer.oauth2 else None
            return Typed(
                Endpoint.model_construct(host=host), "oauth", self.oauth, self.oauth.security
            )
        endpoint = self.customer.imap if protocol == "imap" else self.customer.smtp
        name = endpoint.service or protocol
        service = self.all_services()[name]
        return Typed(endpoint, name, service, endpoint.security or service.security)

    def mailbox_spec(self) -> MailboxSpec:
        return MailboxSpec.model_construct(  # of parts that are valid
            dialect=self.dialect,
            account=self.account,
            bcc=self.bcc,
            oauth_client=self.oauth_client,
            mailbox=self.mailbox,
            allow_list=self.allow_list,
            state=self.state,
            hidden=[*filter(None, [typed_password(self)])],
            named=[name for name in (self.customer.username, self.customer.email) if name],
            services=self.all_services(),
        )


class ExpectedWarning(Spec):
    """The diagnosis must warn of this."""

    warning: WarningId
    """What the diagnosis must warn of."""


def _expectation_form(value: Any) -> str:
    return "warning" if isinstance(value, dict | ExpectedWarning) else "word"


ClientRule = Literal["password-never-sent", "no-test-email"]
"""`password-never-sent`: no log-in is attempted. `no-test-email`: the mailbox accepts no mail."""

AlsoExpected = Annotated[
    Annotated[ClientRule, Tag("word")] | Annotated[ExpectedWarning, Tag("warning")],
    Discriminator(_expectation_form),
]


class AlsoAccepted(Spec):
    """Another answer that is right, too: not told apart on the wire, or better than asked."""

    error: Reproduces
    """The documented error that is right, too."""
    stage: Stage | None = None
    """Left out: where the case itself is noticed."""
    cause: Cause | None = None
    """Left out: the cause of the case itself."""
    reason: str = Field(min_length=1)
    """For those who read the verdict."""


class RemedyFile(Spec):
    """An advice, and the change of facts that makes the check succeed once it is followed."""

    other_words = {"change": "apply", "changes": "apply", "set": "apply"}

    advice: Advice
    """What the article tells the customer to do."""
    apply: dict[str, Any] = Field(default={})
    """A partial override of the scenario's own keys; never of rules."""
    keep_mailbox: bool = False
    """The cure happens on the running mailbox, whose counters survive (retry later)."""
    unproven: str | None = Field(default=None, min_length=1)
    """Why following the advice cannot be shown here; then nothing is applied, and none is run."""


class CaseFile(Facts):
    """One case as the file words it, every override merged in."""

    other_words = {
        "provider": "dialect", "server": "dialect", "reason": "cause", "error": "reproduces",
        "name": "title", "description": "notes", "comment": "notes", "fix": "remedy",
        "lives": "life", "steps": "life", "matrices": "matrix",
    }  # fmt: skip

    title: str = Field(min_length=1)
    """What goes wrong, in one sentence."""
    reproduces: Reproduces
    """The documented error that a correct connector names, or `connected`."""
    stage: Stage | None = None
    """Where it must be noticed. Required unless `connected`, as `cause` is."""
    cause: Cause | None = None
    """Why, more finely. Required unless `connected`."""
    source: Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(listed)] = Field(
        min_length=1
    )
    """Where this behaviour was seen. The sources of the dialect's replies are added to these."""
    notes: str | None = None
    """For whoever reads the file."""
    timeout_s: float = Field(default=10.0, gt=0, le=600)
    """The longest wait in any one step that the connector is told, in seconds."""
    expect: Annotated[list[AlsoExpected], BeforeValidator(listed)] = Field(default=[])
    """What a connector must do or say besides."""
    also_accepted: Annotated[list[AlsoAccepted], BeforeValidator(listed)] = Field(default=[])
    """Other answers that are right, and why."""
    remedy: Annotated[list[RemedyFile], BeforeValidator(listed)] = Field(default=[])
    """What cures it: advices, each with the change that makes the check succeed."""
    life: list[LifeStep] = Field(default=[], min_length=1, max_length=MOST_STEPS)
    """What happens while a connector stays connected, step by step."""


@dataclass(frozen=True)
class Remedy:
    """An advice and the facts of the run in which it was followed."""

    advice: Advice
    facts: Facts
    keep_mailbox: bool
    """Amend the mailbox that runs already instead of opening a fresh one."""


@dataclass(frozen=True)
class Moment:
    """A step as it is run: `facts` are those from then on, where it changes any."""

    step: LifeStep
    facts: Facts | None = None
    tokens: TokenEvent | None = None
    """What becomes of the tokens that there are."""
    retyped: bool = False
    """Whether the settings are given anew."""


@dataclass(frozen=True)
class Life:
    """A mailbox that works at first, and what becomes of it. Its failure is the scenario's own."""

    begins: Facts
    moments: tuple[Moment, ...]
    breaks_into: str | None = None
    """The scenario that it breaks into, by its id."""
    into_file: Path | None = None
    """Where that one stands."""


@dataclass(frozen=True)
class Scenario:
    """One case, ready to run."""

    id: str
    file: Path
    title: str
    reproduces: Reproduces
    stage: Stage | None
    cause: Cause | None
    source: tuple[str, ...]
    notes: str | None
    timeout_s: float
    expect: tuple[ClientRule | ExpectedWarning, ...]
    also_accepted: tuple[AlsoAccepted, ...]
    facts: Facts
    remedies: tuple[Remedy, ...]
    """Those that can be run."""
    unproven: Mapping[Advice, str] = field(default_factory=dict)
    """The other advices, and why each cannot be shown."""
    life: Life | None = None
    """What happens while a connector stays connected; None: it is checked at one moment."""

    @property
    def dialect(self) -> str:
        return self.facts.dialect

    @property
    def customer(self) -> Customer:
        return self.facts.customer

    @property
    def asks_tokens(self) -> bool:
        """Whether a connector is given tokens, at first or where a remedy is followed."""
        every = (self.facts, *(remedy.facts for remedy in self.remedies))
        return any(facts.customer.oauth2 is not None for facts in every)

    def mailbox_spec(self, remedy: Remedy | None = None) -> MailboxSpec:
        """The mailbox to stand up; with a remedy: the one in which it was followed."""
        return (remedy.facts if remedy else self.facts).mailbox_spec()

    def settings(
        self,
        addresses: Mapping[str, tuple[str, int]],
        *,
        ca_file: str | None = None,
        trust_store: tuple[str, str] | None = None,
        remedy: Remedy | None = None,
        facts: Facts | None = None,
        consent: int = 1,
    ) -> ConnectionSettings:
        """What the customer typed, given the bound (host, port) of each service by name.

        `trust_store`: a PKCS#12 file and its password. `facts`: those that hold, in place of the
        scenario's own, or its remedy's. `consent`: the number of the tokens that the product holds.
        """
        facts = facts or (remedy.facts if remedy else self.facts)
        customer = facts.customer
        return ConnectionSettings(
            email=facts.account.address if customer.email is None else customer.email,
            username=customer.username,
            authentication="oauth2" if customer.oauth2 else "password",
            password=typed_password(facts),
            oauth2=held(customer.oauth2, _provider(facts, addresses, consent))
            if customer.oauth2
            else None,
            imap=_server(facts.typed("imap"), addresses),
            smtp=_server(facts.typed("smtp"), addresses),
            allow_insecure_certificates=customer.allow_insecure_certificates,
            bcc_address=facts.bcc.address,
            ca_file=ca_file,
            trust_store=TrustStore(file=trust_store[0], password=trust_store[1])
            if trust_store
            else None,
            timeout_s=self.timeout_s,
        )


def typed_password(facts: Facts) -> str:
    """The characters that the customer typed as the password; none where there are tokens."""
    if facts.customer.oauth2:
        return ""
    typed, account = facts.customer.password, facts.account
    if isinstance(typed, LiteralPassword):
        return typed.literal
    return {"account": account.password, "app-password": account.app_password}.get(typed, WRONG)


def _provider(facts: Facts, addresses: Mapping[str, tuple[str, int]], consent: int) -> Provider:
    side = load_dialect(facts.oauth.dialect or facts.dialect).side("oauth")
    bound, port = addresses["oauth"]
    host = facts.typed("oauth").endpoint.host or bound
    return Provider(
        facts.account,
        facts.oauth_client,
        facts.oauth.issuing,
        f"https://{f'[{host}]' if ':' in host else host}:{port}{side.token_path}",
        tuple(side.scopes),
        consent,
    )


def _server(typed: Typed, addresses: Mapping[str, tuple[str, int]]) -> ServerSettings:
    host, port = addresses[typed.name]
    return ServerSettings(
        host=host if typed.endpoint.host is None else typed.endpoint.host,
        port=port,
        security=typed.security,
        source_address=typed.endpoint.source_address,
    )
