"""`badinbox reproduce` on a large log against `grep` on the same file."""

from __future__ import annotations

import resource
import subprocess
import tempfile
from pathlib import Path

from bench.clock import children_cpu_s, run
from bench.results import Result, milliseconds

ROUNDS = 7
SIZE = 100_000_000
WHOLE = 350_000
"""Bytes of a log that is read whole, line by line."""
MEMORY_KIB = 200_000
LINES = (
    "Nov 26 12:00:{0:02} mx1 dovecot: imap-login: Login: user=<u{1}@example.com>, method=PLAIN\n",
    "< a{1} OK FETCH completed (0.001 + 0.000 secs).\n",
    "> a{1} NOOP\n",
    "< * 12 FETCH (FLAGS (\\Seen) UID {1} RFC822.SIZE 51232)\n",
)
LOGIN = "> a9 LOGIN anna@example.com ***\n"
FAILURE = "< a9 NO [AUTHENTICATIONFAILED] Authentication failed.\n"
PATTERN = r"(NO|BAD|BYE) |[45][0-9][0-9][ -]"
"""What somebody would look for who has no other tool."""


def measure() -> list[Result]:
    """A large log whose only failure is at its beginning, so that all of it must be read, where
    what the command takes for one line, its start above all, is no reading; and one that is read
    line by line, whose last failure is at its end."""
    with tempfile.TemporaryDirectory() as folder:
        log, whole, small = (Path(folder) / f"{name}.log" for name in ("large", "whole", "small"))
        _write(log, SIZE)
        _write(whole, WHOLE)
        with whole.open("a") as file:
            file.write(LOGIN + FAILURE)
        small.write_text(FAILURE)
        rounds = [(*map(_reproduce, (log, whole, small)), _grep(log)) for _ in range(ROUNDS)]
    large, paste, alone, grep = zip(*rounds, strict=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    information = (
        f"{milliseconds('100 MB', large)}, {milliseconds('one line', alone)}, "
        f"{milliseconds('grep', grep)}, all of CPU; at most {peak // 1024} MiB"
    )
    reading = tuple((a - b) / c for a, b, c in zip(large, alone, grep, strict=True))
    line_by_line = tuple(a / b for a, b in zip(paste, alone, strict=True))
    return [
        Result("reproduce reads a log of 100 MB: grep -cE on it", 3, reading, information),
        Result("reproduce reads a log of 0.4 MB: one line", 4, line_by_line),
        Result("reproduce's memory at 100 MB: 200 MB", 1, (peak / MEMORY_KIB,)),
    ]


def _write(log: Path, size: int) -> None:
    block = "".join(line.format(n % 60, n) for n in range(500) for line in LINES)
    with log.open("w") as file:
        file.write(FAILURE)
        for _ in range(size // len(block) + 1):
            file.write(block)


def _reproduce(log: Path) -> float:
    output = log.with_suffix(".yaml")
    return run(["-m", "badinbox", "reproduce", str(log), "--force", "--output", str(output)]).cpu_s


def _grep(log: Path) -> float:
    """Seconds of CPU, as `run` counts them. Where its output goes nowhere, grep stops early."""
    before = children_cpu_s()
    subprocess.run(["grep", "-cE", PATTERN, str(log)], check=True, stdout=subprocess.PIPE)
    return children_cpu_s() - before
