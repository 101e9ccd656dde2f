"""The tables: `python -m tests.lab [--write] [--verbose] [server [words of a failure]]`.

`--verbose` prints both dialogues of what differs; `--write` needs all servers. `python -m tests.lab
record` and `python -m tests.lab broken` are commands of their own, `tests.lab.record` and
`tests.lab.broken`.
"""

from __future__ import annotations

import contextlib
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from tests.lab import broken, record
from tests.lab.check import Diagnosed
from tests.lab.compare import RealServer, Result
from tests.lab.table import render, render_checks, write
from tests.lab.world import SERVERS, missing, opened


class Found(NamedTuple):
    """What came of a server."""

    results: list[Result]
    diagnosed: list[Diagnosed]


def _found(name: str, server: RealServer, words: list[str]) -> Found:
    entry = SERVERS[name]

    def wanted(failure: str) -> bool:
        return all(word in failure for word in words)

    compared, diagnosed = entry.compared(server), entry.diagnosed(server)
    return Found(
        [compared(n) for n, case in enumerate(entry.cases) if wanted(case.failure)],
        [diagnosed(n) for n, check in enumerate(entry.checks) if wanted(check.failure)],
    )


def _all_found(names: list[str], words: list[str]) -> dict[str, Found]:
    with contextlib.ExitStack() as stack:
        # Most of it is waiting. On Ctrl-C the servers go first, which ends the work of the pool.
        pool = stack.enter_context(ThreadPoolExecutor(len(SERVERS)))
        servers = {name: opened(name, stack) for name in names}
        work = {name: pool.submit(_found, name, server, words) for name, server in servers.items()}
        return {name: one.result() for name, one in work.items()}


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["record"]:
        return record.main(arguments[1:])
    if arguments[:1] == ["broken"]:
        return broken.main(arguments[1:])
    options = {word for word in arguments if word.startswith("--")}
    chosen, *words = [word for word in arguments if word not in options] or [""]
    names = [name for name in SERVERS if chosen in ("", name)]
    reasons = {name: missing(name) for name in names}
    for name, reason in reasons.items():
        if reason:
            print(f"{name}: not compared, {reason}")
    names = [name for name in names if not reasons[name]]
    found = _all_found(names, words)
    likeness = render({name: one.results for name, one in found.items()})
    diagnoses = render_checks({name: one.diagnosed for name, one in found.items()})
    print(likeness, diagnoses, sep="\n\n")
    if "--verbose" in options:
        some = (result for one in found.values() for result in one.results)
        print(*(result.explain() for result in some if result.outcome == "differs"), sep="\n\n")
    if "--write" in options:
        if len(found) < len(SERVERS) or words:
            print("not written: that takes all servers and all cases")
            return 1
        write("likeness", likeness)
        write("diagnoses", diagnoses)
    return 0


try:
    sys.exit(main(sys.argv[1:]))
except KeyboardInterrupt:
    sys.exit(130)
