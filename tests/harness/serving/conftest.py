"""A stand with its control API, and clients at both of its sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.checker import check
from harness.contract.answer import Answer
from harness.contract.settings import ConnectionSettings
from harness.serving.scenario_library import Library
from harness.serving.server import Api, control_api
from harness.serving.stand import Stand

WORKING = "connected/working[implicit-tls]"
GMAIL = "unauthorized-app-password-required/gmail-imap"
NAME = "unauthorized-app-password-required-gmail-imap"


@dataclass
class World:
    """A running API. `unix`: a client at its Unix socket; `tcp`: one over TCP, with the token."""

    stand: Stand
    api: Api
    unix: httpx.AsyncClient
    tcp: httpx.AsyncClient

    async def start(self, scenario: str, **more: Any) -> dict[str, Any]:
        """Stand a mailbox up."""
        answer = await self.unix.post("/v1/mailboxes", json={"scenario": scenario, **more})
        assert answer.status_code == 201, answer.text
        view: dict[str, Any] = answer.json()
        return view


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    async with Stand() as stand:
        path = folder / "api.sock"
        async with control_api(stand, Library(), path=path) as api:
            transport = httpx.AsyncHTTPTransport(uds=str(path))
            token = {"authorization": f"Bearer {api.token}"}
            async with (
                httpx.AsyncClient(
                    transport=transport, base_url="http://badinbox", timeout=60
                ) as unix,
                httpx.AsyncClient(base_url=api.url, headers=token, timeout=60) as tcp,
            ):
                yield World(stand, api, unix, tcp)


Story = Callable[[World], Awaitable[None]]
Play = Callable[[Story], None]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Run a story in a world of its own; nothing waits for events at its end."""

    def run(story: Story) -> None:
        async def whole() -> None:
            async with world(tmp_path) as made:
                await story(made)
                stand = made.stand
            assert stand.feed.waiting == 0
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left, left

        asyncio.run(whole())

    return run


async def checked(settings: dict[str, Any]) -> Answer:
    """What the built-in checker says, given the settings as the API shows them."""
    return await asyncio.to_thread(check, ConnectionSettings.model_validate(settings))
