"""The two tables, in Markdown, and their places in `scenarios/README.md`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from tests.lab.check import Diagnosed
from tests.lab.compare import Result

README = Path(__file__).resolve().parents[2] / "scenarios" / "README.md"
LONGEST = 160

Table = Literal["likeness", "diagnoses"]


def _marks(table: Table) -> tuple[str, str]:
    return f"<!-- {table}: written by `python -m tests.lab --write` -->", f"<!-- end of {table} -->"


def row(server: str, result: Result) -> str:
    """One line of the table of likeness."""
    note = "" if result.outcome == "equal" else result.case.why
    if result.outcome == "differs":
        real, fake = (_code(line) for line in result.pair)
        note = f"{note + ': ' if note else ''}real {real}, fake {fake}"
    return f"| {server} | {result.case.failure} | {result.outcome} | {note} |"


def _code(line: str) -> str:
    shown = line.replace("|", "\\|").replace("`", "'")
    return f"`{shown if len(shown) <= LONGEST else shown[:LONGEST] + '…'}`"


def summary(results: Mapping[str, Sequence[Result]]) -> str:
    """How alike, per server and in all. What cannot be reproduced does not count."""
    header = "server | equal | differ | not reproducible | equal of those compared | lines alike"
    lines = [f"| {header} |", "|---|---|---|---|---|---|"]
    total: Counter[str] = Counter()
    for server, some in results.items():
        counts = Counter(result.outcome for result in some)
        for result in some:
            alike, of = result.lines_alike
            counts.update(alike=alike, lines=of)
        total += counts
        lines.append(_counted(server, counts))
    return "\n".join([*lines, _counted("all", total)])


def _counted(name: str, counts: Counter[str]) -> str:
    equal, differ = counts["equal"], counts["differs"]
    share = _percent(equal, equal + differ)
    lines = _percent(counts["alike"], counts["lines"])
    return f"| {name} | {equal} | {differ} | {counts['not reproducible']} | {share} | {lines} |"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def render(results: Mapping[str, Sequence[Result]]) -> str:
    """The table of likeness, with its summary."""
    rows = [row(server, result) for server, some in results.items() for result in some]
    header = ["| server | failure | likeness | |", "|---|---|---|---|"]
    return "\n".join([summary(results), "", *header, *rows])


def check_row(server: str, diagnosed: Diagnosed) -> str:
    """One line of the table of diagnoses."""
    expected, difference = diagnosed.expected, diagnosed.difference
    found = f"no: {_code(difference)}" if difference else "yes"
    columns = (server, expected.failure, expected.error, expected.stage, expected.cause, found)
    return f"| {' | '.join(column or '' for column in columns)} |"


def render_checks(results: Mapping[str, Sequence[Diagnosed]]) -> str:
    """The table of diagnoses, with its summary."""
    everything = [(server, one) for server, some in results.items() for one in some]
    right = sum(not one.difference for _, one in everything)
    return "\n".join(
        [
            f"{right} of {len(everything)} checks say what is documented, and the same of both.",
            "",
            "| server | failure | documented error | stage | cause | said of both |",
            "|---|---|---|---|---|---|",
            *(check_row(server, one) for server, one in everything),
        ]
    )


def recorded(table: Table) -> list[str]:
    """The rows that the README has."""
    begin, end = _marks(table)
    between = README.read_text(encoding="utf-8").partition(begin)[2].partition(end)[0]
    return [line for line in between.splitlines() if line.startswith("|")]


def write(table: Table, text: str) -> None:
    """Put a table in its place."""
    begin, end = _marks(table)
    before, _, rest = README.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    README.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
