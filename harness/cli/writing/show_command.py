"""`badinbox show`: a scenario, and what happens at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.shared import completion
from harness.cli.shared.ending import until_ended
from harness.cli.shared.options import language_option, scenarios_option
from harness.cli.shared.printing import say
from harness.cli.shared.wrapping import fitted
from harness.texts import load_command_texts, load_report_texts

if TYPE_CHECKING:
    from harness.runner.events import CaseResult
    from harness.scenario.model import Scenario

_SECRETS = ("password", "token")


@click.command()
@click.argument("selector", metavar="ID", shell_complete=completion.ids)
@scenarios_option
@language_option("what is printed; what the scenario says itself is English")
def show_command(selector: str, scenarios: Path | None, lang: str) -> None:
    """Show a scenario: what it is, the dialogue with the built-in checker, the remedies."""
    from harness.scenario.catalogue import one

    scenario = one(selector, scenarios)
    texts = load_command_texts(lang)
    for line in _about(scenario, texts):
        say(fitted(line))
    say(f"\n{texts['show']['dialogue']}")
    for line in _dialogue(until_ended(_met(scenario)), lang):
        say(line)
    for line in _remedies(scenario, texts["show"]):
        say(line)


async def _met(scenario: Scenario) -> CaseResult:
    from harness.runner.runner import Runner

    async with Runner(jobs=1, keeps_basis=False) as runner:
        [result] = await runner.run_case(scenario, "fault")
        return result


def _about(scenario: Scenario, texts: dict[str, Any]) -> Iterator[str]:
    yield texts["titled"].format(id=scenario.id, text=scenario.title)
    labels: dict[str, str] = texts["show"]["labels"]
    width = max(map(len, labels.values()))
    for name, text in _facts(scenario, texts):
        yield f"  {labels[name]:<{width}}  {text}"
    if scenario.notes:
        yield from (f"  {line}" for line in ["", *scenario.notes.splitlines()])


def _facts(scenario: Scenario, texts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A label, by its id, and what stands behind it."""
    from harness.judging.expectation import expects_timeout

    words: dict[str, str] = texts["show"]
    yield "reproduces", scenario.reproduces
    if scenario.stage:
        yield "noticed", words["noticed"].format(stage=scenario.stage, cause=scenario.cause)
    for also in scenario.also_accepted:
        named = ", ".join(filter(None, (also.stage, also.cause)))
        what = f"{also.error} ({named})" if named else also.error
        yield "also", texts["titled"].format(id=what, text=also.reason)
    if expects_timeout(scenario):
        yield "waits", words["waits"].format(seconds=f"{scenario.timeout_s:g}")
    yield "dialect", scenario.dialect
    yield from (("source", source) for source in scenario.source)
    yield "file", str(scenario.file)


def _dialogue(result: CaseResult, language: str) -> Iterator[str]:
    from harness.reports.lives.time_line import text_column, time_line
    from harness.reports.look import kind_in
    from harness.reports.result_text import said, why_in
    from harness.reports.transcripts import transcript_lines
    from harness.texts.escaping import visible

    words: dict[str, str] = load_command_texts(language)["show"]
    for record in result.transcript:
        yield from (f"  {line}" for line in transcript_lines(record, language=language))
    if not result.transcript:
        yield f"  {load_report_texts(language)['details']['no-connection']}"
    if result.life:
        column = 2 + text_column(language)
        yield from (fitted(f"  {line}", column) for line in time_line(result, language))
    else:
        yield f"  {words['says'].format(said=said(result.diagnosis, language))}"
    verdict = kind_in(result.judgement.verdict, language)
    why = visible(why_in(result.judgement, language))
    yield f"  {words['verdict'].format(verdict=verdict, why=why)}".rstrip()


def _remedies(scenario: Scenario, words: dict[str, Any]) -> Iterator[str]:
    before = scenario.facts.model_dump(by_alias=True)
    for remedy in scenario.remedies:
        head = words["remedy-running" if remedy.keep_mailbox else "remedy"]
        yield f"\n{head.format(advice=remedy.advice)}"
        after = remedy.facts.model_dump(by_alias=True)
        changes = list(_changes(before, after, words["facts"]))
        yield from (f"  {change}" for change in changes or [words["nothing-changes"]])
    for advice, why in scenario.unproven.items():
        yield f"\n{words['remedy-unproven'].format(advice=advice)}\n  {why}"


def _changes(before: Any, after: Any, words: dict[str, str], path: str = "") -> Iterator[str]:
    """Each fact that differs, as `path: old -> new`; secrets are masked."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = f"{path}.{key}".lstrip(".")
            yield from _changes(before.get(key), after.get(key), words, inner)
    elif before != after:
        secret = path.startswith(("account.", "bcc.")) and path.endswith(_SECRETS)
        secret = secret or path.endswith(".literal")
        change = "***" if secret else f"{_worded(before, words)} -> {_worded(after, words)}"
        yield f"{path}: {change}"


def _worded(value: Any, words: dict[str, str]) -> str:
    if value is None:
        return words["unset"]
    if isinstance(value, bool):
        return words["is-so" if value else "is-not-so"]
    if isinstance(value, list):
        return ", ".join(_worded(each, words) for each in value) or words["none"]
    return words["other"] if isinstance(value, dict) else str(value)
