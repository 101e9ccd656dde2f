"""The published table, from the results of the connectors' runs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from examples.connectors.zoo import Animal
from harness.judging.violations import sentence

Case = dict[str, Any]
Results = Mapping[Animal, list[Case]]
NOT_ASKED = "not-applicable"
Row = tuple[str, str, str]
Counts = dict[Row, tuple[int, int]]
"""How many of how many were named rightly, by documented error, stage and cause."""
RIGHT = ("passed", "misbehaved")
"""Verdicts of those that named the documented error; how they behaved is another matter."""


def results_page(results: Results, tokens: str, seen: str) -> str:
    """results.md, from the scenarios that all of them were run on. `tokens`: `tokens_section`;
    `seen`: the day."""
    run = [
        {case["id"] for case in cases if case["verdict"] != NOT_ASKED} for cases in results.values()
    ]
    common = set.intersection(*run) if run else set()
    results = {a: [c for c in cases if c["id"] in common] for a, cases in results.items()}
    counted = {animal: counts_of(cases) for animal, cases in results.items()}
    rows = list(dict.fromkeys(row for counts in counted.values() for row in counts))
    differing = [
        row for row in rows if any(_part(c, row) != _whole(c, row) for c in counted.values())
    ]
    parts = [
        _HEADER.format(seen=seen),
        *_totals(counted),
        tokens + _CAUSES,
        *_causes(counted, differing),
    ]
    parts += [_agreed([row for row in rows if row not in differing])]
    parts += [_BEHAVIOUR, *_behaviour(results), _LOSSES, *_losses(results)]
    parts += [_VERSIONS, *(f"- {animal.title}: {animal.versions()}" for animal in results)]
    return "\n".join(parts) + "\n"


def tokens_section(results: Results, seen: str) -> str:
    """What came of the scenarios with tokens, for those that take them; `seen`: the day."""
    every = {a: [c for c in cases if c["verdict"] != NOT_ASKED] for a, cases in results.items()}
    asked = {animal: cases for animal, cases in every.items() if cases}
    others = ", ".join(animal.title for animal in results if animal not in asked)
    counted = {
        animal: counts_of([case for case in cases if case["phase"] == "fault"])
        for animal, cases in asked.items()
    }
    parts = [_TOKENS.format(seen=seen), *_totals(counted)]
    parts += [_line(["connected after the remedy", *map(_cured, asked.values())])]
    parts += ["", *_behaviour(asked)]
    parts += (
        [f"\nNot asked, as these programs log in with a password only: {others}."] if others else []
    )
    return "\n".join(parts) + "\n"


def _cured(cases: list[Case]) -> str:
    """In how many of the remedies it connected."""
    verdicts = [case["verdict"] in RIGHT for case in cases if case["phase"] == "remedy"]
    return _share(sum(verdicts), len(verdicts))


def tokens_of(page: str) -> str:
    """That section of a page."""
    begin, end = page.index(_TOKENS[: _TOKENS.index("{")]), page.index(_CAUSES)
    return page[begin:end]


def counts_of(cases: list[Case]) -> Counts:
    counts: Counts = {}
    for case in cases:
        right, total = counts.get(row_of(case), (0, 0))
        counts[row_of(case)] = right + (case["verdict"] in RIGHT), total + 1
    return counts


def row_of(case: Case) -> Row:
    """The row that a case counts in."""
    expected = case["expected"]
    return expected["error"], expected["stage"] or "", expected["cause"] or ""


def _part(counts: Counts, row: Row) -> int:
    return counts.get(row, (0, 0))[0]


def _whole(counts: Counts, row: Row) -> int:
    return counts.get(row, (0, 0))[1]


def _totals(counted: Mapping[Animal, Counts]) -> Iterator[str]:
    yield from _head(["documented error"], counted)
    errors = sorted({row[0] for counts in counted.values() for row in counts})
    for error in errors:
        yield _line([f"`{error}`", *(_cell(counts, error) for counts in counted.values())])
    yield _line(["**all**", *(_cell(counts) for counts in counted.values())])


def _causes(counted: Mapping[Animal, Counts], rows: list[Row]) -> Iterator[str]:
    yield from _head(["documented error", "stage", "cause"], counted)
    before = ""
    for row in sorted(rows):
        cells = [_cell(counts, *row) for counts in counted.values()]
        yield _line([f"`{row[0]}`" if row[0] != before else "", *row[1:], *cells])
        before = row[0]


def _cell(counts: Counts, *of: str) -> str:
    """How many of those whose row begins so; bold where some are not."""
    chosen = [count for row, count in counts.items() if row[: len(of)] == of]
    return _share(sum(r for r, _ in chosen), sum(t for _, t in chosen))


def _share(right: int, total: int) -> str:
    return f"{right}/{total}" if right == total else f"**{right}**/{total}"


def _agreed(rows: list[Row]) -> str:
    told = ", ".join(f"{stage} {cause}".strip() for _, stage, cause in sorted(rows))
    return f"\nAll of them tell the documented error of these rightly: {told}."


def _behaviour(results: Results) -> Iterator[str]:
    found = {
        animal: Counter(name for case in cases for name in case["violations"])
        for animal, cases in results.items()
    }
    yield from _head(["violation", ""], results)
    for name in sorted({name for counts in found.values() for name in counts}):
        cells = [str(counts[name] or "·") for counts in found.values()]
        yield _line([f"`{name}`", sentence(name), *cells])


def _losses(results: Results) -> Iterator[str]:
    for animal in results:
        if animal.loses:
            yield f"**{animal.title}** ({animal.language})\n"
            yield from (f"- {sentence}" for sentence in animal.loses)
            yield ""


def _head(first: list[str], animals: Mapping[Animal, Any]) -> Iterator[str]:
    titles = [heading(animal) for animal in animals]
    yield _line([*first, *titles])
    yield _line(["---"] * len(first) + ["---:"] * len(titles))


def heading(animal: Animal) -> str:
    """Of its column."""
    return animal.title.replace(" + ", " +<br>")


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


_HEADER = """\
# Which library lets an application tell which failure

`python -m examples.connectors.survey --write` writes this page. Each connector here is a small
program that does the five steps of a mailbox check with one library for each protocol, and reads
from the library's own errors which documented error it is. A cell says in how many scenarios of how
many it named the right one. All were run on {seen}, one after the other; the versions stand at the
end.
"""
_TOKENS = """
## With tokens

Of the scenarios with `authentication: oauth2`, run apart on {seen} by
`python -m examples.connectors.survey --tokens --write`; the numbers above are without them.
"""
_CAUSES = """
## By stage and cause

Where at least one of them does not name the documented error every time.
"""
_BEHAVIOUR = """
## How they behave

In how many scenarios each did what it should not, whatever it said at the end.
"""
_LOSSES = """
## What is lost, and where
"""
_VERSIONS = """\
## What was run
"""
