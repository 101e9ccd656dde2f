"""Programs that want a terminal."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.clients.world import RUN_S


def on_a_terminal(words: Sequence[str], home: Path) -> str:
    """Run one until it ends by itself; what it drew. Raises AssertionError where it fails."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "HOME": str(home), "LC_ALL": "C.UTF-8", "TERM": "vt100"}
    drawn = b""
    with (
        subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as process,
        open(ours, "rb", buffering=0) as screen,
    ):
        os.close(theirs)
        watchdog = threading.Timer(RUN_S, process.kill)
        watchdog.start()
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while data := screen.read(4096):
                drawn += data
        watchdog.cancel()
    assert process.returncode == 0, drawn
    return drawn.decode(errors="replace")
