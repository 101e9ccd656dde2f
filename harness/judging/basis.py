"""All that the verdict on one check rests on, as data that a file can hold: so that a recorded run
can be judged again, by another mapping, another policy or a later version, without being run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from functools import cache, partial
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError

from fakeservers.evidence import AcceptedMessage, LoginAttempt, TokenRequest
from fakeservers.wire.transcript import Step, Transcript
from harness.contract.answer import Answer, NoAnswer, Output, Report, Reported, first_problem
from harness.contract.diagnosis import Diagnosis
from harness.contract.masking import Masking
from harness.judging.evidence import CheckEvidence
from harness.judging.expectation import Expectation
from harness.judging.own_words import OWN_WORDS
from harness.texts import render

Hide = Callable[[str], str]
"""Masks the secrets in a text."""
_THEIRS: Final = frozenset({"sender", "recipients", "message_id", "username"})
"""What a client says, of what a mailbox saw. So are the commands and mechanisms that are none."""

_IDS: Final = frozenset(Diagnosis.model_fields) - {"text", "evidence", "message_id"}
"""The keys of a report at which our ids may stand."""

LONGEST_RAW: Final = 20_000
"""Characters of a connector's `raw` that are kept, of each text in it."""
_NOT_KEPT: Final = ("on_entry", "on_end", "output", "private")
_WRAPPED: Final = {"report": Reported, "none": NoAnswer, "diagnosis": Diagnosis}


@dataclass(frozen=True)
class Basis:
    """What was expected, what was answered, and what was seen."""

    expected: Expectation
    answer: Answer
    saw: CheckEvidence

    def as_data(self, hidden: Masking) -> dict[str, Any]:
        """What JSON can hold: defaults are left out, clocks begin with the first connection, and
        secrets are masked where servers, clients and connectors speak."""
        return {
            "expected": _plain(self.expected, _as_it_is),
            "answer": _answered(self.answer, hidden),
            "saw": _seen(self.saw, hidden),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Basis:
        """The reverse. Raises ValueError where it is not what `as_data` gave."""
        try:
            expected = TypeAdapter(Expectation).validate_python(data["expected"])
            return cls(expected, _answer(data["answer"]), _evidence(data["saw"]))
        except ValidationError as error:
            raise ValueError(first_problem(error)) from None
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from None


def _as_it_is(text: str) -> str:
    return text


def _answered(answer: Answer, hidden: Masking) -> dict[str, Any]:
    if isinstance(answer, Reported):
        return {"report": _report(_plain(answer.report, _as_it_is), hidden)}
    if isinstance(answer, NoAnswer):
        return {"none": _plain(replace(answer, why=hidden.reason(answer.why)), _as_it_is)}
    shown = hidden.diagnosis(answer, render(answer), OWN_WORDS)
    return {"diagnosis": _plain(shown, _as_it_is)}


def _report(data: Mapping[str, Any], hidden: Masking) -> dict[str, Any]:
    """What a connector reports: its keys and ids are ours, where it uses them, all else is its."""
    shown = {}
    for key, value in data.items():
        if key == "results":
            shown[key] = {name: _report(part, hidden) for name, part in value.items()}
            continue
        hide = partial(hidden.word, own_words=OWN_WORDS) if key in _IDS else hidden.text
        own = key in Report.model_fields or key in _IDS
        shown[key if own else hidden.text(key)] = _plain(value, hide)
    return shown


def _seen(saw: CheckEvidence, hidden: Masking) -> Any:
    """Names of services, rules and the like are ours."""
    data = _plain(_from_zero(saw), _as_it_is)
    for told in (*data.get("logins", ()), *data.get("messages", ())):
        theirs = {key: told[key] for key in _THEIRS & told.keys()}
        told |= _plain(theirs, hidden.text)
    steps = []
    for connection, told in zip(saw.connections, data.get("connections", ()), strict=False):
        steps += told.get("steps", ())
        for step in told.get("steps", ()):
            if "said" in step:
                step["said"] = hidden.text(connection.masked(step["said"]), wire=True)
    for told in (*steps, *data.get("logins", ())):
        for key in {"command", "mechanism"} & told.keys():
            told[key] = hidden.word(told[key], OWN_WORDS)
    if "harness_faults" in data:
        data["harness_faults"] = [hidden.reason(each) for each in data["harness_faults"]]
    return data


def _plain(value: Any, hide: Hide) -> Any:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str):
        return hide(value[:LONGEST_RAW])
    if isinstance(value, bytes | bytearray):
        return hide(value.decode(errors="backslashreplace"))
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, list | tuple):
        return [_plain(each, hide) for each in value]
    if is_dataclass(value):
        kind: Any = type(value)
        named = [(key, getattr(value, key), default) for key, default in _kept(kind)]
        return {key: _plain(it, hide) for key, it, default in named if it != default}
    if isinstance(value, BaseModel):
        return _plain(value.model_dump(mode="json", exclude_defaults=True), hide)
    if isinstance(value, Mapping):
        return {hide(str(key)): _plain(it, hide) for key, it in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(_plain(each, hide) for each in value)
    return value


@cache
def _kept(kind: Any) -> list[tuple[str, Any]]:
    """Which fields of a dataclass are kept, each with its default."""
    return [
        (each.name, _default(each))
        for each in fields(kind)
        if not each.name.startswith("_") and each.name not in _NOT_KEPT
    ]


def _default(field: Any) -> Any:
    if field.name.endswith("_s") and field.default is MISSING:
        return None  # a clock
    return field.default if field.default_factory is MISSING else field.default_factory()


def _from_zero(saw: CheckEvidence) -> CheckEvidence:
    """With clocks that begin with the first connection."""
    zero = min((each.began_s for each in saw.connections), default=saw.until_s)
    connections = tuple(
        replace(
            each,
            began_s=each.began_s - zero,
            ended_s=None if each.ended_s is None else each.ended_s - zero,
        )
        for each in saw.connections
    )
    return replace(
        saw,
        connections=connections,
        logins=tuple(replace(each, at_s=each.at_s - zero) for each in saw.logins),
        token_requests=tuple(replace(each, at_s=each.at_s - zero) for each in saw.token_requests),
        until_s=saw.until_s - zero,
    )


def _answer(data: Mapping[str, Any]) -> Answer:
    [(kind, said)] = data.items()
    if kind == "report":
        return Reported(Report.model_validate(said), Output())
    return NoAnswer(**said) if kind == "none" else Diagnosis.model_validate(said)


def _evidence(data: Mapping[str, Any]) -> CheckEvidence:
    parts = {
        "connections": tuple(map(_connection, data.get("connections", ()))),
        "logins": TypeAdapter(tuple[LoginAttempt, ...]).validate_python(data.get("logins", ())),
        "token_requests": TypeAdapter(tuple[TokenRequest, ...]).validate_python(
            data.get("token_requests", ())
        ),
        "messages": TypeAdapter(tuple[AcceptedMessage, ...]).validate_python(
            data.get("messages", ())
        ),
        "fired": tuple(data.get("fired", ())),
        "harness_faults": tuple(data.get("harness_faults", ())),
        "left_open": frozenset(data.get("left_open", ())),
        "told_secrets": frozenset(data.get("told_secrets", ())),
        "lapses": frozenset(data.get("lapses", ())),
    }
    return CheckEvidence(**{**data, **parts})


def _connection(data: Mapping[str, Any]) -> Transcript:
    return Transcript(**{**data, "steps": [_step(each) for each in data.get("steps", ())]})


def _step(data: Mapping[str, Any]) -> Step:
    return Step(**{**data, "said": bytearray(data.get("said", ""), "utf-8")})
