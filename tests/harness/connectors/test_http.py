"""Connectors behind HTTP, played by a few lines of `http.server`."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.connectors import UnknownConnector, connector_named
from harness.contract.answer import NoAnswer, Reported

from .conftest import SETTINGS, answers


class Product(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[object]
    release: threading.Event

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        getattr(self, self.path.strip("/"))(body)

    def right(self, body: dict[str, str]) -> None:
        self.answer(json.dumps({"error": "unauthorized", "check": body["check"]}).encode())

    def answer(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def elsewhere(self, body: object) -> None:
        self.answer(b"", 302, Location="/right")

    def broken(self, body: object) -> None:
        self.answer(b"<h1>Oops</h1>", 500)

    def page(self, body: object) -> None:
        self.answer(b"<h1>Hello</h1>")

    def closes(self, body: object) -> None:
        self.answer(b'{"error": ', **{"Content-Length": "100"})
        self.close_connection = True

    def hangs(self, body: object) -> None:
        self.release.wait()

    def streams(self, body: object) -> None:
        self.answer(b"", **{"Content-Length": str(10**12)})
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"x" * 65536)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def product() -> Iterator[tuple[str, list[object]]]:
    handler = type("Here", (Product,), {"asked": [], "release": threading.Event()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler.asked
        handler.release.set()
        server.shutdown()
        thread.join()


def test_it_is_posted_the_settings(product: tuple[str, list[object]]) -> None:
    url, asked = product
    [answer] = answers(f"{url}/right")
    assert isinstance(answer, Reported) and answer.report.error == "unauthorized"
    assert asked == [{"version": 1, "check": "1", **SETTINGS.model_dump(mode="json")}]


@pytest.mark.parametrize(
    ("path", "verdict", "why"),
    [
        ("elsewhere", "crashed", "it answered with status 302 Found to /right; a redirect is not"),
        ("broken", "crashed", "it answered with status 500 Internal Server Error"),
        ("page", "unclear", "its answer is not JSON: Expecting value at character 0"),
        ("closes", "crashed", "RemoteProtocolError: peer closed connection"),
        ("streams", "unclear", "its answer is longer than 4194304 bytes"),
        ("hangs", "timed-out", "no answer within 1 s; raise --timeout where its own are longer"),
    ],
)
def test_it_does_not_answer(
    product: tuple[str, list[object]], path: str, verdict: str, why: str
) -> None:
    url, asked = product
    [answer] = answers(f"{url}/{path}", deadline_s=1.0 if path == "hangs" else 30.0)
    assert isinstance(answer, NoAnswer) and answer.verdict == verdict and why in answer.why
    assert len(asked) == 1, "nothing is tried twice"


def test_nobody_listens() -> None:
    import socket

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        [answer] = answers(f"http://127.0.0.1:{bound.getsockname()[1]}/check")
    assert isinstance(answer, NoAnswer) and answer.verdict == "crashed"
    assert "nothing listens at http://127.0.0.1:" in answer.why


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example.com/check",
        "http://10.0.0.1/",
        "https:///x",
        "http://[::1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:port/",
    ],
)
def test_only_this_machine_is_asked(url: str) -> None:
    with pytest.raises(UnknownConnector, match="expected an address of this machine"):
        connector_named(url)
