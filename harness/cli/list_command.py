"""`badinbox list`: the scenarios there are, what they cover, and what is known of each dialect."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import click

from harness.cli.shared.ending import until_ended
from harness.cli.shared.options import NOTHING_SAID, Choice, choosing, language_option
from harness.cli.shared.printing import say, say_json
from harness.files.problems import BadInput
from harness.texts import load_command_texts, retold

if TYPE_CHECKING:
    from fakeservers.dialects.sides import Side
    from harness.scenario.choosing.summaries import CaseSummary
    from harness.scenario.coverage import Row
    from harness.scenario.model import Scenario

_CAUSE_WIDTH: Final = 33
_DIALECTS_WIDTH: Final = 58
_INDENT: Final = "    "
_STATES: Final = {
    "imap": ("before_tls", "before_login", "after_login"),
    "smtp": ("before_tls", "before_login"),
}
_COLUMNS: Final = ("protocol", "manners", "faults")
_OPENING: Final = {"imap": ("greeting",), "smtp": ("greeting", "ehlo-ok")}


@click.command()
@click.option("--coverage", is_flag=True, help="What they cover, and what nothing covers.")
@click.option("--dialects", is_flag=True, help="What is known of each server, and what is not.")
@click.option("--fairness", is_flag=True, help="On what each expectation rests, as Markdown.")
@click.option("--how", "how", is_flag=True, help="What is typed to choose each at `serve --any`.")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
@language_option("what is printed; titles and --fairness are English")
@choosing
def list_command(
    choice: Choice,
    coverage: bool,
    dialects: bool,
    fairness: bool,
    how: bool,
    as_json: bool,
    lang: str,
) -> int:
    """List scenarios by id; selectors as for `run`. A file with mistakes is left out and told in a
    line; the exit code is 2 then."""
    words: dict[str, Any] = load_command_texts(lang)["list"]
    if dialects:
        if choice != NOTHING_SAID or coverage or fairness or how or as_json:
            raise click.UsageError("--dialects lists all dialects: nothing goes with it")
        say("\n".join(_dialect_lines(words["dialects"])))
        return 0
    if how and (coverage or fairness):
        raise click.UsageError("--how is a table of its own: selectors and --json go with it")
    if fairness and (coverage or as_json):
        raise click.UsageError("--fairness is a table of its own: selectors alone go with it")
    if (
        choice == NOTHING_SAID
        and not (coverage or fairness or how or as_json)
        and _list_known(words)
    ):
        return 0
    passed_over: list[BadInput] = []
    found = choice.read(passed_over=passed_over)
    if fairness:
        from harness.results import fairness as table

        say(until_ended(table.fairness(found, jobs=8)), nl=False)
    elif how:
        _list_how(found, as_json, lang)
    elif coverage:
        _list_coverage(found, as_json, lang)
    else:
        _list(found, as_json, words)
    for bad in passed_over:
        first, *more = bad.problems
        besides = words["more-mistakes"][len(more) > 1].format(number=len(more)) if more else ""
        say(words["left-out"].format(first=first) + besides, err=True)
    return 2 if passed_over else 0


def _list_coverage(found: list[Scenario], as_json: bool, language: str) -> None:
    from harness.scenario.coverage import coverage as covered

    rows = covered(found)
    if as_json:
        _print_json(rows, "error stage cause cases modes dialects reason")
    else:
        lives = sum(each.life is not None for each in found)
        say("\n".join(_coverage_lines(rows, lives, language)))


def _list_known(words: dict[str, Any]) -> bool:
    """List the catalogue without reading it; False: a file of it has mistakes."""
    from harness.scenario.choosing.summaries import summaries

    try:
        found = summaries()
    except BadInput:
        return False
    _print_lines(found, words)
    return True


def _list(found: list[Scenario], as_json: bool, words: dict[str, Any]) -> None:
    if as_json:
        _print_json(found, "id title reproduces stage cause dialect source file unproven")
    else:
        _print_lines(found, words)


def _print_lines(found: Sequence[Scenario | CaseSummary], words: dict[str, Any]) -> None:
    width = max((len(scenario.id) for scenario in found), default=0)
    for scenario in found:
        unproven = ", ".join(scenario.unproven)
        told = words["unproven"].format(names=unproven) if unproven else ""
        say(f"{scenario.id:<{width}}  {scenario.title}{told}")


def _list_how(found: Sequence[Scenario], as_json: bool, language: str) -> None:
    """A line for each: the way, what is typed, at which ports, and why not more easily."""
    from dataclasses import asdict

    from harness.serving.common.how import how, told
    from harness.serving.table import in_columns

    known = list(map(how, found))
    if as_json:
        say_json(list(map(asdict, known)), indent=1)
        return
    for line in in_columns([told(each, language) for each in known]):
        say(line)
    words: dict[str, Any] = load_command_texts(language)["list"]
    counts = Counter(words["ways"][each.way] for each in known)
    by_way = (words["by-way"].format(number=counts[way], way=way) for way in counts)
    say("\n" + ", ".join(by_way))


def _print_json(rows: Sequence[object], names: str) -> None:
    shown = [{name: getattr(row, name) for name in names.split()} for row in rows]
    say_json([{**row, "file": str(row["file"])} if "file" in row else row for row in shown], 1)


def _coverage_lines(rows: Sequence[Row], lives: int, language: str) -> Iterator[str]:
    """The rows by documented error and stage: cases in all and by security mode, and dialects."""
    from harness.scenario.coverage import MODES

    words: dict[str, str] = load_command_texts(language)["list"]["coverage"]
    besides = words["lives"].format(lives=lives) if lives else ""
    yield words["modes"].format(modes=", ".join(MODES)) + besides
    for error, of_error in groupby(rows, key=lambda row: row.error):
        yield f"\n{error}"
        for stage, of_stage in groupby(of_error, key=lambda row: row.stage):
            yield f"  {stage}"
            for row in of_stage:
                yield from _row_lines(row, words, language)
    yield f"\n{_summary(rows, words)}"


def _row_lines(row: Row, words: dict[str, str], language: str) -> Iterator[str]:
    counts = "".join(f"{count or '·':>4}" for count in row.modes.values())
    why = retold("coverage", row.reason or "", language)
    missing = words["reason"].format(reason=why) if why else words["empty"]
    about = ", ".join(row.dialects) if row.cases else missing
    head = f"{_INDENT}{row.cause:<{_CAUSE_WIDTH}}{counts}  "
    first, *rest = textwrap.wrap(about, _DIALECTS_WIDTH, break_on_hyphens=False)
    yield f"{head}{first}"
    yield from (f"{'':{len(head)}}{line}" for line in rest)


def _summary(rows: Sequence[Row], words: dict[str, str]) -> str:
    """How many rows have cases, how many cannot have any, and how many are empty."""
    covered = [row for row in rows if row.cases]
    impossible = [row for row in rows if row.reason]
    dialects = {dialect for row in rows for dialect in row.dialects}
    cases = sum(row.cases for row in rows)
    return words["all"].format(
        cases=cases,
        covered=len(covered),
        dialects=len(dialects),
        impossible=len(impossible),
        empty=len(rows) - len(covered) - len(impossible),
    )


def _dialect_lines(words: dict[str, dict[str, str]]) -> Iterator[str]:
    """A line for each protocol that a dialect speaks; what is not known is taken from `plain`."""
    from fakeservers.dialects.dialect import dialect_names, load_dialect

    width = max(map(len, dialect_names()))
    head = words["head"]
    columns = [f"{head['dialect']:<{width}}", *(head[name] for name in _COLUMNS), head["unknown"]]
    yield "  ".join(columns)
    of_protocol, of_manners, of_faults = (len(head[name]) for name in _COLUMNS)
    for name in dialect_names():
        for protocol in _STATES:
            side: Side | None = getattr(load_dialect(name), protocol)
            if side:
                counts = f"{len(side.manners):>{of_manners}}  {len(side.faults):>{of_faults}}"
                unknown = ", ".join(_unknown(side, protocol, words)) or "-"
                yield f"{name:<{width}}  {protocol:<{of_protocol}}  {counts}  {unknown}"


def _unknown(side: Side, protocol: str, words: dict[str, dict[str, str]]) -> Iterator[str]:
    for manner in _OPENING[protocol]:
        if manner not in side.manners:
            yield words["opening"][manner]
    for state in _STATES[protocol]:
        if getattr(side.capabilities, state) is None:
            yield words["capabilities"][state]
