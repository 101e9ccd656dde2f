"""What a scenario expects of a connector, in each phase. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from fakeservers.spec import Service
from fakeservers.wire import Tls
from harness.judging.seen import Expectation
from harness.scenario.model import CaseFile, Endpoint, ExpectedWarning, Facts, Remedy, Scenario
from harness.taxonomy import Cause, protocol_of

_TIMEOUTS: frozenset[Cause | None] = frozenset(
    {"connect-timeout", "silent-server", "tls-handshake-timeout", "timeout"}
)
_USUAL_TIMEOUT_S = CaseFile.model_fields["timeout_s"].default


def expects_timeout(scenario: Scenario) -> bool:
    """Whether a check is to run into a time-out: one that names its own does, and some causes."""
    return scenario.cause in _TIMEOUTS or scenario.timeout_s != _USUAL_TIMEOUT_S


def fault_expectation(scenario: Scenario) -> Expectation:
    """The fault phase: the documented error, and that it was met where it must be noticed."""
    faults: frozenset[str] = frozenset()
    service = None
    if scenario.stage is not None:
        protocol = protocol_of(scenario.stage)
        endpoint = _endpoint(scenario.facts, protocol)
        name = endpoint.service or protocol
        met = scenario.facts.all_services()[name]
        faults = frozenset(_observable(name, met))
        reachable = met.listen == "listening" and endpoint.host is None
        service = name if reachable else None
    return Expectation(
        error=scenario.reproduces,
        stage=scenario.stage,
        cause=scenario.cause,
        faults=faults,
        service=service,
        warnings=tuple(e.warning for e in scenario.expect if isinstance(e, ExpectedWarning)),
        tls_services=_tls_services(scenario.facts),
        password_never_sent="password-never-sent" in scenario.expect,
        no_test_email="no-test-email" in scenario.expect,
        answer_within_s=_patience_s(scenario) if expects_timeout(scenario) else None,
    )


def _patience_s(scenario: Scenario) -> float:
    """The longest wait that was allowed for one step, twice, and time to start and to stop in."""
    return 2 * scenario.timeout_s + 10.0


def remedy_expectation(remedy: Remedy) -> Expectation:
    """The remedy phase: connected, whatever was wrong before."""
    return Expectation(error="connected", phase="remedy", tls_services=_tls_services(remedy.facts))


def _endpoint(facts: Facts, protocol: str) -> Endpoint:
    return facts.customer.imap if protocol == "imap" else facts.customer.smtp


def _tls_services(facts: Facts) -> frozenset[str]:
    """The services for which the customer asked for TLS."""
    services = facts.all_services()
    names = set()
    for protocol in ("imap", "smtp"):
        endpoint = _endpoint(facts, protocol)
        name = endpoint.service or protocol
        if (endpoint.security or services[name].security) != "cleartext":
            names.add(name)
    return frozenset(names)


def _observable(name: str, service: Service) -> Iterator[str]:
    """The faults of a service whose delivery the mailbox records, as `Evidence.fired` does.

    A port that refuses or swallows packets, what the customer typed, an occupied connection and
    the like leave no such mark: where a scenario has nothing else, nothing has to fire.
    """
    if service.listen != "listening":
        return
    for number in range(len(service.rules)):
        yield f"{name}.rules[{number}]"
    if service.certificate not in ("valid", "valid-with-intermediate"):
        yield f"{name}.certificate"
    if service.tls != Tls():
        yield f"{name}.tls"
    if service.protocol not in ("imap", "smtp"):
        yield f"{name}.protocol"
