"""What `badinbox run` looks at before it runs anything: what is this connector fit for?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from harness.cli.shared.printing import say

if TYPE_CHECKING:
    from harness.cli.shared.reporting import Length
    from harness.mapping.declared import Declared
    from harness.runner.events import RunFinished
    from harness.runner.runner import Runner
    from harness.scenario.model import Scenario


class Plan(Protocol):
    """What is looked at depends on this of what is to be run."""

    @property
    def scenarios(self) -> list[Scenario]: ...
    @property
    def declared(self) -> Declared: ...
    @property
    def understood(self) -> bool: ...
    @property
    def language(self) -> str: ...


async def looked_first(runner: Runner, plan: Plan, length: Length) -> RunFinished | None:
    """A run that ends before it began, and why; None where the connector is fit to be run: what it
    does is known then. The built-in checker does everything."""
    if plan.declared.connector == "builtin":
        return None
    lives = [each for each in plan.scenarios if each.life]
    checks = [each for each in plan.scenarios if not each.life]
    if checks and (unfit := await _look_at_checks(runner, plan, checks, length)):
        return unfit
    if lives:
        await _look_at_staying(runner, plan, () if checks else lives, length)
    return None


async def _look_at_checks(
    runner: Runner, plan: Plan, checks: Sequence[Scenario], length: Length
) -> RunFinished | None:
    from harness.runner.events import RunFinished
    from harness.runner.preflight import preflight
    from harness.texts import preflight_line

    found = await preflight(
        *(runner, plan.declared.does),
        understood=plan.understood,
        tokens=any(each.asks_tokens for each in checks),
    )
    if found.stopped:
        if not plan.understood:
            return None
        for line in found.lines:
            say(preflight_line(line, plan.language), err=True)
        return RunFinished((found.stopped,), found.stopped.seconds, unfit=True)
    runner.terms = replace(runner.terms, does=found.does)
    _tell(found.lines, length, plan.language)
    return None


async def _look_at_staying(
    runner: Runner, plan: Plan, unseen: Sequence[Scenario], length: Length
) -> None:
    from harness.contract.capabilities import Capabilities
    from harness.runner.staying_look import staying_look

    found = await staying_look(runner, plan.declared.does or Capabilities(), unseen)
    runner.terms = replace(runner.terms, does=found.does)
    _tell([f"preflight: {found.line}"], length, plan.language)


def _tell(lines: Iterable[str], length: Length, language: str) -> None:
    import textwrap

    from harness.reports.look import WIDTH
    from harness.texts import preflight_line

    for line in lines if length != "quiet" else ():
        told = preflight_line(line, language)
        say(textwrap.fill(told, WIDTH, subsequent_indent="  ", break_on_hyphens=False))
