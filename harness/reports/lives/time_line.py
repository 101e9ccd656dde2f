"""The time line of a life, row by row: what the product said, what became of the mailbox, what was
awaited, and who logged in meanwhile. Floods are counted, and shown by their head and tail. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final, Literal

from harness.runner.events import CaseResult, LifeEvent
from harness.texts import load_report_texts, retold
from harness.texts.escaping import visible

MOST_ROWS: Final = 32
"""As many as the usual life has, and some more."""
MOST_TICKS: Final = 20
SHOWN_CHARACTERS: Final = 160
"""Of a row's text."""
_ACCEPTED: Final = "accepted"
_VIEWS: Final = ("connected", "failing", "stopped")
CAME: Final = ("log-in", "connection")
"""Kinds of events at which somebody came to the mailbox."""
Who = Literal["product", "mailbox", "awaited", "log-ins", "connections", "arrived", "more"]


@dataclass(frozen=True)
class TimeLineRow:
    """`at_s`: seconds since the life began. `state`: of a step how it stands, of the product what
    it said, else empty. `number`: of a step, counted from 1. `times`: how often in a row."""

    at_s: float
    who: Who
    text: str
    state: str = ""
    number: int = 0
    times: int = 1


def rows(life: Sequence[LifeEvent], language: str = "en") -> list[TimeLineRow]:
    """All of it. What is said again before anything else is, is one row, and so are the log-ins
    meanwhile."""
    found: list[TimeLineRow | list[LifeEvent]] = []
    said: int | None = None
    visits: list[LifeEvent] | None = None
    steps = 0
    for event in life:
        if event.kind in CAME:
            if visits is None:
                found.append(visits := [])
            visits.append(event)
            continue
        steps += event.kind == "step"
        row = _row(event, steps, language)
        before = None if said is None else found[said]
        if said is not None and isinstance(before, TimeLineRow) and _same(before, row):
            found[said] = replace(before, times=before.times + 1)
            continue
        said = len(found) if row.who == "product" else None
        visits = None
        found.append(row)
    return [each if isinstance(each, TimeLineRow) else _visits(each, language) for each in found]


def shown_rows(life: Sequence[LifeEvent], language: str = "en") -> list[TimeLineRow]:
    """As many as `MOST_ROWS`. Are there more, then what the steps are and what the product came to
    say; where these are too many, too, the first ones, the last ones, and between them what was
    not so."""
    every = rows(life, language)
    if len(every) > MOST_ROWS:
        every = _folded(every, language)
    if len(every) <= MOST_ROWS:
        return every
    head, tail = MOST_ROWS // 2 - 1, MOST_ROWS // 2 - 1
    middle = every[head : len(every) - tail]
    unmet = [row for row in middle if row.state == "unmet"][:1]
    more = _more(middle[0].at_s, len(middle) - len(unmet), language)
    return [*every[:head], more, *unmet, *every[len(every) - tail :]]


def _folded(every: list[TimeLineRow], language: str) -> list[TimeLineRow]:
    """Without log-ins, mail and what is only said again, where two of these follow each other."""
    telling: list[bool] = []
    view = ""
    for row in every:
        new = row.state in _VIEWS and _view(row) != view
        view = _view(row) if new else view
        telling.append(row.who in ("mailbox", "awaited") or new)
    found = list[TimeLineRow]()
    for shown, group in groupby(zip(every, telling, strict=True), key=lambda pair: pair[1]):
        run = [row for row, _ in group]
        hidden = not shown and len(run) > 1
        found += [_more(run[0].at_s, len(run), language)] if hidden else run
    return found


def _view(row: TimeLineRow) -> str:
    """What the product said, but for when it tries again."""
    return row.text.partition(";")[0].rstrip()


def _more(at_s: float, number: int, language: str) -> TimeLineRow:
    texts: dict[str, Any] = load_report_texts(language)["life"]
    return TimeLineRow(at_s, "more", texts["more"].format(number=number))


def time_line(result: CaseResult, language: str = "en") -> Iterator[str]:
    """The same as lines of text; `*` stands before an expectation that was not met."""
    return (text_of(row, language) for row in shown_rows(result.life, language))


def text_of(row: TimeLineRow, language: str = "en") -> str:
    """A row as a line of text."""
    texts: dict[str, Any] = load_report_texts(language)["life"]
    mark = "*" if row.state == "unmet" else " "
    times = texts["times"].format(number=row.times) if row.times > 1 else ""
    note = f"   <- {texts[row.state]}" if row.state in ("unmet", "awaited") else ""
    if row.who == "more":
        return f"{mark}{'':8} {row.text}"
    who = f"{texts['who'][row.who]:{_longest(texts)}}"
    return f"{mark}{row.at_s:8.3f} {who} {row.text}{times}{note}"


def text_column(language: str = "en") -> int:
    """At which letter of a line the text of its row begins."""
    return len(f"*{0:8.3f} ") + _longest(load_report_texts(language)["life"]) + 1


def _longest(texts: dict[str, Any]) -> int:
    return max(map(len, texts["who"].values()))


def _same(one: TimeLineRow, other: TimeLineRow) -> bool:
    return (one.who, one.text) == (other.who, other.text)


def _row(event: LifeEvent, number: int, language: str) -> TimeLineRow:
    text = visible(retold("happened", event.text, language))
    text = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
    if event.kind == "said":
        return TimeLineRow(event.at_s, "product", text, event.state)
    if event.kind == "message":
        return TimeLineRow(event.at_s, "arrived", text)
    who: Who = "mailbox" if event.state == "done" else "awaited"
    return TimeLineRow(event.at_s, who, text, event.state, number)


def _visits(events: Sequence[LifeEvent], language: str) -> TimeLineRow:
    """Connections and log-ins in a row: those that were logged in to, by their log-ins alone."""
    logins = [each for each in events if each.kind == "log-in"]
    if logins:
        marks = "".join("|" if each.state == _ACCEPTED else "x" for each in logins[:MOST_TICKS])
        more = "…" if len(logins) > MOST_TICKS else ""
        told = f"{marks}{more}  {_counted_logins(logins, language)}"
        return TimeLineRow(logins[0].at_s, "log-ins", told)
    services = Counter(visible(each.text) for each in events)
    told = ", ".join(f"{name} {count}" for name, count in services.items())
    return TimeLineRow(events[0].at_s, "connections", told)


def _counted_logins(logins: Sequence[LifeEvent], language: str) -> str:
    """How often, by service and by how they ended."""
    outcomes: dict[str, str] = load_report_texts(language)["life"]["outcomes"]
    ends = Counter((each.text.partition(":")[0], each.state) for each in logins)
    parts = (
        f"{visible(service)} {outcomes.get(state, visible(state))} {count}"
        for (service, state), count in ends.items()
    )
    return ", ".join(parts)
