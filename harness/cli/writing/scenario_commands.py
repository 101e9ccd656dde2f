"""Scenario files: `badinbox show` one, and `schema`, what may stand in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import click

from harness.cli.shared import completion
from harness.cli.shared.ending import until_ended
from harness.cli.shared.options import scenarios_option
from harness.cli.shared.printing import say, say_json

if TYPE_CHECKING:
    from harness.runner.events import CaseResult
    from harness.scenario.model import Scenario

_SECRETS = ("password", "token")
Schema = Literal[
    "scenario",
    "dialect",
    "settings",
    "answer",
    "state",
    "order",
    "mapping",
    "baseline",
    "results",
    "reproduced",
]


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

    async with Runner(jobs=1) as runner:
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
    from harness.reports.result_text import said, transcript_lines
    from harness.texts.escaping import visible

    for record in result.transcript:
        yield from transcript_lines(record)
    if not result.transcript:
        yield "no connection"
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


@click.command()
@click.argument("name", type=click.Choice(get_args(Schema)), default="scenario")
def schema_command(name: Schema) -> None:
    """Print a JSON Schema (2020-12).

    `scenario`, `dialect`, `mapping`, `baseline`: those files. `settings`: what a connector is
    given. `answer`: what it answers. `state`: what it says while it stays connected. `order`: what
    it is told then. `results`: what `run --json` writes. `reproduced`: what `reproduce --json`
    prints.
    """
    say_json(_readable(_schema(name)), 1)


def _readable(part: Any) -> Any:
    """The same, with what docstrings say for Python said for JSON."""
    if isinstance(part, list):
        return [_readable(each) for each in part]
    if not isinstance(part, dict):
        return part
    readable = {key: _readable(value) for key, value in part.items()}
    if isinstance(about := readable.get("description"), str):
        plain = about.partition(">>>")[0].strip()  # without the examples of Python
        readable["description"] = plain.replace("``", "`").replace("`None`", "`null`")
    return readable


def _schema(name: Schema) -> dict[str, Any]:
    if name == "results":
        from harness.reports.json_report import results_schema

        return results_schema()
    if name == "reproduced":
        from harness.reproducing.reproduced import Reproduced

        return Reproduced.model_json_schema()
    if name == "settings":
        from harness.connectors.connector import settings_schema

        return settings_schema()
    if name == "answer":
        from harness.contract.answer import Report

        return Report.model_json_schema()
    if name in ("state", "order"):
        from harness.contract.staying import order_schema, state_schema

        return state_schema() if name == "state" else order_schema()
    if name == "baseline":
        from harness.results.baseline import Baseline

        return Baseline.model_json_schema()
    if name == "mapping":
        from harness.mapping import Mapping

        return Mapping.model_json_schema()
    from harness.scenario.schemas.schema import dialect_schema, json_schema

    return dialect_schema() if name == "dialect" else json_schema()
