"""What `badinbox serve` prints and writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fakeservers.security import SHOWN
from fakeservers.spec import Account
from harness.cli.shared.printing import say
from harness.contract.settings import ConnectionSettings, OAuth2Settings
from harness.files.problems import BadInput
from harness.files.whole_file import write_file
from harness.reports.transcripts import transcript_line
from harness.serving.common.guests import Guests
from harness.serving.common.how import where
from harness.serving.feed import FeedEvent
from harness.serving.placing import DOMAIN
from harness.serving.stand import Stand
from harness.serving.standing import Standing
from harness.serving.table import FORMATS, as_text, server

if TYPE_CHECKING:
    from harness.serving.server import Api  # which brings uvicorn


_OF_LIFE: Final = {
    "state": "product:",
    "life-step": "step",
    "order": "to do:",
    "verdict": "verdict",
}


class Live:
    """Prints each line of a transcript as it happens, with its mailbox where there are several."""

    def __init__(self, *, named: bool, quiet: bool) -> None:
        self._named = named
        self._quiet = quiet

    def __call__(self, event: FeedEvent) -> None:
        if event.line is not None and not self._quiet:
            name = f"{event.mailbox} " if self._named else ""
            where = f"{name}{event.service}#{event.connection}"
            say(f"{where} {transcript_line(event.line)}")
        elif event.kind in _OF_LIFE and not self._quiet:
            say(f"{event.mailbox + ' ' if self._named else ''}{_OF_LIFE[event.kind]} {event.about}")


def announce(standing: Standing) -> None:
    """What to type, and the other secrets of the account, which a remedy may want."""
    account = standing.mailbox.spec.account
    say(f"{standing.id}: {standing.scenario.title}")
    for line in _typed_lines(standing.settings):
        say(line)
    say(f"  app password {account.app_password}")
    if standing.settings.oauth2 is None:
        say(f"  OAuth token  {account.token}")
    say("")


def _typed_lines(settings: ConnectionSettings) -> Iterator[str]:
    """One line for each field. The password is the fake's own, and has to be typed: it is shown."""
    yield f"  IMAP         {server(settings.imap)}"
    yield f"  SMTP         {server(settings.smtp)}"
    yield f"  e-mail       {settings.email}"
    yield f"  user name    {settings.login}"
    if settings.oauth2:
        yield from _token_lines(settings.oauth2)
    else:
        yield f"  password     {settings.password}"
    if settings.allow_insecure_certificates:
        yield "  allow insecure certificates"
    yield f"  BCC          {settings.bcc_address}"
    yield f"  CA file      {settings.ca_file}"


def _token_lines(held: OAuth2Settings) -> Iterator[str]:
    """What a product would have kept."""
    yield f"  tokens from  {held.token_endpoint} ({held.grant}; {' '.join(held.scopes)})"
    yield f"  client       {held.client_id} {held.client_secret or '(no secret)'}"
    yield f"  access       {held.access_token or '-'}"
    yield f"  refresh      {held.refresh_token or '-'}"


def announce_all(standing: Sequence[Standing], ca_file: str) -> None:
    """The same for a whole catalogue: a line for each."""
    say(as_text(standing))
    say(f"{len(standing)} mailboxes; CA file {ca_file}")


def announce_common_ports(guests: Guests, stand: Stand) -> None:
    """Where the common ports are, and what is typed there."""
    account = Account.model_construct()
    for each in where(guests):
        at = f"{each.host}:{each.port}"
        say(f"  {each.protocol.upper():<12} {at:<22} {SHOWN[each.security]}")
    if stand.own_ports:
        say(f"  {'own ports':<12} {stand.own_ports}, for what is chosen by no name")
    say(f"  user name    SCENARIO@{DOMAIN} or SCENARIO+TESTER@{DOMAIN}: badinbox list --how")
    say(f"  password     {account.password} (list --how has those that are another)")
    say(f"  app password {account.app_password}")
    say(f"  CA file      {stand.authority.ca_file}\n")


def table_format(file: Path) -> str:
    """The format of a table, by the file's suffix. Raises BadInput where there is none such."""
    name = file.suffix.removeprefix(".")
    if name not in FORMATS:
        raise BadInput([f"--table {file}: its suffix must be one of .{', .'.join(FORMATS)}"])
    return name


def write_table(file: Path, standing: Sequence[Standing]) -> None:
    """Write where every mailbox is, in the format of the file's suffix. Raises BadInput."""
    _, made = FORMATS[table_format(file)]
    write_file(file, made(standing).encode())


def write_ports(
    file: Path, standing: Sequence[Standing], api: Api | None, guests: Guests | None
) -> None:
    """Write what to type, and where the API is, as JSON. Raises BadInput."""
    content: dict[str, Any] = {"mailboxes": [_ports(each) for each in standing]}
    if guests:
        content["common"] = list(map(asdict, where(guests)))
    if api:
        content["api"] = asdict(api)
    # The token is for this user only.
    write_file(file, json.dumps(content, indent=1).encode() + b"\n", mode=0o600)


def _ports(standing: Standing) -> dict[str, Any]:
    services = standing.mailbox.services.items()
    return {
        "id": standing.id,
        "settings": standing.settings.model_dump(mode="json"),
        "services": {name: {"host": each.host, "port": each.port} for name, each in services},
    }
