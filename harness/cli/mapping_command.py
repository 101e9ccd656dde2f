"""`badinbox mapping`: what a connector's own codes and messages mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli import INTERRUPTED, PASSED
from harness.cli.shared.connector_options import connector_options, declared_in
from harness.cli.shared.options import Choice, choosing, jobs_option, output_file, timeout_option


@click.group("mapping")
def mapping_command() -> None:
    """Mappings from a connector's own codes and messages to the documented errors."""


@mapping_command.command()
@connector_options
@jobs_option
@timeout_option
@click.option(
    "--output", type=output_file, default=Path("mapping.yaml"), show_default=True, metavar="FILE"
)
@click.option("--force", is_flag=True, help="Write over the file if it is there.")
@choosing
def init(
    choice: Choice,
    jobs: int,
    timeout: float,
    output: Path,
    force: bool,
    **more: Any,
) -> int:
    """Run the connector once and write a first mapping, for you to correct."""
    import asyncio

    from harness.cli.run_command import RunPlan, run
    from harness.files.whole_file import write_file
    from harness.mapping.first import first_mapping

    if output.is_file() and not force:
        raise click.UsageError(f"{output} is there already; `--force` writes over it")
    said, _ = declared_in(more)
    if said.connector == "builtin":
        raise click.UsageError("of which `--connector`? The built-in one needs no mapping")
    found = choice.read()
    # Verdicts say nothing yet: what no mapping explains is unclear.
    plan = RunPlan(
        *(found, jobs, timeout, said, "fault"),
        preflight=True,
        resample=(lambda does: choice.read(does=does)) if choice.sample else None,
        understood=False,
    )
    finished = asyncio.run(run(plan, "quiet"))
    results = [result for result in finished.results if result.applies]
    if results or not finished.interrupted:
        write_file(output, first_mapping(results, said.connector).encode())
        left = len(finished.results) - len(results)
        without = f"; {left} do not apply to it" if left else ""
        click.echo(f"wrote {output}, from {len(results)} checks{without}")
    return INTERRUPTED if finished.interrupted else PASSED
