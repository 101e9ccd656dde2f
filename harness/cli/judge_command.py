"""`badinbox judge`: a recorded run, judged again without being run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.shared.connector_options import declared_in, judging_options
from harness.cli.shared.printing import say
from harness.cli.shared.reporting import PART, Length, exit_code, report_options, tell


@click.command()
@click.argument("recorded", type=click.Path(dir_okay=False, path_type=Path), metavar="RUN.json")
@judging_options
@report_options
@click.option("-v", "--verbose", is_flag=True, help="Print every case that failed, in full.")
@click.option("-q", "--quiet", is_flag=True, help="Print one line.")
def judge_command(recorded: Path, verbose: bool, quiet: bool, lang: str, **more: Any) -> int:
    """Judge again what `run --json` recorded, without running anything.

    By the mapping and the policy that are given here, or stand in pyproject.toml, whatever the run
    had; what the connector does stays as it was. Of a run that was killed, RUN.json.part is read.
    """
    from harness.results.comparison import read_results
    from harness.results.rejudging import judged_again
    from harness.texts import counted

    part = recorded.with_name(recorded.name + PART)
    file = part if part.is_file() and not recorded.exists() else recorded
    run = read_results(file)
    said, reports = declared_in(more)
    finished = judged_again(run, file, said.meanings, said.policy)
    if lives := sum(bool(case.life) for case in run.cases):
        say(f"{counted(lives, 'verdict')} of lives stay as they were: run those again", err=True)
    length: Length = "quiet" if quiet else "verbose" if verbose else "usual"
    tell(finished, run.connector, reports, None, length, lang)
    return exit_code(finished)
