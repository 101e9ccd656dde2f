"""`badinbox judge`: a recorded run, judged again without being run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.shared.options import InputFile
from harness.cli.shared.reporting import PART, Length, exit_code, report_options, tell


@click.command()
@click.argument("recorded", type=click.Path(dir_okay=False, path_type=Path), metavar="RUN.json")
@click.option(
    "--mapping",
    "mapping_file",
    type=InputFile,
    metavar="FILE",
    help="What the connector's own codes and messages mean.",
)
@report_options
@click.option("-v", "--verbose", is_flag=True, help="Print every case that failed, in full.")
@click.option("-q", "--quiet", is_flag=True, help="Print one line.")
def judge_command(
    recorded: Path, mapping_file: Path | None, verbose: bool, quiet: bool, **reports: Any
) -> int:
    """Judge again what `run --json` recorded, without running anything.

    Without a mapping, none is applied, whatever the run had. Of a run that was killed,
    RUN.json.part is read.
    """
    from harness.mapping import load_mapping
    from harness.results.comparison import read_results
    from harness.results.rejudging import judged_again

    part = recorded.with_name(recorded.name + PART)
    file = part if part.is_file() and not recorded.exists() else recorded
    run = read_results(file)
    meanings = load_mapping(mapping_file) if mapping_file else None
    finished = judged_again(run, file, meanings)
    length: Length = "quiet" if quiet else "verbose" if verbose else "usual"
    tell(finished, run.connector, reports, None, length)
    return exit_code(finished)
