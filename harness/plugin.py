"""The pytest plugin proper: scenario files as tests, and mailboxes for tests of one's own.

`badinbox/pytest_guard.py` has pytest's hooks; it imports this module once badinbox is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from harness.connectors import UnknownConnector, connector_named
from harness.contract.staying import slower
from harness.files.compiled import Compiled
from harness.files.problems import BadInput, Problem
from harness.mapping.declared import Declared, declared
from harness.reports.result_text import explain_failure
from harness.runner.background import Background, BadMailbox
from harness.runner.events import CaseResult
from harness.runner.preflight import preflight
from harness.runner.runner import DEFAULT_JOBS, Runner
from harness.runner.staying_look import staying_look
from harness.scenario import builtin_path
from harness.scenario.catalogue import chosen, collect, compiled
from harness.scenario.model import Scenario


class ScenarioFile(pytest.File):
    """A scenario file; its cases are the tests."""

    def collect(self) -> Iterator[pytest.Item]:
        session = _session(self.config)
        try:
            connector_named(session.declared.connector)  # mistakes in either are told here
            scenarios = session.compiled.load(self.path)
            session.claim(scenarios)
        except (BadInput, UnknownConnector) as error:
            raise self.CollectError(str(error)) from None
        for scenario in scenarios:
            name = scenario.id.partition("/")[2]
            yield Case.from_parent(self, name=name, scenario=scenario)


class NotPassed(Exception):
    """The checks of one case that did not pass."""

    def __init__(self, results: list[CaseResult]) -> None:
        super().__init__(results)
        self.results = results


class Case(pytest.Item):
    """One case: the check of the bad mailbox, and the check with each remedy applied; or a life."""

    def __init__(self, *, scenario: Scenario, **rest: Any) -> None:
        super().__init__(**rest)
        self.scenario = scenario

    def runtest(self) -> None:
        results = _session(self.config).results(self)
        if failed := [result for result in results if result.failed]:
            raise NotPassed(failed)
        if results and not any(result.applies for result in results):
            pytest.skip(f"not applicable: {results[0].judgement.why}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        if isinstance(excinfo.value, NotPassed):
            return "\n\n".join(map(explain_failure, excinfo.value.results))
        if isinstance(excinfo.value, UnknownConnector):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args)

    def reportinfo(self) -> tuple[Any, None, str]:
        return self.path, None, self.scenario.id


class _Session:
    """What the tests of one pytest run share: one loop, and one runner on it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._open = ExitStack()
        self._files: dict[str, Path] = {}
        self._lives = False
        self._started: dict[Case, Future[list[CaseResult]]] = {}

    def claim(self, scenarios: list[Scenario]) -> None:
        """Note the ids of a file. Raises BadInput where another file has them already."""
        self._lives |= any(each.life for each in scenarios)
        for scenario in scenarios:
            taken = self._files.setdefault(scenario.id, scenario.file)
            if taken != scenario.file:
                message = f"the id {scenario.id!r} is taken by {taken}"
                raise BadInput([Problem(str(scenario.file), 1, "", message)])

    @cached_property
    def compiled(self) -> Compiled[list[Scenario]]:
        """What is known of the catalogue: it is not read again in every worker of pytest-xdist."""
        known = compiled()
        self._open.callback(known.save)
        return known

    @cached_property
    def background(self) -> Background:
        background = Background()
        self._open.callback(background.close)
        return background

    @cached_property
    def declared(self) -> Declared:
        """What is said of the connector, and which it is. Raises BadInput."""
        config = self._config
        return declared(
            config.rootpath,
            connector=_said(config, "connector"),
            mapping=_file(config, "mapping"),
            policy=_file(config, "policy"),
            does=[*config.getini("badinbox_does"), *(config.getoption("badinbox_does") or ())],
            strict=config.getoption("badinbox_strict") or config.getini("badinbox_strict"),
            pace=_pace(_said(config, "pace")),
        )

    @cached_property
    def _runner(self) -> Runner:
        said = self.declared
        runner = Runner(
            connector_named(said.connector),
            meanings=said.meanings,
            does=said.does,
            policy=said.policy,
            keeps_basis=False,
            pace=said.pace,
        )
        self._open.enter_context(self.background.hold(runner))
        if said.connector != "builtin":
            found = self.background.submit(preflight(runner, said.does, tokens=True)).result()
            if not found.stopped:
                runner.terms = replace(runner.terms, does=found.does)
            if self._lives:
                staying = staying_look(runner, said.does, ())
                does = self.background.submit(staying).result().does
                runner.terms = replace(runner.terms, does=does)
        return runner

    def results(self, case: Case) -> list[CaseResult]:
        """Run a case. The cases that pytest runs next are started too, so that waits overlap."""
        for each in [case, *islice(_cases_after(case), DEFAULT_JOBS - 1)]:
            if each not in self._started:
                self._started[each] = self.background.submit(self._runner.run_case(each.scenario))
        return self._started.pop(case).result()

    def close(self) -> None:
        for future in self._started.values():
            future.cancel()
        self._open.close()


