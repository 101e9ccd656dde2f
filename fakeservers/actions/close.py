"""`close`: end the connection in order (TLS close_notify, then FIN)."""

from __future__ import annotations

from typing import ClassVar, Literal

from fakeservers.actions.base import BaseAction, Scene
from fakeservers.wire import ConnectionClosed


class Close(BaseAction):
    ends: ClassVar[bool] = True
    close: Literal[True] = True

    async def perform(self, scene: Scene) -> None:
        await scene.connection.close()
        raise ConnectionClosed("closed by a rule")
