"""`badinbox list`: the scenarios there are, what they cover, and what is known of each dialect."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

import click

from harness.cli.shared.ending import until_ended
from harness.cli.shared.options import NOTHING_SAID, Choice, choosing
from harness.cli.shared.printing import say, say_json
from harness.files.problems import BadInput
from harness.texts import counted

if TYPE_CHECKING:
    from fakeservers.dialects.sides import Side
    from harness.scenario.choosing.summaries import CaseSummary
    from harness.scenario.coverage import Row
    from harness.scenario.model import Scenario

_CAUSE_WIDTH: Final = 33
_DIALECTS_WIDTH: Final = 58
_INDENT: Final = "    "
_STATES: Final = {
    "imap": {"before_tls": "before TLS", "before_login": "over TLS", "after_login": "after log-in"},
    "smtp": {"before_tls": "before TLS", "before_login": "over TLS"},
}
_OPENING: Final = {
    "imap": {"greeting": "greeting"},
    "smtp": {"greeting": "greeting", "ehlo-ok": "first line of EHLO"},
}


@click.command()
@click.option("--coverage", is_flag=True, help="What they cover, and what nothing covers.")
@click.option("--dialects", is_flag=True, help="What is known of each server, and what is not.")
@click.option("--fairness", is_flag=True, help="On what each expectation rests, as Markdown.")
@click.option("--how", "how", is_flag=True, help="What is typed to choose each at `serve --any`.")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
@choosing
def list_command(
    choice: Choice, coverage: bool, dialects: bool, fairness: bool, how: bool, as_json: bool
) -> int:
    """List scenarios by id; selectors as for `run`. A file with mistakes is left out and told in a
    line; the exit code is 2 then."""
    if dialects:
        if choice != NOTHING_SAID or coverage or fairness or how or as_json:
            raise click.UsageError("--dialects lists all dialects: nothing goes with it")
        say("\n".join(_dialect_lines()))
        return 0
    if how and (coverage or fairness):
        raise click.UsageError("--how is a table of its own: selectors and --json go with it")
    if fairness and (coverage or as_json):
        raise click.UsageError("--fairness is a table of its own: selectors alone go with it")
    if choice == NOTHING_SAID and not (coverage or fairness or how or as_json) and _list_known():
        return 0
    passed_over: list[BadInput] = []
    found = choice.read(passed_over=passed_over)
    if fairness:
        from harness.results import fairness as table

        say(until_ended(table.fairness(found, jobs=8)), nl=False)
    elif how:
        _list_how(found, as_json)
    elif coverage:
        _list_coverage(found, as_json)
    else:
        _list(found, as_json)
    for bad in passed_over:
        first, *more = bad.problems
        besides = f" (and {counted(len(more), 'mistake')} more)" if more else ""
        say(f"badinbox: left out: {first}{besides}", err=True)
    return 2 if passed_over else 0


def _list_coverage(found: list[Scenario], as_json: bool) -> None:
    from harness.scenario.coverage import coverage as covered

    rows = covered(found)
    if as_json:
        _print_json(rows, "error stage cause cases modes dialects reason")
    else:
        say("\n".join(_coverage_lines(rows, sum(each.life is not None for each in found))))


def _list_known() -> bool:
    """List the catalogue without reading it; False: a file of it has mistakes."""
    from harness.scenario.choosing.summaries import summaries

    try:
        found = summaries()
    except BadInput:
        return False
    _print_lines(found)
    return True


def _list(found: list[Scenario], as_json: bool) -> None:
    if as_json:
        _print_json(found, "id title reproduces stage cause dialect source file unproven")
    else:
        _print_lines(found)


def _print_lines(found: Sequence[Scenario | CaseSummary]) -> None:
    width = max((len(scenario.id) for scenario in found), default=0)
    for scenario in found:
        unproven = ", ".join(scenario.unproven)
        told = f"  ({unproven}: unproven)" if unproven else ""
        say(f"{scenario.id:<{width}}  {scenario.title}{told}")


def _list_how(found: Sequence[Scenario], as_json: bool) -> None:
    """A line for each: the way, what is typed, at which ports, and why not more easily."""
    from dataclasses import asdict

    from harness.serving.common.how import how, told
    from harness.serving.table import in_columns

    known = list(map(how, found))
    if as_json:
        say_json(list(map(asdict, known)), indent=1)
        return
    for line in in_columns(list(map(told, known))):
        say(line)
    counts = Counter(each.way for each in known)
    say("\n" + ", ".join(f"{counts[way]} by {way}" for way in counts))


def _print_json(rows: Sequence[object], names: str) -> None:
    shown = [{name: getattr(row, name) for name in names.split()} for row in rows]
    say_json([{**row, "file": str(row["file"])} if "file" in row else row for row in shown], 1)


def _coverage_lines(rows: Sequence[Row], lives: int) -> Iterator[str]:
    """The rows by documented error and stage: cases in all and by security mode, and dialects."""
    from harness.scenario.coverage import MODES

    besides = f"; besides, {lives} lives: life/" if lives else ""
    yield "cases by security mode: " + ", ".join(MODES) + besides
    for error, of_error in groupby(rows, key=lambda row: row.error):
        yield f"\n{error}"
        for stage, of_stage in groupby(of_error, key=lambda row: row.stage):
            yield f"  {stage}"
            for row in of_stage:
                yield from _row_lines(row)
    yield f"\n{_summary(rows)}"


def _row_lines(row: Row) -> Iterator[str]:
    counts = "".join(f"{count or '·':>4}" for count in row.modes.values())
    missing = f"not reproduced: {row.reason}" if row.reason else "EMPTY"
    about = ", ".join(row.dialects) if row.cases else missing
    head = f"{_INDENT}{row.cause:<{_CAUSE_WIDTH}}{counts}  "
    first, *rest = textwrap.wrap(about, _DIALECTS_WIDTH, break_on_hyphens=False)
    yield f"{head}{first}"
    yield from (f"{'':{len(head)}}{line}" for line in rest)


def _summary(rows: Sequence[Row]) -> str:
    """How many rows have cases, how many cannot have any, and how many are empty."""
    covered = [row for row in rows if row.cases]
    impossible = [row for row in rows if row.reason]
    dialects = {dialect for row in rows for dialect in row.dialects}
    cases = sum(row.cases for row in rows)
    return (
        f"{cases} cases in {len(covered)} rows, {len(dialects)} dialects; "
        f"{len(impossible)} rows cannot be reproduced; "
        f"{len(rows) - len(covered) - len(impossible)} rows are empty"
    )


def _dialect_lines() -> Iterator[str]:
    """A line for each protocol that a dialect speaks; what is not known is taken from `plain`."""
    from fakeservers.dialects.dialect import dialect_names, load_dialect

    width = max(map(len, dialect_names()))
    yield f"{'dialect':<{width}}  protocol  manners  faults  not known, so taken from plain"
    for name in dialect_names():
        for protocol in _STATES:
            side: Side | None = getattr(load_dialect(name), protocol)
            if side:
                counts = f"{len(side.manners):>7}  {len(side.faults):>6}"
                unknown = ", ".join(_unknown(side, protocol)) or "-"
                yield f"{name:<{width}}  {protocol:<8}  {counts}  {unknown}"


def _unknown(side: Side, protocol: str) -> Iterator[str]:
    for manner, words in _OPENING[protocol].items():
        if manner not in side.manners:
            yield words
    for state, words in _STATES[protocol].items():
        if getattr(side.capabilities, state) is None:
            yield f"list {words}"
