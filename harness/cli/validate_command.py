"""`badinbox validate`: are these scenario files right?"""

from __future__ import annotations

from pathlib import Path

import click


@click.command("validate")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(paths: tuple[Path, ...]) -> None:
    """Check scenario files, and folders of them; each mistake is told with its line."""
    from harness.scenario.catalogue import collect

    scenarios = collect(paths)
    files = len({scenario.file for scenario in scenarios})
    click.echo(f"{len(scenarios)} cases in {files} files: all right")
