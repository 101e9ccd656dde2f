"""What the commands print: every line of it, so that no text of others is more than text there."""

from __future__ import annotations

from typing import Any

import click

from harness.texts.escaping import json_text, visible_lines


def say(text: str = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a line or several; `err`: on standard error. Nothing in it but line ends is a control
    character, see `visible`."""
    click.echo(visible_lines(text), err=err, nl=nl)


def say_as_it_is(line: str) -> None:
    """Print a line of ours, such as one with colours, in which what is not ours was made visible
    before."""
    click.echo(line)


def say_json(data: Any, indent: int | None = None) -> None:
    """Print data as JSON."""
    click.echo(json_text(data, indent))
