"""Which servers there are, what each is driven into, and how it is opened."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fakeservers.certificates import process_authority
from tests.lab import catalogue
from tests.lab.cases import Case
from tests.lab.compare import RealServer
from tests.lab.servers import courier, dovecot, exim, postfix


@dataclass(frozen=True)
class Entry:
    """A server of the lab."""

    title: str
    cases: Sequence[Case]
    missing: Callable[[], str]
    open: Callable[[contextlib.ExitStack, str], RealServer]


SERVERS = {
    "dovecot": Entry("Dovecot", catalogue.DOVECOT, dovecot.missing, dovecot.Dovecot),
    "postfix": Entry("Postfix", catalogue.POSTFIX, postfix.missing, postfix.Postfix),
    "exim": Entry("Exim", catalogue.EXIM, exim.missing, exim.Exim),
    "courier": Entry("Courier-IMAP", catalogue.COURIER, courier.missing, courier.Courier),
}


def missing(name: str) -> str:
    """Why this server cannot be compared here, in a few words; "" where it can."""
    if os.geteuid() != 0:
        return "it takes root to start it"
    return SERVERS[name].missing()


def opened(name: str, stack: contextlib.ExitStack) -> RealServer:
    """The running server; it ends with the stack."""
    return SERVERS[name].open(stack, process_authority().ca_file)
