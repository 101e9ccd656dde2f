"""What the commands print: every line of it, so that no text of others is more than text there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from harness.files.problems import BadInput
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


@contextmanager
def refusals_in(language: str) -> Iterator[None]:
    """Why nothing came of a log, in one language. Raises BadInput, as what is done within does."""
    try:
        yield
    except BadInput as refused:
        from harness.texts import retold

        told = [retold("reproduced", str(each), language) for each in refused.problems]
        raise BadInput(told) from None
