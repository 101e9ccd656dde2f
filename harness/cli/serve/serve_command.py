"""`badinbox serve`: mailboxes of scenarios stand until Ctrl-C, for a product under test."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.shared import completion
from harness.cli.shared.ending import until_ended
from harness.cli.shared.options import (
    ANY_PORT,
    output_file,
    pace_factor,
    port_range,
    scenarios_option,
)
from harness.cli.shared.printing import say
from harness.files.problems import BadInput

if TYPE_CHECKING:
    from harness.cli.serve.serve_output import Live
    from harness.scenario.model import Scenario
    from harness.serving.placing import Placement
    from harness.serving.scenario_library import Library
    from harness.serving.server import Api
    from harness.serving.stand import Stand


_TOKEN = "BADINBOX_TOKEN"


@dataclass(frozen=True)
class _Wanted:
    """The options, as they were given."""

    ids: tuple[str, ...]
    everything: bool
    any_name: bool
    imap_port: int | None
    smtp_port: int | None
    own_ports: tuple[int, int] | None
    bind: str | None
    expose: bool
    host: str | None
    ca: Path | None
    ports_file: Path | None
    table: Path | None
    api: bool
    open_page: bool
    api_port: int
    socket: Path | None
    pace: float | None
    quiet: bool
    scenarios: Path | None


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID]...", shell_complete=completion.selectors)
@click.option("--all", "everything", is_flag=True, help="All scenarios at once.")
@click.option(
    "--any",
    "any_name",
    is_flag=True,
    help="One server for all scenarios: the user name that is typed chooses (`list --how`).",
)
@click.option("--imap-port", type=ANY_PORT, metavar="N", help="Where IMAP is typed to be.")
@click.option("--smtp-port", type=ANY_PORT, metavar="N", help="Where SMTP is typed to be.")
@click.option(
    "--own-ports",
    type=port_range,
    metavar="FROM-TO",
    help="With --any: the ports of what needs its own; left out: any free ones.",
)
@click.option("--bind", metavar="ADDR", help="A loopback address, such as 127.0.0.1 or ::1.")
@click.option("--expose", is_flag=True, help="Permit another address than a loopback one.")
@click.option("--host", metavar="NAME", help="What is typed, and certified, in place of --bind.")
@click.option(
    "--ca",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Keep the authority to trust in there; left out, there is another one each time.",
)
@click.option(
    "--ports-file",
    type=output_file,
    metavar="FILE",
    help="Written, whole, when all is ready: what to type, and the API, as JSON. Removed at the "
    "end.",
)
@click.option(
    "--table",
    type=output_file,
    metavar="FILE",
    help="Write where every mailbox is: .json, .csv, .md, .txt, or lines for a hosts file, .hosts.",
)
@click.option("--api/--no-api", default=True, help="Whether to be driven over HTTP, too.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
@click.option("--api-port", type=ANY_PORT, default=0, metavar="N", help="Left out: any free one.")
@click.option(
    "--socket",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The API's Unix socket; left out: one in your runtime folder.",
)
@click.option(
    "--pace",
    type=pace_factor,
    metavar="FACTOR",
    help="How many times slower than usual lives go, 0.2 to 60; left out: 30, for people.",
)
@click.option("--quiet", is_flag=True, help="Print no live transcript.")
@scenarios_option
def serve_command(**options: Any) -> None:
    """Stand scenarios up until Ctrl-C, and show what happens at them.

    One has any free ports. Several, or --all, have an address of their own each, with the same
    ports everywhere. More are started, and all are driven, over HTTP, with the token that is
    printed, or that BADINBOX_TOKEN holds. A scenario with a life lives: `badinbox report --state`
    says what the product is meanwhile.
    """
    wanted = _Wanted(**options)
    if not (wanted.ids or wanted.everything or wanted.any_name or wanted.api):
        raise click.UsageError("name a scenario, or give --all or --any")
    if wanted.any_name and (wanted.ids or wanted.everything):
        raise click.UsageError("--any has all scenarios at its ports: name none, and no --all")
    if wanted.any_name and (wanted.imap_port or wanted.smtp_port):
        raise click.UsageError("--any has a port for each way of securing it: name none")
    if wanted.own_ports and not wanted.any_name:
        raise click.UsageError("--own-ports goes with --any")
    until_ended(_serve(wanted, _scenarios(wanted)))


async def _serve(wanted: _Wanted, scenarios: Sequence[Scenario]) -> None:
    import asyncio
    import gc

    from fakeservers.files.kept import RUBBISH, resting

    async with contextlib.AsyncExitStack() as stack:
        with resting():
            stand = await _stand_up(stack, wanted, scenarios)
            if stand.guests:
                stand.guests.prepare()  # who comes meanwhile waits for it, as its port is open
            gc.freeze()  # what is there stays: looking through it would keep clients waiting
        if stand.guests:
            await stand.guests.names()  # for the first who types a short one
        gc.freeze()
        gc.set_threshold(RUBBISH)
        await asyncio.Event().wait()  # for ever: until Ctrl-C


def _scenarios(wanted: _Wanted) -> list[Scenario]:
    """Those that stand from the beginning. Raises BadInput."""
    if not (wanted.ids or wanted.everything):
        return []
    from harness.scenario.catalogue import chosen

    return chosen(wanted.ids, wanted.scenarios)


async def _stand_up(
    stack: contextlib.AsyncExitStack, wanted: _Wanted, scenarios: Sequence[Scenario]
) -> Stand:
    """All that was wanted, until it is ready. Raises BadInput."""
    from harness.cli.serve.serve_output import (
        Live,
        announce,
        announce_all,
        table_format,
        write_ports,
        write_table,
    )
    from harness.serving.scenario_library import Library
    from harness.serving.stand import allow_files

    if wanted.table and table_format(wanted.table) != "hosts" and wanted.any_name:
        raise BadInput([f"--table {wanted.table}: with --any it is .hosts; see list --how --json"])
    host = _host(wanted)
    places = _places(wanted, scenarios, host)
    allow_files(sum(len(each.facts.all_services()) for each in scenarios))
    show = Live(named=len(scenarios) != 1, quiet=wanted.quiet)
    stand = await stack.enter_async_context(_stand(wanted, host, show))
    library = Library(wanted.scenarios, list(scenarios))
    if wanted.any_name:
        await _open_common_ports(stack, stand, library, wanted, host)
    pairs = zip(scenarios, places, strict=True)
    standing = [await stand.start(each, place) for each, place in pairs]
    if wanted.everything:
        announce_all(standing, stand.authority.ca_file)
    else:
        for each in standing:
            announce(each)
    api = await _open_api(stack, stand, library, wanted, scenarios) if wanted.api else None
    say("Ready; Ctrl-C ends it.\n")
    if wanted.table and not wanted.any_name:
        write_table(wanted.table, standing)
    if wanted.ports_file:
        stack.callback(wanted.ports_file.unlink, missing_ok=True)
        write_ports(wanted.ports_file, standing, api, stand.guests)
    return stand


def _places(wanted: _Wanted, scenarios: Sequence[Scenario], host: str | None) -> list[Placement]:
    """Where each scenario's mailbox is to listen."""
    from harness.serving.placing import Placement, own_places

    given = {"imap": wanted.imap_port, "smtp": wanted.smtp_port}
    ports = {protocol: port for protocol, port in given.items() if port}
    if len(scenarios) > 1 and not wanted.bind:
        return list(own_places(scenarios, ports))
    if len(scenarios) > 1 and ports:
        raise BadInput(
            [f"one address has its port for one scenario only; these are {len(scenarios)}"]
        )
    place = Placement(wanted.bind, ports, host=host)
    return [place] * len(scenarios)


