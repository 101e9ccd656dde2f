"""A mailbox with an authorization server, in a thread of its own, and a client that speaks HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from fakeservers.mailbox import Mailbox, open_mailbox
from fakeservers.spec import MailboxSpec
from tests.clients.conftest import node_package, tool

__all__ = ["node_package", "standing", "tool"]
WAIT_S = 30.0


@dataclass
class Server:
    """The authorization server, and how it is reached."""

    mailbox: Mailbox
    url: str
    """Without a path."""

    @property
    def port(self) -> int:
        return self.mailbox.services["oauth"].port

    @property
    def spec(self) -> MailboxSpec:
        return self.mailbox.spec

    @property
    def token_url(self) -> str:
        return self.url + self.mailbox.services["oauth"].dialect.side("oauth").token_path

    @property
    def client(self) -> dict[str, str]:
        """What the application says of itself in a form."""
        known = self.spec.oauth_client
        return {"client_id": known.id, "client_secret": known.secret}

    @property
    def refresh(self) -> dict[str, str]:
        """A form that asks for a token."""
        token = self.spec.account.refresh_token
        return {"grant_type": "refresh_token", "refresh_token": token, **self.client}

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.mailbox.ca_file)

    def http(self) -> httpx.Client:
        return httpx.Client(verify=self.context(), trust_env=False, timeout=WAIT_S)

    def post(self, form: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Ask for a token; by default as one should."""
        with self.http() as client:
            data = self.refresh if form is None else form
            return client.post(self.token_url, **({"data": data} | more))

    def get(self, path: str) -> httpx.Response:
        with self.http() as client:
            return client.get(self.url + path)


@contextlib.contextmanager
def _standing(spec: MailboxSpec) -> Iterator[Server]:
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    ready: list[Mailbox] = []
    is_ready = threading.Event()

    async def stand() -> None:
        async with open_mailbox(spec) as mailbox:
            ready.append(mailbox)
            is_ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(stand()))
    thread.start()
    try:
        assert is_ready.wait(WAIT_S)
        scheme = "http" if spec.services["oauth"].security == "cleartext" else "https"
        yield Server(ready[0], f"{scheme}://127.0.0.1:{ready[0].services['oauth'].port}")
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(WAIT_S)
        loop.close()
    assert ready[0].evidence.faults == []


@pytest.fixture
def standing() -> Iterator[Callable[..., Server]]:
    """Stands a mailbox up with the service as it is told; what else there is, by the name."""
    with contextlib.ExitStack() as stack:

        def stand(*, mailbox: dict[str, Any] | None = None, **service: Any) -> Server:
            services = {"imap": {"protocol": "imap"}, "oauth": {"protocol": "oauth", **service}}
            spec = MailboxSpec.model_validate({"services": services, **(mailbox or {})})
            return stack.enter_context(_standing(spec))

        yield stand
