"""The CPU of a check against that of another version: `python -m bench.against PYTHON`.

PYTHON is the interpreter of a virtualenv that has the other version. Both run, in turn, those cases
that both have and in which no time-out is met; what starting and one case cost is taken off.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from bench.clock import children_cpu_s
from harness.judging.expectation import expects_timeout
from harness.scenario import builtin_path
from harness.scenario.catalogue import checked, collect

EVERY = 3
"""One case of so many is run."""
MAIN = "import sys, badinbox; sys.exit(badinbox.main())"
OURS = ("--workers", "1", "--quiet")
ELSEWHERE = tempfile.gettempdir()
"""A folder in which neither lies."""


def main() -> None:
    options = _options().parse_args()
    ids = _in_both(options.python)
    ratios = []
    for _ in range(options.rounds):
        ours_s = _seconds(sys.executable, ids, OURS)
        others_s = _seconds(options.python, ids)
        ratios.append(ours_s / others_s)
        print(f"{ours_s:.2f} s against {others_s:.2f} s of CPU: {ratios[-1]:.2f}", flush=True)
    print(f"{len(ids)} cases, median {statistics.median(ratios):.2f}")


def _in_both(python: str) -> list[str]:
    listed = subprocess.run(
        [python, "-c", MAIN, "list", "--json"], capture_output=True, check=True, cwd=ELSEWHERE
    )
    theirs = {each["id"] for each in json.loads(listed.stdout)}
    ours = checked(collect([builtin_path()]))
    both = [s.id for s in ours if s.id in theirs and not expects_timeout(s)]
    return both[::EVERY]


def _seconds(python: str, ids: Sequence[str], options: Sequence[str] = ()) -> float:
    """What all of them take beyond one of them."""
    return _cpu_s(python, ids, options) - _cpu_s(python, ids[:1], options)


def _cpu_s(python: str, ids: Sequence[str], options: Sequence[str]) -> float:
    before = children_cpu_s()
    command = [python, "-c", MAIN, "run", *options, *ids]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, cwd=ELSEWHERE, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{python} ended with {done.returncode}")
    return children_cpu_s() - before


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench.against", description=__doc__)
    parser.add_argument("python", metavar="PYTHON", help="the other version's interpreter")
    parser.add_argument("--rounds", type=int, default=5)
    return parser


if __name__ == "__main__":
    main()