def _stand(wanted: _Wanted, host: str | None, show: Live) -> Stand:
    from harness.serving.own_ports import OwnPorts
    from harness.serving.stand import Stand, kept_authority
    from harness.serving.standing import FOR_PEOPLE

    own = OwnPorts(*wanted.own_ports, wanted.bind, host) if wanted.own_ports else None
    return Stand(
        authority=kept_authority(wanted.ca) if wanted.ca else None,
        exposed=wanted.expose,
        pace=wanted.pace or FOR_PEOPLE,
        own_ports=own,
        on_happening=show,
    )


def _host(wanted: _Wanted) -> str | None:
    """What is typed: where all addresses are listened on, none of them says where to."""
    import ipaddress
    import socket

    if wanted.expose and wanted.bind:
        say(
            f"badinbox: a mailbox with known passwords listens on {wanted.bind}, for everybody "
            "who can reach it",
            err=True,
        )
        with contextlib.suppress(ValueError):  # which opening it explains
            if not wanted.host and ipaddress.ip_address(wanted.bind).is_unspecified:
                return socket.gethostname()
    return wanted.host


async def _open_common_ports(
    stack: contextlib.AsyncExitStack,
    stand: Stand,
    library: Library,
    wanted: _Wanted,
    host: str | None,
) -> None:
    from harness.cli.serve.serve_output import announce_common_ports
    from harness.serving.common.guests import Guests
    from harness.serving.common.opened import common_ports

    def dropped(name: str) -> None:
        say(f"{name}: dropped, as nobody has used it for the longest time", err=True)

    def refused(why: str) -> None:
        if not wanted.quiet:
            say(f"refused: {why}")

    guests = Guests(stand, library, host=host, on_dropped=dropped)
    opening = common_ports(
        *(stand, guests),
        bind=wanted.bind,
        names=(host,) if host else (),
        exposed=wanted.expose,
        on_refused=refused,
    )
    await stack.enter_async_context(opening)
    if stand.own_ports:
        stand.own_ports.check()
    announce_common_ports(guests, stand)
    if wanted.table:
        await _write_hosts(wanted.table, library, wanted.bind)


