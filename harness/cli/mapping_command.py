"""`badinbox mapping`: what a connector's own codes and messages mean."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from harness.cli import INTERRUPTED, PASSED
from harness.cli.shared.connector_options import connector_options, declared_in
from harness.cli.shared.ending import until_ended
from harness.cli.shared.options import (
    Choice,
    InputFile,
    choosing,
    jobs_option,
    output_file,
    timeout_option,
)
from harness.cli.shared.printing import say

if TYPE_CHECKING:
    from harness.runner.events import RunEvent

EVERY_S: Final = 5.0
"""Between two lines of progress."""
MOST_SUGGESTIONS: Final = 3


class SlowProgress:
    """A line every few seconds on standard error, where a run takes minutes and none is drawn."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began_s = self._told_s = clock()
        self._total = self._done = 0

    def handle(self, event: RunEvent) -> None:
        from harness.runner.events import RunStarted, ScenarioFinished

        if isinstance(event, RunStarted):
            self._total = len(event.ids)
        elif isinstance(event, ScenarioFinished):
            self._done += 1
            if self._clock() - self._told_s >= EVERY_S:
                self._told_s = self._clock()
                seconds = self._told_s - self._began_s
                say(f"{self._done} of {self._total} scenarios, {seconds:.0f} s", err=True)

    def close(self) -> None:
        """Nothing to take down."""


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
    from harness.cli.run_command import RunPlan, run
    from harness.files.whole_file import write_file
    from harness.mapping.first import first_mapping
    from harness.texts import counted

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
    shown = None if sys.stdout.isatty() else SlowProgress()
    finished = until_ended(run(plan, "quiet", shown=shown))
    results = [result for result in finished.results if result.applies]
    if results or not finished.interrupted:
        write_file(output, first_mapping(finished.results, said.connector).encode())
        left = len(finished.results) - len(results)
        without = f"; {left} do not apply to it" if left else ""
        say(f"wrote {output}, from {counted(len(results), 'check')}{without}")
        say(f"Correct it, then `badinbox run --mapping {shlex.quote(str(output))}` judges.")
    return INTERRUPTED if finished.interrupted else PASSED


@mapping_command.command()
@click.argument("recorded", type=InputFile, metavar="RUN.json")
@click.option(
    "--mapping",
    "mapping_file",
    type=InputFile,
    metavar="FILE",
    help="The mapping to be improved; left out: there is none yet.",
)
def suggest(recorded: Path, mapping_file: Path | None) -> None:
    """Name the rules that would make most of a recorded run's answers mean what is right.

    RUN.json is what `run --json` wrote, with this mapping or any other. The first one gains most;
    look whether it is true of your connector before you take it.
    """
    from harness.judging.basis import Basis
    from harness.mapping import Mapping, load_mapping
    from harness.mapping.first import UNREAD
    from harness.mapping.suggesting import suggestions
    from harness.results.comparison import read_results

    mapping = load_mapping(mapping_file) if mapping_file else Mapping()
    bases = [
        Basis.from_data(case.basis)
        for case in read_results(recorded).cases
        if case.basis and case.phase == "fault" and case.verdict not in UNREAD
    ]
    found = suggestions(bases, mapping)
    if not found:
        say("no rule would name more of them rightly")
    for rule in found[:MOST_SUGGESTIONS]:
        end = rule.before == len(mapping.rules)
        where = "at the end" if end else f"before {mapping.place(rule.before)}"
        say(f"# {where}: {rule.better} more are named rightly, {rule.worse} no longer")
        say(rule.as_yaml(), nl=False)
    if len(found) > MOST_SUGGESTIONS:
        say(f"# … and {len(found) - MOST_SUGGESTIONS} that gain less")
