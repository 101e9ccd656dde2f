"""What a server costs: sessions and CPU, memory of connections that do nothing, its start."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench.clock import start
from bench.peers.servers import Peer, Standing
from bench.peers.sessions import Order
from fakeservers.security import Security
from tests.lab.cases import PASSWORD

_CLOCK_TICKS = 100.0


def order(peer: Peer, standing: Standing, protocol: str, security: Security) -> Order:
    """A client's order for this server, with nothing to do yet."""
    return Order(
        protocol,
        security,
        standing.ports[f"{protocol} {security}"],
        peer.username,
        PASSWORD,
        authenticates=peer.authenticates,
    )


def sessions(standing: Standing, wanted: Order) -> tuple[float, float]:
    """The wall time of one session at this pace, and the server's CPU for one, in seconds."""
    before = _cpu_s(standing.pid)
    with start(wanted.command(), stdout=subprocess.PIPE) as client:
        said = client.communicate()[0]
    if client.returncode:
        raise RuntimeError(f"the client failed at {wanted.protocol} {wanted.security}")
    return float(said) / wanted.sessions, (_cpu_s(standing.pid) - before) / wanted.sessions


def idle_kib(standing: Standing, wanted: Order) -> float:
    """The memory that one connection takes which is logged in and does nothing, in KiB."""
    before = _resident_kib(standing.pid)
    with start(wanted.command(), stdout=subprocess.PIPE) as client, _ended(client):
        assert client.stdout
        if client.stdout.readline().strip() != "ready":
            raise RuntimeError("the client failed")
        return (_resident_kib(standing.pid) - before) / wanted.idle


def seconds_to_answer(peer: Peer) -> float:
    """From the start of the server's process to the first connection that it accepts."""
    began = time.perf_counter()
    with contextlib.ExitStack() as stack:
        peer.start(stack)
        return time.perf_counter() - began


@contextlib.contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                yield from _family(int(child))


def _cpu_s(pid: int) -> float:
    """The CPU time of a process and of all that it has started, those that ended included."""
    ticks = 0
    for each in _family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(") ")[2].split()
            ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    return ticks / _CLOCK_TICKS


def _resident_kib(pid: int) -> float:
    """The memory of a process and its children; of what they share each has its part."""
    total = 0.0
    for each in _family(pid):
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
            total += float(re.findall(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[0])
    return total