def _said(config: pytest.Config, name: str) -> str | None:
    return config.getoption(f"badinbox_{name}") or config.getini(f"badinbox_{name}") or None


def _file(config: pytest.Config, name: str) -> Path | None:
    """A file: of the command line, relative to where that was typed; of the configuration,
    relative to its file."""
    if typed := config.getoption(f"badinbox_{name}"):
        return config.invocation_params.dir / str(typed)
    written = config.getini(f"badinbox_{name}")
    return config.rootpath / str(written) if written else None


def _pace(typed: str | None) -> float | None:
    """Raises BadInput."""
    try:
        return None if typed is None else slower(typed)
    except ValueError as error:
        raise BadInput([f"badinbox_pace: {error}"]) from None


_SESSION: pytest.StashKey[_Session] = pytest.StashKey()


def _session(config: pytest.Config) -> _Session:
    if _SESSION not in config.stash:
        config.stash[_SESSION] = session = _Session(config)
        config.add_cleanup(session.close)
    return config.stash[_SESSION]


def _cases_after(case: Case) -> Iterator[Case]:
    """The cases that follow without a test of another kind between.

    Nothing of ours runs during other tests: they may patch sockets or clocks.
    """
    for item in _items_after(case):
        if not isinstance(item, Case):
            return
        yield item


def _items_after(case: Case) -> Iterator[pytest.Item]:
    items = case.session.items
    plugins = case.config.pluginmanager.get_plugins()
    worker: Any = next((p for p in plugins if type(p).__name__ == "WorkerInteractor"), None)
    if worker is None:
        return islice(items, items.index(case) + 1, None)
    # pytest-xdist tells a worker bit by bit what to run.
    with worker.torun.lock() as queue:
        indices = [worker.nextitem_index, *queue]
    return (items[index] for index in indices if isinstance(index, int))


def keep_sample(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the cases that are not in the sample; tests of other kinds stay."""
    from harness.scenario.sample import sample

    kept = {s.id for s in sample([item.scenario for item in items if isinstance(item, Case)])}
    left = [item for item in items if isinstance(item, Case) and item.scenario.id not in kept]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@contextmanager
def mailboxes(config: pytest.Config) -> Iterator[Callable[[str], BadMailbox]]:
    """A function that stands mailboxes up by id, until the block ends."""
    background = _session(config).background
    with ExitStack() as stack:

        def stand_up(name: str) -> BadMailbox:
            return stack.enter_context(background.mailbox(_find(name, config.rootpath)))

        yield stand_up


def _explained(read: Callable[[], list[Scenario]]) -> list[Scenario]:
    """What `read` returns; where it is refused, the test fails with the reason alone."""
    try:
        return read()
    except BadInput as error:
        problem = str(error)
    pytest.fail(problem, pytrace=False)


def _find(name: str, root: Path) -> Scenario:
    """A case of the catalogue by its id, or of a scenario file by its path and `[case]`."""
    stem, bracket, case = name.partition("[")
    places = [builtin_path() / f"{stem}.yaml", root / stem]
    file = next((place for place in places if place.is_file()), None)
    known = _explained(lambda: collect([file]) if file else chosen([name]))
    found = [each for each in known if not bracket or each.id.endswith(f"[{case}")]
    if len(found) != 1:
        ids = ", ".join(scenario.id for scenario in known)
        pytest.fail(f"{name!r} does not name one case; there are: {ids}", pytrace=False)
    return found[0]
