"""The files that clients trust go with their process; if it is killed, with the next one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = (
    "import sys; from fakeservers.wire.certificates import process_authority;"
    "process_authority().publish(); print(flush=True); sys.stdin.read()"
)


@contextmanager
def publishing(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has written its files there."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout and process.stdout.readline() == "\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def grown_old(folder: Path) -> set[str]:
    """The files there, made long ago from now on."""
    for file in folder.iterdir():
        os.utime(file, (0, 0))
    return set(os.listdir(folder))


def test_a_process_that_ends_leaves_none(tmp_path: Path) -> None:
    with publishing(tmp_path) as process:
        assert len(os.listdir(tmp_path)) == 4
        process.communicate("")
    assert os.listdir(tmp_path) == []


def test_those_of_one_that_was_killed_are_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "badinbox-notes.txt").touch()
    with publishing(tmp_path):
        pass
    killed = grown_old(tmp_path) - {"badinbox-notes.txt"}
    with publishing(tmp_path):
        living = grown_old(tmp_path)
        assert len(killed) == 4 and not killed & living
        with publishing(tmp_path):
            assert living <= set(os.listdir(tmp_path)), "it lives"
            assert "badinbox-notes.txt" in living
