"""What several commands share: their options, and which scenarios they are about."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from harness.files.problems import BadInput

if TYPE_CHECKING:
    from harness.scenario.model import Scenario

InputFile: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
SECURITY: Final = click.Choice(["implicit-tls", "starttls", "cleartext"])
ANY_PORT: Final = click.IntRange(0, 65535)
"""0: any free one."""

scenarios_option = click.option(
    "--scenarios",
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="A folder or file of scenarios, instead of the catalogue that comes with badinbox.",
)
jobs_option = click.option("--jobs", type=click.IntRange(1, 64), default=16, show_default=True)
timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="S",
    help="Seconds that one check may take.",
)


def output_file(value: str | Path) -> Path:
    """A file to be written at the end: its folder is looked at now, before the work is done."""
    file = Path(value)
    if file.is_dir():
        raise click.BadParameter(f"{file} is a folder")
    if file.exists() and not file.is_file():
        return file  # such as /dev/stdout
    if not os.access(file.resolve().parent, os.W_OK | os.X_OK):
        raise click.BadParameter(f"the folder {file.parent} does not exist or is not writable")
    return file


def chosen(
    selectors: Sequence[str], base: Path | None = None, part: tuple[int, int] | None = None
) -> list[Scenario]:
    """The scenarios that the selectors choose from `base` (left out: the catalogue).

    `part`: only the I-th of N parts. Files and folders may be anywhere; what is an id in `base` too
    is taken as the id. Raises BadInput for a selector that fits nothing, and for scenario files
    with mistakes.
    """
    from harness.scenario.catalogue import builtin_path, collect, select, shard

    base = base or builtin_path()
    files = [_file(base, selector) for selector in selectors]
    if not selectors or not all(files):
        elsewhere = [
            file for name, file in zip(selectors, files, strict=True) if file == Path(name)
        ]
        files = [base, *elsewhere]
    scenarios = select(collect([file for file in files if file]), selectors)
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
