"""Which scenarios failed last, remembered for each connector in a folder like pytest's.

It is `.badinbox_cache` in the current folder, and git ignores it. What cannot be read is as if
nothing were remembered, and what cannot be written is not remembered.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fakeservers.files.replacing import write_whole

if TYPE_CHECKING:
    from harness.runner.events import CaseResult
    from harness.scenario.model import Scenario

CACHE: Final = Path(".badinbox_cache")
_FILE: Final = "last-failed.json"
_IGNORED: Final = "# Written by badinbox: what failed last, for `--lf` and `--ff`.\n*\n"


def last_failed(connector: str, folder: Path = CACHE) -> frozenset[str]:
    """The ids of the scenarios that did not pass when this connector was last run against them."""
    return frozenset(_read(folder).get(connector, ()))


def remember(connector: str, results: Iterable[CaseResult], folder: Path = CACHE) -> None:
    """Note which scenarios failed, and which no longer do; of others it stays as it was."""
    failed: dict[str, bool] = {}
    for result in results:
        failed[result.id] = failed.get(result.id, False) or result.failed
    known = _read(folder)
    kept = {name for name in known.get(connector, ()) if name not in failed}
    known[connector] = sorted(kept | {name for name, is_so in failed.items() if is_so})
    text = json.dumps({"version": 1, "failed": known}, indent=1, ensure_ascii=False)
    with contextlib.suppress(OSError):
        if not folder.is_dir():
            folder.mkdir()
            (folder / ".gitignore").write_text(_IGNORED, "utf-8")
        write_whole(folder / _FILE, text.encode())


def only(scenarios: Sequence[Scenario], failed: frozenset[str]) -> list[Scenario]:
    """Those that failed last; where none of them did, all."""
    return [scenario for scenario in scenarios if scenario.id in failed] or list(scenarios)


def first(scenarios: Sequence[Scenario], failed: frozenset[str]) -> list[Scenario]:
    """Those that failed last, then the others."""
    return sorted(scenarios, key=lambda scenario: scenario.id not in failed)


def _read(folder: Path) -> dict[str, list[str]]:
    """The ids by connector."""
    try:
        document = json.loads((folder / _FILE).read_text("utf-8"))
        return {str(name): list(map(str, ids)) for name, ids in document["failed"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}
