"""`python -m tests.hardship`: the table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from harness.scenario.catalogue import checked
from tests.catalogue import whole_catalogue
from tests.hardship import __doc__ as about
from tests.hardship.hardships import HARDSHIPS, Hardship
from tests.hardship.running import complaints, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.hardship", description=about)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(HARDSHIPS))
    parser.add_argument("--checks", type=int, default=1000, help="how many, at least")
    given = parser.parse_args()
    selectors = _some(given.checks)
    with tempfile.TemporaryDirectory() as folder:
        places = (Path(tempfile.mkdtemp(dir=folder)) for _ in iter(int, 1))
        Path(folder).chmod(0o755)
        calm = run(Hardship(), next(places), selectors)
        print(f"calm: {len(calm.verdicts)} checks in {calm.seconds:.0f} s, exit {calm.status}\n")
        print("| hardship | checks | exit | time, to calm | complaints |\n|---|---|---|---|---|")
        failed = 0
        for name in given.names or HARDSHIPS:
            hardship = HARDSHIPS[name]
            if why := hardship.missing():
                print(f"| {name} | 0 | | | not here: {why} |", flush=True)
                continue
            ran = run(hardship, next(places), selectors)
            told = list(complaints(hardship, ran, calm))
            failed += len(told)
            times = ran.seconds / calm.seconds
            row = f"| {name} | {len(ran.verdicts)} | {ran.status} | {times:.1f} |"
            print(row, "; ".join(told)[:2000] or "none", "|", flush=True)
    return 1 if failed else 0


def _some(checks: int) -> list[str]:
    """Ids of scenarios with so many checks, from all over the catalogue."""
    scenarios = checked(whole_catalogue())
    there = sum(1 + len(scenario.remedies) for scenario in scenarios)
    found: list[str] = []
    for scenario in scenarios[:: max(1, there // checks)]:
        found.append(scenario.id)
    return found


if __name__ == "__main__":
    sys.exit(main())
