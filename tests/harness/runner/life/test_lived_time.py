"""A span of time of which nothing is lost where this process is late."""

from __future__ import annotations

import time

import pytest

from harness.runner.life.lived_time import MOST, MOST_LATE_S, LivedTime
from harness.runner.trial import Lateness


class Clock:
    """Time that passes by hand. `late`: and of that so much is lost."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s, self.late = 100.0, Lateness(total_s=7.0)
        monkeypatch.setattr(time, "monotonic", lambda: self.now_s)

    def passes(self, seconds: float, late_s: float = 0.0) -> None:
        self.now_s += seconds
        self.late.total_s += late_s


def test_what_this_process_was_late_by_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    span = LivedTime(clock.late, 2.0)
    clock.passes(2.5, late_s=1.0)
    assert (span.late_s, span.left_s, span.lasts()) == (1.0, 0.5, True)
    clock.passes(0.5)
    assert not span.lasts()
    assert not span.given_up
    assert span.lasts(more_s=0.1)


@pytest.mark.parametrize(("wanted_s", "most_s"), [(2.0, MOST * 2.0), (60.0, 60.0 + MOST_LATE_S)])
def test_it_does_not_last_for_ever(
    wanted_s: float, most_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    span = LivedTime(clock.late, wanted_s)
    clock.passes(most_s - 0.25, late_s=most_s - 0.5)
    assert span.lasts()
    clock.passes(0.25, late_s=0.25)
    assert span.given_up
    assert not span.lasts(more_s=9.0)
