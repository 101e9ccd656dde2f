"""What `badinbox reproduce` found, as data."""

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from fakeservers.dialects.template import with_single_braces
from fakeservers.files.patterns import kept_regex
from harness.contract.diagnosis import Confidence, Diagnosis
from harness.reproducing.failure import Failure
from harness.reproducing.material import Material
from harness.reproducing.nearest import Near
from harness.reproducing.placeholders import Ours, with_placeholders
from harness.taxonomy import Advice, Cause, DocumentedError, Owner, Stage

MOST_NEAR = 3


class NearScenario(BaseModel):
    """A scenario of the catalogue, and in which respects it is near."""

    model_config = ConfigDict(extra="forbid")

    id: str
    """Of the scenario."""
    reasons: list[str]
    """What it has in common with the failure."""


class Reproduced(BaseModel):
    """A failure that a ticket tells of. What is `null` is not told.

    - ``error``: the documented error. ``stage``, ``cause``: where and why.
    - ``ask_password``: may the customer be asked for the password again. ``retryable``: may it
      succeed later unchanged. ``owner``: who can most likely cure it.
    - ``confidence``: what the cause was read from. ``candidates``: what else it may be.
    - ``reply``: the server's lines, with placeholders for what is personal. ``line``: where the
      first of them stands, from 1. ``ended``: how the connection ended then.
    - ``taken_over``: what the scenario has of the ticket. ``assumed``: what the ticket does not
      tell, and what was taken for it.
    - ``advice``: what the documented error advises, in its order.
    - ``nearest``: scenarios of the catalogue. ``scenario``: the file that was written.
    """

    model_config = ConfigDict(extra="forbid")

    error: DocumentedError
    stage: Stage | None
    cause: Cause | None
    ask_password: bool
    retryable: bool
    owner: Owner | None
    exact: bool
    """Whether the article's text covers this case word for word."""
    confidence: Confidence | None
    candidates: list[Cause]
    reply: list[str] | None
    line: int | None
    ended: str | None
    taken_over: list[str] = []
    assumed: list[str]
    advice: list[Advice]
    nearest: list[NearScenario] = Field(max_length=MOST_NEAR)
    scenario: str | None = None


def reproduced(
    diagnosis: Diagnosis,
    near: Sequence[Near],
    failure: Failure | None = None,
    ours: Ours | None = None,
    material: Material | None = None,
) -> Reproduced:
    """What is known. `failure`: of the log that `material` is; without one, only a title is."""
    kept = set(Reproduced.model_fields) & set(Diagnosis.model_fields)
    lines = list(failure.lines) if failure and not failure.inferred else []
    return Reproduced.model_validate(
        {
            **diagnosis.model_dump(include=kept),
            "candidates": [each for each in diagnosis.candidates if each != diagnosis.cause],
            "reply": [_read(line, ours or Ours()) for line in lines] or None,
            "line": line_of(lines[0], material) if lines and material else None,
            "ended": failure.ended if failure else None,
            "assumed": list(failure.notes) if failure else [],
            "nearest": [
                NearScenario(id=each.scenario.id, reasons=list(each.reasons))
                for each in near[:MOST_NEAR]
            ],
        }
    )


def _read(line: str, ours: Ours) -> str:
    return with_single_braces(with_placeholders(line, ours))


def line_of(reply: str, material: Material) -> int | None:
    """Where a reply stands for the last time in the log, from 1; None: not on a line as it is."""
    lines = material.text.split("\n")
    for words in (reply, _UNTAGGED.sub("", reply)):  # a client may keep the rest to itself
        last = next((n for n in range(len(lines), 0, -1) if words in lines[n - 1]), None)
        if last:
            return material.lines_before + last
    return None


_UNTAGGED: Final = kept_regex(r"^(?:\S+ (?:NO|BAD|BYE) |\{tag\} )")
