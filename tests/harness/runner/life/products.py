"""Products that stay and lie, as others run theirs: an async iterator of Python, and behind HTTP.

Both are the built-in stayer in a thread, with what it says changed on its way out.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import queue
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Order, Pace, State, Stopped
from harness.stayer import stay
from tests.harness.runner.life import liars, momentary
from tests.harness.runner.life.liars import Alters

Product = Callable[[ConnectionSettings, Pace, AsyncIterator[Order]], AsyncIterator[State]]


def _iterating(alters: Callable[[], Alters]) -> Product:
    async def product(
        settings: ConnectionSettings, pace: Pace, orders: AsyncIterator[Order]
    ) -> AsyncIterator[State]:
        loop, alter = asyncio.get_running_loop(), alters()
        told: queue.Queue[Order] = queue.Queue()
        said: asyncio.Queue[State] = asyncio.Queue()

        def say(state: State) -> None:
            loop.call_soon_threadsafe(said.put_nowait, state)

        async def pass_on() -> None:
            async for order in orders:
                told.put(order)

        Thread(target=stay, args=(settings, pace, say, told), daemon=True).start()
        passing = asyncio.create_task(pass_on())
        while not isinstance(state := await said.get(), Stopped):
            for each in alter(state):
                yield each
        await passing
        yield state

    return product


honest = _iterating(liars.honest)
alarm_at_mail = _iterating(momentary.alarm_at_mail)
asks_at_mail = _iterating(momentary.asks_at_mail)
wrong_cause_first = _iterating(momentary.wrong_cause_first)


class _Handler(BaseHTTPRequestHandler):
    """A path names the liar; settings begin a life, and what comes then is an order of it."""

    lives: dict[str, queue.Queue[Order]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "report_to" in body:
            self.lives[body["check"]] = told = queue.Queue()
            Thread(target=_live, args=(self.path[1:], body, told), daemon=True).start()
        else:
            self.lives[body["check"]].put(Order.model_validate(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def _live(name: str, asked: dict[str, object], told: queue.Queue[Order]) -> None:
    address = urlsplit(str(asked["report_to"]))
    alter = getattr(momentary, name, liars.honest)()
    typed = {key: asked[key] for key in ConnectionSettings.model_fields if key in asked}

    def say(state: State) -> None:
        for each in alter(state):
            assert address.hostname
            link = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
            link.request("POST", address.path, each.model_dump_json(exclude_none=True).encode())
            link.getresponse().read()
            link.close()

    settings, pace = ConnectionSettings.model_validate(typed), Pace.model_validate(asked["pace"])
    stay(settings, pace, say, told)


@contextmanager
def behind_http() -> Iterator[str]:
    """The address below which each liar is a product, by its name."""
    handler = type("Handler", (_Handler,), {"lives": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
