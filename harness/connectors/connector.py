"""What a connector is to the runner; and for those that speak JSON the settings as one line of it,
and an answer from the text of one object."""

from __future__ import annotations

import json
from typing import Any, Final, Literal, Protocol

from harness.contract.answer import FORMAT, Answer, NoAnswer, Output, Reported, read_report
from harness.contract.settings import ConnectionSettings

LONGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes. What is longer is no answer."""
_SHOWN: Final = 60


class UnknownConnector(ValueError):
    """There is no such connector; the message says what was looked for and what went wrong."""


class Connector(Protocol):
    """Something that checks a mailbox. Checks may run concurrently, as many as there are jobs."""

    async def start(self) -> None:
        """Get ready, once. Raises `UnknownConnector` when there is nothing to run."""
        ...

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        """Check the mailbox; after `deadline_s` seconds the answer is `timed-out`. Never raises."""
        ...

    async def close(self) -> None:
        """Stop whatever still runs. Idempotent."""
        ...


class Request(ConnectionSettings):
    """What a connector is given: what the customer typed, and what the product adds."""

    version: Literal[1] = FORMAT
    check: str
    """Which check this is; an answer may give it back."""


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of the line that a connector is given."""
    return Request.model_json_schema(mode="serialization")


def request(settings: ConnectionSettings, check: str) -> bytes:
    """One line: the settings, and `check`, which an answer may give back."""
    message = {"version": FORMAT, "check": check, **settings.model_dump(mode="json")}
    return json.dumps(message).encode() + b"\n"


def read_text(text: bytes, check: str, output: Output = Output()) -> Answer:  # noqa: B008
    """The answer that `text` is. Never raises, whatever the bytes are."""
    try:
        report = read_report(_one_value(text))
    except ValueError as error:
        return NoAnswer("unclear", str(error), output)
    if isinstance(report, NoAnswer):
        return NoAnswer("unclear", report.why, output)
    if report.check not in (None, check):
        return NoAnswer("unclear", f"answered check {report.check!r:.80}, not {check!r}", output)
    return Reported(report, output)


def _one_value(text: bytes) -> object:
    """The one JSON value that this is. Raises ValueError, with what it is instead."""
    try:
        decoded = text.decode().strip()
    except UnicodeDecodeError as error:
        byte = f"byte {text[error.start]:#04x} at {error.start}"
        raise ValueError(f"its answer is not UTF-8: {byte}") from None
    if not decoded:
        raise ValueError("it answered nothing; expected one JSON object")
    try:
        return json.loads(decoded)
    except json.JSONDecodeError as error:
        why = f"is not JSON: {error.msg} at character {error.pos}: {_shown(decoded)}"
        if error.msg == "Extra data":
            why = f"has more than one JSON value: {_shown(decoded[error.pos :])}"
        raise ValueError(f"its answer {why}") from None
    except ValueError:  # sys.set_int_max_str_digits
        raise ValueError("its answer has a number of too many digits") from None
    except RecursionError:
        raise ValueError("its answer is too deeply nested") from None


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
