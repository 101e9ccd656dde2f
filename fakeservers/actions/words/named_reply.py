"""`reply`: a named reply of the dialect."""

from typing import ClassVar

from fakeservers.actions import BaseAction, Scene


class NamedReply(BaseAction):
    known_as: ClassVar[tuple[str, ...]] = ("answer", "respond-with", "fault")
    answers: ClassVar[bool] = True
    reply: str

    async def perform(self, scene: Scene) -> None:
        await scene.say(self.reply)
