"""What the runner tells while it runs: all that reports know.

A `ScenarioFinished` comes as soon as a scenario is done, in whatever order that happens;
`RunFinished` carries all results in the order of the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.contract.diagnosis import Diagnosis
from harness.judging.evidence import Phase
from harness.judging.verdict import Judgement
from harness.runner.records import ConnectionRecord
from harness.taxonomy import Advice, Cause, DocumentedError, Stage


@dataclass(frozen=True)
class Expected:
    """What a correct connector names."""

    error: DocumentedError
    """The documented error."""
    stage: Stage | None = None
    """Where the check fails."""
    cause: Cause | None = None
    """Why."""


@dataclass(frozen=True)
class Said:
    """A connector's own words: the code and the message of its answer, its library's error, and
    what its process left behind; `before`: why a process that had served other checks was not asked
    in vain, but a fresh one in its place. Secrets are masked."""

    error: str
    """The code of its answer."""
    message: str = ""
    """The message of its answer."""
    raw: str = ""
    """Its library's error."""
    exit_code: int | None = None
    """Of its process."""
    stderr: str = ""
    """What its process wrote there."""
    before: str = ""
    """Why a process that had served other checks was replaced by a fresh one."""


LifeEventKind = Literal["said", "step", "log-in", "connection", "message"]


@dataclass(frozen=True)
class LifeEvent:
    """Something in a life. `said`: a state of the connector. `step`: what became of the mailbox, or
    was expected. `log-in`: at the mailbox, and how it ended. Secrets are masked."""

    at_s: float
    """Seconds since the life began."""
    kind: LifeEventKind
    """What it is."""
    text: str
    """What happened, in words."""
    state: str = ""
    """Of `said`: which. Of `log-in`: how it ended. Of `step`: `done` where it has happened;
    where it was awaited or expected, `met`, `unmet`, or still `awaited`."""


@dataclass(frozen=True)
class CaseResult:
    """One check of one scenario, judged. `remedy` is `None` in the fault phase.

    `reproduces` is the scenario's documented error, in the remedy phase too, where `connected` is
    expected.
    """

    id: str
    reproduces: DocumentedError
    phase: Phase
    remedy: Advice | None
    expected: Expected
    diagnosis: Diagnosis | None
    judgement: Judgement
    said: Said | None = None
    """None for the built-in checker, which answers with a diagnosis."""
    fired: tuple[str, ...] = ()
    delivered: bool = False
    transcript: tuple[ConnectionRecord, ...] = field(default=(), repr=False)
    life: tuple[LifeEvent, ...] = field(default=(), repr=False)
    """Of a life: what happened, in order."""
    seconds: float = 0.0
    bad_input: bool = False
    """A `harness-error` that is not ours: what the scenario asks for, such as a port, is not to be
    had here."""

    accepted: str = ""
    """Why a baseline accepts that it did not pass."""
    basis: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    """What the verdict rests on, to judge it again: see `harness.judging.basis`. None where there
    was no check, or nobody wants it."""

    @property
    def passed(self) -> bool:
        return self.judgement.verdict == "passed"

    @property
    def applies(self) -> bool:
        """Whether it was asked of the connector at all."""
        return self.judgement.verdict != "not-applicable"

    @property
    def failed(self) -> bool:
        """It did not pass though it applies, and nobody has accepted that."""
        return self.applies and not self.passed and not self.accepted


@dataclass(frozen=True)
class RunStarted:
    """`ids`: the scenarios to be run, in the order of the catalogue."""

    ids: tuple[str, ...]
    jobs: int


@dataclass(frozen=True)
class ScenarioStarted:
    id: str


@dataclass(frozen=True)
class ScenarioFinished:
    """`results`: the fault phase first, then one for each remedy."""

    id: str
    results: tuple[CaseResult, ...]


@dataclass(frozen=True)
class RunFinished:
    """`results`: in the order of the catalogue, whatever the order of completion. `planned`: how
    many scenarios were to be run, where that is known. `interrupted`: somebody ended it. `unfit`:
    the connector connects no mailbox that works, and the only result is of that."""

    results: tuple[CaseResult, ...]
    seconds: float
    planned: int | None = None
    interrupted: bool = False
    unfit: bool = False

    @property
    def missing(self) -> str:
        """How many scenarios there are results of, where that is not all; else empty."""
        incomplete = self.planned is not None and self.done < self.planned
        return f"{self.done} of {self.planned} scenarios" if incomplete else ""

    @property
    def done(self) -> int:
        """Of how many scenarios there are results."""
        return len({result.id for result in self.results})


RunEvent = RunStarted | ScenarioStarted | ScenarioFinished | RunFinished
