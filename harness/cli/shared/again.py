"""Running a connector again: what failed last, alone or first; and whenever a file changes on which
the outcome rests. What took longest is told beside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from harness.cli import BAD_INPUT, INTERRUPTED
from harness.cli.shared.connector_options import declared_in
from harness.cli.shared.options import Choice
from harness.cli.shared.printing import say
from harness.cli.shared.reporting import PART
from harness.files.problems import BadInput

if TYPE_CHECKING:
    from watchfiles import Change

    from harness.contract.capabilities import Capabilities
    from harness.runner.events import CaseResult
    from harness.scenario.model import Scenario

_LOOK_MS: Final = 200
"""How long one look takes; a change is told at once all the same."""
_READ: Final = ("mapping", "policy", "baseline_file")
"""The parameters that name a file which is read."""


@dataclass(frozen=True)
class Watched:
    """The folders of which every file counts, single files, and what a run writes itself."""

    folders: frozenset[Path]
    files: frozenset[Path]
    written: frozenset[Path]

    @property
    def places(self) -> list[Path]:
        """Where to look. Files are looked for in their folders: editors put new ones in place."""
        found = {*self.folders, *(file.parent for file in self.files)}
        return sorted(p for p in found if not any(p != o and p.is_relative_to(o) for o in found))

    def counts(self, path: Path) -> bool:
        """Whether a change of it may change the outcome."""
        if path in self.files:
            return True
        from harness.results.last_failed import CACHE

        ours = CACHE.name in path.parts or any(
            path in (file, file.with_name(file.name + PART))
            or path.name.startswith(f".{file.name}.")
            for file in self.written
        )
        return not ours and any(path.is_relative_to(folder) for folder in self.folders)


@dataclass(frozen=True)
class Again:
    """What of the last run is wanted in this one, and what this one leaves behind."""

    only_failed: bool
    failed_first: bool
    durations: int

    def chosen(
        self, choice: Choice, part: tuple[int, int] | None, connector: str
    ) -> tuple[list[Scenario], Callable[[Capabilities], list[Scenario]] | None]:
        """What is run; of a sample, how it is taken once it is known what the connector does."""
        if choice.sample:
            return choice.read(part), lambda does: self._in_order(
                choice.read(part, does), connector
            )
        return self._in_order(choice.read(part), connector), None

    def _in_order(self, scenarios: list[Scenario], connector: str) -> list[Scenario]:
        """Those alone that failed last, or these first; where none of them did, all."""
        if not (self.only_failed or self.failed_first):
            return scenarios
        from harness.results.last_failed import first, last_failed, only

        failed = last_failed(connector)
        there = sum(scenario.id in failed for scenario in scenarios)
        told = f"{there} of these {len(scenarios)} scenarios failed last"
        say(told if there else f"{told}: all are run")
        return only(scenarios, failed) if self.only_failed else first(scenarios, failed)

    def noted(self, results: Sequence[CaseResult], connector: str, language: str = "en") -> None:
        """Remember which failed; print which took longest."""
        from harness.reports.tables import duration_lines
        from harness.results.last_failed import remember

        remember(connector, results)
        for line in duration_lines(results, self.durations, language):
            say(line)


_OPTIONS: Final = (
    click.option("--lf", "only_failed", is_flag=True, help="Only those that failed last, if any."),
    click.option("--ff", "failed_first", is_flag=True, help="Those that failed last come first."),
    click.option(
        "--durations",
        type=click.IntRange(0),
        default=0,
        metavar="N",
        help="Name the N checks that took longest.",
    ),
    click.option(
        "--watch", is_flag=True, help="Run again when the connector, a scenario or a file changes."
    ),
)


def running_again(function: Callable[..., int]) -> Callable[..., int]:
    """The options of a command that runs a connector; the function is given an `again`."""

    @wraps(function)
    def command(
        *, watch: bool, only_failed: bool, failed_first: bool, durations: int, **rest: Any
    ) -> int:
        given = {**rest, "again": Again(only_failed, failed_first, durations)}
        return _again_and_again(function, given) if watch else function(**given)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _again_and_again(function: Callable[..., int], given: Mapping[str, Any]) -> int:
    watched = watched_of(given)
    if not watched.places:
        raise BadInput(["--watch: nothing of this run is a file that can change"])
    changes = _changes(watched)
    next(changes)  # from now on: what is changed during a run counts too
    status = _once(function, given)
    for paths in changes:
        if status == INTERRUPTED:
            break
        if paths:
            say(f"\nchanged: {', '.join(sorted(paths))}")
            status = _once(function, given)
    return status


def _once(function: Callable[..., int], given: Mapping[str, Any]) -> int:
    """Mistakes in files are told, and may be mended."""
    try:
        status = function(**given)
    except BadInput as error:
        for problem in error.problems:
            say(f"badinbox: {problem}", err=True)
        status = BAD_INPUT
    if status != INTERRUPTED:
        say("waiting for a change; Ctrl-C ends")
    return status


def _changes(watched: Watched) -> Iterator[set[str]]:
    """The names of what has changed, relative to here; none: the time of one look is over."""
    try:
        from watchfiles import DefaultFilter, watch
    except ImportError:
        raise BadInput(["--watch needs watchfiles: pip install 'badinbox[watch]'"]) from None

    usual = DefaultFilter()

    def counts(change: Change, path: str) -> bool:
        return usual(change, path) and watched.counts(Path(path))

    looks = watch(
        *watched.places, watch_filter=counts, rust_timeout=_LOOK_MS, yield_on_timeout=True
    )
    for found in looks:
        yield {_shown(Path(path)) for _, path in found}


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def watched_of(given: Mapping[str, Any]) -> Watched:
    """What the outcome of a run rests on, by its parameters as the command is given them."""
    choice: Choice = given["choice"]
    scenarios = [choice.scenarios, *(Path(s) for s in choice.selectors if Path(s).exists())]
    named = {path.resolve() for path in [*scenarios, *_files(given, read=True)] if path}
    code = set(connector_places(declared_in(dict(given))[0].connector))
    written = {path.resolve() for path in _files(given, read=False)}
    return Watched(
        frozenset(path for path in named | code if path.is_dir()),
        frozenset(path for path in named | code if not path.is_dir()),
        frozenset(written),
    )


def _files(given: Mapping[str, Any], *, read: bool) -> Iterator[Path]:
    """The files that are named by parameters: those that are read, or those that are written."""
    for name, value in given.items():
        if isinstance(value, Path) and (name in _READ) == read:
            yield value


def connector_places(connector: str) -> Iterable[Path]:
    """The folders and files of a connector's code, as far as its name tells.

    Of a command, the folders of the files it names, else the current one; of a Python callable, its
    package, or the folder of its module. None for what is elsewhere, and for the built-in one.
    """
    if connector == "builtin" or connector.startswith(("http://", "https://")):
        return []
    module, colon, callable_ = connector.partition(":")
    if colon and callable_.isidentifier() and module.replace(".", "").isidentifier():
        return [_package(module.partition(".")[0])]
    import shlex

    words = shlex.split(connector.removeprefix("jsonl:"))
    # An interpreter that is named by its path does not change.
    named = [word for word in words if word != words[0] or not Path(word).is_absolute()]
    return {Path(word).resolve().parent for word in named if Path(word).is_file()} or [Path.cwd()]


def _package(name: str) -> Path:
    """The folder with the code of a module, which is looked for as the connector's worker does."""
    here = Path.cwd()
    if (here / name).is_dir():
        return here / name
    if (here / f"{name}.py").is_file():
        return here
    from importlib.util import find_spec

    found = find_spec(name)
    origin = found.origin if found else None
    return Path(origin).resolve().parent if origin and Path(origin).is_file() else here
