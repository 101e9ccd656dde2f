"""`badinbox show`: a scenario, and what happens at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.shared import completion
from harness.cli.shared.ending import until_ended
from harness.cli.shared.options import scenarios_option
from harness.cli.shared.printing import say

if TYPE_CHECKING:
    from harness.runner.events import CaseResult
    from harness.scenario.model import Scenario

_SECRETS = ("password", "token")


@click.command()
@click.argument("selector", metavar="ID", shell_complete=completion.ids)
@scenarios_option
def show_command(selector: str, scenarios: Path | None) -> None:
    """Show a scenario: what it is, the dialogue with the built-in checker, the remedies."""
    from harness.scenario.catalogue import one

    scenario = one(selector, scenarios)
    for line in _about(scenario):
        say(line)
    say("\nThe dialogue with the built-in checker:")
    for line in _dialogue(until_ended(_met(scenario))):
        say(f"  {line}")
    for line in _remedies(scenario):
        say(line)


async def _met(scenario: Scenario) -> CaseResult:
    from harness.runner.runner import Runner

    async with Runner(jobs=1, keeps_basis=False) as runner:
        [result] = await runner.run_case(scenario, "fault")
        return result


def _about(scenario: Scenario) -> Iterator[str]:
    from harness.judging.expectation import expects_timeout

    yield f"{scenario.id}: {scenario.title}"
    yield f"  reproduces  {scenario.reproduces}"
    if scenario.stage:
        yield f"  noticed at  {scenario.stage}, cause {scenario.cause}"
    for also in scenario.also_accepted:
        named = ", ".join(filter(None, (also.stage, also.cause)))
        yield f"  right, too  {also.error}{f' ({named})' if named else ''}: {also.reason}"
    if expects_timeout(scenario):
        yield (
            f"  waits for   a time-out of {scenario.timeout_s:g} s, which the connector is told "
            "(`timeout_s` of the settings)"
        )
    yield f"  dialect     {scenario.dialect}"
    yield from (f"  source      {source}" for source in scenario.source)
    yield f"  file        {scenario.file}"
    if scenario.notes:
        yield from (f"  {line}" for line in ["", *scenario.notes.splitlines()])


def _dialogue(result: CaseResult) -> Iterator[str]:
    from harness.reports.lives.time_line import time_line
    from harness.reports.result_text import said, transcript_lines
    from harness.texts.escaping import visible

    for record in result.transcript:
        yield from transcript_lines(record)
    if not result.transcript:
        yield "no connection"
    if result.life:
        yield from time_line(result)
    else:
        yield f"it says: {said(result.diagnosis)}"
    yield f"verdict: {result.judgement.verdict} {visible(result.judgement.why)}".rstrip()


def _remedies(scenario: Scenario) -> Iterator[str]:
    before = scenario.facts.model_dump(by_alias=True)
    for remedy in scenario.remedies:
        where = " (the mailbox keeps running)" if remedy.keep_mailbox else ""
        yield f"\nRemedy {remedy.advice}{where}:"
        changes = list(_changes(before, remedy.facts.model_dump(by_alias=True)))
        yield from (f"  {change}" for change in changes or ["nothing but another try"])
    for advice, why in scenario.unproven.items():
        yield f"\nRemedy {advice}, unproven:\n  {why}"


def _changes(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Each fact that differs, as `path: old -> new`; secrets are masked."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = f"{path}.{key}".lstrip(".")
            yield from _changes(before.get(key), after.get(key), inner)
    elif before != after:
        secret = path.startswith(("account.", "bcc.")) and path.endswith(_SECRETS)
        secret = secret or path.endswith(".literal")
        yield f"{path}: " + ("***" if secret else f"{_worded(before)} -> {_worded(after)}")


def _worded(value: Any) -> str:
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_worded, value)) or "none"
    return "another" if isinstance(value, dict) else str(value)
