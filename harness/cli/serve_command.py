"""`badinbox serve`: mailboxes of scenarios stand until Ctrl-C, for a product under test."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.options import OutputFile, scenarios_option
from harness.problems import BadInput

if TYPE_CHECKING:
    from harness.scenario import Scenario
    from harness.serving.feed import Happening
    from harness.serving.library import Library
    from harness.serving.placing import Place
    from harness.serving.server import Api
    from harness.serving.stand import Stand
    from harness.serving.standing import Standing

_PORT = click.IntRange(0, 65535)
_TOKEN = "BADINBOX_TOKEN"


@dataclass(frozen=True)
class _Wanted:
    """What is to be served, and how it is told."""

    scenarios: Sequence[Scenario]
    place: Place
    library: Library
    ports_file: Path | None
    api: bool
    api_port: int
    socket: Path | None


@click.command("serve")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--imap-port", type=_PORT, metavar="N", help="Left out: any free one.")
@click.option("--smtp-port", type=_PORT, metavar="N", help="Left out: any free one.")
@click.option("--bind", metavar="ADDR", help="A loopback address, such as 127.0.0.1 or ::1.")
@click.option(
    "--ports-file",
    type=OutputFile(),
    metavar="FILE",
    help="Written, whole, when all is ready: what to type, and the API, as JSON. Removed at the "
    "end.",
)
@click.option("--api/--no-api", default=True, help="Whether to be driven over HTTP, too.")
@click.option("--api-port", type=_PORT, default=0, metavar="N", help="Left out: any free one.")
@click.option(
    "--socket",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The API's Unix socket; left out: one in your runtime folder.",
)
@scenarios_option
def command(
    ids: tuple[str, ...],
    imap_port: int | None,
    smtp_port: int | None,
    bind: str | None,
    ports_file: Path | None,
    api: bool,
    api_port: int,
    socket: Path | None,
    scenarios: Path | None,
) -> None:
    """Stand scenarios up until Ctrl-C, and show what happens at them.

    They are driven over HTTP, too, with the token that is printed (or that BADINBOX_TOKEN holds).
    """
    import asyncio

    from harness.cli.scenarios import chosen
    from harness.serving.library import Library
    from harness.serving.placing import Place

    found = chosen(ids, scenarios)
    given = {"imap": imap_port, "smtp": smtp_port}
    ports = {protocol: port for protocol, port in given.items() if port}
    if ports and len(found) > 1:
        raise BadInput([f"a port can be given for one scenario only; these are {len(found)}"])
    library = Library(scenarios, found)
    place = Place(bind, ports)
    asyncio.run(_serve(_Wanted(found, place, library, ports_file, api, api_port, socket)))


async def _serve(wanted: _Wanted) -> None:
    import asyncio

    from harness.serving.stand import Stand

    async with contextlib.AsyncExitStack() as stack:
        show = _Live(named=len(wanted.scenarios) > 1)
        stand = await stack.enter_async_context(Stand(on_happening=show))
        standing = [await stand.start(each, wanted.place) for each in wanted.scenarios]
        for each in standing:
            _announce(each)
        api = await _open_api(stack, stand, wanted) if wanted.api else None
        click.echo("Ready; Ctrl-C ends it.\n")
        if wanted.ports_file:
            stack.callback(wanted.ports_file.unlink, missing_ok=True)
            _write_ports(wanted.ports_file, standing, api)
        await asyncio.Event().wait()  # for ever: until Ctrl-C


async def _open_api(stack: contextlib.AsyncExitStack, stand: Stand, wanted: _Wanted) -> Api:
    import os

    from harness.serving.server import control_api

    api = await stack.enter_async_context(
        control_api(
            stand,
            wanted.library,
            port=wanted.api_port,
            token=os.environ.get(_TOKEN, ""),
            path=wanted.socket,
        )
    )
    click.echo(f"API {api.page}")
    return api


class _Live:
    """Prints each line of a transcript as it happens, with its mailbox where there are several."""

    def __init__(self, *, named: bool) -> None:
        self._named = named

    def __call__(self, event: Happening) -> None:
        from harness.reports.explain import transcript_line

        if event.line is not None:
            name = f"{event.mailbox} " if self._named else ""
            where = f"{name}{event.service}#{event.connection}"
            click.echo(f"{where} {transcript_line(event.line)}")


def _announce(standing: Standing) -> None:
    """What to type, and the other secrets of the account, which a remedy may want."""
    from harness.cli.typed import typed_lines

    account = standing.mailbox.spec.account
    click.echo(f"{standing.id}: {standing.scenario.title}")
    for line in typed_lines(standing.settings):
        click.echo(line)
    click.echo(f"  app password {account.app_password}")
    click.echo(f"  OAuth token  {account.token}")
    click.echo("")


def _ports(standing: Standing) -> dict[str, Any]:
    services = standing.mailbox.services.items()
    return {
        "id": standing.id,
        "settings": standing.settings.model_dump(mode="json"),
        "services": {name: {"host": each.host, "port": each.port} for name, each in services},
    }


def _write_ports(file: Path, standing: Sequence[Standing], api: Api | None) -> None:
    from dataclasses import asdict

    from harness.reports.files import write_whole

    content: dict[str, Any] = {"mailboxes": [_ports(each) for each in standing]}
    if api:
        content["api"] = asdict(api)
    try:
        # The token is for this user only.
        write_whole(file, json.dumps(content, indent=1).encode() + b"\n", mode=0o600)
    except OSError as error:
        raise BadInput([f"cannot write {file}: {error.strerror}"]) from None
