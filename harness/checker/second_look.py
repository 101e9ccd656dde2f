"""The second look: at what it is worth looking, by what was diagnosed.

Connects, listens, and asks for TLS where need be. Never logs in, never sends an e-mail.
"""

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from harness.checker.client_connection import ClientConnection
from harness.checker.client_tls import old_context
from harness.checker.dialling import Deadline, DialFailed, is_address, look_up
from harness.checker.imap import ImapVisit
from harness.checker.oauth.token_claims import claims_of
from harness.checker.oauth.token_grant import endpoint_of
from harness.checker.oauth.token_visit import TokenVisit
from harness.checker.record import CheckFailed
from harness.checker.smtp import SmtpVisit
from harness.checker.visit import Visit
from harness.classify.sight import recognise
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings, Security, ServerSettings
from harness.taxonomy import CERTIFICATE_CAUSES, AnyProtocol, Cause, protocol_of
from harness.taxonomy.stages import CONNECT, GREETING, LOGIN, STARTTLS, TLS

ProbeName = Literal[
    "name",
    "this-port",
    "other-port",
    "certificate",
    "certificate-problem",
    "old-tls",
    "log-in",
    "token",
]
Outcome = Literal[
    "name-found",
    "name-not-found",
    "port-tls",
    "port-plain",
    "port-other-service",
    "port-silent",
    "port-closes",
    "port-closed",
    "port-unanswered",
    "certificate-shown",
    "certificate-unreadable",
    "certificate-expired",
    "certificate-not-yet-valid",
    "certificate-refused",
    "old-tls-spoken",
    "old-tls-no-better",
    "imap-accepted-log-in",
    "token-expired-at",
    "token-valid-until",
    "token-of-another-user",
    "token-of-this-user",
    "token-for-another-service",
    "token-for-service",
    "token-without-scope",
    "token-scopes",
]
USUAL_PORTS: Final[dict[AnyProtocol, dict[int, Security]]] = {
    "imap": {993: "implicit-tls", 143: "starttls"},
    "smtp": {465: "implicit-tls", 587: "starttls", 25: "starttls"},
}
"""RFC 8314 section 7, and the article's own list."""
GREETING_S: Final = 2.0
"""How long a server that may be waiting for TLS is waited for."""
CONNECT_S: Final = 4.0
_NAME_CAUSES: Final[frozenset[Cause]] = frozenset({"dns-not-found", "dns-temporary"})
_OF_THE_PORT: Final = frozenset({*GREETING, *STARTTLS, *TLS})
_TLS_UNCLEAR: Final[frozenset[Cause]] = frozenset(
    {"tls-version", "tls-no-shared-cipher", "tls-closed-in-handshake"}
)


