"""What a connector is to the runner; and for those that speak JSON the settings as one line of it,
and an answer from the text of one object."""

import json
from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, Protocol, runtime_checkable

from pydantic import Field

from harness.contract.answer import FORMAT, Answer, NoAnswer, Output, Reported, read_report
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Pace

ENTRY_POINTS: Final = "badinbox.connectors"
"""The entry-point group in which other packages give names to their callables."""
LONGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes. What is longer is no answer."""
_SHOWN: Final = 60


class UnknownConnector(ValueError):
    """There is no such connector; the message says what was looked for and what went wrong."""


class Connector(Protocol):
    """Something that checks a mailbox. Checks may run concurrently, as many as there are jobs; more
    where `a_process_each` is true of it, and those before only wait."""

    async def start(self) -> None:
        """Get ready, once. Raises `UnknownConnector` when there is nothing to run."""
        ...

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        """Check the mailbox; after `deadline_s` seconds the answer is `timed-out`. Never raises."""
        ...

    async def close(self) -> None:
        """Stop whatever still runs. Idempotent."""
        ...


async def _nothing_held(output: Output) -> Output:
    return output


@dataclass(frozen=True)
class Asked:
    """An answer. Whoever gave it is not asked anything else until the check is `over`."""

    answer: Answer
    release: Callable[[Output], Awaitable[Output]] = field(default=_nothing_held, repr=False)
    """Given the output until now; what there is of it in the end. Called once."""

    async def over(self) -> Answer:
        """To be awaited once the mailbox of the check is gone, and with it the connections that
        were left open: the answer, and with it what the process did until it had settled."""
        if isinstance(self.answer, Reported | NoAnswer):
            output = await self.release(self.answer.output)
            return replace(self.answer, output=output)
        return self.answer


@runtime_checkable
class Holding(Protocol):
    """A connector with processes that serve several checks, one after the other."""

    async def ask(
        self, settings: ConnectionSettings, deadline_s: float, *, fresh: bool = False
    ) -> Asked:
        """As `Connector.check`, but the process is held. `fresh`: one that served no other."""
        ...


async def ask(
    connector: Connector, settings: ConnectionSettings, deadline_s: float, *, fresh: bool = False
) -> Asked:
    """Let a connector check a mailbox, of whichever kind it is."""
    if isinstance(connector, Holding):
        return await connector.ask(settings, deadline_s, fresh=fresh)
    return Asked(await connector.check(settings, deadline_s))


class Request(ConnectionSettings):
    """What a connector is given: what the customer typed, and what the product adds. The last three
    keys only where it is to stay connected."""

    version: Literal[1] = FORMAT
    """The version of this format."""
    check: str = Field(
        description="which check or life this is; an answer or state may give it back"
    )
    stay: Literal[True] | None = Field(
        default=None, description="stay connected, write states, read orders"
    )
    pace: Pace | None = Field(default=None, description="how fast the life goes")
    report_to: str | None = Field(
        default=None, description="behind HTTP: the address that states are to be sent to, by POST"
    )


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of the line that a connector is given."""
    return Request.model_json_schema(mode="serialization")


def request(settings: ConnectionSettings, check: str, **staying: object) -> bytes:
    """One line: the settings, and `check`, which an answer may give back. `staying`: what is added
    where it is to stay connected."""
    message = {"version": FORMAT, "check": check, **staying, **settings.model_dump(mode="json")}
    return json.dumps(message).encode() + b"\n"


def read_text(text: bytes, check: str, output: Output = Output()) -> Answer:  # noqa: B008
    """The answer that `text` is. Never raises, whatever the bytes are."""
    try:
        report = read_report(one_value(text))
    except ValueError as error:
        return NoAnswer("unclear", str(error), output)
    if isinstance(report, NoAnswer):
        return NoAnswer("unclear", report.why, output)
    if report.check not in (None, check):
        return NoAnswer(
            "unclear", f"answered another check than {check!r}: {report.check!r:.80}", output
        )
    return Reported(report, output)


def too_late(deadline_s: float, *, killed: bool = False) -> str:
    """Why there is no answer, and what is to be done of it."""
    end = "; it was killed" if killed else ""
    return f"no answer within {deadline_s:g} s{end}; raise --timeout where its own are longer"


def whole(text: bytes | bytearray) -> bool:
    """Whether this is one JSON object, to its end."""
    try:
        return text.rstrip().endswith(b"}") and isinstance(one_value(bytes(text)), dict)
    except ValueError:
        return False


def one_value(text: bytes, what: str = "its answer") -> object:
    """The one JSON value that this is. Raises ValueError, with `what` it is instead."""
    text = text.removeprefix(BOM_UTF8)  # as .NET writes it
    try:
        decoded = text.decode().strip()
    except UnicodeDecodeError as error:
        byte = f"byte {text[error.start]:#04x} at {error.start}"
        raise ValueError(f"{what} is not UTF-8: {byte}") from None
    if not decoded:
        raise ValueError("it answered nothing; expected one JSON object")
    try:
        return json.loads(decoded)
    except json.JSONDecodeError as error:
        why = f"is not JSON: {error.msg} at character {error.pos}: {_shown(decoded)}"
        if error.msg == "Extra data":
            why = f"has more than one JSON value: {_shown(decoded[error.pos :])}"
        raise ValueError(f"{what} {why}") from None
    except ValueError:  # sys.set_int_max_str_digits
        raise ValueError(f"{what} has a number of too many digits") from None
    except RecursionError:
        raise ValueError(f"{what} is too deeply nested") from None


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
