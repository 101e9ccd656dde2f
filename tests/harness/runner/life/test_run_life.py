"""A busy machine changes no verdict: a life is lived again, slower, until nothing was late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from harness.judging.verdict import Judgement, Verdict
from harness.runner.events import CaseResult, Expected
from harness.runner.life import run_life
from harness.runner.life.run_life import LifeLived
from harness.runner.outcome import USUAL_TERMS
from harness.runner.trial import TOO_BUSY, Lateness

PASSED = Judgement("passed")
LIVED = CaseResult("life/one", "unauthorized", "fault", None, Expected("connected"), None, PASSED)


def lived(
    monkeypatch: pytest.MonkeyPatch,
    verdict: Verdict,
    *late_s: float,
    too_late: int = 0,
    begun: bool = True,
) -> tuple[Judgement, list[float]]:
    """The judgement of a life that ends with this verdict however often it is lived, the process
    late by so much each time; and how slow it was each time. `too_late`: how often nothing was left
    of a window."""
    slow: list[float] = []
    late = iter(late_s)

    async def once(*given: Any) -> LifeLived:
        slow.append(given[3])
        return LifeLived(replace(LIVED, judgement=Judgement(verdict)), len(slow) <= too_late, begun)

    @asynccontextmanager
    async def lateness() -> AsyncIterator[Lateness]:
        yield Lateness(next(late))

    module = import_module(run_life.__module__)
    monkeypatch.setattr(module, "_once", once)
    monkeypatch.setattr(module, "lateness", lateness)
    result = asyncio.run(run_life(None, None, USUAL_TERMS))  # type: ignore[arg-type]
    return result.judgement, slow


@pytest.mark.parametrize("verdict", ["not-exercised", "hammered", "lost-mail", "not-recovered"])
def test_what_a_busy_machine_could_bring_about_is_lived_again_slower(
    monkeypatch: pytest.MonkeyPatch, verdict: Verdict
) -> None:
    found = lived(monkeypatch, verdict, 5.0, 0.7)
    assert found == (Judgement(verdict), [1.0, 3.0]), "what is slower may be later"


@pytest.mark.parametrize("verdict", ["passed", "duplicated-mail", "misbehaved", "crashed"])
def test_what_no_busy_machine_brings_about_is_lived_once(
    monkeypatch: pytest.MonkeyPatch, verdict: Verdict
) -> None:
    assert lived(monkeypatch, verdict, 5.0) == (Judgement(verdict), [1.0])


@pytest.mark.parametrize("verdict", ["passed", "hammered", "unnoticed"])
def test_too_late_to_see_anything_is_lived_again_whatever_came_of_it(
    monkeypatch: pytest.MonkeyPatch, verdict: Verdict
) -> None:
    found = lived(monkeypatch, verdict, 0.1, 0.1, too_late=1)
    assert found == (Judgement(verdict), [1.0, 3.0])
    assert lived(monkeypatch, verdict, 1.0, 1.0, 1.0, too_late=3) == (TOO_BUSY, [1.0, 3.0, 9.0])


def test_what_was_seen_is_seen_however_late(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lived(monkeypatch, "duplicated-mail", 5.0, too_late=1)
    assert found == (Judgement("duplicated-mail"), [1.0])


def test_who_never_connects_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    never: Verdict = "not-exercised"
    assert lived(monkeypatch, never, 5.0, begun=False) == (Judgement(never), [1.0])
    assert lived(monkeypatch, never, 5.0, too_late=1, begun=False) == (TOO_BUSY, [1.0])


def test_late_each_time_it_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lived(monkeypatch, "hammered", 5.0, 5.0, 5.0) == (TOO_BUSY, [1.0, 3.0, 9.0])
