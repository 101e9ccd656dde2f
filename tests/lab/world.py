"""Which servers there are, what each is driven into, and how it is opened."""

from __future__ import annotations

import contextlib
import os
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from fakeservers.wire.certificates import process_authority
from tests.lab import catalogue, checks
from tests.lab.cases import Case
from tests.lab.check import Diagnosed, Expected, diagnose
from tests.lab.client import Protocol
from tests.lab.compare import RealServer, Result, compare
from tests.lab.servers import courier, cyrus, dovecot, exim, opensmtpd, postfix
from tests.lab.slow import Overlapped


class Opener(typing.Protocol):
    """The class of a server."""

    protocol: Protocol

    def __call__(self, stack: contextlib.ExitStack, ca_file: str) -> RealServer:
        """Start it; it ends with the stack."""


@dataclass(frozen=True)
class Entry:
    """A server of the lab."""

    title: str
    version: str
    """The one that the table is of: others word some things otherwise."""
    cases: Sequence[Case]
    checks: Sequence[Expected]
    missing: Callable[[], str]
    installed: Callable[[], str]
    open: Opener

    @property
    def protocol(self) -> Protocol:
        return self.open.protocol

    def compared(self, server: RealServer) -> Overlapped[Result]:
        """`compare` by the number of a case."""
        slow = [number for number, case in enumerate(self.cases) if case.slow]
        return Overlapped(lambda n: compare(self.cases[n], server, n), slow)

    def diagnosed(self, server: RealServer) -> Overlapped[Diagnosed]:
        """`diagnose` by the number of a check."""
        named = {case.failure: case for case in self.cases}
        subjects = [named[expected.failure] for expected in self.checks]
        slow = [number for number, case in enumerate(subjects) if case.slow]
        return Overlapped(lambda n: diagnose(self.checks[n], subjects[n], server, n), slow)


SERVERS = {
    "dovecot": Entry(
        "Dovecot",
        "2.3.19.1",
        catalogue.DOVECOT,
        checks.DOVECOT,
        dovecot.missing,
        dovecot.installed,
        dovecot.Dovecot,
    ),
    "postfix": Entry(
        "Postfix",
        "3.7.11",
        catalogue.POSTFIX,
        checks.POSTFIX,
        postfix.missing,
        postfix.installed,
        postfix.Postfix,
    ),
    "exim": Entry(
        "Exim", "4.96", catalogue.EXIM, checks.EXIM, exim.missing, exim.installed, exim.Exim
    ),
    "courier": Entry(
        "Courier-IMAP",
        "5.0.13",
        catalogue.COURIER,
        checks.COURIER,
        courier.missing,
        courier.installed,
        courier.Courier,
    ),
    "cyrus": Entry(
        "Cyrus IMAP",
        "3.6.1",
        catalogue.CYRUS,
        checks.CYRUS,
        cyrus.missing,
        cyrus.installed,
        cyrus.Cyrus,
    ),
    "opensmtpd": Entry(
        "OpenSMTPD",
        "7.6.0",
        catalogue.OPENSMTPD,
        checks.OPENSMTPD,
        opensmtpd.missing,
        opensmtpd.installed,
        opensmtpd.OpenSmtpd,
    ),
}


@cache
def missing(name: str) -> str:
    """Why this server cannot be compared here, in a few words; "" where it can."""
    if os.geteuid() != 0:
        return "it takes root to start it"
    entry = SERVERS[name]
    if reason := entry.missing():
        return reason
    found = entry.installed()
    return "" if found == entry.version else f"it is {found}, the table is of {entry.version}"


def opened(name: str, stack: contextlib.ExitStack) -> RealServer:
    """The running server; it ends with the stack."""
    return SERVERS[name].open(stack, process_authority().ca_file)
