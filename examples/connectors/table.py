"""The published table, from the results of the connectors' runs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from examples.connectors.zoo import Animal
from harness.violations import sentence

Case = dict[str, Any]
Results = Mapping[Animal, list[Case]]
RIGHT = ("passed", "misbehaved")
"""Verdicts of those that named the documented error; how they behaved is another matter."""


def results_page(results: Results) -> str:
    """results.md."""
    parts = [_HEADER, *_figures(results), "", _BEHAVIOUR, *_behaviour(results)]
    return "\n".join(parts) + "\n"


def row_of(case: Case) -> tuple[str, str, str]:
    """The row that a case counts in: documented error, stage and cause."""
    expected = case["expected"]
    return expected["error"], expected["stage"] or "", expected["cause"] or ""


def _figures(results: Results) -> Iterator[str]:
    counted = {animal: _counted(cases) for animal, cases in results.items()}
    rows = list(dict.fromkeys(row for counts in counted.values() for row in counts))
    yield _line(["documented error", "stage", "cause", *(animal.title for animal in results)])
    yield _line(["---"] * 3 + ["---:"] * len(results))
    before = ""
    for row in rows:
        cells = [_cell(counts.get(row)) for counts in counted.values()]
        yield _line([row[0] if row[0] != before else "", *row[1:], *cells])
        before = row[0]
    totals = [
        (sum(r for r, _ in c.values()), sum(t for _, t in c.values())) for c in counted.values()
    ]
    yield _line(["**all**", "", "", *(f"**{right}/{total}**" for right, total in totals)])


def _counted(cases: list[Case]) -> dict[tuple[str, str, str], tuple[int, int]]:
    counts: dict[tuple[str, str, str], tuple[int, int]] = {}
    for case in cases:
        right, total = counts.get(row_of(case), (0, 0))
        counts[row_of(case)] = right + (case["verdict"] in RIGHT), total + 1
    return counts


def _cell(count: tuple[int, int] | None) -> str:
    if count is None:
        return ""
    right, total = count
    return f"{right}/{total}" if right == total else f"**{right}**/{total}"


def _behaviour(results: Results) -> Iterator[str]:
    found = {
        a: Counter(v for case in cases for v in case["violations"]) for a, cases in results.items()
    }
    names = sorted({name for counts in found.values() for name in counts})
    yield _line(["violation", "", *(animal.title for animal in results)])
    yield _line(["---"] * 2 + ["---:"] * len(results))
    for name in names:
        cells = [str(counts[name] or "·") for counts in found.values()]
        yield _line([f"`{name}`", sentence(name), *cells])


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


_HEADER = """\
# Which library lets an application tell which failure

`python -m examples.connectors.survey --write` writes this page. Each connector here is a small
program that does the five steps of a mailbox check with one library for each protocol, and reads
from the library's own errors which documented error it is. A cell says in how many scenarios of how
many it named the right one.
"""
_BEHAVIOUR = """\
## How they behave

In how many scenarios each did what it should not, whatever it said at the end.
"""
