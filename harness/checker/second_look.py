"""The second look: at what it is worth looking, by what was diagnosed.

Connects, listens, and asks for TLS where need be. Never logs in, never sends an e-mail.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final

from harness.checker.failed import CheckFailed
from harness.checker.imap import ImapSession
from harness.checker.ports import CONNECT_S, USUAL_PORTS, look_at
from harness.checker.probe import Outcome, Probe
from harness.checker.smtp import SmtpSession
from harness.checker.transport.client_connection import Connection
from harness.checker.transport.client_tls import old_context
from harness.checker.transport.dialling import Deadline, DialFailed, is_address, look_up
from harness.checker.visit import Session
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.taxonomy import CERTIFICATE_CAUSES, Cause, Protocol, protocol_of
from harness.taxonomy.stages import CONNECT, GREETING, STARTTLS, TLS

_NAME_CAUSES: Final[frozenset[Cause]] = frozenset({"dns-not-found", "dns-temporary"})
_OF_THE_PORT: Final = frozenset({*GREETING, *STARTTLS, *TLS})
_TLS_UNCLEAR: Final[frozenset[Cause]] = frozenset(
    {"tls-version", "tls-no-shared-cipher", "tls-closed-in-handshake"}
)


def probe(
    settings: ConnectionSettings, diagnosis: Diagnosis, *, imap_accepted: bool = False
) -> list[Probe]:
    """What a second look finds at the server whose check failed; empty: nothing to look for.

    ``imap_accepted``: this check has logged in to IMAP, with the password and not without. Takes a
    few seconds in each of its connections at most, and opens no more than seven.
    """
    if diagnosis.stage is None:
        return []
    protocol = protocol_of(diagnosis.stage)
    look = _Look(settings, settings.imap if protocol == "imap" else settings.smtp, protocol)
    cause = diagnosis.cause
    if cause in _NAME_CAUSES:
        return look.names()
    if cause in CERTIFICATE_CAUSES:
        return look.certificates()
    if diagnosis.stage in CONNECT:
        return [*look.names(), *look.other_ports()]
    if diagnosis.stage == "smtp-login" and imap_accepted:
        return [look.imap_log_in()]
    if diagnosis.stage not in _OF_THE_PORT:
        return []
    found = [look.this_port(), *look.other_ports()]
    if _TLS_UNCLEAR & {cause, *diagnosis.candidates}:
        found.append(look.old_tls())
    return found


def narrowed(diagnosis: Diagnosis, probes: list[Probe]) -> list[Cause]:
    """The candidates of the diagnosis that the probes leave; empty: they tell no more."""
    # Of certificates OpenSSL's answer is as ambiguous as it was at first.
    causes = {found.cause for found in probes if found.name in ("this-port", "old-tls")}
    return [candidate for candidate in diagnosis.candidates if candidate in causes]


class _Look:
    def __init__(
        self, settings: ConnectionSettings, server: ServerSettings, protocol: Protocol
    ) -> None:
        self._settings = settings
        self._server = server
        self._protocol: Protocol = protocol

    def names(self) -> list[Probe]:
        """Can the hosts be looked up, this one and the other server's for comparison?"""
        hosts = dict.fromkeys(
            (self._server.host, self._settings.imap.host, self._settings.smtp.host)
        )
        return [self._name(host) for host in hosts if not is_address(host)]

    def this_port(self) -> Probe:
        """TLS from the first byte, or not?"""
        found = look_at(self._server, self._protocol, "this-port")
        return found.model_copy(update={"cause": self._meaning(found.outcome)})

    def other_ports(self) -> list[Probe]:
        """The usual ports that were not typed, all at once."""
        usual = USUAL_PORTS[self._protocol]
        servers = [
            self._server.model_copy(update={"port": port, "security": security})
            for port, security in usual.items()
            if port != self._server.port
        ]
        with ThreadPoolExecutor() as pool:
            return list(pool.map(lambda s: look_at(s, self._protocol, "other-port"), servers))

    def certificates(self) -> list[Probe]:
        """All certificates and everything that is wrong with them."""
        from harness.checker.chain import certificate_probes  # costs 50 ms

        arguments = (self._session, self._protocol, self._settings.ca_file, datetime.now(UTC))
        return list(_until_failed(certificate_probes(*arguments)))

    def old_tls(self) -> Probe:
        """Would a version of TLS that is out of use do?"""
        session = self._session()
        try:
            session.open(old_context())
        except CheckFailed:
            session.connection.close()
            return self._old_tls("old-tls-no-better")
        version = session.connection.tls_version or "-"
        session.leave()
        if version in ("TLSv1.2", "TLSv1.3"):
            return self._old_tls("old-tls-no-better")
        return self._old_tls("old-tls-spoken", {"version": version}, "tls-version")

    def imap_log_in(self) -> Probe:
        """IMAP comes first, so it has accepted what SMTP refused: no need to ask again."""
        facts = {"host": self._settings.imap.host}
        return Probe(name="log-in", protocol="imap", outcome="imap-accepted-log-in", facts=facts)

    def _name(self, host: str) -> Probe:
        server = self._server.model_copy(update={"host": host})
        facts = {"host": host}
        outcome: Outcome = "name-not-found"
        with contextlib.suppress(DialFailed):
            found = look_up(server, Deadline(min(self._settings.timeout_s, CONNECT_S)))
            addresses = dict.fromkeys(str(address[0]) for _, address in found)
            facts["addresses"], outcome = ", ".join(addresses), "name-found"
        return Probe(name="name", protocol=self._protocol, outcome=outcome, facts=facts)

    def _meaning(self, outcome: Outcome) -> Cause | None:
        implicit = self._server.security == "implicit-tls"
        meanings: dict[Outcome, Cause] = {"port-other-service": "wrong-service"}
        meanings |= (
            {"port-plain": "client-tls-to-plain-port"}
            if implicit
            else {"port-tls": "client-plain-to-tls-port"}
        )
        return meanings.get(outcome)

    def _session(self) -> Session:
        timeout_s = min(self._settings.timeout_s, CONNECT_S)
        connection = Connection(self._server, self._protocol, timeout_s)
        make: Callable[[Connection], Session]
        make = ImapSession if self._protocol == "imap" else SmtpSession
        return make(connection)

    def _old_tls(
        self, outcome: Outcome, facts: dict[str, str] | None = None, cause: Cause | None = None
    ) -> Probe:
        about = facts or {}
        return Probe(
            name="old-tls", protocol=self._protocol, outcome=outcome, facts=about, cause=cause
        )


def _until_failed(probes: Iterator[Probe]) -> Iterator[Probe]:
    try:
        yield from probes
    except CheckFailed:
        return
