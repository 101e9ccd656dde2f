"""`delay-s`: wait; input waits too, so that pipelined commands never overtake."""

import asyncio
from typing import ClassVar

from pydantic import Field

from fakeservers.actions import BaseAction, Scene
from fakeservers.files.base_model import Number


class Delay(BaseAction):
    known_as: ClassVar[tuple[str, ...]] = ("delay", "sleep", "wait", "pause")
    delay_s: Number = Field(gt=0, le=3600)

    async def perform(self, scene: Scene) -> None:
        await asyncio.sleep(self.delay_s)
