"""`reset`: break the connection off with a TCP RST."""

from typing import ClassVar

from fakeservers.actions import BaseAction, Scene
from fakeservers.files.base_model import OnlyTrue
from fakeservers.wire.connection import ConnectionClosed


class Reset(BaseAction):
    known_as: ClassVar[tuple[str, ...]] = ("rst", "abort")
    ends: ClassVar[bool] = True
    reset: OnlyTrue = True

    async def perform(self, scene: Scene) -> None:
        scene.connection.reset()
        raise ConnectionClosed("reset by a rule")
