"""Which scenarios a command is about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.files.problems import BadInput
from harness.scenario.catalogue import builtin_path, collect, select, shard
from harness.scenario.model import Scenario


def chosen(
    selectors: Sequence[str], base: Path | None = None, part: tuple[int, int] | None = None
) -> list[Scenario]:
    """The scenarios that the selectors choose from `base` (left out: the catalogue).

    Files and folders may be anywhere; what is an id in `base` too is taken as the id. Raises
    BadInput for a selector that fits nothing, and for scenario files with mistakes.
    """
    base = base or builtin_path()
    files = [_file(base, selector) for selector in selectors]
    if selectors and all(files):
        scenarios = select(collect([file for file in files if file]), selectors)
    else:
        scenarios = select(collect([base, *_elsewhere(selectors, files)]), selectors)
    return shard(scenarios, *part) if part else scenarios


def one(selector: str, base: Path | None = None) -> Scenario:
    """The only scenario that fits. Raises BadInput where there are none or several."""
    found = chosen([selector], base)
    if len(found) > 1:
        ids = ", ".join(scenario.id for scenario in found)
        raise BadInput([f"{selector!r} stands for several cases, choose one: {ids}"])
    return found[0]


def _file(base: Path, selector: str) -> Path | None:
    """The file or folder that a selector is about, where its spelling tells: the rest of the
    catalogue is not read then."""
    if "=" in selector:
        return None
    place = base / selector.rstrip("/").partition("[")[0]
    by_id = (place, place.with_name(f"{place.name}.yaml"))
    found = [path for path in by_id if not Path(selector).is_absolute() and path.exists()]
    return found[0] if found else next((p for p in [Path(selector)] if p.exists()), None)


def _elsewhere(selectors: Sequence[str], files: Sequence[Path | None]) -> list[Path]:
    return [file for selector, file in zip(selectors, files, strict=True) if file == Path(selector)]
