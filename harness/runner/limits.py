"""How many checks at a time this machine bears, and whether it is busy beyond that."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILES_OF_A_JOB: Final = 16
"""Both ends of its connections, listeners, the pipes of a process."""
FILES_BESIDE: Final = 40
JOBS_OF_A_CORE: Final = 16
"""More checks than that in one process wait for each other, not for the network."""
BUSY: Final = 1.5
"""Processes that want to run, for each core, beyond which all of them wait."""


def cores() -> int:
    """Those that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


def machine_is_busy() -> bool:
    """Whether more wants to run than there are cores, so that whoever waits may wait in vain."""
    return os.getloadavg()[0] > BUSY * cores()


def crowded() -> bool:
    """Whether more wants to run at this very moment than there are cores."""
    try:
        running = Path("/proc/loadavg").read_text().split()[3].partition("/")[0]
    except OSError:  # not Linux
        return machine_is_busy()
    return int(running) > BUSY * cores()


def permitted_files(wanted: int) -> int:
    """How many files this process may have open, raised to ``wanted`` as far as that goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(soft, most)


@dataclass(frozen=True)
class Bearable:
    """``jobs``: how many at a time, one at least; ``fewer``: why no more, if so. ``room``: for how
    many checks there are files, those that only wait included."""

    jobs: int
    fewer: str
    room: int


def bearable(wanted: int, waiting: int, *, in_process: bool) -> Bearable:
    """As many of the wanted jobs as files and, for checks of this process, cores permit.

    ``waiting``: how many checks more may wait beside them.
    """
    files = permitted_files(FILES_BESIDE + (wanted + waiting) * FILES_OF_A_JOB)
    room = max(1, (files - FILES_BESIDE) // FILES_OF_A_JOB)
    by_cores = JOBS_OF_A_CORE * cores() if in_process else wanted
    jobs = min(wanted, room, by_cores)
    why = ""
    if jobs < wanted:
        few_files = f"{files} open files are permitted (ulimit -n)"
        why = few_files if jobs == room else f"there are {cores()} cores"
    return Bearable(jobs, why, room)
