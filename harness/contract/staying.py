"""What is said between badinbox and a connector that stays connected: states one way, orders the
other, an object of JSON each.

The format is that of the settings and of answers, and versioned with them. `badinbox schema state`
and `badinbox schema order` print the schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from harness.contract.answer import FORMAT, ServiceReport, first_problem
from harness.contract.settings import ConnectionSettings

MOST_STATES: Final = 10_000
"""How many states one connector may write in one life; more are no report, but a flood."""


class Pace(BaseModel):
    """How fast a life goes, in seconds. A connector honours it where it can; who cannot is run at a
    slower pace (`--pace`), which makes every window longer by the same factor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    poll_s: float = Field(default=0.5, gt=0)
    """How long it waits from one look for mail to the next, where it does not IDLE."""
    idle_s: float = Field(default=2.0, gt=0)
    """After how long IDLE is ended and begun anew; RFC 2177 has 29 minutes."""
    retry_first_s: float = Field(default=0.25, gt=0)
    """The shortest wait before it tries again after a failure."""
    retry_longest_s: float = Field(default=2.0, gt=0)
    """What its waits grow to, while it keeps failing."""

    def slower(self, factor: float) -> Pace:
        """The same, by a factor."""
        return Pace(**{name: value * factor for name, value in self.model_dump().items()})


class StayRequest(ConnectionSettings):
    """What a connector is given that is to stay connected: the settings, and how fast."""

    version: Literal[1] = FORMAT
    check: str
    """Which life this is; a state may give it back."""
    stay: Literal[True] = True
    pace: Pace
    report_to: str | None = None
    """Behind HTTP: where states are to be sent, each by POST; left out: to the standard output."""


class _Said(BaseModel):
    """What every state may have."""

    model_config = ConfigDict(frozen=True, extra="allow")

    version: Literal[1] = FORMAT
    check: str | None = None
    """Which life it is about, given back."""


class Connected(_Said):
    """It is connected, as far as it knows."""

    state: Literal["connected"] = "connected"


class Failing(_Said, ServiceReport):
    """It is not connected, and why: as in an answer to a check."""

    state: Literal["failing"] = "failing"
    retry_at_s: float | None = Field(
        default=None,
        ge=0,
        description="in how many seconds from now it tries again; left out: not by itself",
    )


class MessageSeen(_Said):
    """It has taken in a message that was not there before."""

    state: Literal["message"] = "message"
    message_id: str = Field(min_length=1)
    """The `Message-ID` of the message, with its brackets (RFC 5322, 3.6.4)."""


class MessageSent(_Said):
    """It has sent the message that it was told to send."""

    state: Literal["sent"] = "sent"
    message_id: str = Field(min_length=1)
    """That of the order."""


class Stopped(_Said):
    """It has given up, or has done what it was told: it ends."""

    state: Literal["stopped"] = "stopped"


State = Annotated[
    Connected | Failing | MessageSeen | MessageSent | Stopped, Field(discriminator="state")
]
_STATES: Final[TypeAdapter[State]] = TypeAdapter(State)
STATE_NAMES: Final = ("connected", "failing", "message", "sent", "stopped")


class ToSend(BaseModel):
    """A message that somebody writes in the product: it goes out by SMTP."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: str
    message_id: str
    """Its `Message-ID` is to be this, brackets included."""
    subject: str = "badinbox"
    text: str = "A reply."


class Order(BaseModel):
    """What a connector is told while it stays; one key each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: str | None = None
    """Which life it is about."""
    settings: ConnectionSettings | None = None
    """Typed anew by the customer."""
    send: ToSend | None = None
    """To be sent now."""
    stop: Literal[True] | None = None
    """End, and say `stopped`."""

    @model_validator(mode="after")
    def _one(self) -> Order:
        if sum(each is not None for each in (self.settings, self.send, self.stop)) != 1:
            raise ValueError("expected one of settings, send and stop")
        return self

    def line(self) -> bytes:
        """One line of JSON."""
        return self.model_dump_json(exclude_none=True).encode() + b"\n"


def read_state(value: object, check: str) -> State | str:
    """The state that a value of JSON is; a text: why it is none. Never raises."""
    if not isinstance(value, Mapping):
        return f"said {value!r:.60}; expected an object with `state`"
    if "state" not in value:
        answer = " (an answer to a check: it does not stay)" if "error" in value else ""
        return f"said an object without the key `state`{answer}"
    if value["state"] not in STATE_NAMES:
        known = ", ".join(STATE_NAMES)
        return f"said the state {value['state']!r:.60}; there are {known}"
    try:
        state = _STATES.validate_python(dict(value))
    except ValidationError as error:
        return f"said a state that cannot be read: {first_problem(error)}"
    if state.check not in (None, check):
        return f"spoke of another life than {check!r}: {state.check!r:.60}"
    return state


def state_schema() -> dict[str, Any]:
    """The JSON Schema of a state."""
    return _STATES.json_schema()
