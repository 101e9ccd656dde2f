"""Both phases, the order of results, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from harness.checker import check as builtin
from harness.contract.answer import NoAnswer
from harness.contract.capabilities import Capabilities
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.runner import runner, trial
from harness.runner.events import CaseResult, RunEvent, RunFinished, RunStarted, ScenarioFinished
from harness.runner.runner import Runner
from harness.scenario.model import Scenario
from tests.harness.conftest import REFUSED, WORKING

from .conftest import OUTAGE, Write


async def events_of(runner: Runner, scenarios: list[Scenario], **options: Any) -> list[RunEvent]:
    async with runner:
        return [event async for event in runner.run(scenarios, **options)]


def run(connector: Any, scenarios: list[Scenario], jobs: int = 4, **options: Any) -> list[RunEvent]:
    return asyncio.run(events_of(Runner(connector, jobs=jobs), scenarios, **options))


def results_of(events: list[RunEvent]) -> tuple[CaseResult, ...]:
    last = events[-1]
    assert isinstance(last, RunFinished)
    return last.results


def verdicts(events: list[RunEvent]) -> list[tuple[str, str, str]]:
    return [(r.id, r.phase, r.judgement.verdict) for r in results_of(events)]


def test_the_built_in_checker_names_the_fault_and_is_cured(write: Write) -> None:
    results = results_of(run("builtin", write(REFUSED)))
    fault, remedy = results
    assert (fault.phase, fault.judgement.verdict) == ("fault", "passed"), fault.judgement
    assert fault.fired == ("imap.rules[0]",) and not fault.delivered
    assert fault.diagnosis and fault.diagnosis.cause == "app-password-required"
    assert (remedy.remedy, remedy.judgement.verdict) == ("use-app-password", "passed")
    assert remedy.expected.error == "connected" and remedy.delivered
    assert [record.service for record in remedy.transcript] == ["imap", "smtp"]


def test_a_remedy_on_the_running_mailbox_is_judged_by_its_own_evidence(write: Write) -> None:
    results = results_of(run("builtin", write(OUTAGE)))
    assert [r.judgement.verdict for r in results] == ["passed", "passed"], results
    assert results[1].fired == () and len(results[1].transcript) == 2


def test_a_remedy_that_cures_nothing_is_not_cured(write: Write) -> None:
    useless = REFUSED.replace("password: app-password", "password: wrong")
    events = run("builtin", write(useless))
    assert [verdict for _, _, verdict in verdicts(events)] == ["passed", "not-cured"]


@pytest.mark.parametrize(("jobs", "each", "most"), [(2, True, 4), (2, False, 2), (1, True, 1)])
def test_whoever_only_waits_lets_others_begin(
    write: Write, stub: Any, monkeypatch: pytest.MonkeyPatch, jobs: int, each: bool, most: int
) -> None:
    """Nobody answers until as many are asked as can be."""
    monkeypatch.setattr(runner, "LONG_S", 0.0)
    monkeypatch.setattr(runner, "MOST_WAITING", 1)
    monkeypatch.setattr(runner, "crowded", lambda: False)

    async def together() -> list[RunEvent]:
        everybody = asyncio.Event()

        async def answer(settings: object) -> Diagnosis:
            if connector.running >= most:
                everybody.set()
            await everybody.wait()
            return Diagnosis(error="connected")

        connector = stub(answer)
        connector.a_process_each = each
        found = await events_of(Runner(connector, jobs=jobs), scenarios)
        assert connector.most == most
        return found

    scenarios = [write(WORKING, name)[0] for name in "abcdef"]
    assert len(results_of(asyncio.run(together()))) == 6


@pytest.mark.parametrize(("phase", "phases"), [("fault", ["fault"]), ("remedy", ["remedy"])])
def test_one_phase_alone(write: Write, phase: str, phases: list[str]) -> None:
    assert [p for _, p, _ in verdicts(run("builtin", write(REFUSED), phase=phase))] == phases


def test_a_connector_that_says_connected_without_looking(write: Write, stub: Any) -> None:
    async def yes(settings: object) -> Diagnosis:
        return Diagnosis(error="connected")

    scenarios = [*write(REFUSED), *write(WORKING)]
    given = [verdict for _, _, verdict in verdicts(run(stub(yes), scenarios))]
    assert given == ["not-exercised", "not-cured", "not-exercised"]


def test_a_fault_of_ours_is_a_result_and_the_next_scenario_is_unaffected(
    write: Write, stub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import harness.runner.outcome

    real = harness.runner.outcome.fault_expectation

    def broken(scenario: Scenario, does: Capabilities) -> Any:
        if scenario.id.endswith("broken"):
            raise KeyError("a bug")
        return real(scenario, does)

    monkeypatch.setattr(harness.runner.outcome, "fault_expectation", broken)
    events = run("builtin", [*write(WORKING, "broken"), *write(WORKING, "whole")])
    assert [v for _, _, v in verdicts(events)] == ["harness-error", "passed"]


def test_events_come_as_things_happen_and_results_in_the_order_given(
    write: Write, stub: Any
) -> None:
    names = [f"n{number}" for number in range(4)]
    scenarios = [write(WORKING.replace("works", name), name)[0] for name in names]
    turns = 0

    async def slowest_first(settings: object) -> NoAnswer:
        nonlocal turns
        turns += 1
        for _ in range(50 * (5 - turns)):
            await asyncio.sleep(0)
        return NoAnswer("crashed", "as told")

    events = run(stub(slowest_first), scenarios)
    assert isinstance(events[0], RunStarted)
    finished = [event.id for event in events if isinstance(event, ScenarioFinished)]
    assert sorted(finished) == [f"connected/{name}" for name in names]
    assert [id for id, _, _ in verdicts(events)] == [f"connected/{name}" for name in names]


def test_no_more_run_at_a_time_than_jobs(write: Write, stub: Any) -> None:
    async def wait(settings: object) -> NoAnswer:
        for _ in range(20):
            await asyncio.sleep(0)
        return NoAnswer("crashed", "as told")

    connector = stub(wait)
    run(connector, [write(WORKING, f"n{n}")[0] for n in range(6)], jobs=3)
    assert connector.most == 3 and connector.closed


def test_verdicts_do_not_depend_on_jobs(write: Write) -> None:
    scenarios = [*write(OUTAGE), *write(REFUSED), *write(WORKING)]
    assert verdicts(run("builtin", scenarios, 1)) == verdicts(run("builtin", scenarios, 16))


@pytest.mark.parametrize("jobs", [1, 4])
def test_stopping_early_ends_with_the_first_that_did_not_pass(
    write: Write, stub: Any, jobs: int
) -> None:
    async def crash(settings: object) -> NoAnswer:
        return NoAnswer("crashed", "as told")

    scenarios = [write(WORKING, f"n{n}")[0] for n in range(5)]
    events = run(stub(crash), scenarios, jobs, stop_early=True)
    assert [id for id, _, _ in verdicts(events)] == ["connected/n0"]


def test_leaving_a_run_leaves_nothing_behind(write: Write, stub: Any) -> None:
    async def hang(settings: object) -> NoAnswer:
        await asyncio.Event().wait()
        raise AssertionError

    async def leave_at_once() -> set[Any]:
        async with Runner(stub(hang)) as runner:
            events = runner.run([write(WORKING, f"n{n}")[0] for n in range(3)])
            async for event in events:
                if not isinstance(event, RunStarted):
                    break
            await events.aclose()
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(leave_at_once()) == set()


def test_a_finished_run_leaves_no_thread_behind(write: Write) -> None:
    before = set(threading.enumerate())
    run("builtin", [*write(REFUSED), *write(WORKING)])
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(5)
    assert not [thread for thread in left if thread.is_alive()]


def test_secrets_in_an_answer_are_masked(write: Write, stub: Any) -> None:
    def telling(make: Callable[[str], Any]) -> CaseResult:
        async def tell(settings: Any) -> Any:
            return make(settings.password)

        return results_of(run(stub(tell), write(WORKING)))[0]

    crashed = telling(lambda password: NoAnswer("crashed", f"raised {password}"))
    assert crashed.judgement.why == "raised ***"
    said = telling(
        lambda password: Diagnosis.model_validate(
            {"error": "unauthorized", "evidence": {"lines": [f"LOGIN {password}"]}}
        )
    )
    assert said.diagnosis and said.diagnosis.evidence.lines == ["LOGIN ***"]
    odd = telling(lambda password: Diagnosis(error="unauthorized", rule="\udc80"))
    assert odd.diagnosis and odd.diagnosis.rule == "\\udc80"


SILENT = """\
title: says nothing
reproduces: imap-settings-incorrect
stage: imap-greeting
cause: silent-server
timeout-s: 1
source: [RFC 9051]
imap:
  rules:
    - when: {event: greeting, state: outage}
      then: hang
