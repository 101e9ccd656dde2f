"""Living with a connector, and hearing what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from harness.connectors import connector_named
from harness.connectors.staying import Stay, Staying
from harness.contract.answer import NoAnswer, Output
from harness.contract.staying import Order, Pace, State

from ..conftest import SETTINGS

PACE = Pace(poll_s=0.25)
STOP = Order(stop=True)
AGAIN = Order(settings=SETTINGS.model_copy(update={"password": "another"}))


class Life:
    """One life, as a test sees it."""

    def __init__(self) -> None:
        self.stay: Stay
        self.said: list[State | NoAnswer] = []
        self._news: asyncio.Queue[State | NoAnswer] = asyncio.Queue()

    def heard(self, said: State | NoAnswer) -> None:
        self.said.append(said)
        self._news.put_nowait(said)

    async def state(self) -> State:
        """The next thing that it says is this state."""
        said = await self._news.get()
        assert not isinstance(said, NoAnswer), said
        return said

    async def failed(self) -> NoAnswer:
        """All that it says, until it fails."""
        while not isinstance(said := await self._news.get(), NoAnswer):
            pass
        return said


async def begun(connector: Staying, username: str | None = None) -> Life:
    life = Life()
    settings = SETTINGS.model_copy(update={"username": username})
    life.stay = await connector.stay(settings, PACE, life.heard)
    return life


@asynccontextmanager
async def connecting(name: str) -> AsyncIterator[Staying]:
    """The connector of that name, of which nothing is left afterwards."""
    connector = connector_named(name)
    assert isinstance(connector, Staying)
    await connector.start()
    try:
        yield connector
    finally:
        await connector.close()
        await asyncio.sleep(0)  # what was cancelled is gone then
        assert not asyncio.all_tasks() - {asyncio.current_task()}


def failure(name: str) -> NoAnswer:
    """Why a life of this connector is over; it is heard of nothing more."""

    async def lived() -> NoAnswer:
        async with connecting(name) as connector:
            life = await begun(connector)
            why = await life.failed()
            await life.stay.tell(STOP)
            await life.stay.end(0)
            assert life.said[-1] is why and "\n" not in why.why
            return why

    return asyncio.run(lived())


def ended(name: str, grace_s: float, *, after: int = 1) -> tuple[list[State | NoAnswer], Output]:
    """What it has said in the end, and left behind: it is to end after so many states."""

    async def lived() -> tuple[list[State | NoAnswer], Output]:
        async with connecting(name) as connector:
            life = await begun(connector)
            for _ in range(after):
                await life.state()
            output = await life.stay.end(grace_s)
            assert await life.stay.end(grace_s) is output
            return life.said, output

    return asyncio.run(lived())
