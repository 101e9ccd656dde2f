"""`drop-after`: close once this many more bytes were sent, in the middle of a line if need be."""

from typing import ClassVar

from pydantic import Field

from fakeservers.actions import BaseAction, Scene
from fakeservers.files.base_model import Whole


class DropAfter(BaseAction):
    known_as: ClassVar[tuple[str, ...]] = ("close-after",)
    drop_after: Whole = Field(ge=0)

    async def perform(self, scene: Scene) -> None:
        scene.connection.pace.limit(self.drop_after, "close")
