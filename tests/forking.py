"""Commands as processes of their own, without the second that each would import and read what the
classifier knows: they are forked from one that has done so already.
`python -m tests.forking FILENO badinbox` is that one."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[1]
LONGEST_S = 300
IMPORTED = (
    *("fakeservers.imap", "fakeservers.smtp", "harness.checker", "harness.mapping"),
    *("harness.results.baseline", "harness.reports.console", "harness.runner.preflight"),
    *("harness.cli.run_command", "harness.reports.json_report", "harness.runner.runner"),
)


class Forking:
    """The process that is forked to be `python -m` and this program, and whoever asks it to be."""

    def __init__(self, program: str) -> None:
        self._asks, theirs = socket.socketpair()
        self._asks.settimeout(LONGEST_S)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno()), program],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def run(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """What the program did in this folder. Raises TimeoutError."""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            asked = json.dumps([list(arguments), str(folder), dict(environment)]).encode()
            with open(os.devnull) as nothing:
                streams = [nothing.fileno(), out.fileno(), err.fileno()]
                socket.send_fds(self._asks, [len(asked).to_bytes(4, "big")], streams)
            self._asks.sendall(asked)
            process = self._number()
            try:
                code = self._number()
            except TimeoutError:
                os.kill(process, signal.SIGKILL)
                raise
            out.seek(0), err.seek(0)
            return subprocess.CompletedProcess(arguments, code, out.read(), err.read())

    def _number(self) -> int:
        return int.from_bytes(self._asks.recv(4, socket.MSG_WAITALL), "big", signed=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._asks.close()
        self._process.wait()


def serve(asked: socket.socket, program: str) -> int:
    """Fork for each that is asked for. In the process that is to run it, its exit code."""
    from harness.classify import explain

    main = PROGRAMS[program]()
    for name in IMPORTED:
        importlib.import_module(name)
    explain("imap", "imap-login", "a1 NO no")
    explain("smtp", "smtp-login", "535 no")
    gc.freeze()
    while True:
        length, streams, *_ = socket.recv_fds(asked, 4, 3)
        if not length:
            return 0
        told = asked.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL)
        process = os.fork()
        if not process:
            asked.close()
            arguments, folder, environment = json.loads(told)
            _be(program, arguments, folder, environment, streams)
            return main()
        for stream in streams:
            os.close(stream)
        asked.sendall(process.to_bytes(4, "big"))
        _, status = os.waitpid(process, 0)
        asked.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))


def _be(
    program: str,
    arguments: list[str],
    folder: str,
    environment: dict[str, str],
    streams: list[int],
) -> None:
    """In the place of `python -m` and the program."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0], sys.argv = folder, [program, *arguments]


def _badinbox() -> Callable[[], int]:
    from badinbox.__main__ import main

    return main


def _pytest() -> Callable[[], int]:
    """It has run once: what it imports itself, as its plugins, is there."""
    import pytest

    with tempfile.TemporaryDirectory() as empty:
        pytest.main(["--collect-only", "--rootdir", empty, *OURS.split(), empty])
    sys.stdout.flush()  # or each that is forked says it
    return pytest.console_main


OURS = "-p no:schemathesis -p no:hypothesispytest -p no:anyio"
"""What leaves plugins out that badinbox has nothing to do with, and that load for a second."""
PROGRAMS = {"badinbox": _badinbox, "pytest": _pytest}


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2]))
