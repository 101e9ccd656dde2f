"""`badinbox mapping`: what a connector's own codes and messages mean."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import INTERRUPTED, PASSED
from harness.cli.shared import completion
from harness.cli.shared.options import Choice, choosing, jobs_option, output_file, timeout_option


@click.group("mapping")
def mapping_command() -> None:
    """Mappings from a connector's own codes and messages to the documented errors."""


@mapping_command.command()
@click.option(
    "--connector",
    required=True,
    metavar="NAME",
    help="As for `run`.",
    shell_complete=completion.connectors,
)
@jobs_option
@timeout_option
@click.option(
    "--output", type=output_file, default=Path("mapping.yaml"), show_default=True, metavar="FILE"
)
@click.option("--force", is_flag=True, help="Write over the file if it is there.")
@choosing
def init(
    choice: Choice,
    connector: str,
    jobs: int,
    timeout: float,
    output: Path,
    force: bool,
) -> int:
    """Run the connector once and write a first mapping, for you to correct."""
    import asyncio

    from harness.cli.run_command import RunPlan, run
    from harness.files.whole_file import write_file
    from harness.mapping.first import first_mapping

    if output.is_file() and not force:
        raise click.UsageError(f"{output} is there already; `--force` writes over it")
    plan = RunPlan(choice.read(), connector, jobs, timeout, phase="fault")
    # Verdicts say nothing yet: what no mapping explains is unclear.
    finished = asyncio.run(run(plan, "quiet"))
    if finished.results or not finished.interrupted:
        write_file(output, first_mapping(finished.results, connector).encode())
        click.echo(f"wrote {output}, from {len(finished.results)} checks")
    return INTERRUPTED if finished.interrupted else PASSED
