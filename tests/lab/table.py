"""The table of likeness, in Markdown, and its place in `scenarios/README.md`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.lab.compare import Result

README = Path(__file__).resolve().parents[2] / "scenarios" / "README.md"
BEGIN = "<!-- likeness: written by `python -m tests.lab --write` -->"
END = "<!-- end of likeness -->"
HEADER = "| server | failure | likeness | |\n|---|---|---|---|"
LONGEST = 160


def row(server: str, result: Result) -> str:
    """One line of the table."""
    note = result.case.why
    if result.outcome == "differs":
        real, fake = (_code(line) for line in result.pair)
        note = f"{note + ': ' if note else ''}real {real}, fake {fake}"
    return f"| {server} | {result.case.failure} | {result.outcome} | {note} |"


def _code(line: str) -> str:
    shown = line.replace("|", "\\|").replace("`", "'")
    return f"`{shown if len(shown) <= LONGEST else shown[:LONGEST] + '…'}`"


def summary(results: Mapping[str, Sequence[Result]]) -> str:
    """How alike, per server and in all. What cannot be reproduced does not count."""
    lines = ["| server | equal | differ | not reproducible | equal of those compared |"]
    lines.append("|---|---|---|---|---|")
    total: Counter[str] = Counter()
    for server, some in results.items():
        counts = Counter(result.outcome for result in some)
        total += counts
        lines.append(_counted(server, counts))
    return "\n".join([*lines, _counted("all", total)])


def _counted(name: str, counts: Counter[str]) -> str:
    equal, differ = counts["equal"], counts["differs"]
    share = f"{100 * equal / (equal + differ):.1f} %" if equal + differ else ""
    return f"| {name} | {equal} | {differ} | {counts['not reproducible']} | {share} |"


def render(results: Mapping[str, Sequence[Result]]) -> str:
    """Summary and table."""
    rows = [row(server, result) for server, some in results.items() for result in some]
    return "\n".join([summary(results), "", HEADER, *rows])


def recorded() -> list[str]:
    """The rows that the README has."""
    between = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    return [line for line in between.splitlines() if line.startswith("|")]


def write(text: str) -> None:
    """Put the table in its place."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
