"""`hang`: say nothing more, whatever the client sends, until it leaves."""

from typing import ClassVar, Literal

from fakeservers.actions import BaseAction, Scene


class Hang(BaseAction):
    known_as: ClassVar[tuple[str, ...]] = ("stall", "freeze", "block", "timeout")
    ends: ClassVar[bool] = True
    hang: Literal[True] = True

    async def perform(self, scene: Scene) -> None:
        await scene.connection.hang()
