"""How long a connector may take: by its pace, by what fails, and by how long a server is away."""

from __future__ import annotations

import pytest

from harness.contract.staying import Pace
from harness.judging.expectation import Expectation
from harness.runner.life.step_windows import Windows
from harness.scenario.life.life_steps import LifeStep
from harness.taxonomy import Cause, Stage

WINDOWS = Windows(Pace(), 3.0)


def window_s(
    step: dict[str, object], cause: Cause | None = None, stage: Stage = "imap-login"
) -> float:
    expected = Expectation("unauthorized", stage if cause else None, cause)
    return WINDOWS.of(LifeStep.model_validate(step), expected)


CONNECTED = {"says": "connected"}


@pytest.mark.parametrize(
    ("cause", "longer"),
    [("bad-credentials", False), ("rate-limited", True), ("unspecified", True)],
)
def test_who_must_wait_beyond_the_longest_wait_has_time_to(cause: Cause, *, longer: bool) -> None:
    """Also after a bare NO to a log-in, which may be a lock, whatever else `unspecified` is."""
    assert (window_s(CONNECTED, cause) > window_s(CONNECTED)) == longer


def test_a_bare_no_elsewhere_passes_by_itself() -> None:
    assert window_s(CONNECTED, "unspecified", "imap-confirm") == window_s(CONNECTED)


@pytest.mark.parametrize("step", [CONNECTED, {"seen": "all"}, {"sent": "all"}])
def test_nobody_comes_back_before_the_server_does(step: dict[str, object]) -> None:
    read, works = LifeStep.model_validate(step), Expectation("connected")
    assert WINDOWS.of(read, works, 60.0) == WINDOWS.of(read, works) + 60.0
    assert WINDOWS.of(read, works, -5.0) == WINDOWS.of(read, works)


def test_a_failure_is_noticed_while_the_server_is_away() -> None:
    step = LifeStep(says="unauthorized")
    works = Expectation("connected")
    assert WINDOWS.of(step, works, 60.0) == WINDOWS.of(step, works)
