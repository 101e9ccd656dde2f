"""`truncate`: send only the first bytes of the next reply, then say nothing more."""

from typing import ClassVar

from pydantic import Field

from fakeservers.actions import BaseAction, Scene
from fakeservers.files.base_model import Whole


class Truncate(BaseAction):
    known_as: ClassVar[tuple[str, ...]] = ("cut",)
    truncate: Whole = Field(ge=0)

    async def perform(self, scene: Scene) -> None:
        scene.connection.pace.limit(self.truncate, "hang")
