"""Option types that several commands share."""

from __future__ import annotations

import os
from pathlib import Path

import click

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
InputFile = click.Path(exists=True, dir_okay=False, path_type=Path)


class Shard(click.ParamType[tuple[int, int]]):
    """`I/N`: the I-th of N parts, counted from 1."""

    name = "shard"

    def convert(
        self,
        value: str | tuple[int, int],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        part, _, parts = value.partition("/")
        if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
            self.fail(f"{value!r} is not I/N with 1 <= I <= N", param, ctx)
        return int(part), int(parts)


class OutputFile(click.ParamType[Path]):
    """A file to be written at the end: its folder is looked at now, before the work is done."""

    name = "file"

    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        file = Path(value)
        if file.is_dir():
            self.fail(f"{file} is a folder", param, ctx)
        if file.exists() and not file.is_file():
            return file  # such as /dev/stdout
        if not os.access(file.resolve().parent, os.W_OK | os.X_OK):
            self.fail(f"the folder {file.parent} does not exist or is not writable", param, ctx)
        return file
