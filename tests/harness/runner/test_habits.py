"""Connectors that do less than the built-in checker, and name everything rightly: whatever is asked
of them they pass, and what they do not do is not asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from harness.checker import check
from harness.checker.check import CheckFailed, StepTeller, _Check
from harness.connectors.inprocess import InProcess
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.judging.applicability import NO_TOKENS
from harness.runner.events import CaseResult, RunFinished
from harness.runner.preflight import preflight
from harness.runner.runner import Runner
from harness.scenario.sample import sample
from tests.catalogue import whole_catalogue

Check = Callable[[ConnectionSettings], Diagnosis]


def part(
    settings: ConnectionSettings, *, imap: bool = False, smtp: bool = False, send: bool = False
) -> Diagnosis:
    """Of the built-in checker's steps those of one service."""
    run = _Check(settings, StepTeller(None), None, None, "current")
    try:
        if imap:
            run.check_imap()
        if smtp:
            run.check_smtp(send=send)
    except CheckFailed as failed:
        return run.diagnosis(failed.observation)
    return Diagnosis(error="connected", warnings=run.warnings)


def sends_nothing(settings: ConnectionSettings) -> Diagnosis:
    return check(settings, send=False)


def imap_only(settings: ConnectionSettings) -> Diagnosis:
    return part(settings, imap=True)


def smtp_only(settings: ConnectionSettings) -> Diagnosis:
    return part(settings, smtp=True)


def at_a_time(settings: ConnectionSettings) -> Diagnosis:
    """Both services; where both fail, what IMAP says counts."""
    with ThreadPoolExecutor() as pool:
        imap = pool.submit(part, settings, imap=True)
        smtp = pool.submit(part, settings, smtp=True, send=True)
    said = [imap.result(), smtp.result()]
    failed = next((each for each in said if each.error != "connected"), said[0])
    warnings = list(dict.fromkeys(name for each in said for name in each.warnings))
    return failed.model_copy(update={"warnings": warnings})


def implicit_tls_only(settings: ConnectionSettings) -> Diagnosis:
    """IMAP by implicit TLS, whatever was typed; nor can it be told anything unusual."""
    server = settings.imap.model_copy(update={"security": "implicit-tls", "source_address": None})
    usual = {"imap": server, "username": None, "allow_insecure_certificates": False}
    return part(settings.model_copy(update=usual), imap=True)


def results(connector: Check) -> tuple[CaseResult, ...]:
    async def run() -> tuple[CaseResult, ...]:
        async with Runner(InProcess(connector)) as runner:
            seen = await preflight(runner)
            assert seen.stopped is None
            runner.terms = replace(runner.terms, does=seen.does)
            async for event in runner.run(sample(whole_catalogue())):
                if isinstance(event, RunFinished):
                    return event.results
        raise AssertionError("a run ends with RunFinished")

    return asyncio.run(run())


@pytest.mark.parametrize(
    "connector", [sends_nothing, imap_only, smtp_only, at_a_time, implicit_tls_only]
)
def test_who_does_less_is_not_condemned_for_it(connector: Check) -> None:
    found = results(connector)
    wrong = {f"{r.id} {r.phase}": r.judgement for r in found if r.failed}
    assert wrong == {}
    verdicts = Counter(result.judgement.verdict for result in found)
    assert verdicts["passed"] > 20
    unasked = {r.judgement.why for r in found if r.judgement.verdict == "not-applicable"}
    assert bool(unasked - {NO_TOKENS}) is (connector is not at_a_time)
