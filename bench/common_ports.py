"""What `serve --any` takes until it is ready, until the first who comes is greeted, and until that
one has an answer."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.clock import start
from bench.results import Result, milliseconds
from bench.serving import cpu_s
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect

ROUNDS: Final = 11
MOST_MB: Final = 120.0
MOST_S: Final = 0.02
IMPORTS: Final = (
    "-c",
    "import aiosmtpd.smtp, asyncio, click, pydantic.fields, pydantic.functional_validators, "
    "pydantic.types, ssl, trustme, twisted.mail.imap4; print('imported')",
)
"""What it has to import of others: the engines, the certificates, the models, the command line."""
FULL: Final = "unauthorized.bad-password-imap.gmail"
SHORTENED: Final = "bad-password-imap.gmail"
_IMAPS: Final = re.compile(r"\s+IMAP\s+127\.0\.0\.1:(\d+)\s+SSL/TLS")


def measure() -> list[Result]:
    """Ready, and the greeting of who comes right then, against the imports that it needs, in turn;
    memory; the first log-in."""
    collect([builtin_path()])  # keeps what it reads, as whoever has used badinbox before
    _round(FULL), _seconds_to_import()  # compiles what is not compiled yet
    rounds = [(_round(FULL), _round(SHORTENED), _seconds_to_import()) for _ in range(ROUNDS)]
    full, shortened, imports = zip(*rounds, strict=True)
    ready, greeted = [each[0] for each in full], [each[4] for each in full]
    memory = tuple(each[1] / MOST_MB for each in full)
    of_others = milliseconds("imports", imports)
    return [
        *(
            Result(
                f"start of serve --any to {what}: imports that it needs",
                most,
                tuple(a / b for a, b in zip(seconds, imports, strict=True)),
                f"{milliseconds(what, seconds)}, {of_others}",
            )
            for what, most, seconds in (("ready", 1.5, ready), ("its first greeting", 2.0, greeted))
        ),
        Result(f"its memory: {MOST_MB:.0f} MB", 1.0, memory),
        *(
            Result(
                f"its first answer to a {name} name, CPU: 20 ms",
                1.0,
                tuple(each[2] / MOST_S for each in found),
                milliseconds("wall", (each[3] for each in found)),
            )
            for name, found in (("full", full), ("shortened", shortened))
        ),
    ]


def _round(name: str) -> tuple[float, float, float, float, float]:
    """Seconds to ready; MB after the first greeting; of the first log-in, from its line to the
    answer, the CPU time of `serve` and the time by the clock, both in seconds; seconds to the first
    greeting."""
    began = time.perf_counter()
    with _serving() as (process, port):
        ready_s = time.perf_counter() - began
        with _client(port) as client, client.makefile("rb") as said:
            said.readline()
            greeted_s, memory = time.perf_counter() - began, _resident_mb(process.pid)
            cpu, wall = cpu_s(process.pid), time.perf_counter()
            client.sendall(f'a LOGIN "{name}@badinbox.test" not-the-password-7\r\n'.encode())
            answer = said.readline()
            wall, cpu = time.perf_counter() - wall, cpu_s(process.pid) - cpu
        if not answer.startswith(b"a NO"):
            raise RuntimeError(f"{name} was answered {answer!r}")
    return ready_s, memory, cpu, wall, greeted_s


def _client(port: int) -> ssl.SSLSocket:
    context = ssl._create_unverified_context()
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port)))


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _seconds_to_import() -> float:
    began = time.perf_counter()
    with start(IMPORTS, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        return time.perf_counter() - began


@contextmanager
def _serving() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """One that is ready, and its port for IMAP over TLS."""
    with tempfile.TemporaryDirectory() as folder:
        command = ("-m", "badinbox", "serve", "--any", "--quiet", "--socket", f"{folder}/api.sock")
        with start(command, stdout=subprocess.PIPE) as process:
            assert process.stdout
            port = 0
            for line in process.stdout:
                if found := _IMAPS.match(line):
                    port = int(found[1])
                if line.startswith("Ready"):
                    break
            yield process, port
            process.terminate()
