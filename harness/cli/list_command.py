"""`badinbox list`: the scenarios there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.options import scenarios_option

if TYPE_CHECKING:
    from harness.scenario import Scenario


@click.command("list")
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
@scenarios_option
def command(selectors: tuple[str, ...], as_json: bool, scenarios: Path | None) -> None:
    """List scenarios by id; selectors as for `run`."""
    from harness.cli.scenarios import chosen

    found = chosen(selectors, scenarios)
    if as_json:
        rows = [_row(scenario) for scenario in found]
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        width = max((len(scenario.id) for scenario in found), default=0)
        for scenario in found:
            click.echo(f"{scenario.id:<{width}}  {scenario.title}")


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
