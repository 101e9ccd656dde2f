"""`truncate`: send only the first bytes of the next reply, then say nothing more."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from fakeservers.actions import BaseAction, Scene


class Truncate(BaseAction):
    known_as: ClassVar[tuple[str, ...]] = ("cut",)
    truncate: int = Field(ge=0)

    async def perform(self, scene: Scene) -> None:
        scene.connection.pace.limit(self.truncate, "hang")
