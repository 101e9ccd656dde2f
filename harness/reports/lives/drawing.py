"""The time line of a life, drawn: above, what the product said it was; in the middle, log-ins as
ticks; below, the steps by their numbers, and how long each was awaited. SVG: places along it are
parts of its width, so that it is as wide as there is room and its texts keep their size. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from harness.reports.lives.time_line import CAME, TimeLineRow, rows, shown_rows
from harness.runner.events import LifeEvent
from harness.texts import load_report_texts

LEFT: Final = 4.0
RIGHT: Final = 96.0
"""Where it begins and ends, in hundredths of the width."""
BLINK: Final = 0.25
"""Of the width: ticks that are closer are drawn as one."""
MARK: Final = 6.5
"""Of the width: what the number of a step takes where the page is narrow."""
MOST_LANES: Final = 7
MOST_MARKS: Final = 60
LANE: Final = 20
"""Pixels."""
_SHORTEST_S: Final = 0.5
_MAIL: Final = ("message", "sent")
_VIEWS: Final = ("connected", "failing", "stopped")


@dataclass(frozen=True)
class StateSpan:
    """For how long the product said that it was so: `kind` is a state."""

    x: float
    width: float
    kind: str
    label: str


@dataclass(frozen=True)
class Tick:
    """A log-in, a connection, or a message that the product told of."""

    x: float
    kind: str


@dataclass(frozen=True)
class StepMark:
    """A step: `state` as in `LifeEvent.state`; `end`: until when it was awaited; `y`: pixels."""

    number: int
    x: float
    end: float
    y: int
    state: str


@dataclass(frozen=True)
class Drawing:
    """`rows`: the same for those who read it. `axis`: places and seconds. `unmet`: where the step
    that was not so began."""

    spans: list[StateSpan]
    messages: list[Tick]
    ticks: list[Tick]
    logins: str
    marks: list[StepMark]
    axis: list[Tick]
    unmet: float | None
    height: int
    rows: list[TimeLineRow]
    seconds: str
    steps: int


TOP_OF_MARKS: Final = 138
"""Pixels: where the steps begin."""


def drawing(life: Sequence[LifeEvent], language: str = "en", now_s: float = 0.0) -> Drawing:
    """`now_s`: how far it has come by now, where it is not over."""
    end_s = max(_SHORTEST_S, now_s, *(each.at_s for each in life)) if life else _SHORTEST_S
    scale = (RIGHT - LEFT) / end_s

    def place(at_s: float) -> float:
        return round(LEFT + max(0.0, at_s) * scale, 2)

    marks = list(_marks(life, place(end_s), scale))
    lanes = max((mark.y for mark in marks), default=TOP_OF_MARKS)
    return Drawing(
        spans=list(_spans(life, end_s, scale, language)),
        messages=_ticks((place(each.at_s), each.state) for each in life if each.state in _MAIL),
        ticks=_ticks((place(each.at_s), _came(each)) for each in life if each.kind in CAME),
        logins=_counted([each for each in life if each.kind == "log-in"], language),
        marks=marks,
        axis=list(_axis(end_s, scale)),
        unmet=next((mark.x for mark in marks if mark.state == "unmet"), None),
        height=lanes + LANE,
        rows=shown_rows(life, language),
        seconds=f"{end_s:.1f}",
        steps=sum(each.kind == "step" for each in life),
    )


def _came(event: LifeEvent) -> str:
    if event.kind == "connection":
        return "connection"
    return "accepted" if event.state == "accepted" else "refused"


def _counted(logins: Sequence[LifeEvent], language: str) -> str:
    """How many there were, by how they ended."""
    outcomes: dict[str, str] = load_report_texts(language)["life"]["outcomes"]
    ends = Counter(outcomes.get(each.state, each.state) for each in logins)
    return ", ".join(f"{called} {count}" for called, count in ends.items())


def _ticks(found: Iterable[tuple[float, str]]) -> list[Tick]:
    """One where several could not be told apart."""
    seen = {(round(x / BLINK), kind): Tick(x, kind) for x, kind in found}
    return list(seen.values())


def _spans(
    life: Sequence[LifeEvent], end_s: float, scale: float, language: str
) -> Iterator[StateSpan]:
    """What was said, each until the next; what is said again goes on."""
    called: dict[str, str] = load_report_texts(language)["life"]["states"]
    told: list[tuple[float, str, str]] = []
    for row in rows(life, language):
        if row.who == "product" and row.state in _VIEWS:
            label = row.text if row.state == "failing" else called[row.state]
            if not told or told[-1][1:] != (row.state, label):
                told.append((row.at_s, row.state, label))
    ends = [*(at_s for at_s, _, _ in told[1:]), end_s]
    for (at_s, state, label), until_s in zip(told, ends, strict=False):
        width = max((until_s - at_s) * scale, BLINK)
        yield StateSpan(round(LEFT + at_s * scale, 2), round(width, 2), state, label)


def _marks(life: Sequence[LifeEvent], end: float, scale: float) -> Iterator[StepMark]:
    """Each in the first lane in which there is room."""
    steps = [each for each in life if each.kind == "step"]
    free = [-MARK] * MOST_LANES
    for number, step in enumerate(steps[:MOST_MARKS], 1):
        x = round(LEFT + step.at_s * scale, 2)
        after = LEFT + steps[number].at_s * scale if number < len(steps) else end
        until = x if step.state == "done" else round(after, 2)
        lane = next((n for n, taken in enumerate(free) if taken <= x), MOST_LANES - 1)
        free[lane] = max(x + MARK, until)
        yield StepMark(number, x, until, TOP_OF_MARKS + lane * LANE, step.state)


def _axis(end_s: float, scale: float) -> Iterator[Tick]:
    """Round seconds, at most six of them."""
    steps = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 86400)
    step = next((each for each in steps if end_s / each <= 6), end_s / 6)
    for number in range(int(end_s / step) + 1):
        yield Tick(round(LEFT + number * step * scale, 2), f"{number * step:g}")
