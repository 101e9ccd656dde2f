"""`badinbox run`: a connector against scenarios, judged."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import BAD_INPUT, NOT_PASSED, OUR_FAULT, PASSED
from harness.cli.options import (
    InputFile,
    OutputFile,
    Shard,
    jobs_option,
    scenarios_option,
    timeout_option,
)
from harness.cli.run_reports import report
from harness.files.problems import BadInput

if TYPE_CHECKING:
    from harness.judging.interpret import Meanings
    from harness.reports.console import Progress
    from harness.results.baseline import Baseline
    from harness.runner.events import RunFinished
    from harness.runner.runner import Phases, Runner
    from harness.scenario.model import Scenario


@dataclass(frozen=True)
class Plan:
    scenarios: list[Scenario]
    runner: Runner
    phase: Phases
    stop_early: bool
    preflight: bool


@click.command("run")
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@jobs_option
@click.option("--shard", type=Shard(), metavar="I/N", help="Only the I-th of N parts.")
@timeout_option
@click.option(
    "--json", "json_file", type=OutputFile(), metavar="FILE", help="Write the results as JSON."
)
@click.option("--junit", "junit_file", type=OutputFile(), metavar="FILE", help="Write JUnit XML.")
@click.option(
    "--markdown", "markdown_file", type=OutputFile(), metavar="FILE", help="Write Markdown."
)
@click.option(
    "--html", "html_file", type=OutputFile(), metavar="FILE", help="Write a page of HTML."
)
@click.option("-x", "stop_early", is_flag=True, help="Stop at the first that does not pass.")
@click.option(
    "--phase", type=click.Choice(["fault", "remedy", "both"]), default="both", show_default=True
)
@click.option(
    "--connector",
    default="builtin",
    show_default=True,
    metavar="NAME",
    help="What is tested: `builtin`, a Python callable as `module:callable`, a command such as "
    "`node check.js` (or `jsonl:node check.js` where one process answers many), or http://….",
)
@click.option(
    "--mapping",
    "mapping_file",
    type=InputFile,
    metavar="FILE",
    help="What the connector's own codes and messages mean.",
)
@click.option(
    "--baseline",
    "baseline_file",
    type=InputFile,
    metavar="FILE",
    help="Known deviations to accept; others fail, and so do entries that are out of date.",
)
@click.option(
    "--write-baseline",
    type=OutputFile(),
    metavar="FILE",
    help="Write all that did not pass as a first baseline.",
)
@click.option(
    "--preflight/--no-preflight",
    default=True,
    help="First try a mailbox that works, and stop if that fails.",
)
@scenarios_option
def command(
    selectors: tuple[str, ...],
    jobs: int,
    shard: tuple[int, int] | None,
    timeout: float,
    json_file: Path | None,
    junit_file: Path | None,
    markdown_file: Path | None,
    html_file: Path | None,
    stop_early: bool,
    phase: Phases,
    connector: str,
    mapping_file: Path | None,
    baseline_file: Path | None,
    write_baseline: Path | None,
    preflight: bool,
    scenarios: Path | None,
) -> int:
    """Run a connector against scenarios: each fault, then each remedy.

    A SELECTOR is an id, the beginning of one up to a `/` or `[`, a file, a folder, or
    `error=… stage=… cause=… dialect=…`. Without one, all scenarios are run.
    """
    import asyncio

    from harness.cli.scenarios import chosen

    found = chosen(selectors, scenarios, shard)
    meanings = _mapping(mapping_file) if mapping_file else None
    baseline = _baseline(baseline_file) if baseline_file else None
    runner = runner_for(connector, jobs, timeout, meanings)
    plan = Plan(found, runner, phase, stop_early, preflight and connector != "builtin")
    finished = asyncio.run(run(plan))
    complaints: Sequence[str] = ()
    if baseline is not None:
        finished, complaints = _compared(finished, baseline)
    report(
        finished,
        connector,
        {
            "json": json_file,
            "junit": junit_file,
            "markdown": markdown_file,
            "html": html_file,
            "baseline": write_baseline,
        },
    )
    for complaint in complaints:
        click.echo(f"baseline: {complaint}")
    return _exit_code(finished) or (NOT_PASSED if complaints else PASSED)


def runner_for(connector: str, jobs: int, timeout_s: float, meanings: Meanings | None) -> Runner:
    from harness.connectors import UnknownConnector
    from harness.runner.runner import Runner

    try:
        return Runner(connector, jobs=jobs, timeout_s=timeout_s, meanings=meanings)
    except UnknownConnector as error:
        raise BadInput([str(error)]) from None


def _mapping(file: Path) -> Meanings:
    from harness.mapping import load_mapping

    return load_mapping(file)


def _baseline(file: Path) -> Baseline:
    from harness.results.baseline import load_baseline

    return load_baseline(file)


def _compared(finished: RunFinished, baseline: Baseline) -> tuple[RunFinished, Sequence[str]]:
    from dataclasses import replace
    from datetime import date

    from harness.results.baseline import compare

    compared = compare(finished.results, baseline, date.today())
    return replace(finished, results=compared.results), compared.complaints


def _progress(write: Callable[[str], None]) -> Progress:
    from harness.reports.console import PlainProgress

    quiet = os.environ.get("CI") or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if sys.stdout.isatty() and not quiet:
        from harness.reports.live import LiveProgress

        return LiveProgress()
    return PlainProgress(write)


async def run(plan: Plan, write: Callable[[str], None] = click.echo) -> RunFinished:
    """Run it, with progress on the terminal; where there is none, what is done goes to `write`."""
    from contextlib import aclosing, closing

    from harness.connectors import UnknownConnector
    from harness.runner.events import RunFinished

    with closing(_progress(write)) as progress:
        try:
            async with plan.runner as runner:
                if plan.preflight and (failed := await _preflight(runner)):
                    return failed
                run = runner.run(plan.scenarios, plan.phase, stop_early=plan.stop_early)
                async with aclosing(run) as events:
                    async for event in events:
                        progress.handle(event)
                        if isinstance(event, RunFinished):
                            return event
        except UnknownConnector as error:
            raise BadInput([str(error)]) from None
    raise AssertionError("a run ends with RunFinished")


async def _preflight(runner: Runner) -> RunFinished | None:
    """A run that ends before it began, and why; None where the connector is fit to be run."""
    from harness.runner.events import RunFinished
    from harness.runner.preflight import explained, preflight

    result = await preflight(runner)
    if result is None:
        return None
    for line in explained(result):
        click.echo(line, err=True)
    return RunFinished((result,), result.seconds)


def _exit_code(finished: RunFinished) -> int:
    errors = [r for r in finished.results if r.judgement.verdict == "harness-error"]
    if any(not result.bad_input for result in errors):
        return OUR_FAULT
    if errors:
        return BAD_INPUT
    return NOT_PASSED if any(result.failed for result in finished.results) else PASSED
