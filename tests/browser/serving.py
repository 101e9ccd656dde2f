"""A stand with its page in a thread of its own, as the browser has the event loop of the test's."""

from __future__ import annotations

import asyncio
import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

from harness.contract.settings import ConnectionSettings
from harness.scenario.loading import load
from harness.serving.common.guests import Guests
from harness.serving.common.opened import common_ports
from harness.serving.scenario_library import Library
from harness.serving.server import Api, control_api
from harness.serving.stand import Stand

HOSTILE = """\
# yaml-language-server: $schema=scenario.schema.json
title: "<script>alert('title')</script> & co"
reproduces: unauthorized
stage: imap-login
cause: bad-credentials
source: RFC 9051
imap:
  rules:
    - when: {event: login, password: wrong}
      then: {text: "{tag} NO [AUTHENTICATIONFAILED] <img src=x onerror=alert(1)> <b>no</b>"}
customer: {password: wrong}
remedy:
  - advice: confirm-address-and-password
    apply: {customer: {password: account}}
"""


@dataclass
class Serving:
    """What runs. The rest of the test is not in its event loop."""

    library: Library
    api: Api = field(init=False)
    stand: Stand = field(init=False)
    loop: asyncio.AbstractEventLoop = field(init=False)

    def start(self, scenario: str) -> ConnectionSettings:
        """Stand a mailbox up; what to type."""

        async def started() -> ConnectionSettings:
            standing = await self.stand.start(await self.library.find(scenario))
            return standing.settings

        settings: ConnectionSettings = self.run(started())
        return settings

    def settings(self, name: str) -> ConnectionSettings:
        """What to type at a mailbox that stands."""
        return self.stand.get(name).settings

    def run(self, work: Any) -> Any:
        """Let it do something."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)


def library(folder: Path) -> Library:
    """The catalogue, and the scenario of a joker."""
    file = folder / "unauthorized" / "hostile.yaml"
    file.parent.mkdir()
    file.write_text(HOSTILE, "utf-8")
    return Library(others=load(file))


@contextmanager
def serving(known: Library, folder: Path, *, common: bool = False) -> Iterator[Serving]:
    """Runs as long as the block; `common`: with the common ports, any free ones."""
    running = Serving(known)
    ready: Future[asyncio.Event] = Future()

    async def serve() -> None:
        end = asyncio.Event()
        running.loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            running.stand = await stack.enter_async_context(Stand())
            if common:
                guests = Guests(running.stand, known)
                await stack.enter_async_context(common_ports(running.stand, guests, ports={}))
            api = control_api(running.stand, known, path=folder / "api.sock")
            running.api = await stack.enter_async_context(api)
            ready.set_result(end)
            await end.wait()

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    end = ready.result(30)
    try:
        yield running
    finally:
        running.loop.call_soon_threadsafe(end.set)
        thread.join(30)
        assert not thread.is_alive()


def trusted(settings: ConnectionSettings) -> ssl.SSLContext:
    """TLS of a client that trusts the authority."""
    return ssl.create_default_context(cafile=settings.ca_file)


def imap(settings: ConnectionSettings) -> imaplib.IMAP4:
    """Python's own client, connected."""
    server = settings.imap
    if server.security == "implicit-tls":
        return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=trusted(settings))
    return imaplib.IMAP4(server.host, server.port)


def send(settings: ConnectionSettings, subject: str) -> None:
    """An e-mail, sent by Python's own client."""
    server = settings.smtp
    with smtplib.SMTP_SSL(server.host, server.port, context=trusted(settings)) as client:
        client.login(settings.login, settings.password)
        text = (
            f"From: {settings.email}\r\nTo: {settings.email}\r\nSubject: {subject}\r\n\r\nHello\r\n"
        )
        client.sendmail(settings.email, [settings.email], text)
