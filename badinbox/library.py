"""What Python code does with badinbox where there is no event loop: load, stand up, run.

The classes that are given and returned, shown by what they are made of:

>>> import badinbox
>>> working = badinbox.MailboxSpec()  # a mailbox in which nothing is wrong
>>> sorted(working.services)
['imap', 'smtp']
>>> server = badinbox.ServerSettings(host="imap.example.com", port=993)
>>> smtp = badinbox.ServerSettings(host="smtp.example.com", port=587, security="starttls")
>>> typed = badinbox.ConnectionSettings(
...     email="ann@example.com", password="secret", imap=server, smtp=smtp
... )
>>> typed.login
'ann@example.com'
>>> badinbox.Diagnosis(error="unauthorized", stage="imap-login").cause is None
True
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from harness.connectors import Connector
from harness.connectors.inprocess import InProcess
from harness.contract.capabilities import Capabilities
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.files.problems import BadInput
from harness.judging.interpret import Meanings
from harness.reports.json_report import Results, results_of
from harness.runner.background import Background, BadMailbox
from harness.runner.events import RunFinished
from harness.runner.outcome import as_answer
from harness.runner.runner import DEFAULT_JOBS, DEFAULT_TIMEOUT_S, Runner
from harness.runner.workers import Phases
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect, select
from harness.scenario.model import Scenario

CheckFunction = Callable[[ConnectionSettings], Diagnosis | Mapping[str, Any]]
"""A connector as a function: what it says of a mailbox is a diagnosis, or has at least `error`."""


def load_scenarios(*selectors: str, paths: Iterable[Path | str] = ()) -> list[Scenario]:
    """The scenarios that the selectors choose, as `badinbox run` has them; without one: all.

    Of the catalogue, or of `paths`: files, and folders with all that is below them. A selector is
    an id, the beginning of one up to a `/` or `[`, or `error=`, `stage=`, `cause=`, `dialect=`,
    `service=`, `security=`, `advice=` and a value; with `!` before it, it excludes. Raises BadInput
    where one chooses nothing, or a file has mistakes.

    >>> [scenario] = load_scenarios("unauthorized-app-password-required/gmail-imap")
    >>> import badinbox
    >>> isinstance(scenario, badinbox.Scenario), scenario.stage, scenario.cause
    (True, 'imap-login', 'app-password-required')
    >>> sorted({scenario.dialect for scenario in load_scenarios("dialect=gmail", "dialect=qq")})
    ['gmail', 'qq']
    """
    return select(collect(list(paths) or [builtin_path()]), selectors)


@contextmanager
def mailbox(scenario: Scenario | str) -> Iterator[BadMailbox]:
    """The mailbox of a scenario, or of an id of the catalogue, standing as long as the block runs.

    It is served on a thread of its own. Raises BadInput for an id that is not that of one case.

    >>> with mailbox("connected/working[implicit-tls]") as standing:
    ...     standing.services["imap"].host
    '127.0.0.1'
    """
    with closing(Background()) as background, background.mailbox(_one(scenario)) as standing:
        yield standing


def _one(scenario: Scenario | str) -> Scenario:
    if isinstance(scenario, Scenario):
        return scenario
    found = load_scenarios(scenario)
    if len(found) != 1:
        ids = ", ".join(each.id for each in found)
        raise BadInput([f"{scenario!r} does not name one case; there are: {ids}"])
    return found[0]


def run(
    connector: Connector | CheckFunction | str,
    scenarios: Iterable[Scenario],
    *,
    phase: Phases = "both",
    jobs: int = DEFAULT_JOBS,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    meanings: Meanings | None = None,
    does: Capabilities | None = None,
) -> Results:
    """Run a connector against scenarios: each fault, then each remedy. What `--json` has.

    `connector`: a function, called in threads of this process; or a name as for `badinbox run
    --connector`, of which Python callables run in processes that are killed where they hang.
    `jobs`: how many at a time. `timeout_s`: how long a check may take. `meanings`: what the
    connector's own codes mean, of `load_mapping`. `does`: what it does; the rest is not asked of
    it. Raises UnknownConnector, a ValueError, where there is none of that name. Where an event loop
    runs, use `Runner`.

    >>> import badinbox
    >>> def product(settings):  # it says the same of every mailbox, and connects to none
    ...     return {"error": "unauthorized"}
    >>> chosen = badinbox.load_scenarios("unauthorized/bad-password-imap[gmail]")
    >>> results = run(product, chosen, phase="fault")
    >>> [(case.id, case.verdict) for case in results.cases]
    [('unauthorized/bad-password-imap[gmail]', 'not-exercised')]
    >>> run(badinbox.check, chosen).summary.passed
    True
    """
    made = _in_process(connector) if callable(connector) else connector
    runner = Runner(made, jobs=jobs, timeout_s=timeout_s, meanings=meanings, does=does)
    return results_of(asyncio.run(_finished(runner, list(scenarios), phase)))


def _in_process(check: CheckFunction) -> Connector:
    return InProcess(lambda settings: as_answer(check(settings)))


async def _finished(runner: Runner, scenarios: list[Scenario], phase: Phases) -> RunFinished:
    async with runner:
        async for event in runner.run(scenarios, phase):
            last = event
    assert isinstance(last, RunFinished), "a run ends with its results"
    return last
