"""`delay-s`: wait; input waits too, so that pipelined commands never overtake."""

from __future__ import annotations

import asyncio

from pydantic import Field

from fakeservers.actions import BaseAction, Scene


class Delay(BaseAction):
    delay_s: float = Field(gt=0, le=3600)

    async def perform(self, scene: Scene) -> None:
        await asyncio.sleep(self.delay_s)
