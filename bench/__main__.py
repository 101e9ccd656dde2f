"""The command: `python -m bench [--only NAME]… [--json FILE]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from bench import (
    catalogue,
    common_ports,
    connectors,
    evidence,
    mailbox_up_down,
    one_check,
    serving,
    startup,
)
from bench.clock import Neighbours, cores
from bench.results import HEADINGS, Result, row, table

MEASURES: dict[str, Callable[[], list[Result]]] = {
    "mailbox-up-down": mailbox_up_down.measure,
    "check": one_check.measure,
    "startup": startup.measure,
    "catalogue": catalogue.measure_waits,
    "lives": catalogue.measure_lives,
    "parallel": catalogue.measure_parallel,
    "null-connector": connectors.measure_null,
    "command": connectors.measure_command,
    "api-mailbox": serving.measure_mailbox,
    "api-start": serving.measure_start,
    "serve-any": common_ports.measure,
    "linear": catalogue.measure_linear,
    "reproduce": evidence.measure,
}


def main() -> int:
    """Measure, print the table; 1 where a target is missed."""
    arguments = _arguments()
    neighbours = Neighbours()
    results: list[Result] = []
    for name in arguments.only or MEASURES:
        print(f"measuring {name} …", file=sys.stderr)
        results += MEASURES[name]()
    print(*table([HEADINGS, *map(row, results)]), sep="\n")
    print(f"\n{cores()} cores, of which other processes used {neighbours}")
    if arguments.json:
        measured = {
            "cores": cores(),
            "used_by_others": str(neighbours),
            "measures": [result.as_json() for result in results],
        }
        arguments.json.write_text(json.dumps(measured, indent=2) + "\n")
    return 0 if all(result.passed for result in results) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=MEASURES, help="measure only this")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results, too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
