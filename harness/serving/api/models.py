"""What goes over the control API, as models: requests are checked by them, and so is its document.

Names are in snake_case; rules are written as in scenario files.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from fakeservers.actions import ACTIONS, Action
from fakeservers.files.base_model import Number, whole
from fakeservers.spec import Rule
from harness.contract.capabilities import EVERYTHING, Capabilities
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Order, State, read_state
from harness.files.problems import BadInput
from harness.judging.evidence import Phase
from harness.judging.policy import Decisions, policy_of
from harness.judging.verdict import Verdict
from harness.mapping import Mapping
from harness.runner.events import LifeEventKind
from harness.runner.outcome import Terms
from harness.serving.common.case_names import TESTER
from harness.serving.common.guests import NameRefused
from harness.serving.common.how import CommonPort, How
from harness.serving.feed import FeedKind
from harness.taxonomy import Advice, Cause, DocumentedError, Stage

Port = Annotated[int, Field(ge=0, le=65535), whole]


class _Given(BaseModel):
    # Built at first use: until then the API is only there.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class ScenarioFilter(_Given):
    """Which scenarios are listed; all that are given must fit."""

    error: str | None = Field(default=None, description="the documented error, or `connected`")
    stage: str | None = None
    cause: str | None = None
    dialect: str | None = None
    service: str | None = Field(default=None, description="`imap` or `smtp`: where it fails")
    security: str | None = Field(default=None, description="what the customer typed there")
    authentication: str | None = Field(default=None, description="`password` or `oauth2`")
    advice: str | None = Field(default=None, description="of one of its remedies")
    text: str | None = Field(default=None, description="words that it has, in English or French")


class ScenarioSummary(_Answer):
    """A scenario that can be stood up."""

    id: str
    name: str = Field(description="the same as a label of a host name")
    title: str
    reproduces: str
    stage: Stage | None
    cause: Cause | None
    dialect: str
    remedies: list[Advice]
    unproven: dict[Advice, str] = Field(description="other advices, and why none can be tried")


class Scenarios(_Answer):
    scenarios: list[ScenarioSummary]


class ScenarioDetail(ScenarioSummary):
    """One scenario, with its file."""

    source: list[str]
    notes: str | None
    file: str = Field(description="the text of the scenario file")


class StartRequest(_Given):
    """Which mailbox to stand up, and where."""

    scenario: str
    replaces: str | None = Field(
        default=None, description="a mailbox that is stopped first; its ports are taken over"
    )
    bind: str | None = Field(default=None, description="a loopback address")
    common: bool = Field(
        default=False, description="of `serve --any`: at the common ports, chosen by what is typed"
    )
    tester: str = Field(
        default="",
        pattern=TESTER,
        description="whose it is there: what stands behind the + of the user name; empty: nobody's",
    )
    imap_port: Port = Field(default=0, description="0: any free one")
    smtp_port: Port = Field(default=0, description="0: any free one")


class CommonView(_Answer):
    """The common ports of `serve --any`, and what is typed there for each scenario."""

    ports: list[CommonPort]
    scenarios: list[How]
    refused: list[NameRefused] = Field(description="names that let nobody in, the newest first")


class ServiceView(_Answer):
    """One port of a mailbox."""

    host: str
    port: int
    protocol: str
    security: str


class Secrets(_Answer):
    """The fake's own secrets, to be typed."""

    password: str
    app_password: str
    token: str


class VerdictView(_Answer):
    """The verdict, judged as in a run."""

    id: str
    phase: Phase
    remedy: Advice | None
    verdict: Verdict
    violations: list[str]
    why: str
    expected_error: DocumentedError
    expected_stage: Stage | None
    expected_cause: Cause | None
    diagnosis: Diagnosis | None
    fired: list[str]
    explained: str = Field(description="all of it in words, as `badinbox run` prints it")


class LifeEventView(_Answer):
    """Something in a life; secrets are masked."""

    at_s: float = Field(description="seconds since the life began")
    kind: LifeEventKind
    text: str
    state: str = Field(
        description="of `said`: which; of `log-in`: how it ended; of `step`: `done`, or `met`, "
        "`unmet`, `awaited`"
    )


class OrderView(_Answer):
    """What somebody is to do in the product: type the settings anew, or send this."""

    at_s: float = Field(description="seconds since the life began")
    order: Order


class LifeView(_Answer):
    """A life, as far as it has come. `verdict`: once it is over."""

    step: int = Field(description="the number of the step at hand, or of the last one; from 1")
    steps: int = Field(description="how many there are")
    awaits: str = Field(description="the step at hand, as its file has it; empty: it is over")
    left_s: float | None = Field(description="seconds until its window closes")
    next: str = Field(description="the step after it; empty: none")
    orders: list[OrderView]
    unseen: list[str] = Field(description="Message-IDs that came in, and were not told")
    over: bool
    events: list[LifeEventView]
    verdict: VerdictView | None


class MailboxView(_Answer):
    """A mailbox that stands."""

    id: str
    name: str
    host_name: str = Field(description="for a hosts file; its valid certificates are valid for it")
    title: str
    reproduces: str
    stage: Stage | None
    cause: Cause | None
    remedies: list[Advice]
    unproven: dict[Advice, str] = Field(description="other advices, and why none can be tried")
    remedy: Advice | None = Field(description="the remedy that was followed at it")
    settings: ConnectionSettings = Field(description="what the customer types")
    secrets: Secrets
    services: dict[str, ServiceView]
    event: int = Field(description="the number of the last event so far: wait for those after it")
    life: LifeView | None = Field(description="of a scenario that lives")


