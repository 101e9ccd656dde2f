"""What a connector names in some scenarios."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from harness.connectors import connector_named
from harness.runner.preflight import Preflight, preflight
from harness.runner.runner import Runner
from harness.scenario.catalogue import select
from tests.catalogue import whole_catalogue


def judged(connector: str, ids: Iterable[str]) -> tuple[Preflight, dict[str, list[str]]]:
    """What the preflight saw, and the verdicts, remedies included, once that is known."""
    chosen = select(whole_catalogue(), list(ids))

    async def run() -> tuple[Preflight, dict[str, list[str]]]:
        async with Runner(connector_named(connector)) as runner:
            seen = await preflight(runner)
            runner.terms = replace(runner.terms, does=seen.does)
            results = await asyncio.gather(*map(runner.run_case, chosen))
        verdicts = ([each.judgement.verdict for each in case] for case in results)
        return seen, dict(zip((each.id for each in chosen), verdicts, strict=True))

    return asyncio.run(run())


def errors_named(connector: str, ids: Iterable[str]) -> dict[str, str | None]:
    """The documented error of each fault phase, by the scenario's id; None: no answer."""
    chosen = select(whole_catalogue(), list(ids))

    async def run() -> dict[str, str | None]:
        async with Runner(connector_named(connector)) as runner:
            results = await asyncio.gather(*(runner.run_case(each, "fault") for each in chosen))
        return {each.id: each.diagnosis and each.diagnosis.error for [each] in results}

    return asyncio.run(run())
