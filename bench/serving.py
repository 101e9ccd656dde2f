"""What the control API costs: the start of a mailbox over it, and its own start."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from bench.clock import ROOT, spending, start
from bench.results import Result, milliseconds
from fakeservers.mailbox import open_mailbox
from harness.scenario.loading import load

SCENARIO = "unauthorized-app-password-required/gmail-imap"
PAIRS = 15
BLOCK = 40
"""How many mailboxes are started for one side of a pair."""
ROUNDS = 11


class _Unix(http.client.HTTPConnection):
    """A client that costs next to nothing."""

    def __init__(self, path: str) -> None:
        super().__init__("badinbox")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)

    def ask(self, method: str, path: str, body: object = None) -> dict[str, object]:
        self.request(method, path, None if body is None else json.dumps(body))
        answer: dict[str, object] = json.load(self.getresponse())
        return answer


def measure_mailbox() -> list[Result]:
    """The CPU of `serve` to start mailboxes, against the same in this process."""
    files = sorted((ROOT / "scenarios" / "unauthorized").glob("*.yaml"))[:BLOCK]
    ids = [load(file)[0].id for file in files]
    with _serving() as (process, path):
        client = _Unix(path)
        _over_api(client, process.pid, ids)
        asyncio.run(_in_process(files))
        pairs = [
            (_over_api(client, process.pid, ids), asyncio.run(_in_process(files)))
            for _ in range(PAIRS)
        ]
    ours, theirs = zip(*pairs, strict=True)
    return [
        Result(
            "start of a mailbox over the API, CPU of serve: in process",
            1.5,
            tuple(a / b for a, b in pairs),
            f"{milliseconds('API', ours)}, {milliseconds('in process', theirs)}",
        )
    ]


def _over_api(client: _Unix, pid: int, ids: list[str]) -> float:
    before = cpu_s(pid)
    names = [client.ask("POST", "/v1/mailboxes", {"scenario": each})["name"] for each in ids]
    spent = cpu_s(pid) - before
    for name in names:
        client.ask("DELETE", f"/v1/mailboxes/{name}")
    return spent / len(ids)


def cpu_s(pid: int) -> float:
    """Of a process, to the nanosecond: ticks of a hundredth of a second would be too coarse."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(each.read_text().split()[0]) for each in threads) / 1e9


async def _in_process(files: list[Path]) -> float:
    """As the fixture of the pytest plugin does: from a scenario's file to what is typed."""
    async with AsyncExitStack() as stack:
        with spending() as spent:
            for file in files:
                scenario = load(file)[0]
                opening = open_mailbox(scenario.mailbox_spec())
                mailbox = await stack.enter_async_context(opening)
                services = mailbox.services.items()
                scenario.settings({name: (each.host, each.port) for name, each in services})
    return spent.cpu_s / len(files)


def measure_start() -> list[Result]:
    """From the start of `serve` to the first answer of its API, and to its page, against the start
    without them."""
    places = ("/v1/mailboxes", "/")
    for place in places:
        _seconds_to_answer(place)  # compiles what is not compiled yet
    rounds = [(*map(_seconds_to_answer, places), _seconds_without()) for _ in range(ROUNDS)]
    api, page, without = zip(*rounds, strict=True)
    return [
        Result(
            f"start of serve to the first answer of its {name}: ready without API",
            1.5,
            tuple(a / b for a, b in zip(ours, without, strict=True)),
            f"{milliseconds(f'with {name}', ours)}, {milliseconds('without', without)}",
        )
        for name, ours in (("API", api), ("page", page))
    ]


def _seconds_to_answer(place: str) -> float:
    began = time.perf_counter()
    with _serving() as (_, path):
        client = _Unix(path)
        client.request("GET", place)
        if client.getresponse().status != http.HTTPStatus.OK:
            raise RuntimeError(f"{place} does not answer")
        return time.perf_counter() - began


def _seconds_without() -> float:
    began = time.perf_counter()
    command = ("-m", "badinbox", "serve", SCENARIO, "--no-api")
    with start(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        for line in process.stdout:
            if line.startswith("Ready"):
                break
        seconds = time.perf_counter() - began
        process.terminate()
    return seconds


@contextmanager
def _serving() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A `serve` whose API is ready, and its Unix socket."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/api.sock"
        command = ("-m", "badinbox", "serve", SCENARIO, "--socket", path)
        with start(command, stdout=subprocess.PIPE) as process:
            assert process.stdout
            for line in process.stdout:
                if line.startswith("API "):
                    break
            yield process, path
            process.terminate()
