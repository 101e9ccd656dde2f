"""`close`: end the connection in order (TLS close_notify, then FIN).

`close: without-close-notify` leaves out the first, as servers do whose TLS is not their own.
"""

from typing import ClassVar, Literal

from fakeservers.actions import BaseAction, Scene
from fakeservers.wire.connection import ConnectionClosed


class Close(BaseAction):
    known_as: ClassVar[tuple[str, ...]] = ("disconnect", "drop", "hang-up", "quit")
    ends: ClassVar[bool] = True
    close: Literal[True, "without-close-notify"] = True

    async def perform(self, scene: Scene) -> None:
        await scene.connection.close(close_notify=self.close is True)
        raise ConnectionClosed("closed by a rule")
