"""`badinbox list`: the scenarios there are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.options import scenarios_option

if TYPE_CHECKING:
    from harness.scenario.model import Scenario


@click.command("list")
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@click.option("--coverage", is_flag=True, help="What they cover, and what nothing covers.")
@click.option("--dialects", is_flag=True, help="What is known of each server, and what is not.")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
@scenarios_option
def command(
    selectors: tuple[str, ...],
    coverage: bool,
    dialects: bool,
    as_json: bool,
    scenarios: Path | None,
) -> None:
    """List scenarios by id; selectors as for `run`."""
    if dialects:
        _print_dialects(alone=not (selectors or coverage or as_json or scenarios))
        return
    from harness.cli.scenarios import chosen

    found = chosen(selectors, scenarios)
    if coverage:
        _print_coverage(found, as_json)
    elif as_json:
        _print_json([_row(scenario) for scenario in found])
    else:
        width = max((len(scenario.id) for scenario in found), default=0)
        for scenario in found:
            click.echo(f"{scenario.id:<{width}}  {scenario.title}")


def _print_dialects(*, alone: bool) -> None:
    from harness.cli.dialect_table import dialect_lines

    if not alone:
        raise click.UsageError("--dialects lists all dialects: nothing goes with it")
    click.echo("\n".join(dialect_lines()))


def _print_coverage(found: Sequence[Scenario], as_json: bool) -> None:
    from harness.cli.coverage_table import coverage_json, coverage_lines
    from harness.scenario.coverage import coverage

    rows = coverage(found)
    if as_json:
        _print_json(coverage_json(rows))
    else:
        click.echo("\n".join(coverage_lines(rows)))


def _print_json(rows: list[dict[str, object]]) -> None:
    click.echo(json.dumps(rows, indent=1, ensure_ascii=False))


def _row(scenario: Scenario) -> dict[str, object]:
    return {
        "id": scenario.id,
        "title": scenario.title,
        "reproduces": scenario.reproduces,
        "stage": scenario.stage,
        "cause": scenario.cause,
        "dialect": scenario.dialect,
        "source": list(scenario.source),
        "file": str(scenario.file),
    }
