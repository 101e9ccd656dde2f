"""`reply`: a named reply of the dialect."""

from __future__ import annotations

from typing import ClassVar

from fakeservers.actions import BaseAction, Scene


class NamedReply(BaseAction):
    answers: ClassVar[bool] = True
    reply: str

    async def perform(self, scene: Scene) -> None:
        await scene.say(self.reply)