async def _write_hosts(table: Path, library: Library, bind: str | None) -> None:
    """Lines for a hosts file. Raises BadInput."""
    import ipaddress

    from harness.files.whole_file import write_file
    from harness.serving.common.case_names import host_of
    from harness.serving.common.opened import LOOPBACK

    anywhere = bind is None or ipaddress.ip_address(bind).is_unspecified
    names = map(host_of, await library.ids())
    lines = (f"{LOOPBACK if anywhere else bind} {name}\n" for name in names)
    write_file(table, "".join(lines).encode())


async def _open_api(
    stack: contextlib.AsyncExitStack,
    stand: Stand,
    library: Library,
    wanted: _Wanted,
    scenarios: Sequence[Scenario],
) -> Api:
    from harness.serving.server import control_api

    api = await stack.enter_async_context(
        control_api(
            stand,
            library,
            port=wanted.api_port,
            token=os.environ.get(_TOKEN, ""),
            path=wanted.socket,
        )
    )
    say(f"API {api.page}")
    if wanted.everything or not scenarios:
        say(f"Page {api.page}  choose a scenario there")
    else:
        for each in scenarios:
            name = f"  {each.id}" if len(scenarios) > 1 else ""
            say(f"Page {api.page_of(each.id)}{name}")
    if wanted.open_page:
        await _open_page(api, scenarios)
    return api


async def _open_page(api: Api, scenarios: Sequence[Scenario]) -> None:
    """In the browser of whoever runs this: the mailbox, or where one is chosen."""
    import asyncio
    import webbrowser

    address = api.page_of(scenarios[0].id if len(scenarios) == 1 else "")
    if not await asyncio.to_thread(webbrowser.open, address):
        say(f"badinbox: no browser could be opened; open it yourself: {address}", err=True)
