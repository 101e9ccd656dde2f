"""Times of pieces of work and of processes, and how busy the machine was with other things."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_STAT = Path("/proc/stat")
_UNCOMPILED = "PYTHONDONTWRITEBYTECODE"


@dataclass
class Spent:
    """Seconds that a block took: by the clock, and of this process's CPU time."""

    wall_s: float = 0.0
    cpu_s: float = 0.0


@contextmanager
def spending() -> Iterator[Spent]:
    """Time the block."""
    spent = Spent()
    cpu, wall = time.process_time(), time.perf_counter()
    yield spent
    spent.wall_s, spent.cpu_s = time.perf_counter() - wall, time.process_time() - cpu


def run(*commands: Sequence[str]) -> Spent:
    """Run Python with these arguments, several commands at once; children count, too.

    A command that says more than "not every case passed" (exit code 1) ends the measuring.
    """
    with spending() as spent:
        before = children_cpu_s()
        started = [start(command, stdout=subprocess.DEVNULL) for command in commands]
        codes = [process.wait() for process in started]
    spent.cpu_s = children_cpu_s() - before
    if max(codes) > 1 or min(codes) < 0:
        raise RuntimeError(f"{commands} ended with {codes}")
    return spent


def start(command: Sequence[str], *, stdout: int) -> subprocess.Popen[str]:
    """Start Python with these arguments in the checkout, its modules compiled as after `pip`."""
    environment = {name: os.environ[name] for name in os.environ if name != _UNCOMPILED}
    return subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdout=stdout, text=True, env=environment
    )


def children_cpu_s() -> float:
    """The CPU time of all processes that were waited for, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Neighbours:
    """How much of the cores other processes used, from the making on. Linux only."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._busy, self._own = _busy_s(), _own_s()

    def __str__(self) -> str:
        if not _STAT.exists():
            return "unknown"
        capacity = (time.monotonic() - self._began) * cores()
        others = (_busy_s() - self._busy) - (_own_s() - self._own)
        return f"{max(0.0, others / capacity):.0%}"


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0))


def _busy_s() -> float:
    if not _STAT.exists():
        return 0.0
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(
        int, _STAT.read_text().split(None, 9)[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _own_s() -> float:
    return time.process_time() + children_cpu_s()