class Probe(BaseModel):
    """One thing that was looked at. ``facts`` are what the outcome's text speaks of, by name;
    ``cause``: what it amounts to, if that has a name."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: ProbeName
    protocol: AnyProtocol
    outcome: Outcome
    facts: dict[str, str] = Field(default_factory=dict)
    cause: Cause | None = None


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
    look = _Look(settings, server_of(settings, protocol), protocol)
    cause = diagnosis.cause
    if cause in _NAME_CAUSES:
        return look.names()
    if cause in CERTIFICATE_CAUSES:
        return look.certificates()
    if protocol == "oauth":
        return look.names() if not diagnosis.evidence.lines else []
    if diagnosis.stage in CONNECT:
        return [*look.names(), *look.other_ports()]
    if diagnosis.stage in LOGIN:
        accepted = [look.imap_log_in()] if protocol == "smtp" and imap_accepted else []
        return [*accepted, *look.token()]
    if diagnosis.stage not in _OF_THE_PORT:
        return []
    found = [look.this_port(), *look.other_ports()]
    if _TLS_UNCLEAR & {cause, *diagnosis.candidates}:
        found.append(look.old_tls())
    return found


def narrowed(diagnosis: Diagnosis, probes: list[Probe]) -> list[Cause]:
    """The candidates of the diagnosis that the probes leave; empty: they tell no more."""
    # Of certificates OpenSSL's answer is as ambiguous as it was at first.
    telling = ("this-port", "old-tls", "token")
    causes = {found.cause for found in probes if found.name in telling}
    return [candidate for candidate in diagnosis.candidates if candidate in causes]


def server_of(settings: ConnectionSettings, protocol: AnyProtocol) -> ServerSettings:
    """The server with which this is spoken."""
    if protocol == "oauth" and settings.oauth2:
        return endpoint_of(settings.oauth2).server
    return settings.imap if protocol == "imap" else settings.smtp


_VISITS: Final[dict[AnyProtocol, Callable[[ClientConnection], Visit]]] = {
    "imap": ImapVisit,
    "smtp": SmtpVisit,
    "oauth": TokenVisit,
}


class _Look:
    def __init__(
        self, settings: ConnectionSettings, server: ServerSettings, protocol: AnyProtocol
    ) -> None:
        self._settings = settings
        self._server = server
        self._protocol: AnyProtocol = protocol

    def names(self) -> list[Probe]:
        """Can the hosts be looked up, this one and the other server's for comparison?"""
        hosts = dict.fromkeys(
            (self._server.host, self._settings.imap.host, self._settings.smtp.host)
        )
        return [self._name(host) for host in hosts if not is_address(host)]

    def this_port(self) -> Probe:
        """TLS from the first byte, or not?"""
        found = _look_at_port(self._server, self._protocol, "this-port")
        implicit = self._server.security == "implicit-tls"
        cause: Cause | None = None
        if found.outcome == "port-other-service":
            cause = "wrong-service"
        elif found.outcome == "port-plain" and implicit:
            cause = "client-tls-to-plain-port"
        elif found.outcome == "port-tls" and not implicit:
            cause = "client-plain-to-tls-port"
        return found.model_copy(update={"cause": cause})

    def other_ports(self) -> list[Probe]:
        """The usual ports that were not typed, all at once."""
        usual = USUAL_PORTS[self._protocol]
        servers = [
            self._server.model_copy(update={"port": port, "security": security})
            for port, security in usual.items()
            if port != self._server.port
        ]
        with ThreadPoolExecutor() as pool:
            return list(pool.map(lambda s: _look_at_port(s, self._protocol, "other-port"), servers))

    def certificates(self) -> list[Probe]:
        """All certificates and everything that is wrong with them."""
        from harness.checker.chain import certificate_findings  # costs 50 ms

        found: list[Probe] = []
        arguments = (self._visit, self._settings.ca_file, datetime.now(UTC))
        with contextlib.suppress(CheckFailed):
            for fields in certificate_findings(*arguments):
                found.append(Probe(protocol=self._protocol, **fields))
        return found

    def old_tls(self) -> Probe:
        """Would a version of TLS that is out of use do?"""
        version = ""
        visit = self._visit()
        try:
            visit.open(old_context())
        except CheckFailed:
            visit.connection.close()
        else:
            version = visit.connection.tls_version or "-"
            visit.leave()
        if version in ("", "TLSv1.2", "TLSv1.3"):
            return Probe(name="old-tls", protocol=self._protocol, outcome="old-tls-no-better")
        return Probe(
            name="old-tls",
            protocol=self._protocol,
            outcome="old-tls-spoken",
            facts={"version": version},
            cause="tls-version",
        )

    def imap_log_in(self) -> Probe:
        """IMAP comes first, so it has accepted what SMTP refused: no need to ask again."""
        facts = {"host": self._settings.imap.host}
        return Probe(name="log-in", protocol="imap", outcome="imap-accepted-log-in", facts=facts)

    def token(self) -> list[Probe]:
        """What the access token says of itself; nothing where there is none that can be read."""
        oauth2 = self._settings.oauth2
        if oauth2 is None or self._protocol == "oauth":
            return []
        names = (self._settings.login, self._settings.email)
        arguments = (names, self._protocol, datetime.now(UTC))
        return [
            Probe(
                name="token",
                protocol=self._protocol,
                outcome=cast("Outcome", claim.outcome),
                facts=claim.facts,
                cause=claim.cause,
            )
            for claim in claims_of(oauth2.access_token or "", *arguments)
        ]

    def _name(self, host: str) -> Probe:
        server = self._server.model_copy(update={"host": host})
        facts = {"host": host}
        outcome: Outcome = "name-not-found"
        with contextlib.suppress(DialFailed):
            found = look_up(server, Deadline(min(self._settings.timeout_s, CONNECT_S)))
            addresses = dict.fromkeys(str(address[0]) for _, address in found)
            facts["addresses"], outcome = ", ".join(addresses), "name-found"
        return Probe(name="name", protocol=self._protocol, outcome=outcome, facts=facts)

    def _visit(self) -> Visit:
        timeout_s = min(self._settings.timeout_s, CONNECT_S)
        connection = ClientConnection(self._server, self._protocol, timeout_s)
        return _VISITS[self._protocol](connection)


def _look_at_port(
    server: ServerSettings, protocol: AnyProtocol, name: Literal["this-port", "other-port"]
) -> Probe:
    """Connect to the server's port and find out what answers; at most a ClientHello is sent."""
    facts = {"host": server.host, "port": str(server.port), "protocol": protocol.upper()}
    tls_first = name == "other-port" and server.security == "implicit-tls"
    plain = server.model_copy(update={"security": "cleartext"})
    connection = ClientConnection(plain, protocol, CONNECT_S)
    try:
        connection.connect()
    except CheckFailed as failed:
        refused = failed.observation.kind == "refused"
        outcome: Outcome = "port-closed" if refused else "port-unanswered"
    else:
        outcome = _answer(connection, protocol, facts, tls_first=tls_first)
    finally:
        connection.close()
    return Probe(name=name, protocol=protocol, outcome=outcome, facts=facts)


def _answer(
    connection: ClientConnection, protocol: AnyProtocol, facts: dict[str, str], *, tls_first: bool
) -> Outcome:
    """Servers that greet must be let speak first: some turn away who does not wait for it."""
    if tls_first and connection.probe_for_tls():
        return "port-tls"
    connection.begin("greeting", GREETING_S)
    try:
        first = connection.readline(512)
    except CheckFailed as failed:
        seen = failed.observation
        first = b"".join(seen.lines) or seen.raw
        if not first and seen.kind != "timeout":
            return "port-closes"
    if not first and not tls_first and connection.probe_for_tls():
        return "port-tls"
    service = recognise(first)
    if service is None:
        return "port-silent"
    facts["service"] = service.upper()
    return "port-plain" if service == protocol else "port-other-service"
