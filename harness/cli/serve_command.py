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
    from fakeservers.mailbox import Mailbox, OnEntry
    from fakeservers.spec import Account, MailboxSpec
    from fakeservers.transcript import Entry, Transcript
    from harness.scenario import Scenario
    from harness.settings import ConnectionSettings

_PORT = click.IntRange(0, 65535)


@dataclass(frozen=True)
class _Place:
    """Where the mailboxes are to listen."""

    bind: str | None
    ports: dict[str, int]
    """By protocol."""


@click.command("serve")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--imap-port", type=_PORT, metavar="N", help="Left out: any free one.")
@click.option("--smtp-port", type=_PORT, metavar="N", help="Left out: any free one.")
@click.option("--bind", metavar="ADDR", help="A loopback address, such as 127.0.0.1 or ::1.")
@click.option(
    "--ports-file",
    type=OutputFile(),
    metavar="FILE",
    help="Written, whole, when all is ready: what to type, as JSON. Removed at the end.",
)
@scenarios_option
def command(
    ids: tuple[str, ...],
    imap_port: int | None,
    smtp_port: int | None,
    bind: str | None,
    ports_file: Path | None,
    scenarios: Path | None,
) -> None:
    """Stand scenarios up until Ctrl-C, and show what happens at them."""
    import asyncio

    from harness.cli.scenarios import chosen

    found = chosen(ids, scenarios)
    given = {"imap": imap_port, "smtp": smtp_port}
    ports = {protocol: port for protocol, port in given.items() if port}
    if ports and len(found) > 1:
        raise BadInput([f"a port can be given for one scenario only; these are {len(found)}"])
    asyncio.run(_serve(found, _Place(bind, ports), ports_file))


async def _serve(scenarios: Sequence[Scenario], place: _Place, ports_file: Path | None) -> None:
    import asyncio

    async with contextlib.AsyncExitStack() as stack:
        ready = []
        for scenario in scenarios:
            name = scenario.id if len(scenarios) > 1 else ""
            mailbox = await _open(stack, placed(scenario, place), _live(name))
            ready.append((scenario, mailbox, _settings(scenario, mailbox)))
        for scenario, mailbox, settings in ready:
            _announce(scenario, settings, mailbox.spec.account)
        click.echo("Ready; Ctrl-C ends it.\n")
        if ports_file:
            stack.callback(ports_file.unlink, missing_ok=True)
            _write_ports(ports_file, [_ports(*each) for each in ready])
        await asyncio.Event().wait()  # for ever: until Ctrl-C


def placed(scenario: Scenario, place: _Place) -> MailboxSpec:
    """The scenario's mailbox with its services where they were asked for."""
    spec = scenario.mailbox_spec()
    customer = scenario.customer
    typed = {"imap": customer.imap.service or "imap", "smtp": customer.smtp.service or "smtp"}
    ports = {typed[protocol]: port for protocol, port in place.ports.items()}
    services = {
        name: service.model_copy(
            update={
                "port": ports.get(name, service.port),
                "bind": place.bind or service.bind,
            }
        )
        for name, service in spec.services.items()
    }
    return spec.model_copy(update={"services": services})


async def _open(stack: contextlib.AsyncExitStack, spec: MailboxSpec, on_entry: OnEntry) -> Mailbox:
    from fakeservers.listeners import PortUnavailable
    from fakeservers.mailbox import open_mailbox

    try:
        return await stack.enter_async_context(open_mailbox(spec, on_entry=on_entry))
    except PortUnavailable as error:
        raise BadInput([str(error.strerror)]) from None
    except ValueError as error:
        raise BadInput([str(error)]) from None


def _live(name: str) -> OnEntry:
    """Prints each line of a transcript as it happens."""
    from harness.reports.explain import transcript_line
    from harness.trial import shown_line

    def show(transcript: Transcript, entry: Entry) -> None:
        who = f"{name} {transcript.service}#{transcript.number}".lstrip()
        click.echo(f"{who} {transcript_line(shown_line(entry))}")

    return show


def _settings(scenario: Scenario, mailbox: Mailbox) -> ConnectionSettings:
    addresses = {name: (each.host, each.port) for name, each in mailbox.services.items()}
    return scenario.settings(addresses, ca_file=mailbox.ca_file)


def _announce(scenario: Scenario, settings: ConnectionSettings, account: Account) -> None:
    """What to type, and the other secrets of the account, which a remedy may want."""
    from harness.cli.typed import typed_lines

    click.echo(f"{scenario.id}: {scenario.title}")
    for line in typed_lines(settings):
        click.echo(line)
    click.echo(f"  app password {account.app_password}")
    click.echo(f"  OAuth token  {account.token}")
    click.echo("")


def _ports(scenario: Scenario, mailbox: Mailbox, settings: ConnectionSettings) -> dict[str, Any]:
    services = mailbox.services.items()
    return {
        "id": scenario.id,
        "settings": settings.model_dump(mode="json"),
        "services": {name: {"host": each.host, "port": each.port} for name, each in services},
    }


def _write_ports(file: Path, mailboxes: list[dict[str, Any]]) -> None:
    from harness.reports.files import write_whole

    try:
        write_whole(file, json.dumps({"mailboxes": mailboxes}, indent=1).encode() + b"\n")
    except OSError as error:
        raise BadInput([f"cannot write {file}: {error.strerror}"]) from None
