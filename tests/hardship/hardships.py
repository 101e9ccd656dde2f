"""What may be hard: each is a way to start a command, or something that goes on beside it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
BADINBOX: Final = (sys.executable, "-m", "badinbox")
_BUSY: Final = (sys.executable, "-c", "while True: pass")


def in_shell(before: str) -> tuple[str, ...]:
    """A command line that does this in a shell, and then becomes the command that follows."""
    return ("bash", "-c", f'{before}; exec "$@"', "bash")


@contextlib.contextmanager
def beside(command: tuple[str, ...], times: int = 1) -> Iterator[None]:
    """Something that runs as long as the block does."""
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(times)
    ]
    try:
        yield
    finally:
        for each in running:
            each.kill()
            each.wait()


@dataclass(frozen=True)
class Hardship:
    """``prefix``: what stands before the command. ``needs``: programs; ``root``: whether it is for
    root only. ``ended_by``: the signal that ends the run in its middle. ``spoils``: a verdict that
    is given to some checks, and rightly. ``options`` and ``jobs``: of the run."""

    prefix: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    around: Callable[[], AbstractContextManager[Any]] = contextlib.nullcontext
    needs: tuple[str, ...] = ()
    root: bool = False
    ended_by: signal.Signals | None = None
    spoils: str = ""
    options: tuple[str, ...] = ()
    jobs: int = 16

    def missing(self) -> str:
        """What this machine lacks for it; empty: nothing."""
        if self.root and os.geteuid() != 0:
            return "for root only"
        lacking = [program for program in self.needs if not shutil.which(program)]
        return f"no {', '.join(lacking)}" if lacking else ""


_FULL: Final = "mount -t tmpfs -o size=4k none /mnt; head -c 9000 /dev/zero >/mnt/x 2>/dev/null"
_NO_IPV6: Final = "ip link set lo up; echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6"
_AS_NOBODY: Final = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")

HARDSHIPS: Final[dict[str, Hardship]] = {
    "4 busy loops, 64 jobs": Hardship(around=lambda: beside(_BUSY, 4), jobs=64),
    "12 busy loops, 64 jobs": Hardship(around=lambda: beside(_BUSY, 12), jobs=64),
    "nice 19": Hardship(prefix=("nice", "-n", "19")),
    "256 open files": Hardship(prefix=in_shell("ulimit -n 256"), jobs=64),
    "64 open files": Hardship(prefix=in_shell("ulimit -n 64")),
    "no HOME": Hardship(prefix=("env", "-u", "HOME", "-u", "XDG_CACHE_HOME")),
    "TMPDIR cannot be written": Hardship(environment={"TMPDIR": "/proc"}),
    "TMPDIR is full": Hardship(
        prefix=("unshare", "-m", *in_shell(_FULL)),
        environment={"TMPDIR": "/mnt"},
        needs=("unshare", "mount"),
        root=True,
    ),
    "LANG=C": Hardship(environment={"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}),
    "not root": Hardship(prefix=_AS_NOBODY, needs=("setpriv",), root=True),
    "stdout closed": Hardship(prefix=in_shell("exec >&-")),
    "stdout full": Hardship(prefix=in_shell("exec >/dev/full")),
    "SIGTERM": Hardship(ended_by=signal.SIGTERM),
    "two runs at once": Hardship(around=lambda: beside((*BADINBOX, "run", "-q"))),
    "a connector is killed": Hardship(
        options=("--mapping", "tests/hardship/connector.yaml"), spoils="crashed"
    ),
    "the clock is ahead": Hardship(prefix=("faketime", "-f", "+400d"), needs=("faketime",)),
    "no IPv6": Hardship(
        prefix=("unshare", "-n", *in_shell(_NO_IPV6)),
        needs=("unshare", "ip"),
        root=True,
        spoils="not-applicable",
    ),
}
