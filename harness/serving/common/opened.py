"""The common ports, open for as long as a block runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from fakeservers.common.common_ports import CommonPorts, common_spec
from fakeservers.mailbox import Hosting
from fakeservers.wire.listeners import PortUnavailable
from harness.files.problems import BadInput
from harness.serving.common.guests import Guests
from harness.serving.stand import Stand

USUAL: Final[Mapping[str, int]] = {
    "imap-implicit-tls": 993,
    "imap-starttls": 143,
    "imap-cleartext": 1143,
    "smtp-implicit-tls": 465,
    "smtp-starttls": 587,
    "smtp-cleartext": 25,
}
"""By protocol and security (RFC 8314). One port cannot offer STARTTLS and do without it, too: IMAP
in cleartext is elsewhere."""
_OTHERWISE: Final = 9000
"""Added where those are not to be had."""
LOOPBACK: Final = "127.0.0.1"


@asynccontextmanager
async def common_ports(
    stand: Stand,
    guests: Guests,
    *,
    bind: str | None = None,
    names: tuple[str, ...] = (),
    ports: Mapping[str, int] | None = None,
    exposed: bool = False,
    on_refused: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[CommonPorts]:
    """Open them: each is the usual one, where that is to be had. `names`: for which the certificate
    is valid. `ports`: by protocol and security, in place of the usual ones; any free one for those
    left out. `on_refused` is told why somebody was let in nowhere. Raises BadInput."""
    hosting = Hosting(stand.authority, names=names, exposed=exposed)
    choices = _choices() if ports is None else iter([dict(ports)])
    opened = _opened(choices, bind or LOOPBACK, hosting, guests, on_refused)
    guests.ports, stand.guests = opened, guests
    try:
        yield opened
    finally:
        stand.guests = None
        await opened.close()


def _opened(
    choices: Iterator[dict[str, int]],
    bind: str,
    hosting: Hosting,
    guests: Guests,
    on_refused: Callable[[str], None],
) -> CommonPorts:
    for wanted in choices:
        ports = CommonPorts(common_spec(bind, wanted), hosting, guests, on_refused)
        try:
            ports.open()
            return ports
        except PortUnavailable as error:
            why = str(error.strerror)
        except ValueError as error:
            raise BadInput([str(error)]) from None
    raise BadInput([why])


def _choices() -> Iterator[dict[str, int]]:
    """All the usual ones, else all of the others: what is typed is the same for all. Else any."""
    yield dict(USUAL)
    yield {name: port + _OTHERWISE for name, port in USUAL.items()}
    yield {}
