"""`python -m tests.common [user-name|host-name] [words]`: all that are said to be chosen so."""

from __future__ import annotations

import asyncio
import sys

from tests.catalogue import whole_catalogue
from tests.common.through import failures, reachable

if __name__ == "__main__":
    way, *words = [*sys.argv[1:], "user-name"][: max(1, len(sys.argv) - 1)]
    assert way in ("user-name", "host-name"), __doc__
    chosen = reachable(whole_catalogue(), way)
    chosen = [each for each in chosen if all(word in each.id for word in words)]
    wrong = asyncio.run(failures(chosen))
    for scenario_id, why in wrong.items():
        print(scenario_id, why)
    print(f"{len(chosen) - len(wrong)} of {len(chosen)} are what they are alone")
    raise SystemExit(bool(wrong))
