"""The control API on its two sockets: a Unix one for this user, loopback TCP with a token.

They listen at once. What speaks HTTP there, the `application`, is imported when the first client
comes: it is a fifth of the start, and many a `serve` is only logged in to.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from harness.files.problems import BadInput
from harness.serving.api.runtime import listening_at, runtime_folder
from harness.serving.placing import label
from harness.serving.scenario_library import Library
from harness.serving.stand import Stand

_HOST: Final = "127.0.0.1"
_APPLICATION: Final = "harness.serving.server.application"


@dataclass(frozen=True)
class Api:
    """Where the control API is to be reached."""

    url: str
    token: str
    socket: str

    @property
    def page(self) -> str:
        """The address to open in a browser."""
        return self.page_of("")

    def page_of(self, scenario_id: str) -> str:
        """The same of one mailbox; where no id is given, where one is chosen."""
        path = f"s/{label(scenario_id)}" if scenario_id else ""
        return f"{self.url}/{path}?token={self.token}"


@asynccontextmanager
async def control_api(
    stand: Stand, library: Library, *, port: int = 0, token: str = "", path: Path | None = None
) -> AsyncIterator[Api]:
    """Serve the API as long as the block runs.

    `port`: 0 is any free one. `token`: left out, one is made. `path`: of the Unix socket; left out,
    in the user's runtime folder. Raises BadInput where it cannot listen.
    """
    token = token or secrets.token_urlsafe(24)
    path = path or runtime_folder() / f"serve-{os.getpid()}.sock"
    with _tcp(port) as tcp, listening_at(path) as unix:
        serving = asyncio.create_task(_serve(stand, library, token, tcp, unix))
        try:
            yield Api(f"http://{_HOST}:{tcp.getsockname()[1]}", token, str(path))
        finally:
            stand.feed.close()  # else those who wait for events would be waited for
            serving.cancel()
            await asyncio.wait({serving})
        if not serving.cancelled():
            serving.result()  # it has failed


async def _serve(
    stand: Stand, library: Library, token: str, tcp: socket.socket, unix: socket.socket
) -> None:
    """From the first client on, until it is cancelled."""
    await _asked(tcp, unix)
    await asyncio.to_thread(import_module, _APPLICATION)  # mailboxes go on meanwhile
    from harness.serving.server.application import served

    async with served(stand, library, token, tcp=tcp, unix=unix):
        await asyncio.Event().wait()  # for ever


async def _asked(*listeners: socket.socket) -> None:
    """Somebody has come to one of them."""
    loop, come = asyncio.get_running_loop(), asyncio.Event()
    for listener in listeners:
        loop.add_reader(listener, come.set)
    try:
        await come.wait()
    finally:
        for listener in listeners:
            loop.remove_reader(listener)


@contextmanager
def _tcp(port: int) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server((_HOST, port))
    except OSError as error:
        raise BadInput([f"cannot listen on {_HOST} port {port}: {error.strerror}"]) from None
    with listener:
        yield listener
