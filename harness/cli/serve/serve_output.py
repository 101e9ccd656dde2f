"""What `badinbox serve` prints and writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.files.problems import BadInput

if TYPE_CHECKING:
    from harness.serving.feed import Happening
    from harness.serving.server import Api
    from harness.serving.standing import Standing


class Live:
    """Prints each line of a transcript as it happens, with its mailbox where there are several."""

    def __init__(self, *, named: bool, quiet: bool) -> None:
        self._named = named
        self._quiet = quiet

    def __call__(self, event: Happening) -> None:
        from harness.reports.explain import transcript_line

        if event.line is not None and not self._quiet:
            name = f"{event.mailbox} " if self._named else ""
            where = f"{name}{event.service}#{event.connection}"
            try:
                click.echo(f"{where} {transcript_line(event.line)}")
            except BrokenPipeError:
                self._quiet = True  # whoever read it has left; the mailboxes stand


def announce(standing: Standing) -> None:
    """What to type, and the other secrets of the account, which a remedy may want."""
    from harness.cli.typed import typed_lines

    account = standing.mailbox.spec.account
    click.echo(f"{standing.id}: {standing.scenario.title}")
    for line in typed_lines(standing.settings):
        click.echo(line)
    click.echo(f"  app password {account.app_password}")
    click.echo(f"  OAuth token  {account.token}")
    click.echo("")


def announce_all(standing: Sequence[Standing], ca_file: str) -> None:
    """The same for a whole catalogue: a line for each."""
    from harness.serving.table import as_text

    click.echo(as_text(standing))
    click.echo(f"{len(standing)} mailboxes; CA file {ca_file}")


def table_format(file: Path) -> str:
    """The format of a table, by the file's suffix. Raises BadInput where there is none such."""
    from harness.serving.table import FORMATS

    name = file.suffix.removeprefix(".")
    if name not in FORMATS:
        raise BadInput([f"--table {file}: its suffix must be one of .{', .'.join(FORMATS)}"])
    return name


def write_table(file: Path, standing: Sequence[Standing]) -> None:
    """Write where every mailbox is, in the format of the file's suffix. Raises BadInput."""
    from harness.serving.table import FORMATS

    _, made = FORMATS[table_format(file)]
    _write(file, made(standing).encode(), 0o666)


def write_ports(file: Path, standing: Sequence[Standing], api: Api | None) -> None:
    """Write what to type, and where the API is, as JSON. Raises BadInput."""
    content: dict[str, Any] = {"mailboxes": [_ports(each) for each in standing]}
    if api:
        content["api"] = asdict(api)
    # The token is for this user only.
    _write(file, json.dumps(content, indent=1).encode() + b"\n", 0o600)


def _ports(standing: Standing) -> dict[str, Any]:
    services = standing.mailbox.services.items()
    return {
        "id": standing.id,
        "settings": standing.settings.model_dump(mode="json"),
        "services": {name: {"host": each.host, "port": each.port} for name, each in services},
    }


def _write(file: Path, content: bytes, mode: int) -> None:
    from harness.reports.files import write_whole

    try:
        write_whole(file, content, mode=mode)
    except OSError as error:
        raise BadInput([f"cannot write {file}: {error.strerror}"]) from None