state: [outage]
remedy:
  - advice: retry-later
    apply: {state: []}
"""


@pytest.fixture
def lateness_is(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Fixes what is measured of how late this process was."""

    def fix(worst_s: float) -> None:
        @contextlib.asynccontextmanager
        async def measured() -> AsyncIterator[trial.Lateness]:
            yield trial.Lateness(worst_s)

        monkeypatch.setattr(trial, "lateness", measured)

    return fix


@pytest.mark.parametrize(
    ("worst_s", "verdict", "checks"), [(4.0, "harness-error", 8), (0.1, "not-exercised", 1)]
)
def test_a_time_out_proves_nothing_where_this_process_was_late(
    write: Write,
    stub: Any,
    lateness_is: Callable[[float], None],
    worst_s: float,
    verdict: str,
    checks: int,
) -> None:
    lateness_is(worst_s)
    asked = 0

    async def wrong(settings: object) -> Diagnosis:
        nonlocal asked
        asked += 1
        return Diagnosis(error="unauthorized")

    [(_, _, given)] = verdicts(run(stub(wrong), write(SILENT, "silent"), phase="fault"))
    assert (given, asked) == (verdict, checks)


def test_a_time_out_that_ran_out_before_its_stage_is_met_again_with_more_time(
    write: Write, stub: Any, lateness_is: Callable[[float], None]
) -> None:
    """As where the handshake alone takes longer than the time-out that a case is about."""
    lateness_is(0.0)
    told: list[float] = []

    async def slow_to_arrive(settings: ConnectionSettings) -> Diagnosis:
        told.append(settings.timeout_s)
        if len(told) > 1:
            return await asyncio.to_thread(builtin, settings)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), settings.timeout_s)
        return Diagnosis(error="imap-settings-incorrect")

    briefly = SILENT.replace("timeout-s: 1", "timeout-s: 0.2")
    results = run(stub(slow_to_arrive), write(briefly, "silent"), phase="fault")
    assert verdicts(results)[0][2] == "passed"
    assert told == [0.2, 0.4]


def test_how_late_the_loop_was_is_measured() -> None:
    async def busy() -> float:
        async with trial.lateness() as seen:
            await asyncio.sleep(0)
            until = time.monotonic() + 4 * trial.TICK_S
            while time.monotonic() < until:
                pass
            while not seen.worst_s:
                await asyncio.sleep(0)
        return seen.worst_s

    assert asyncio.run(busy()) >= 2 * trial.TICK_S
