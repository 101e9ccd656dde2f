"""What scenarios cover, by documented error, stage, cause, dialect and security mode. Pure.

Each cause at each stage where it may occur is a row, also one that no scenario shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from fakeservers.security import Security
from harness.classify.documented import documented_error
from harness.scenario.catalogue import checked
from harness.scenario.model import Scenario
from harness.taxonomy import CAUSES, DOCUMENTED_ERRORS, Cause, DocumentedError, Stage, protocol_of
from harness.taxonomy.causes import REASONS
from harness.taxonomy.stages import STAGES

MODES: tuple[Security, ...] = get_args(Security)


@dataclass(frozen=True)
class Row:
    """The cases of one cause at one stage that reproduce one documented error."""

    error: DocumentedError
    stage: Stage
    cause: Cause
    modes: Mapping[Security, int]
    """How many cases there are by security mode: what the customer typed for the protocol."""
    dialects: tuple[str, ...]
    reason: str | None
    """Why there is no case, where none can be had."""

    @property
    def cases(self) -> int:
        return sum(self.modes.values())


@dataclass(frozen=True)
class CoveredCase:
    """What the table knows of one scenario."""

    error: DocumentedError
    stage: Stage
    cause: Cause
    mode: Security
    dialect: str


def coverage(scenarios: Sequence[Scenario]) -> list[Row]:
    """All rows, in the order of the documented errors, the stages and the causes. Lives count only
    where there is nothing else: what fails in them is there already."""
    faults = [fault for scenario in checked(scenarios) if (fault := fault_of(scenario))]
    shown = {(fault.stage, fault.cause) for fault in faults}
    keys = {(fault.error, fault.stage, fault.cause) for fault in faults}
    keys |= {
        (_error(stage, cause), stage, cause)
        for cause, info in CAUSES.items()
        for stage in info.stages
        if (stage, cause) not in shown
    }
    return [_row(key, faults) for key in sorted(keys, key=_place)]


def fault_of(scenario: Scenario) -> CoveredCase | None:
    """Where the fault of a scenario shows; None for a mailbox that works."""
    if scenario.reproduces == "connected" or scenario.stage is None or scenario.cause is None:
        return None
    typed = scenario.facts.typed(protocol_of(scenario.stage))
    return CoveredCase(
        scenario.reproduces,
        scenario.stage,
        scenario.cause,
        typed.security,
        typed.service.dialect or scenario.dialect,
    )


def _row(key: tuple[DocumentedError, Stage, Cause], faults: Iterable[CoveredCase]) -> Row:
    found = [fault for fault in faults if (fault.error, fault.stage, fault.cause) == key]
    counts = Counter(fault.mode for fault in found)
    return Row(
        *key,
        modes={mode: counts[mode] for mode in MODES},
        dialects=tuple(sorted({fault.dialect for fault in found})),
        reason=None if found else REASONS.get((key[2], key[1])),
    )


def _place(key: tuple[DocumentedError, Stage, Cause]) -> tuple[int, int, int]:
    error, stage, cause = key
    errors, stages, causes = list(DOCUMENTED_ERRORS), list(STAGES), list(CAUSES)
    return errors.index(error), stages.index(stage), causes.index(cause)


def _error(stage: Stage, cause: Cause) -> DocumentedError:
    return documented_error(stage, cause, temporary=bool(CAUSES[cause].retry), answered=False)
