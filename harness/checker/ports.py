"""What answers on a port: TLS, an unencrypted service, or nothing. Says no more than hello."""

from __future__ import annotations

from typing import Final, Literal

from harness.checker.failed import CheckFailed
from harness.checker.probe import Outcome, Probe
from harness.checker.transport.client_connection import Connection
from harness.classify.sight import recognise
from harness.contract.settings import Security, ServerSettings
from harness.taxonomy import Protocol

USUAL_PORTS: Final[dict[Protocol, dict[int, Security]]] = {
    "imap": {993: "implicit-tls", 143: "starttls"},
    "smtp": {465: "implicit-tls", 587: "starttls", 25: "starttls"},
}
"""RFC 8314 section 7, and the article's own list."""
GREETING_S: Final = 2.0
"""How long a server that may be waiting for TLS is waited for."""
CONNECT_S: Final = 4.0
_UNCONNECTED: Final[dict[str, Outcome]] = {"refused": "port-closed"}


def look_at(
    server: ServerSettings, protocol: Protocol, name: Literal["this-port", "other-port"]
) -> Probe:
    """Connect to the server's port and find out what answers; at most a ClientHello is sent."""
    facts = {"host": server.host, "port": str(server.port), "protocol": protocol.upper()}
    tls_first = name == "other-port" and server.security == "implicit-tls"
    plain = server.model_copy(update={"security": "cleartext"})
    connection = Connection(plain, protocol, CONNECT_S)
    try:
        connection.connect()
    except CheckFailed as failed:
        outcome = _UNCONNECTED.get(failed.observation.kind, "port-unanswered")
    else:
        outcome = _answer(connection, protocol, facts, tls_first=tls_first)
    finally:
        connection.close()
    return Probe(name=name, protocol=protocol, outcome=outcome, facts=facts)


def _answer(
    connection: Connection, protocol: Protocol, facts: dict[str, str], *, tls_first: bool
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
