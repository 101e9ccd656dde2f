"""The wheel and the sdist of the checkout."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHEN = "1750000000"
"""Seconds since 1970; of no meaning."""


def build(folder: Path) -> Path:
    """Both of them in this folder, which is made."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": WHEN}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return folder


def built_once(base: Path) -> Path:
    """The same for all workers of a run. `base`: the folder for temporary files of this process."""
    ours = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (ours / "archives.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (ours / "archives").exists():
            build(ours / "building").rename(ours / "archives")
    return ours / "archives"
