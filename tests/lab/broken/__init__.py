"""A real server, set up wrong in many ways, and what the built-in checker says of each.

`python -m tests.lab broken [words]` prints the table of Cyrus IMAP. Here is no fake beside the real
server, as in the table of diagnoses: most of these ways are no matter of dialect.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from fakeservers.wire.certificates import process_authority
from harness.contract.diagnosis import Diagnosis
from tests.lab.broken.cyrus import BrokenCyrus
from tests.lab.broken.cyrus_ways import WAYS
from tests.lab.check import Typed, said_of
from tests.lab.world import missing


def opened(stack: contextlib.ExitStack) -> BrokenCyrus:
    """The running server; it ends with the stack."""
    return BrokenCyrus(stack, process_authority().ca_file)


def diagnosed(server: BrokenCyrus, number: int) -> Diagnosis:
    """What the checker says of the way of this number."""
    typed = Typed(**{"security": "implicit-tls", **WAYS[number].typed})
    with server.address(number, f"127.3.0.{number + 2}") as address:
        return said_of(address, typed, "imap")


def main(words: Sequence[str]) -> int:
    """The table, of the ways that have all these words."""
    if reason := missing("cyrus"):
        print(f"cyrus: {reason}")
        return 1
    right = count = 0
    print("| way | documented error | stage | cause | right |\n|---|---|---|---|---|")
    with contextlib.ExitStack() as stack:
        server = opened(stack)
        for number, way in enumerate(WAYS):
            if not all(word in way.way for word in words):
                continue
            found = diagnosed(server, number)
            is_right = way.is_right((found.error, found.stage, found.cause))
            right, count = right + is_right, count + 1
            said = f"{found.error} | {found.stage or ''} | {found.cause or ''}"
            print(f"| {way.way} | {said} | {'yes' if is_right else 'no'} |", flush=True)
    print(f"\n{right} of {count} are named rightly.")
    return 0 if right == count else 1
