"""`badinbox run`: a connector against scenarios, judged."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from harness.cli import INTERRUPTED, NOT_PASSED
from harness.cli.shared.again import Again, running_again
from harness.cli.shared.connector_options import connector_options, declared_in
from harness.cli.shared.ending import until_ended
from harness.cli.shared.help import InGroups
from harness.cli.shared.looking_first import looked_first
from harness.cli.shared.options import (
    Choice,
    InputFile,
    choosing,
    jobs_option,
    output_file,
    pace_factor,
    timeout_option,
)
from harness.cli.shared.printing import say
from harness.cli.shared.reporting import (
    Length,
    SoFar,
    exit_code,
    report_options,
    tell,
    tell_complaints,
)
from harness.files.problems import BadInput
from harness.reports import REPORTS

if TYPE_CHECKING:
    from harness.contract.capabilities import Capabilities
    from harness.mapping.declared import Declared
    from harness.reports.console import Progress
    from harness.results.baseline import Baseline
    from harness.runner.events import RunFinished
    from harness.runner.runner import Runner
    from harness.runner.workers import Phases, Workers
    from harness.scenario.model import Scenario


MOST_WORKERS: Final = 64


@dataclass(frozen=True)
class RunPlan:
    """What is to be run, and how."""

    scenarios: list[Scenario]
    jobs: int
    timeout_s: float
    declared: Declared
    phase: Phases = "both"
    stop_early: bool = False
    preflight: bool = False
    resample: Callable[[Capabilities], list[Scenario]] | None = None
    """Chooses the scenarios once it is known what the connector does."""
    understood: bool = True
    """Whether what the connector says can be read; without, nothing stops the run."""
    keeps_basis: bool = True
    """Whether anybody wants to know what verdicts rest on."""
    language: str = "en"
    """Of what is printed before the run."""


def _shard(value: str) -> tuple[int, int]:
    """`I/N`: the I-th of N parts, counted from 1."""
    part, _, parts = value.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise click.BadParameter(f"{value!r} is not I/N with 1 <= I <= N")
    return int(part), int(parts)


def _workers(value: str) -> int | None:
    """How many; None: as many as are worth it."""
    if value == "auto":
        return None
    if not (value.isdecimal() and 1 <= int(value) <= MOST_WORKERS):
        raise click.BadParameter(f"{value!r} is neither auto nor 1 to {MOST_WORKERS}")
    return int(value)


GROUPS: Final = {
    "What is run": ("--sample", "-k", "--lf", "--ff", "--shard", "--phase", "--scenarios"),
    "The connector": ("--connector", "--mapping", "--does", "--preflight", "--require"),
    "Verdicts": ("--strict", "--policy", "--baseline", "--write-baseline"),
    "Reports": (
        *(f"--{name}" for name in REPORTS),
        "--lang",
        "--verbose",
        "--quiet",
        "--durations",
    ),
    "Pace": ("--jobs", "--workers", "--timeout", "--pace", "-x", "--watch"),
}
EXAMPLES: Final = (
    ("badinbox run --sample --connector 'node check.js'", "begin with these"),
    ("badinbox run dialect=gmail dialect=outlook '!service=smtp'", "two providers, IMAP only"),
    ("badinbox run -k 'quota and not yahoo' --scenarios my-scenarios/", "by words, of your own"),
    (
        "badinbox run --sample --connector 'node check.js' --lf --watch",
        "what failed last, again whenever a file changes",
    ),
    (
        "badinbox run --connector ./check --mapping mapping.yaml --html out.html",
        "everything, with what your codes mean",
    ),
    (
        "badinbox run --connector ./check --baseline known.yaml --junit out.xml",
        "in a build: fails on what is new",
    ),
)


@click.command(cls=InGroups, groups=GROUPS, examples=EXAMPLES)
@jobs_option
@click.option("--shard", type=_shard, metavar="I/N", help="Only the I-th of N parts.")
@click.option(
    "--workers",
    type=_workers,
    default="auto",
    show_default=True,
    metavar="auto|N",
    help="Processes that share the work; auto: one for each core, if there is enough to do.",
)
@timeout_option
@click.option(
    "--pace",
    type=pace_factor,
    metavar="FACTOR",
    help="How many times slower than usual lives go, 0.2 to 60; left out: 1, or what the "
    "connector's file says.",
)
@report_options
@click.option("-x", "stop_early", is_flag=True, help="Stop at the first that does not pass.")
@click.option(
    "--phase", type=click.Choice(["fault", "remedy", "both"]), default="both", show_default=True
)
@connector_options
@click.option(
    "--baseline",
    "baseline_file",
    type=InputFile,
    metavar="FILE",
    help="Known deviations to accept; others fail, and so do entries that are out of date.",
)
@click.option(
    "--write-baseline",
    type=output_file,
    metavar="FILE",
    help="Write all that did not pass as a first baseline, and exit with 0.",
)
@click.option(
    "--preflight/--no-preflight",
    default=True,
    help="First see what the connector does at mailboxes that work; stop if it connects to none.",
)
@click.option(
    "--require",
    type=click.Choice(["oauth2", "staying"]),
    multiple=True,
    help="Fail where the connector takes no tokens, or does not stay connected, and so is not "
    "asked the cases with them, or the lives.",
)
@click.option("-v", "--verbose", is_flag=True, help="Print every case that failed, in full.")
@click.option("-q", "--quiet", is_flag=True, help="Print one line.")
@choosing
@running_again
def run_command(
    choice: Choice,
    again: Again,
    jobs: int,
    workers: int | None,
    shard: tuple[int, int] | None,
    timeout: float,
    stop_early: bool,
    phase: Phases,
    baseline_file: Path | None,
    write_baseline: Path | None,
    preflight: bool,
    require: tuple[str, ...],
    verbose: bool,
    quiet: bool,
    lang: str,
    **more: Any,
) -> int:
    """Run a connector against scenarios: each fault, then each remedy.

    A SELECTOR is an id, the beginning of one up to a `/` or `[`, a file, a folder, the title of a
    documented error, or `error=…` `stage=…` `cause=…` `dialect=…` `service=…` `security=…`
    `authentication=…` `advice=…`; with commas between, all of them. `'!…'` excludes. Without one,
    all are run.
    """
    said, reports = declared_in(more)
    found, resample = again.chosen(choice, shard, said.connector)
    baseline = _baseline(baseline_file) if baseline_file else None
    plan = RunPlan(_met(found, phase), jobs, timeout, said, phase, stop_early, preflight, resample)
    plan = replace(plan, keeps_basis=bool(reports.get("json_report")), language=lang)
    length: Length = "quiet" if quiet else "verbose" if verbose else "usual"
    so_far = SoFar(said.connector, reports.get("json_report"))
    with closing(so_far), closing(_made(plan, workers)) as made:
        finished = until_ended(run(plan, length, so_far, _progress(length, lang), made))
    if finished.interrupted and not finished.results:
        so_far.remove()
        return INTERRUPTED
    complaints: Sequence[str] = ()
    if baseline is not None:
        whole = _is_whole(plan, finished, choice)
        finished, complaints = _compared(finished, baseline, whole=whole)
    tell(finished, said.connector, reports, write_baseline, length, lang)
    so_far.remove()
    again.noted(finished.results, said.connector, lang)
    tell_complaints(complaints, length, lang)
    code = exit_code(finished, accepting=write_baseline is not None)
    lacking = not code and (complaints or _tells_unasked(finished, require, lang))
    return NOT_PASSED if lacking else code


def _met(scenarios: list[Scenario], phase: Phases) -> list[Scenario]:
    """Those of which something is run in this phase. Tells of options that mean nothing to any.
    Raises BadInput where nothing is left."""
    from harness.runner.runner import checks_of

    lives = sum(each.life is not None for each in scenarios)
    met = [each for each in scenarios if checks_of(each, phase)]
    if scenarios and not met:
        why = "a life has its cures among its steps" if lives else "nothing fails in these"
        raise BadInput([f"--phase {phase}: nothing to run, as {why}; leave it out"])
    given = click.get_current_context().get_parameter_source
    for name, idle, why in (
        ("timeout", lives == len(scenarios), "lives have windows of their own, and --pace"),
        ("pace", not lives, "only lives have a pace"),
    ):
        if idle and given(name) is ParameterSource.COMMANDLINE:
            say(f"badinbox: --{name} changes nothing here: {why}", err=True)
    return met


def _baseline(file: Path) -> Baseline:
    from harness.results.baseline import load_baseline  # only now: most runs have none

    return load_baseline(file)


def _compared(
    finished: RunFinished, baseline: Baseline, *, whole: bool
) -> tuple[RunFinished, Sequence[str]]:
    """The run without what is known and accepted; and what is wrong with the baseline."""

    from harness.results.baseline import compare

    compared = compare(finished.results, baseline, date.today(), whole=whole)
    return replace(finished, results=compared.results), compared.complaints


def _tells_unasked(finished: RunFinished, required: Sequence[str], language: str) -> bool:
    """Whether there are cases of what is required that it was not asked; that is told."""
    from harness.judging.applicability import NO_STAYING, NO_TOKENS
    from harness.texts import preflight_line

    given = Counter(each.judgement.why for each in finished.results)
    unasked = False
    for name, why in (("oauth2", NO_TOKENS), ("staying", NO_STAYING)):
        if name in required and given[why]:
            line = f"--require {name}: not asked, as {why}: {given[why]}"
            say(preflight_line(line, language), err=True)
            unasked = True
    return unasked


def _made(plan: RunPlan, wanted: int | None) -> Workers:
    """As many workers as there is something to do for, made before there is anything that they must
    not share."""
    from contextlib import suppress

    from harness.connectors import UnknownConnector, connector_named
    from harness.runner.workers import Workers, worthwhile

    with suppress(UnknownConnector):  # which is told later
        connector_named(plan.declared.connector)  # imports what they share
    count = len(plan.scenarios)
    return Workers(min(wanted or worthwhile(count), plan.jobs, count), plan.scenarios)


def _is_whole(plan: RunPlan, finished: RunFinished, choice: Choice) -> bool:
    """Whether all that there is was run, in both phases."""
    everything = replace(choice, selectors=(), sample=False, words=None)
    part = plan.phase != "both" or plan.stop_early or finished.interrupted
    return not part and len(plan.scenarios) == len(everything.read())


async def run(
    plan: RunPlan,
    length: Length = "usual",
    so_far: SoFar | None = None,
    shown: Progress | None = None,
    workers: Workers | None = None,
) -> RunFinished:
    """Run it, with progress on the terminal; where there is none, in lines. Interrupted, it ends
    with the results until then.

    Raises BadInput where there is no such connector.
    """
    import asyncio

    from harness.connectors import UnknownConnector
    from harness.runner.events import RunFinished

    scenarios, so_far = plan.scenarios, so_far or SoFar()
    with closing(shown or _progress(length)) as progress:
        try:
            async with _runner(plan, workers) as runner:
                if why := runner.fewer_jobs:
                    fewer = f"badinbox: {runner.jobs} jobs in place of {plan.jobs}: {why}"
                    say(fewer, err=True)
                if plan.preflight and (failed := await looked_first(runner, plan, length)):
                    return failed
                if plan.resample:
                    scenarios = plan.resample(runner.terms.does)
                events = runner.run(scenarios, plan.phase, stop_early=plan.stop_early)
                async with aclosing(events):
                    async for event in events:
                        progress.handle(event)
                        so_far.handle(event)
                        if isinstance(event, RunFinished):
                            return event
        except UnknownConnector as error:
            raise BadInput([str(error)]) from None
        except asyncio.CancelledError:  # Ctrl-C, or SIGTERM
            return so_far.interrupted(len(scenarios))
    raise AssertionError("a run ends with RunFinished")


def _runner(plan: RunPlan, workers: Workers | None) -> Runner:
    from harness.runner.runner import Runner

    said = plan.declared
    return Runner(
        said.connector,
        jobs=plan.jobs,
        timeout_s=plan.timeout_s,
        meanings=said.meanings,
        does=said.does,
        policy=said.policy,
        keeps_basis=plan.keeps_basis,
        pace=said.pace,
        workers=workers,
    )


def _progress(length: Length, language: str = "en") -> Progress:
    from harness.reports.console import PlainProgress

    if sys.stdout.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb":
        from harness.reports.progress_bar import LiveProgress

        return LiveProgress(language)
    write: Callable[[str], None] = say if length != "quiet" else lambda _: None
    return PlainProgress(write, every=length == "verbose", language=language)
