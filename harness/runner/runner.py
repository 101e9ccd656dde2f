"""Runs a connector against scenarios: each in its fault phase, then once for every remedy."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import Self

from fakeservers.actions.delay import Delay
from fakeservers.wire.listeners import PortUnavailable
from harness.connectors import Connector, connector_named
from harness.connectors.inprocess import InProcess
from harness.connectors.staying import Staying
from harness.contract.capabilities import Capabilities
from harness.contract.masking import masking
from harness.judging.applicability import inapplicable
from harness.judging.evidence import CheckEvidence, Phase
from harness.judging.expectation import expects_timeout
from harness.judging.interpret import Meanings
from harness.judging.policy import USUAL, Policy
from harness.judging.verdict import Judgement
from harness.runner.events import (
    CaseResult,
    Expected,
    RunEvent,
    RunFinished,
    RunStarted,
    ScenarioFinished,
    ScenarioStarted,
)
from harness.runner.limits import bearable, crowded
from harness.runner.machine import irreproducible
from harness.runner.outcome import Terms, outcome, secrets_of
from harness.runner.trial import TOO_BUSY, checked_in, run_trial
from harness.runner.workers import Died, Phases, RunCase, Workers
from harness.scenario.model import Remedy, Scenario

DEFAULT_JOBS = 16
DEFAULT_TIMEOUT_S = 120.0
"""Above what common libraries wait for by themselves: 60 s (net/smtp), 90 s (imapflow)."""
LONG_S = 1.0
"""Who is not done after so long, while there are cores to spare, waits, and something else may be
run besides."""
LIFE_S = 30.0
"""A life takes longer than any check."""
MOST_WAITING = 3
"""How many may wait so for each job, where each check has a process of its own."""


class Runner:
    """Runs scenarios with one connector, up to `jobs` at a time, or as many as this machine bears:
    `jobs` has how many, `fewer_jobs` why.

    `connector`: one that was made already, or its name (see `connector_named`). `timeout_s`: how
    long a check may take. `meanings`: what the connector's own codes mean. `does`: what it does;
    the rest is not asked of it, nor, left out, tokens of any but the built-in one. `policy`: what
    its violations matter. `keeps_basis`: whether results have what they rest on, so that they can
    be judged again. `pace`: how many times slower than usual lives go. `workers`: where `run` has
    its scenarios run with a connector that was named, instead of in this process. Verdicts and the
    order of results depend neither on `jobs` nor on `workers`. Entering raises `UnknownConnector`
    where there is none of that name.

    >>> import asyncio, badinbox
    >>> async def verdict():
    ...     [scenario] = badinbox.load_scenarios("connected/working[implicit-tls]")
    ...     async with badinbox.Runner("builtin") as runner:
    ...         [result] = await runner.run_case(scenario)
    ...     assert isinstance(result, badinbox.CaseResult)
    ...     return result.judgement.verdict
    >>> asyncio.run(verdict())
    'passed'
    """

    def __init__(
        self,
        connector: Connector | str = "builtin",
        *,
        jobs: int = DEFAULT_JOBS,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        meanings: Meanings | None = None,
        does: Capabilities | None = None,
        policy: Policy = USUAL,
        keeps_basis: bool = True,
        pace: float = 1.0,
        workers: Workers | None = None,
    ) -> None:
        self._name = connector if isinstance(connector, str) else ""
        self._connector = connector_named(connector) if isinstance(connector, str) else connector
        self._workers = workers
        overlaps = jobs > 1 and getattr(self._connector, "a_process_each", False)
        in_process = isinstance(self._connector, InProcess)
        waiting = MOST_WAITING * jobs if overlaps else 0
        borne = bearable(jobs, waiting, in_process=in_process)
        self.jobs, self.fewer_jobs = borne.jobs, borne.fewer
        self._spare = min(MOST_WAITING * borne.jobs, borne.room - borne.jobs)
        self._overlaps = overlaps
        self._timeout_s = timeout_s
        own: Capabilities = getattr(self._connector, "does", Capabilities())
        self.terms = Terms(meanings, does.over(own) if does else own, policy, keeps_basis, pace)

    async def __aenter__(self) -> Self:
        try:
            await self._connector.start()
        except BaseException:
            await self._connector.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._connector.close()

    async def run_case(self, scenario: Scenario, phase: Phases = "both") -> list[CaseResult]:
        """The results of one scenario: the fault phase, then its remedies in order.

        A bug of ours is a result too, `harness-error`; only cancellation is raised.
        """
        return [await self._trial(scenario, remedy) for remedy in checks_of(scenario, phase)]

    async def run(
        self, scenarios: Sequence[Scenario], phase: Phases = "both", *, stop_early: bool = False
    ) -> AsyncGenerator[RunEvent, None]:
        """Run them all. With `stop_early` the results end with the first scenario, in the order
        given, that did not pass. Those of which nothing is run in this phase are left out."""
        began = time.monotonic()
        scenarios = [each for each in scenarios if checks_of(each, phase)]
        yield RunStarted(tuple(scenario.id for scenario in scenarios), self.jobs)
        if self._workers:
            self._workers.begin(
                partial(serving, self._name, self.jobs, self._timeout_s, self.terms)
            )
        agenda = Agenda(scenarios, stop_early)
        told: asyncio.Queue[RunEvent | None] = asyncio.Queue()
        lives = sum(scenario.life is not None for scenario in scenarios)
        waiting = len(scenarios) if self._overlaps else lives
        slots = Slots(self.jobs, min(self._spare, waiting))
        working = [
            asyncio.create_task(self._work(agenda, phase, told, slots))
            for _ in range(min(self.jobs + slots.spare, len(scenarios)))
        ]
        try:
            left = len(working)
            while left:
                event = await told.get()
                if event is None:
                    left -= 1
                else:
                    yield event
            await asyncio.gather(*working)
            for place, scenario in agenda.postponed:  # each alone, with nothing beside it
                results = tuple(await self._run_somewhere(scenario, phase))
                agenda.done(place, results)
                yield ScenarioFinished(scenario.id, results)
        finally:
            agenda.close()
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
        seconds = time.monotonic() - began
        yield RunFinished(agenda.results(), seconds, planned=len(scenarios))

    async def _work(
        self,
        agenda: Agenda,
        phase: Phases,
        told: asyncio.Queue[RunEvent | None],
        slots: Slots,
    ) -> None:
        try:
            while True:
                async with slots.taken() as slot:
                    if (following := agenda.next()) is None:
                        break
                    place, scenario = following
                    slot.lends = self._overlaps or scenario.life is not None
                    told.put_nowait(ScenarioStarted(scenario.id))
                    results = tuple(await self._run_somewhere(scenario, phase))
                    if any(each.judgement == TOO_BUSY for each in results):
                        agenda.postponed.append(following)
                        continue
                    agenda.done(place, results)
                    told.put_nowait(ScenarioFinished(scenario.id, results))
        finally:
            told.put_nowait(None)

    async def _run_somewhere(self, scenario: Scenario, phase: Phases) -> list[CaseResult]:
        """As `run_case`, in a worker where there are some."""
        if not self._workers:
            return await self.run_case(scenario, phase)
        began = time.monotonic()
        try:
            return await self._workers.run_case(scenario, phase)
        except Died as died:
            fault = Judgement("harness-error", why=str(died))
            return [_no_check(scenario, each, fault, began) for each in checks_of(scenario, phase)]

    async def _trial(self, scenario: Scenario, remedy: Remedy | None) -> CaseResult:
        began = time.monotonic()
        lacking = irreproducible(scenario, remedy)
        if why := lacking or inapplicable(scenario, remedy, self.terms.does):
            return _no_check(scenario, remedy, Judgement("not-applicable", why=why), began)
        try:
            if scenario.life:
                return await self._life(scenario)
            return await run_trial(self._connector, scenario, remedy, self._timeout_s, self.terms)
        except PortUnavailable as error:
            fault = Judgement("harness-error", why=str(error.strerror))
            return _no_check(scenario, remedy, fault, began, bad_input=True)
        except Exception as error:
            fault = Judgement("harness-error", why=f"{type(error).__name__}: {error}")
            return _no_check(scenario, remedy, fault, began)

    async def _life(self, scenario: Scenario) -> CaseResult:
        from harness.runner.life import run_life  # only now: most runs have none

        if not isinstance(self._connector, Staying):
            raise TypeError("this connector cannot stay connected")
        return await run_life(self._connector, scenario, self.terms, self.terms.pace)

    async def no_sign(self, scenario: Scenario) -> str:
        """Why the connector, asked to stay at the scenario's mailbox, will not; empty: it may."""
        from harness.runner.life.first_sign import no_sign

        if not isinstance(self._connector, Staying):
            return "it is made for one check"
        return await no_sign(self._connector, scenario, self.terms.pace)

    async def probe(self, scenario: Scenario) -> tuple[CaseResult, CheckEvidence]:
        """A check of the scenario's mailbox, whether the scenario applies or not, and what was
        seen of it. Raises what stands in the way of a mailbox."""
        began = time.monotonic()
        checked = await checked_in(self._connector, scenario, None, self._timeout_s)
        result = outcome(scenario, None, checked, self.terms, time.monotonic() - began)
        return result, checked.watch.evidence(checked.left_open)


