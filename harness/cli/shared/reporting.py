"""What becomes of a run: what is printed, the files that are asked for, the exit code; and what is
left of a run that was ended before its end."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal

import click

from harness.cli import BAD_INPUT, INTERRUPTED, NOT_PASSED, OUR_FAULT, PASSED
from harness.cli.shared.options import language_option, output_file
from harness.cli.shared.printing import say, say_as_it_is
from harness.reports import REPORTS, TRANSLATED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.runner.events import CaseResult, RunEvent, RunFinished

Length = Literal["quiet", "usual", "verbose"]
"""How much is printed."""
MOST_COMPLAINTS: Final = 5
PART: Final = ".part"
"""What stands behind the name of a file of results that is being written."""


class SoFar:
    """The results until now, for a run that is interrupted; and, where JSON is asked for, in a file
    beside it that is there even if this process is killed. `badinbox judge` reads it."""

    def __init__(self, connector: str = "", file: Path | None = None) -> None:
        """`file`: where the JSON will be in the end."""
        self._connector = connector
        self._ids: tuple[str, ...] = ()
        self._results: dict[str, tuple[CaseResult, ...]] = {}
        self._began_s = time.monotonic()
        special = file is None or (file.exists() and not file.is_file())  # such as /dev/stdout
        self._part = None if file is None or special else file.with_name(file.name + PART)
        self._stream: IO[bytes] | None = None

    def handle(self, event: RunEvent) -> None:
        from harness.runner.events import RunStarted, ScenarioFinished

        if isinstance(event, RunStarted):
            self._ids = event.ids
            self._began_s = time.monotonic()
            self._write(partial(_json_head, event.ids, self._connector))
        elif isinstance(event, ScenarioFinished):
            self._results[event.id] = event.results
            at = time.monotonic() - self._began_s
            for result in event.results:
                self._write(partial(_json_line, result, at))

    def interrupted(self, planned: int) -> RunFinished:
        """The run as far as it came, in the order of the catalogue."""
        from harness.runner.events import RunFinished

        results = [each for id in self._ids for each in self._results.get(id, ())]
        seconds = time.monotonic() - self._began_s
        return RunFinished(tuple(results), seconds, planned=planned, interrupted=True)

    def remove(self) -> None:
        """The file beside is no longer needed."""
        self.close()
        if self._part:
            self._part.unlink(missing_ok=True)

    def close(self) -> None:
        if self._stream:
            self._stream.close()
        self._stream = None

    def _write(self, line: Callable[[], bytes]) -> None:
        if self._part is None:
            return
        try:
            self._stream = self._stream or self._part.open("wb")
            self._stream.write(line())
            self._stream.flush()
        except OSError as error:  # the run goes on: its end may find a place
            say(f"badinbox: cannot write {self._part}: {error.strerror}", err=True)
            self._part = None
            with contextlib.suppress(OSError):
                self.close()


def _json_head(ids: tuple[str, ...], connector: str) -> bytes:
    from harness.reports.json_report import stream_head  # only now: most runs have no such file

    return stream_head(ids, connector)


def _json_line(result: CaseResult, at: float) -> bytes:
    from harness.reports.json_report import stream_line

    return stream_line(result, at)


def report_options(function: Any) -> Any:
    """An option for each report that is a file; the module that makes it is the parameter. And
    `--lang` for those that have a language."""
    pages = ", ".join(f"--{name}" for name in sorted(TRANSLATED))
    function = language_option(f"what is printed, and of {pages}")(function)
    for name, (module, about) in reversed(REPORTS.items()):
        option = click.option(f"--{name}", module, type=output_file, metavar="FILE", help=about)
        function = option(function)
    return function


def tell(
    finished: RunFinished,
    connector: str,
    reports: Mapping[str, Path | None],
    baseline: Path | None,
    length: Length = "usual",
    language: str = "en",
) -> None:
    """Print the end of the run, and write each file that is asked for: also of one that is not
    complete, but no baseline. Raises BadInput.

    On GitHub Actions: annotations too, and the Markdown in the job's summary.
    """
    from importlib import import_module

    from harness.files.whole_file import write_file
    from harness.texts import retold

    _print_end(finished, length, language)
    for module, file in reports.items():
        if file:
            more = {"language": language} if module in TRANSLATED else {}
            made = import_module(f"harness.reports.{module}").report(finished, connector, **more)
            write_file(file, made)
    if baseline:
        say(retold("baseline", _write_baseline(finished, baseline), language))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        _tell_github(finished, connector, language)


def _write_baseline(finished: RunFinished, file: Path) -> str:
    """Write it where there was a whole run, and say what became of it."""
    from datetime import date

    from harness.files.whole_file import write_file
    from harness.results.first_baseline import first_baseline
    from harness.texts import counted

    if finished.interrupted or finished.unfit:
        why = "the run was interrupted" if finished.interrupted else "nothing was run"
        return f"{file} is not written: {why}"
    write_file(file, first_baseline(finished.results, date.today()).encode())
    failed = sum(result.failed for result in finished.results)
    return f"wrote {file}: it accepts {counted(failed, 'check')} that did not pass; go through it"


def _print_end(finished: RunFinished, length: Length, language: str) -> None:
    from harness.reports.console import closing_lines, every_case, one_line
    from harness.reports.look import WIDTH, coloured, plain

    if length == "quiet":
        say(one_line(finished, language))
        return
    on_terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    paint = coloured if on_terminal and not os.environ.get("NO_COLOR") else plain
    lines = every_case if length == "verbose" else closing_lines
    for line in lines(finished, paint, WIDTH, language):
        say_as_it_is(line)


def _tell_github(finished: RunFinished, connector: str, language: str) -> None:
    from harness.reports.github import annotation_lines
    from harness.reports.markdown import report

    for line in annotation_lines(finished.results, language):
        say_as_it_is(line)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("ab") as file:  # other steps write to it too
            file.write(report(finished, connector, language))


def exit_code(finished: RunFinished, *, accepting: bool = False) -> int:
    """`accepting`: what did not pass went into a first baseline, and is no failure."""
    if finished.interrupted:
        return INTERRUPTED
    errors = [r for r in finished.results if r.judgement.verdict == "harness-error"]
    if any(not result.bad_input for result in errors):
        return OUR_FAULT
    if errors:
        return BAD_INPUT
    accepting = accepting and not finished.unfit
    failed = any(result.failed for result in finished.results)
    return NOT_PASSED if failed and not accepting else PASSED


def tell_complaints(complaints: Sequence[str], length: Length, language: str = "en") -> None:
    """What is wrong with a baseline."""
    from harness.texts import load_report_texts, retold

    texts = load_report_texts(language)
    line: str = texts["baseline-line"]
    shown = len(complaints) if length == "verbose" else MOST_COMPLAINTS
    for complaint in complaints[:shown]:
        say(line.format(complaint=retold("baseline", complaint, language)))
    if len(complaints) > shown:
        more = texts["baseline-more"].format(number=len(complaints) - shown)
        say(line.format(complaint=more))
