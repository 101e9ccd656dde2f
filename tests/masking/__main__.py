"""Every way in which a client can tell a secret, cut at every byte: what of it is shown."""

from __future__ import annotations

import sys

from tests.masking.test_never_shown import MODES, WHERE, every_way, leaks

for protocol, mode in WHERE:
    if mode in (sys.argv[1:] or MODES):
        count = sum(1 for _ in every_way(protocol))
        found = leaks(protocol, mode)
        print(
            f"{protocol} {mode}: {len(found)} of {count} show a secret",
            *found[:20],
            sep="\n",
            flush=True,
        )
