"""Connectors behind HTTP that stay: what they are POSTed, and what they POST."""

from __future__ import annotations

import asyncio
import http.client
import json
import queue
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from harness.contract.answer import NoAnswer
from harness.contract.staying import MOST_STATES, Failing, Order

from ..conftest import SETTINGS
from .conftest import AGAIN, PACE, Life, begun, connecting

CONNECTED = b'{"state": "connected"}'
Answered = tuple[int, str]


class Product(BaseHTTPRequestHandler):
    """Each of its addresses takes the settings in its own way; all take orders alike."""

    told: queue.Queue[dict[str, object]]
    report_to: queue.Queue[str]
    release: threading.Event

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.told.put(body)
        if "report_to" in body:
            self.report_to.put(body["report_to"])
            getattr(self, self.path.strip("/"))(body)
        elif "stop" in body and self.path != "/deaf":
            self.answer(b'{"state": "stopped"}')
        else:
            self.answer(b"", 500 if self.path == "/refuses" else 204)

    def answer(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def right(self, body: dict[str, str]) -> None:
        self.answer(b'{"state": "connected", "check": "%s"}' % body["check"].encode())

    def deaf(self, body: object) -> None:
        self.answer(b"OK")

    refuses = quiet = deaf

    def busy(self, body: object) -> None:
        self.answer(b'{"error": "busy"}', 503)

    def one_check(self, body: object) -> None:
        self.answer(b'{"error": "connected"}')

    def unknown(self, body: object) -> None:
        self.answer(b'{"state": "conected"}')

    def elsewhere(self, body: object) -> None:
        self.answer(b"", 302, Location="/right")

    def hangs(self, body: object) -> None:
        self.release.wait()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def product() -> Iterator[tuple[str, type[Product]]]:
    queues = {"told": queue.Queue(), "report_to": queue.Queue(), "release": threading.Event()}
    handler = type("Here", (Product,), queues)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        handler.release.set()
        server.shutdown()
        thread.join()


@asynccontextmanager
async def living(product: tuple[str, type[Product]], path: str) -> AsyncIterator[tuple[Life, str]]:
    """A life of the product there, and where it is to report to."""
    url, handler = product
    async with connecting(f"{url}/{path}") as connector:
        life = await begun(connector)
        yield life, await asyncio.to_thread(handler.report_to.get)


def post(address: str, body: bytes, method: str = "POST", path: str = "") -> Answered:
    """What is answered to it."""
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.hostname or "", url.port)
    connection.request(method, path or url.path, body)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


async def posted(address: str, body: bytes, **more: str) -> Answered:
    return await asyncio.to_thread(lambda: post(address, body, **more))


def test_a_life(product: tuple[str, type[Product]]) -> None:
    async def lived() -> None:
        async with living(product, "right") as (life, address):
            asked = product[1].told.get_nowait()
            assert asked.pop("report_to") == address
            given = {"version": 1, "check": "1", "stay": True, "pace": PACE.model_dump()}
            assert asked == given | SETTINGS.model_dump(mode="json")
            assert (await life.state()).state == "connected"
            failing = b'{"state": "failing", "error": "EAUTH", "check": "1"}'
            for body in (
                failing,
                b"[%s, %s]" % (failing, failing),
                b"%s\n%s\n" % (failing, failing),
            ):
                assert await posted(address, body) == (204, "")
            await life.stay.tell(AGAIN)
            told = await asyncio.to_thread(product[1].told.get)
            assert told.pop("check") == "1" and Order.model_validate(told) == AGAIN
            output = await life.stay.end(60.0)
            assert output.lapses == set() and await life.stay.end(0) is output
            said = [each.state for each in life.said]
            assert said == ["connected", *["failing"] * 5, "stopped"]
            assert await posted(address, CONNECTED) == (
                404,
                "nobody is heard here: is that life over?\n",
            )

    asyncio.run(lived())


FAILURES = {
    "busy": NoAnswer("crashed", "it answered with status 503 Service Unavailable"),
    "elsewhere": NoAnswer(
        "crashed", "it answered with status 302 Found to /right; a redirect is not followed"
    ),
    "one_check": NoAnswer(
        "unclear",
        "said an object without the key `state`; one with `error` answers a check, "
        "and does not stay",
    ),
    "unknown": NoAnswer(
        "unclear",
        "said a state that does not exist: 'conected'; "
        "there are connected, failing, message, sent, stopped",
    ),
}


@pytest.mark.parametrize(("path", "answer"), FAILURES.items(), ids=FAILURES)
def test_it_does_not_begin(path: str, answer: NoAnswer, product: tuple[str, type[Product]]) -> None:
    async def lived() -> None:
        async with living(product, path) as (life, _):
            assert await life.failed() == answer
            assert (await life.stay.end(60.0)).lapses == set() and life.said == [answer]

    asyncio.run(lived())


BAD = {
    b"": "said nothing; expected a state",
    b'{"state"': "what it sent is not JSON: ",
    b"\xff": "what it sent is not UTF-8: ",
    b'"connected"': "said what is no object with `state`: 'connected'",
    CONNECTED + b"\n\n" + CONNECTED: "said an empty line",
    CONNECTED + b"\nand": "a line that it wrote is not JSON: ",
    b'[{"state": "connected"}, {"state": "nothing"}]': "said a state that does not exist: ",
    b'{"state": "connected", "check": "2"}': "spoke of another life than '1': '2'",
    b'[{"state": "stopped"}, {"state": "connected"}]': "said a state that comes after `stopped`",
    (CONNECTED + b"\n") * (MOST_STATES + 1): f"said more than {MOST_STATES} states",
}


