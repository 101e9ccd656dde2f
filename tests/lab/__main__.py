"""The table of likeness: `python -m tests.lab [--write] [--verbose] [server [words of a failure]]`.

`--verbose` prints both dialogues of what differs; `--write` needs all servers.
"""

from __future__ import annotations

import contextlib
import sys

from tests.lab.compare import Result, compare
from tests.lab.table import render, write
from tests.lab.world import SERVERS, missing, opened


def _results(name: str, words: list[str]) -> list[Result]:
    with contextlib.ExitStack() as stack:
        server = opened(name, stack)
        return [
            compare(case, server, number)
            for number, case in enumerate(SERVERS[name].cases)
            if all(word in case.failure for word in words)
        ]


def main(arguments: list[str]) -> int:
    options = {word for word in arguments if word.startswith("--")}
    chosen, *words = [word for word in arguments if word not in options] or [""]
    results: dict[str, list[Result]] = {}
    for name in SERVERS:
        if chosen not in ("", name):
            continue
        if reason := missing(name):
            print(f"{name}: not compared, {reason}")
        else:
            results[name] = _results(name, words)
    print(render(results))
    if "--verbose" in options:
        some = (result for server in results.values() for result in server)
        print(*(result.explain() for result in some if result.outcome == "differs"), sep="\n\n")
    if "--write" in options:
        if len(results) < len(SERVERS) or words:
            print("not written: that takes all servers and all cases")
            return 1
        write(render(results))
    return 0


sys.exit(main(sys.argv[1:]))