class Mailboxes(_Answer):
    mailboxes: list[MailboxView]


class RemedyRequest(_Given):
    advice: str | None = Field(description="null: the fault is back")


class AddRule(_Given):
    """A rule as scenario files have it; it is tried before the scenario's own."""

    service: str = "imap"
    rule: Rule


def _at_once(schema: dict[str, Any]) -> None:
    """Says of the schema of actions what `Fire` says of them."""
    listening = [kind.__name__ for kind in ACTIONS.values() if kind.listens]
    kinds = schema["items"]["oneOf"]
    kinds[:] = [each for each in kinds if not any(name in each["$ref"] for name in listening)]


class Fire(_Given):
    """What is to happen now at every open connection, as a rule's `then` says it."""

    service: str | None = Field(default=None, description="left out: at all of them")
    then: Annotated[list[Action], Field(min_length=1, json_schema_extra=_at_once)]

    @field_validator("then")
    @classmethod
    def _nothing_waits_for_the_client(cls, then: list[Action]) -> list[Action]:
        if any(action.listens for action in then):
            raise ValueError("a challenge is for rules: it is part of a command")
        return then


class Fired(_Answer):
    connections: int = Field(description="at how many it happens")


class RuleView(_Answer):
    """A rule of a service. Those whose label begins with `added` can be taken out."""

    label: str
    service: str
    fired: int = Field(description="how often, since the last reset")
    rule: Rule


class Rules(_Answer):
    rules: list[RuleView]


class LineView(_Answer):
    """A line of a transcript; secrets are masked."""

    time_s: float = Field(description="seconds since the connection was accepted")
    direction: Literal["C", "S", "*"]
    text: str
    tls: bool


class ConnectionView(_Answer):
    service: str
    protocol: str
    peer: str
    ended_by: Literal["client", "server"] | None
    ended_how: Literal["FIN", "RST"] | None
    lines: list[LineView]


class Transcripts(_Answer):
    connections: list[ConnectionView]


class MessageView(_Answer):
    """An e-mail in an inbox; secrets are masked."""

    account: str
    uid: int
    received: str = Field(description="ISO 8601")
    content: str


class Messages(_Answer):
    messages: list[MessageView]


class EventFilter(_Given):
    """Which events, and how long to wait for the first."""

    after: int | None = Field(default=None, ge=0, description="left out: those that are yet to be")
    mailbox: str | None = None
    kind: str | None = Field(default=None, description="several are separated by commas")
    timeout_s: float = Field(default=30.0, ge=0, le=60.0)


class EventView(_Answer):
    """Something that happened at a mailbox."""

    number: int
    kind: FeedKind
    mailbox: str
    service: str
    connection: int | None
    about: str
    line: LineView | None


class Events(_Answer):
    """`events`: empty where time was up. `last`: what to ask after next time."""

    events: list[EventView]
    last: int


class TableFilter(_Given):
    """In which form the table is wanted."""

    format: Literal["json", "csv", "md", "hosts", "txt"] = "json"


class _Judged(_Given):
    """On which terms a product is judged."""

    mapping: Mapping | None = Field(
        default=None, description="the connector's file: rules, `does` and `policy`"
    )
    does: Capabilities = Field(
        default=Capabilities.model_construct(),
        description="what the product does; over that of the mapping",
    )
    policy: Decisions = Field(
        default={}, description="what its violations matter; over that of the mapping"
    )
    strict: bool = Field(default=False, description="bad manners are errors, too")

    def terms(self) -> Terms:
        """On which the product is judged."""
        file = self.mapping or Mapping()
        return Terms(
            file if file.rules else None,
            self.does.over(file.does.over(EVERYTHING)),
            policy_of({**file.policy, **self.policy}, strict=self.strict),
        )


class VerdictRequest(_Judged):
    """What the product said, in the format of a connector's answer."""

    error: str = Field(min_length=1, description="a documented error, `connected`, or its own code")
    stage: str | None = None
    cause: str | None = None
    message: str | None = None


class StateRequest(_Judged):
    """What the product is from now on, in the format of the states of a connector that stays."""

    state: str = Field(description="`connected`, `failing`, `message`, `sent` or `stopped`")
    error: str | None = Field(default=None, description="of `failing`: as in an answer")
    stage: str | None = None
    cause: str | None = None
    message: str | None = None
    ask_password: bool | None = None
    retry_at_s: Number | None = Field(default=None, description="of `failing`: tries again in")
    message_id: str | None = Field(default=None, description="of `message` and `sent`: its id")

    def said(self) -> State:
        """The state. Raises BadInput: there is none such."""
        own = set(_Judged.model_fields)
        data = {name: getattr(self, name) for name in self.model_fields_set - own}
        state = read_state({name: it for name, it in data.items() if it is not None}, "")
        if isinstance(state, str):
            raise BadInput([state])
        return state

    def own_terms(self) -> Terms | None:
        """None where nothing is said of them."""
        return self.terms() if self.model_fields_set & set(_Judged.model_fields) else None


class Empty(_Answer):
    """Nothing more to say."""


class ProblemView(_Answer):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
