"""The command line of recording."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import click

from harness.cli import BAD_INPUT, INTERRUPTED
from harness.files.problems import did_you_mean
from tests.lab.cases import PASSWORD, USER, Case, plain
from tests.lab.client import Address, LabError, Protocol
from tests.lab.compare import dialogue
from tests.lab.record.pieces import Answer, Ours, answer, dialect_piece, scenario_piece
from tests.lab.record.script import BadScript, Named, of_case, of_file
from tests.lab.world import SERVERS, missing, opened

PEER = "127.3.0.2"
"""The address that we come from, easily told from the server's own."""
DISTRIBUTION = "Debian 12"


@dataclass(frozen=True)
class Server:
    """Whom to record."""

    address: Address
    protocol: Protocol
    title: str


def _local(_ctx: click.Context, _param: click.Parameter, host: str) -> str:
    """Only what runs on this machine is recorded: a stranger's server is not ours to provoke."""
    with contextlib.suppress(ValueError):
        if ipaddress.IPv4Address(host).is_loopback:
            return host
    raise click.BadParameter(f"{host!r} is not an address of this machine (127.0.0.0/8)")


@click.command("record")
@click.option("--case", "wanted", help="A case of the catalogue, as 'dovecot: unknown user'.")
@click.option("--steps", "file", type=click.Path(path_type=Path), help="A file of lines to send.")
@click.option("--name", help="What the answer is called; a case may know it itself.")
@click.option("--as", "form", type=click.Choice(["dialect", "scenario"]), default="dialect")
@click.option("--out", type=click.File("w"), default="-", help="Left out: standard output.")
@click.option("--host", default="127.0.0.1", callback=_local, help="Left out: 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), help="Left out: the lab's own server.")
@click.option("--protocol", type=click.Choice(["imap", "smtp"]))
@click.option(
    "--security",
    type=click.Choice(["implicit-tls", "starttls", "cleartext"]),
    default="implicit-tls",
)
@click.option("--server", "title", help="Software and version of the server at --port.")
@click.option("--user", default=USER, help="{user} in the lines.")
@click.option("--password-env", help="The environment variable that has {password}.")
def command(form: str, out: TextIO, **given: Any) -> None:
    """Record what a real server says, as a piece of a dialect or of a scenario."""
    case, lab_server = _case(given["wanted"])
    given["protocol"] = given["protocol"] or (lab_server and SERVERS[lab_server].protocol)
    password = _password(given["password_env"])
    user = case.user if case else given["user"]
    words = {"user": user, "password": password, "plain": plain(user, password)}
    names = _names(case, words, given)
    ours = Ours(PEER, user, (password, words["plain"]))
    with _server(case, lab_server, given) as server:
        said = {named: _said(named, case, server, ours) for named in names}
    piece = dialect_piece if form == "dialect" else scenario_piece
    out.write(piece(server.protocol, said, server.title))


def _case(wanted: str | None) -> tuple[Case | None, str | None]:
    """A case of the catalogue, and the server that it belongs to."""
    if wanted is None:
        return None, None
    cases = {
        f"{name}: {case.failure}": (case, name)
        for name, entry in SERVERS.items()
        for case in entry.cases
        if case.reproducible
    }
    if wanted not in cases:
        raise click.UsageError(f"no case is called {wanted!r}{did_you_mean(wanted, cases)}")
    return cases[wanted]


def _password(variable: str | None) -> str:
    if variable is None:
        return PASSWORD
    if not os.environ.get(variable):
        raise click.UsageError(f"the environment variable {variable} is not set")
    return os.environ[variable]


def _names(case: Case | None, words: Mapping[str, str], given: Mapping[str, Any]) -> list[Named]:
    if (case is None) == (given["file"] is None):
        raise click.UsageError("either --case or --steps says what to send")
    try:
        if case is not None:
            return [of_case(case, given["name"])]
        if given["port"] is None or given["protocol"] is None:
            raise BadScript("--steps needs --port and --protocol")
        return of_file(given["file"], given["protocol"], given["security"], words)
    except BadScript as error:
        raise click.UsageError(str(error)) from None


@contextlib.contextmanager
def _server(
    case: Case | None, lab_server: str | None, given: Mapping[str, Any]
) -> Iterator[Server]:
    """The server at --port, or the lab's own, which runs for as long as the block does."""
    if given["port"] is not None:
        if not given["title"]:
            raise click.UsageError("--server must say what runs at --port, with its version")
        address = Address(given["port"], given["host"], PEER, verified=False)
        yield Server(address, given["protocol"], given["title"])
        return
    assert case and lab_server
    if reason := missing(lab_server):
        raise click.UsageError(f"there is no {lab_server} to record: {reason}")
    entry = SERVERS[lab_server]
    with contextlib.ExitStack() as stack:
        address = opened(lab_server, stack).address(case, case.source or PEER)
        yield Server(address, entry.protocol, f"{entry.title} {entry.version} ({DISTRIBUTION})")


def _said(named: Named, case: Case | None, server: Server, ours: Ours) -> Answer:
    steps = replace(case or Case(named.name), steps=named.script)
    try:
        lines = dialogue(steps, server.address, server.protocol)
    except OSError as error:
        raise click.UsageError(f"{server.title} at port {server.address.port}: {error}") from None
    try:
        return answer(lines, named, replace(ours, peer=server.address.source))
    except BadScript as error:
        raise click.UsageError(f"{server.title}: {error}") from None


def main(arguments: Sequence[str]) -> int:
    """Run the command; the exit code. What is wrong is told in one line."""
    try:
        command.main(list(arguments), prog_name="python -m tests.lab record", standalone_mode=False)
    except click.Abort:
        return INTERRUPTED
    except (click.ClickException, LabError) as error:
        said = error.format_message() if isinstance(error, click.ClickException) else str(error)
        print(f"record: {' '.join(said.split())}", file=sys.stderr)
        return BAD_INPUT
    return 0
