"""`text`: literal lines, in place of a named reply; `{tag}` and the other placeholders work."""

from typing import ClassVar

from fakeservers.actions import BaseAction, Scene


class Text(BaseAction):
    known_as: ClassVar[tuple[str, ...]] = ("send", "write", "line", "respond", "message")
    answers: ClassVar[bool] = True
    text: str

    async def perform(self, scene: Scene) -> None:
        await scene.connection.write(scene.fill(self.text))
