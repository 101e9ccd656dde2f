"""How a process ends, whatever becomes of those who started it or read it; and what it will not
begin to read, as it would not end."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli import main
from tests.harness.cli.conftest import command, environment, started, until

RUN = ("run", "connected", "--scenarios", "scenarios")

PRINTS = """
import signal
from harness.cli.shared.ending import ending
from harness.cli.shared.printing import say

def interrupts(*_):
    raise KeyboardInterrupt

with ending():
    signal.signal(signal.SIGALRM, interrupts)
    for number in range(5000):
        try:
            signal.setitimer(signal.ITIMER_REAL, 1e-6 * (1 + number % 100))
            say(str(number))
            signal.setitimer(signal.ITIMER_REAL, 0)
        except KeyboardInterrupt:
            pass
"""
"""Prints numbers, and is interrupted at every step of that."""


def in_shell(folder: Path, line: str, *arguments: str) -> tuple[int, str]:
    """The exit code and the standard error of the command where `line` has BADINBOX."""
    words = shlex.join(command(*arguments))
    done = subprocess.run(
        [
            "bash",
            "-c",
            line.replace("BADINBOX", f"{words} 2>errors; echo $? >code; cat errors >&2"),
        ],
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    return int((folder / "code").read_text()), done.stderr


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("{ BADINBOX; } | head -1", (*RUN, "-v")),
        ("{ BADINBOX; } | true", ("list",)),
        ("{ BADINBOX; } >&-", RUN),
        ("{ BADINBOX; } <&-", RUN),
    ],
)
def test_nobody_reads_it_and_it_ends_as_it_would(
    scenarios: Path, tmp_path: Path, line: str, arguments: tuple[str, ...]
) -> None:
    assert in_shell(tmp_path, line, *arguments) == (0, "")


def test_what_it_prints_cannot_be_written(scenarios: Path, tmp_path: Path) -> None:
    told = "badinbox: cannot write its output: No space left on device\n"
    run = (*RUN, "--junit", "out.xml")
    assert in_shell(tmp_path, "{ BADINBOX; } >/dev/full", *run) == (2, told)
    assert (tmp_path / "out.xml").exists()


def test_further_signals_do_not_disturb_what_is_being_closed(
    scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "product.py").write_text(
        "import time\ndef hangs(settings):\n    open('began', 'w').close()\n    time.sleep(1000)\n"
    )
    with started(tmp_path, *RUN, "--connector", "product:hangs", "--no-preflight") as running:
        until((tmp_path / "began").exists, running)
        # Those that arrive together are heard in the order of their numbers.
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGINT, signal.SIGTERM):
            running.send_signal(number)
        _, errors = running.communicate(timeout=30)
    assert (running.returncode, errors) == (129, "")


def test_a_signal_amid_a_line_has_none_printed_twice(tmp_path: Path) -> None:
    (tmp_path / "prints.py").write_text(PRINTS)
    done = subprocess.run(
        [sys.executable, "prints.py"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    numbers = done.stdout.split()
    assert (done.returncode, done.stderr) == (0, "")
    assert len(numbers) > 1000 and len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("pipe", "a pipe into which nobody writes"),
        ("/dev/zero", "a device, not a file"),
        ("circle", "Too many levels of symbolic links"),
    ],
)
@pytest.mark.parametrize(
    "arguments",
    ["reproduce", "run --mapping", "run --baseline", "judge", "explain --jsonl", "validate"],
)
def test_what_has_no_end_is_not_begun(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    why: str,
    arguments: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.files.whole_file.PIPE_S", 0.01)
    os.mkfifo("pipe")
    Path("circle").symlink_to("circle")
    assert main([*arguments.split(), name]) == 2
    told = capsys.readouterr()
    assert told.err.count("\n") == 1 and told.out == ""
    assert any(each in told.err for each in (why, "not a file", "no such file", "does not exist"))


def test_a_pipe_that_somebody_writes_into_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read, write = os.pipe()
    os.write(write, b"a1 NO [AUTHENTICATIONFAILED] Invalid credentials\r\n")
    os.close(write)
    try:
        assert main(["reproduce", f"/dev/fd/{read}", "--all"]) == 0
    finally:
        os.close(read)
    assert "imap-login" in capsys.readouterr().out


UNHEARD = """
import asyncio, os, signal, sys, threading
from harness.cli.shared.ending import ending, rest, until_ended

def interrupt():
    # The main thread does not hear it, as if it came just before that thread began to wait.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    while sys._current_frames()[main].f_code.co_name not in ("select", "rest"):
        os.sched_yield()
    os.kill(os.getpid(), signal.SIGINT)
    threading.Event().wait()

main = threading.get_ident()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
try:
    with ending():
        thread = threading.Thread(target=interrupt, daemon=True)
        thread.start()
        WAIT
except KeyboardInterrupt:
    print("ended")
"""


@pytest.mark.parametrize("wait", ["until_ended(asyncio.sleep(600))", "rest(600)"])
def test_a_signal_that_wakes_nobody_is_heard_all_the_same(wait: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNHEARD.replace("WAIT", wait)],
        env=environment(PYTHONPATH=str(Path(command()[1]).parent)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("ended\n", "")
