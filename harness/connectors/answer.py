"""Reading what a connector returned: a diagnosis, or why it is none."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from harness.diagnosis import Diagnosis
from harness.verdict import Answer, NoAnswer


def read_answer(returned: object) -> Answer:
    """A `Diagnosis` as it is, or a mapping with at least `error`; keys not ours are ignored."""
    if isinstance(returned, Diagnosis):
        return returned
    if not isinstance(returned, Mapping):
        kind = "nothing" if returned is None else f"a value of type {type(returned).__name__}"
        return NoAnswer("unclear", f"returned {kind}; expected a Diagnosis or a dict with `error`")
    if "error" not in returned:
        return NoAnswer("unclear", "returned a dict without the key `error`")
    known = {key: value for key, value in returned.items() if key in Diagnosis.model_fields}
    try:
        return Diagnosis.model_validate(known)
    except ValidationError as error:
        return NoAnswer("unclear", f"returned a diagnosis that cannot be read: {_first(error)}")


def _first(error: ValidationError) -> str:
    details = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in details["loc"])
    problem = "no such word" if details["type"] == "literal_error" else details["msg"]
    return f"{key} = {details['input']!r:.80}: {problem:.200}"