@pytest.mark.parametrize(("body", "why"), BAD.items(), ids=BAD.values())
def test_what_it_sends_cannot_be_read(
    body: bytes, why: str, product: tuple[str, type[Product]]
) -> None:
    async def lived() -> None:
        async with living(product, "quiet") as (life, address):
            status, text = await posted(address, body)
            answer = await life.failed()
            assert (status, text) == (400, f"{answer.why}\n") and answer.verdict == "unclear"
            assert answer.why.startswith(why) and "\n" not in answer.why
            assert await posted(address, CONNECTED) == (410, f"this life is over: {answer.why}\n")
            assert life.said[-1] is answer

    asyncio.run(lived())


def test_it_sends_too_much(product: tuple[str, type[Product]]) -> None:
    why = "said what is longer than 4194304 bytes"

    async def lived() -> None:
        async with living(product, "quiet") as (life, address):
            body = CONNECTED + b" " * 4194304
            assert await posted(address, body) == (413, f"{why}\n")
            assert await life.failed() == NoAnswer("unclear", why)

    asyncio.run(lived())


def raw(address: str, text: bytes) -> bytes:
    """All that is answered to it."""
    url = urlsplit(address)
    with socket.create_connection((url.hostname or "", url.port or 0)) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_what_is_no_report_harms_nobody(product: tuple[str, type[Product]]) -> None:
    async def lived() -> None:
        async with living(product, "quiet") as (life, address):
            for text in (b"\x16\x03\x01", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n"):
                assert (await asyncio.to_thread(raw, address, text)).startswith(b"HTTP/1.1 400 ")
            long = b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 200_000 + b"\r\n\r\n"
            assert (await asyncio.to_thread(raw, address, long)).startswith(b"HTTP/1.1 431 ")
            assert await asyncio.to_thread(raw, address, b"") == b""
            assert await posted(address, CONNECTED, path="/guess") == (
                404,
                "nobody is heard here: is that life over?\n",
            )
            assert await posted(address, b"", method="GET") == (405, "expected a POST\n")
            assert life.said == []
            assert await posted(address, CONNECTED) == (204, "")

    asyncio.run(lived())


def test_one_is_told_to_go_on(product: tuple[str, type[Product]]) -> None:
    """As curl asks before it sends much (RFC 9110, 10.1.1)."""

    def answers(address: str) -> list[bytes]:
        url = urlsplit(address)
        with socket.create_connection((url.hostname or "", url.port or 0), 60.0) as connection:
            head = f"POST {url.path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            connection.sendall(f"{head}Content-Length: {len(CONNECTED)}\r\n\r\n".encode())
            first = connection.recv(65536)
            connection.sendall(CONNECTED)
            return [first, connection.recv(65536)]

    async def lived() -> None:
        async with living(product, "quiet") as (life, address):
            first, last = await asyncio.to_thread(answers, address)
            assert first.startswith(b"HTTP/1.1 100 ") and last.startswith(b"HTTP/1.1 204 ")
            assert (await life.state()).state == "connected"

    asyncio.run(lived())


def test_it_refuses_an_order(product: tuple[str, type[Product]]) -> None:
    async def lived() -> None:
        async with living(product, "refuses") as (life, _):
            await life.stay.tell(AGAIN)
            why = "it answered with status 500 Internal Server Error"
            assert await life.failed() == NoAnswer("crashed", why)

    asyncio.run(lived())


def test_one_that_does_not_stop_is_left_behind(product: tuple[str, type[Product]]) -> None:
    async def lived() -> None:
        async with living(product, "deaf") as (life, address):
            assert (await life.stay.end(0.2)).lapses == {"did-not-end"}
            assert (await posted(address, CONNECTED))[0] == 404
            assert life.said == []

    asyncio.run(lived())


def test_nobody_waits_for_one_that_answers_nothing(product: tuple[str, type[Product]]) -> None:
    async def lived() -> None:
        async with living(product, "hangs") as (life, address):
            await life.stay.tell(AGAIN)
            assert await posted(address, CONNECTED) == (204, "")
            assert (await life.stay.end(0.2)).lapses == {"did-not-end"}

    asyncio.run(lived())


def test_it_answers_nothing_in_its_time(product: tuple[str, type[Product]]) -> None:
    async def lived() -> None:
        async with connecting(f"{product[0]}/hangs") as connector:
            life = Life()
            hasty = SETTINGS.model_copy(update={"timeout_s": 0.1})
            life.stay = await connector.stay(hasty, PACE, life.heard)
            assert (await life.failed()).verdict == "timed-out"

    asyncio.run(lived())


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/stay"

    async def lived() -> None:
        async with connecting(url) as connector:
            life = await begun(connector)
            assert (await life.failed()).why.startswith(f"nothing listens at {url}")

    asyncio.run(lived())


def test_two_lives_of_which_one_misbehaves(product: tuple[str, type[Product]]) -> None:
    async def lived() -> None:
        async with connecting(f"{product[0]}/quiet") as connector:
            lives = [await begun(connector), await begun(connector)]
            addresses = {}
            for _ in lives:
                told = await asyncio.to_thread(product[1].told.get)
                addresses[told["check"]] = str(told["report_to"])
            assert addresses["1"] != addresses["2"]
            assert (await posted(addresses["1"], b"no"))[0] == 400
            await lives[0].failed()
            failing = b'{"state": "failing", "error": "x", "check": "2"}'
            assert (await posted(addresses["2"], failing))[0] == 204
            assert isinstance(await lives[1].state(), Failing)

    asyncio.run(lived())
