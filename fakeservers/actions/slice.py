"""`slice`: from here on send in small pieces with a pause between them (a dribbling server)."""

from typing import ClassVar

from pydantic import Field

from fakeservers.actions import BaseAction, Scene
from fakeservers.files.base_model import Number, Spec, Whole


class SliceSize(Spec):
    bytes: Whole = Field(ge=1)
    """How many bytes are sent at a time."""
    pause_s: Number = Field(default=0.0, ge=0, le=60)
    """Between two pieces, in seconds."""


class Slice(BaseAction):
    known_as: ClassVar[tuple[str, ...]] = ("dribble", "fragment", "chunk")
    slice: SliceSize

    async def perform(self, scene: Scene) -> None:
        scene.connection.pace.slice(self.slice.bytes, self.slice.pause_s)
