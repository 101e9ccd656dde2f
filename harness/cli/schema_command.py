"""`badinbox schema`: the JSON Schema of scenario files, or of the results."""

from __future__ import annotations

import json

import click


@click.command("schema")
@click.option("--results", is_flag=True, help="The schema of what `run --json` writes.")
def command(results: bool) -> None:
    """Print the JSON Schema of scenario files."""
    if results:
        from harness.reports.json_report import results_schema

        click.echo(json.dumps(results_schema(), indent=1, ensure_ascii=False))
    else:
        from harness.schema import as_text

        click.echo(as_text(), nl=False)