@contextlib.asynccontextmanager
async def serving(
    connector: str, jobs: int, timeout_s: float, terms: Terms
) -> AsyncIterator[RunCase]:
    """What a worker does: it runs cases with a connector of its own."""
    async with Runner(connector, jobs=jobs, timeout_s=timeout_s) as runner:
        runner.terms = terms
        yield runner.run_case


def checks_of(scenario: Scenario, phase: Phases) -> list[Remedy | None]:
    """What is checked of a scenario in a phase: the fault, and each remedy. A life is all fault."""
    fault: list[Remedy | None] = [None] if phase != "remedy" else []
    curable = phase != "fault" and not scenario.life  # a life has its cures in it
    return [*fault, *(scenario.remedies if curable else ())]


def _no_check(
    scenario: Scenario,
    remedy: Remedy | None,
    judgement: Judgement,
    began: float,
    *,
    bad_input: bool = False,
) -> CaseResult:
    """The result where there was no check, and why."""
    expected = Expected(scenario.reproduces, scenario.stage, scenario.cause)
    phase: Phase = "remedy" if remedy else "fault"
    hidden = masking(secrets_of(remedy.facts if remedy else scenario.facts))
    return CaseResult(
        id=scenario.id,
        reproduces=scenario.reproduces,
        phase=phase,
        remedy=remedy.advice if remedy else None,
        expected=Expected("connected") if remedy else expected,
        diagnosis=None,
        judgement=replace(judgement, why=hidden.reason(judgement.why)),
        seconds=time.monotonic() - began,
        bad_input=bad_input,
    )


