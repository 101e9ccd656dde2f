"""`hang`: say nothing more, whatever the client sends, until it leaves."""

from typing import ClassVar

from fakeservers.actions import BaseAction, Scene
from fakeservers.files.base_model import OnlyTrue


class Hang(BaseAction):
    known_as: ClassVar[tuple[str, ...]] = ("stall", "freeze", "block", "timeout")
    ends: ClassVar[bool] = True
    hang: OnlyTrue = True

    async def perform(self, scene: Scene) -> None:
        await scene.connection.hang()
