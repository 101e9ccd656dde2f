"""`badinbox schema`: the JSON Schemas of all that is read and written."""

from __future__ import annotations

import json
from typing import Any, Literal, get_args

import click

Name = Literal["scenario", "settings", "answer", "mapping", "baseline", "results"]


@click.command("schema")
@click.argument("name", type=click.Choice(get_args(Name)), default="scenario")
def command(name: Name) -> None:
    """Print a JSON Schema (2020-12).

    `scenario`: scenario files. `settings`: what a connector is given. `answer`: what it answers.
    `mapping`, `baseline`: those files. `results`: what `run --json` writes.
    """
    click.echo(json.dumps(_schema(name), indent=1, ensure_ascii=False))


def _schema(name: Name) -> dict[str, Any]:
    if name == "results":
        from harness.reports.json_report import results_schema

        return results_schema()
    if name == "settings":
        from harness.connectors.connector import settings_schema

        return settings_schema()
    if name == "answer":
        from harness.contract.answer import Report

        return Report.model_json_schema()
    if name == "baseline":
        from harness.results.baseline import Baseline

        return Baseline.model_json_schema()
    if name == "mapping":
        from harness.mapping import Mapping

        return Mapping.model_json_schema()
    from harness.scenario.schema import json_schema

    return json_schema()
