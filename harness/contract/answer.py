"""What a connector says, in the format that any language can write; and why it said nothing.

An answer is a JSON object with at least `error`. The format is versioned: what is added later is
optional, what changes its meaning gets a new version. `badinbox schema answer` prints the schema.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.contract.diagnosis import Diagnosis
from harness.taxonomy import Protocol

ONE_CHECK: Final = "is it made for one check? Then leave `jsonl:` out"
"""How the reason ends where a process was to answer line after line, and was not made for that."""
FORMAT: Final = 1
"""The version of the settings and of the answer, as both carry it."""


class ServiceReport(BaseModel):
    """What a connector says of one service, or of the whole mailbox, before any mapping.

    All that a `Diagnosis` has may be given besides; keys that are not ours are kept and ignored.
    """

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    error: str = Field(
        min_length=1,
        description="the id of a documented error, `connected`, `server-words` (it claims nothing, "
        "and shows what the server said), or a code of its own, which a mapping translates",
    )
    stage: str | None = Field(default=None, description="where it failed, such as `imap-login`")
    cause: str | None = Field(default=None, description="the finer reason")
    message: str | None = Field(default=None, description="what the connector tells its user")
    ask_password: bool | None = Field(
        default=None, description="whether it asks its user for the password again"
    )
    raw: Any = Field(default=None, description="the error as the connector's library gave it")


def _error_or_results(schema: dict[str, Any]) -> None:
    schema["required"].remove("error")
    schema["anyOf"] = [{"required": ["error"]}, {"required": ["results"]}]


class Report(ServiceReport):
    """A connector's answer as it gave it."""

    model_config = ConfigDict(json_schema_extra=_error_or_results)

    version: Literal[1] = Field(default=FORMAT, description="the version of this format")
    check: str | None = Field(
        default=None, description="the `check` of the settings, given back: which one is answered"
    )
    results: dict[Protocol, ServiceReport] = Field(
        default={},
        description="of a connector that gives two results at once: what it says of each service "
        "that it tried. `error` may be left out then",
    )

    @model_validator(mode="before")
    @classmethod
    def _of_the_whole(cls, value: Any) -> Any:
        """Where there are only results, the first failure is said of the whole."""
        if not isinstance(value, Mapping) or "error" in value:
            return value
        results = value.get("results")
        parts = results.values() if isinstance(results, Mapping) else ()
        errors = [part.get("error") for part in parts if isinstance(part, Mapping)]
        failed = next((error for error in errors if error not in ("connected", None)), "connected")
        return {**value, "error": failed} if errors else value


_ERROR_LINE: Final = re.compile(
    r"(?:Uncaught |Unhandled |Caused by: |PHP |\[?UnhandledPromiseRejection)"
    r"|(?:Exception in thread |panic: |thread '.*' panicked|fatal error: |Fatal error: )"
    r"|(?:[\w.:$]*(?:Error|Exception|Failure|Exit|Interrupt)\b(?: \[\w+\])?(?::|$))"
    r"|\S+:\d+:in .*\([\w:]*(?:Error|Exception)\)"
)
"""How runtimes begin the line that names an uncaught error: Node.js, Java, Python, PHP, Go, Rust,
and, after file and line, Ruby."""


def tells_error(line: str) -> bool:
    """Whether a line of standard error names the error that a process died of."""
    return _ERROR_LINE.match(line) is not None


Lapse = Literal["died-afterwards", "did-not-end"]
"""What a process did wrong that no mailbox can see: it died of what the check had left behind; it
answered, and did not end."""


@dataclass(frozen=True)
class Output:
    """What a connector's process left behind: its exit code, where it ended, and what it printed on
    its standard error. `before`: why another process was asked before it, and did not answer."""

    exit_code: int | None = None
    stderr: str = ""
    lapses: frozenset[Lapse] = frozenset()
    before: str = ""

    @property
    def decisive(self) -> str:
        """The line that says what went wrong, where one does; else the last."""
        lines = self.stderr.splitlines()
        telling = [line for line in lines if tells_error(line)]
        # Python tells what was raised in the end last, after what it came of; others first.
        last = "Traceback (most recent call last):" in lines
        return (telling[-1 if last else 0] if telling else lines[-1] if lines else "").strip()


@dataclass(frozen=True)
class Reported:
    """An answer that could be read."""

    report: Report
    output: Output = field(default=Output(), repr=False)


@dataclass(frozen=True)
class NoAnswer:
    """Why a connector gave no answer, or none that can be read."""

    verdict: Literal["crashed", "timed-out", "unclear"]
    why: str
    output: Output = field(default=Output(), compare=False, repr=False)
    suspect: bool = field(default=False, compare=False)
    """Whoever was asked had served other checks, and may have died of what they left behind: a
    fresh one has to be asked."""


Answer = Diagnosis | Reported | NoAnswer
"""A connector written against this package may answer with a whole diagnosis."""


def read_report(value: object) -> Report | NoAnswer:
    """An answer from what JSON, or a Python callable, gave: a mapping with at least `error`."""
    if not isinstance(value, Mapping):
        kind = "nothing" if value is None else f"a value of type {type(value).__name__}"
        return NoAnswer("unclear", f"answered {kind}; expected an object with `error`")
    if "error" not in value and not value.get("results"):
        return NoAnswer("unclear", "answered an object without the key `error`")
    try:
        return Report.model_validate(dict(value))
    except ValidationError as error:
        return NoAnswer("unclear", f"its answer cannot be read: {first_problem(error)}")


def first_problem(error: ValidationError) -> str:
    """The first thing that is wrong with an answer, in one line."""
    details = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in details["loc"])
    problem = "no such word" if details["type"] == "literal_error" else details["msg"]
    return f"{key} = {details['input']!r:.80}: {problem:.200}"