@dataclass
class Slot:
    """`lends`: whether whoever has it only waits, once it takes long."""

    lends: bool = True


class Slots:
    """As many at a time as there are jobs; whoever takes long, and so only waits, gives its slot to
    another, if fewer than `spare` do so already: a connector that hangs does not stop the rest."""

    def __init__(self, jobs: int, spare: int) -> None:
        self.spare = spare
        self._lends = spare > 0
        self._free = asyncio.Semaphore(jobs)

    @contextlib.asynccontextmanager
    async def taken(self) -> AsyncIterator[Slot]:
        """Have a slot while the block runs."""
        await self._free.acquire()
        slot, lent = Slot(), False

        async def lend() -> None:
            nonlocal lent
            await asyncio.sleep(LONG_S)
            if not slot.lends:
                return
            while self.spare <= 0 or crowded():
                await asyncio.sleep(LONG_S)
            lent = True
            self.spare -= 1
            self._free.release()

        lending = asyncio.create_task(lend()) if self._lends else None
        try:
            yield slot
        finally:
            if lending:
                lending.cancel()
            if lent:
                self.spare += 1
            else:
                self._free.release()


class Agenda:
    """Scenarios with the longest waits are begun first, so that the waits overlap; the results are
    in the order given. With `stop_early` they end with the first scenario that did not pass."""

    def __init__(self, scenarios: Sequence[Scenario], stop_early: bool) -> None:
        self._scenarios = scenarios
        places = range(len(scenarios))
        self._todo = iter(sorted(places, key=lambda place: -_wait_s(scenarios[place])))
        self._stop_early = stop_early
        self._end = len(scenarios)
        self._done: dict[int, tuple[CaseResult, ...]] = {}
        self.postponed: list[tuple[int, Scenario]] = []
        """Those for which this machine was too busy."""

    def next(self) -> tuple[int, Scenario] | None:
        """The next scenario and its place; None: there is no more to do."""
        place = next((place for place in self._todo if place < self._end), None)
        return None if place is None else (place, self._scenarios[place])

    def close(self) -> None:
        """No more is begun."""
        self._todo = iter(())

    def done(self, place: int, results: tuple[CaseResult, ...]) -> None:
        self._done[place] = results
        if self._stop_early and any(result.failed for result in results):
            self._end = min(self._end, place + 1)

    def results(self) -> tuple[CaseResult, ...]:
        places = sorted(place for place in self._done if place < self._end)
        return tuple(result for place in places for result in self._done[place])


def _wait_s(scenario: Scenario) -> float:
    """How long a check is likely to do nothing, in seconds. Only the order depends on it."""
    if scenario.life:
        return LIFE_S
    rules = [r for service in scenario.facts.all_services().values() for r in service.rules]
    delays = [a.delay_s for rule in rules for a in rule.then if isinstance(a, Delay)]
    return sum(delays) + (scenario.timeout_s if expects_timeout(scenario) else 0.0)
