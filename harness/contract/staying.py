"""What is said between badinbox and a connector that stays connected: states one way, orders the
other, an object of JSON each.

The format is that of the settings and of answers, and versioned with them. `badinbox schema state`
and `badinbox schema order` print the schemas.
"""

import contextlib
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from harness.contract.answer import FORMAT, ServiceReport, first_problem
from harness.contract.settings import ConnectionSettings

FASTEST: Final = 0.2
SLOWEST: Final = 60.0
"""How many times slower than usual lives may go, at least and at most."""
Slower = Annotated[float, Field(ge=FASTEST, le=SLOWEST)]


def slower(typed: str) -> float:
    """The factor that somebody typed. Raises ValueError, with what was expected."""
    with contextlib.suppress(ValueError):
        if FASTEST <= float(typed) <= SLOWEST:
            return float(typed)
    raise ValueError(f"{typed!r} is not a number from {FASTEST:g} to {SLOWEST:g}")


MOST_STATES: Final = 10_000
"""How many states one connector may write in one life; more are no report, but a flood."""
MOST_STATE_BYTES: Final = 64 * 1024 * 1024
"""How long all of them may be together."""


class Pace(BaseModel):
    """How fast a life goes, in seconds. A connector honours it where it can; who cannot is run at a
    slower pace (`--pace`), which makes every window longer by the same factor."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    poll_s: float = Field(
        default=0.5,
        gt=0,
        description="how long it waits from one look for mail to the next, where it does not IDLE",
    )
    idle_s: float = Field(
        default=2.0,
        gt=0,
        description="after how long IDLE is ended and begun anew; RFC 2177 has 29 minutes",
    )
    retry_first_s: float = Field(
        default=0.25,
        gt=0,
        description="the shortest wait before it tries again after a failure",
    )
    retry_longest_s: float = Field(
        default=2.0, gt=0, description="what its waits grow to, while it keeps failing"
    )

    def slower(self, factor: float) -> Self:
        """The same, by a factor."""
        return type(self)(**{name: value * factor for name, value in self.model_dump().items()})


def _named(schema: dict[str, Any]) -> None:
    """Who writes JSON has to say which state it is; Python knows by the class."""
    schema["required"] = ["state", *schema.get("required", [])]
    schema["properties"]["state"]["description"] = "which state it is"


class _Said(BaseModel):
    """What every state may have."""

    model_config = ConfigDict(
        frozen=True, extra="allow", json_schema_extra=_named, defer_build=True
    )

    version: Literal[1] = Field(default=FORMAT, description="the version of this format")
    check: str | None = Field(
        default=None, description="the `check` of the settings, given back: which life it is about"
    )


class Connected(_Said):
    """It is connected, as far as it knows."""

    state: Literal["connected"] = "connected"


class Failing(_Said, ServiceReport):
    """It is not connected, and why: as in an answer to a check."""

    state: Literal["failing"] = "failing"
    error: str = Field(
        min_length=1,
        description="the id of a documented error, `server-words` (it claims nothing, and shows "
        "what the server said), or a code of its own, which a mapping translates",
    )
    retry_at_s: float | None = Field(
        default=None,
        ge=0,
        allow_inf_nan=False,
        description="in how many seconds from now it tries again; left out: not by itself",
    )

    @field_validator("error")
    @classmethod
    def _an_error(cls, error: str) -> str:
        if error == "connected":
            raise ValueError("expected an error, as it fails")
        return error


class MessageSeen(_Said):
    """It has taken in a message that was not there before."""

    state: Literal["message"] = "message"
    message_id: str = Field(
        min_length=1,
        description="the `Message-ID` of the message, with its brackets (RFC 5322, 3.6.4)",
    )


class MessageSent(_Said):
    """It has sent the message that it was told to send."""

    state: Literal["sent"] = "sent"
    message_id: str = Field(min_length=1, description="that of the order")


class Stopped(_Said):
    """It has given up, or has done what it was told: it ends."""

    state: Literal["stopped"] = "stopped"


State = Annotated[
    Connected | Failing | MessageSeen | MessageSent | Stopped, Field(discriminator="state")
]
SayState = Callable[[State], None]
"""How a connector of ours says a state."""
_STATES: Final[TypeAdapter[State]] = TypeAdapter(State, config=ConfigDict(defer_build=True))
STATE_NAMES: Final = ("connected", "failing", "message", "sent", "stopped")


class ToSend(BaseModel):
    """A message that somebody writes in the product: it goes out by SMTP."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    to: str = Field(description="the address that it goes to")
    message_id: str = Field(description="its `Message-ID` is to be this, brackets included")
    subject: str = Field(default="badinbox", description="its `Subject`")
    text: str = Field(default="A reply.", description="its body, plain text")


class Order(BaseModel):
    """What a connector is told while it stays; one key each."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    check: str | None = Field(
        default=None, description="the `check` of the settings: which life it is about"
    )
    settings: ConnectionSettings | None = Field(
        default=None, description="typed anew by the customer: from now on these hold"
    )
    send: ToSend | None = Field(
        default=None, description="to be sent now, by SMTP; then say `sent` with its `message_id`"
    )
    stop: Literal[True] | None = Field(default=None, description="end, and say `stopped`")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.settings, self.send, self.stop)) != 1:
            raise ValueError("expected one of settings, send and stop")
        return self

    def line(self) -> bytes:
        """One line of JSON."""
        return self.model_dump_json(exclude_none=True).encode() + b"\n"


def read_state(value: object, check: str) -> State | str:
    """The state that a value of JSON is; a text: why it is none. Never raises."""
    if not isinstance(value, Mapping):
        return f"said what is no object with `state`: {value!r:.60}"
    if "state" not in value:
        of_a_check = "; one with `error` answers a check, and does not stay"
        return f"said an object without the key `state`{of_a_check if 'error' in value else ''}"
    if value["state"] not in STATE_NAMES:
        known = ", ".join(STATE_NAMES)
        return f"said a state that does not exist: {value['state']!r:.60}; there are {known}"
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


def order_schema() -> dict[str, Any]:
    """The JSON Schema of an order: one of three keys, as pydantic does not say by itself."""
    one = [{"required": [key]} for key in ("settings", "send", "stop")]
    return {**Order.model_json_schema(), "oneOf": one}
