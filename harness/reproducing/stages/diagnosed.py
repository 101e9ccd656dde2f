"""What the classification says of what was observed at a stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fakeservers.files.patterns import kept_regex
from harness.classify import classify
from harness.classify.observation import Observation, ObservedKind
from harness.contract.diagnosis import Diagnosis
from harness.reproducing.dialogue import Ending
from harness.taxonomy import Stage
from harness.taxonomy.stages import LOGIN

KINDS_OF_ENDINGS: Final[dict[Ending, ObservedKind]] = {
    "closed": "eof",
    "reset": "reset",
    "timeout": "timeout",
}
_WITHOUT_CODE: Final = kept_regex(r"[45]\.\d{1,3}\.\d{1,3} ")


def diagnose(
    stage: Stage, lines: Sequence[str], ended: Ending | None, by_token: bool = False
) -> Diagnosis:
    """What the classification says of it."""
    kind = "reply" if lines or ended is None else KINDS_OF_ENDINGS[ended]
    said = (_with_code(line) if stage.startswith("smtp") else line for line in lines)
    heard = tuple(line.encode("utf-8", "replace") for line in said)
    return classify(Observation(stage, kind, heard, by_token=by_token and stage in LOGIN))


def _with_code(line: str) -> str:
    """A reply whose code the client keeps to itself, with one that says as much as is known."""
    if not _WITHOUT_CODE.match(line):
        return line
    of_class = {"4": "451", "5": "503" if line[2] == "5" else "554"}
    return f"{of_class[line[0]]} {line}"
