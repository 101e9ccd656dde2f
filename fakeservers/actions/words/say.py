"""`say`: literal lines before the server's own answer; `{tag}` and the other placeholders work."""

from typing import ClassVar

from fakeservers.actions import BaseAction, Scene


class SayFirst(BaseAction):
    """Lines that are said without answering: the command keeps its answer and its effect. What is
    to come behind the answer is `append`."""

    known_as: ClassVar[tuple[str, ...]] = ("untagged", "announce")
    say: str

    async def perform(self, scene: Scene) -> None:
        await scene.connection.write(scene.fill(self.say))
