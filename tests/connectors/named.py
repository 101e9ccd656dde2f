"""What a connector names in some scenarios."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from harness.connectors import connector_named
from harness.runner.runner import Runner
from harness.scenario.catalogue import builtin_path, collect, select


def errors_named(connector: str, ids: Iterable[str]) -> dict[str, str | None]:
    """The documented error of each fault phase, by the scenario's id; None: no answer."""
    chosen = select(collect([builtin_path()]), list(ids))

    async def run() -> dict[str, str | None]:
        async with Runner(connector_named(connector)) as runner:
            results = await asyncio.gather(*(runner.run_case(each, "fault") for each in chosen))
        return {each.id: each.diagnosis and each.diagnosis.error for [each] in results}

    return asyncio.run(run())
