"""What a scenario expects of a connector, in each phase, and how its fault shows. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from fakeservers.spec import Rule
from fakeservers.wire import USUAL_TLS, VALID_PROFILES
from harness.contract.capabilities import EVERYTHING, Capabilities
from harness.judging.evidence import Phase
from harness.scenario.customer.typed import THIS_MACHINE
from harness.scenario.model import (
    AlsoAccepted,
    CaseFile,
    ExpectedWarning,
    Facts,
    Remedy,
    Scenario,
    Typed,
    typed_password,
)
from harness.taxonomy import Cause, DocumentedError, Stage, protocol_of

_TIMEOUTS: Final[frozenset[Cause | None]] = frozenset(
    {"connect-timeout", "silent-server", "tls-handshake-timeout", "timeout"}
)
_OFFERS: Final[frozenset[Cause | None]] = frozenset(
    {"starttls-not-offered", "auth-mechanism-unsupported", "tls-required"}
)
"""Causes that a client reads in what the server offers, without being refused anything."""
_USUAL_TIMEOUT_S = CaseFile.model_fields["timeout_s"].default
_LONGEST_SILENCE_S: Final = 1.0

Shows = Literal["rule", "tls", "offer", "refusal", "knock", "never"]
"""How one sees that a fault was delivered: one of its rules fired; the handshake got as far as the
certificate or the alert; the capabilities were told; the server refused by itself; somebody knocked
where nobody answers. `never`: a name that is not found leaves no mark on a server."""

_EVENTS: Final[dict[str, tuple[str, ...]]] = {
    "token": ("connect", "tls", "tls-established", "token-request"),
    "connect": ("connect",),
    "tls": ("connect", "tls"),
    "greeting": ("connect", "tls-established", "greeting"),
    "ehlo": ("tls-established", "EHLO", "HELO"),
    "starttls": ("tls", "tls-established", "STARTTLS", "EHLO", "CAPABILITY"),
    "login": ("login", "continuation", "CAPABILITY", "LOGIN", "AUTHENTICATE", "AUTH"),
    "confirm": ("login", "command"),
    "mail": ("MAIL",),
    "rcpt": ("RCPT",),
    "data": ("DATA", "BDAT", "data"),
    "end-of-data": ("end-of-data",),
}
"""Where a fault of each stage strikes: at an event, or at a command. At the stages `tls` and
`greeting` a connection that is closed or silent from the start is noticed, too."""


@dataclass(frozen=True)
class Fault:
    """Where the thing that makes a case fail is, and how its delivery shows.

    ``rules``: the labels of those at the service that can strike at the stage. ``wait_s``: how long
    somebody must have waited in silence who says that there is nothing but silence. ``login``: the
    user name that was typed. ``mechanisms``: those that the service offers, where the scenario says
    so. ``secured``: at that stage TLS is up, as the customer asked. ``alone``: no other service is
    checked before it.
    """

    service: str
    stage: Stage
    shows: Shows
    rules: frozenset[str] = frozenset()
    wait_s: float = _LONGEST_SILENCE_S
    login: str = ""
    mechanisms: tuple[str, ...] = ()
    secured: bool = True
    alone: bool = False

    @property
    def at(self) -> tuple[str, ...]:
        """The events and commands at which it strikes."""
        return _EVENTS[self.stage.partition("-")[2]]


@dataclass(frozen=True)
class HeldTokens:
    """What a connector was given in place of a password. ``spent``: it has no access token, or
    knows that it has expired. ``renewable``: it has what new ones are asked for with."""

    spent: bool = False
    renewable: bool = True


@dataclass(frozen=True)
class Expectation:
    """What a correct connector says and does.

    - ``fault``: None where there is none, as in the remedy phase.
    - ``also``: other answers that are right, too, each with its reason.
    - ``wrong_password``: what the customer typed as the password is not the account's.
    - ``warnings``: ids that the diagnosis must carry.
    - ``tls_services``: services for which the customer asked for TLS.
    - ``password_never_sent``, ``no_test_email``: what must not happen.
    - ``waits_s``, ``answer_within_s``: where a time-out is to be met, the one that the connector is
      told, and how long the whole check may take.
    - ``logs_in``: the services at which whoever says connected must have logged in.
    - ``arrives``: the test e-mail is delivered, once it is accepted.
    - ``tokens``: None where a password was typed.
    - ``sends``, ``parallel``: of what the connector does, what its verdict depends on.
    """

    error: DocumentedError
    stage: Stage | None = None
    cause: Cause | None = None
    phase: Phase = "fault"
    fault: Fault | None = None
    also: tuple[AlsoAccepted, ...] = ()
    wrong_password: bool = False
    warnings: tuple[str, ...] = ()
    tls_services: frozenset[str] = frozenset()
    password_never_sent: bool = False
    no_test_email: bool = False
    waits_s: float | None = None
    answer_within_s: float | None = None
    logs_in: tuple[str, ...] = ()
    sends: bool = True
    arrives: bool = True
    parallel: bool = False
    tokens: HeldTokens | None = None

    @property
    def service(self) -> str | None:
        """The faulty service; None: there is no fault."""
        return self.fault.service if self.fault else None

    @property
    def errors(self) -> tuple[DocumentedError, ...]:
        """The documented errors that are right, what was expected first."""
        return (self.error, *(each.error for each in self.also))


def expects_timeout(scenario: Scenario) -> bool:
    """Whether a check is to run into a time-out: one that names its own does, and some causes. A
    life has windows of its own."""
    if scenario.life:
        return False
    return scenario.cause in _TIMEOUTS or scenario.timeout_s != _USUAL_TIMEOUT_S


def fault_expectation(scenario: Scenario, does: Capabilities = EVERYTHING) -> Expectation:
    """The fault phase: the documented error, and that it was met where it must be noticed."""
    return Expectation(
        error=scenario.reproduces,
        stage=scenario.stage,
        cause=scenario.cause,
        fault=_fault(scenario, scenario.stage, does) if scenario.stage else None,
        also=scenario.also_accepted,
        wrong_password=_wrong_password(scenario.facts),
        warnings=tuple(e.warning for e in scenario.expect if isinstance(e, ExpectedWarning)),
        tls_services=_tls_services(scenario.facts),
        password_never_sent="password-never-sent" in scenario.expect,
        no_test_email="no-test-email" in scenario.expect,
        waits_s=scenario.timeout_s if expects_timeout(scenario) else None,
        answer_within_s=_patience_s(scenario) if expects_timeout(scenario) else None,
        logs_in=_logs_in(scenario.facts, does),
        sends=does.sends,
        arrives=scenario.facts.bcc.incoming == "delivered",
        parallel=does.parallel,
        tokens=_held(scenario.facts),
    )


def _wrong_password(facts: Facts) -> bool:
    """Where there are tokens, nobody typed one."""
    typed = typed_password(facts)
    return bool(typed) and typed not in facts.account.secrets


def _held(facts: Facts) -> HeldTokens | None:
    typed = facts.customer.oauth2
    if typed is None:
        return None
    told = typed.access_token == "expired" and typed.expiry == "told"
    return HeldTokens(
        spent=told or typed.access_token == "none",
        renewable=typed.refresh_token != "none" or typed.grant == "client_credentials",
    )


def _patience_s(scenario: Scenario) -> float:
    """The longest wait that was allowed for one step, twice, and time to start and to stop in."""
    return 2 * scenario.timeout_s + 10.0


def remedy_expectation(remedy: Remedy, does: Capabilities = EVERYTHING) -> Expectation:
    """The remedy phase: connected, whatever was wrong before."""
    return Expectation(
        error="connected",
        phase="remedy",
        tls_services=_tls_services(remedy.facts),
        logs_in=_logs_in(remedy.facts, does),
        sends=does.sends,
        parallel=does.parallel,
        tokens=_held(remedy.facts),
    )


def _logs_in(facts: Facts, does: Capabilities) -> tuple[str, ...]:
    return tuple(facts.typed(name).name for name in does.services)


def _fault(scenario: Scenario, stage: Stage, does: Capabilities) -> Fault:
    facts = scenario.facts
    typed = facts.typed(protocol_of(stage))
    fault = Fault(
        service=typed.name,
        stage=stage,
        shows="refusal",
        wait_s=min(_LONGEST_SILENCE_S, scenario.timeout_s / 2),
        login=facts.customer.username or facts.customer.email or facts.account.address,
        mechanisms=tuple(typed.service.mechanisms or ()),
        secured=typed.security != "cleartext" and not stage.endswith("-starttls"),
        alone=len(does.services) == 1 or does.parallel,
    )
    rules = frozenset(
        f"{typed.name}.rules[{number}]"
        for number, rule in enumerate(typed.service.rules)
        if _strikes_at(rule, fault.at)
    )
    if facts.bcc.incoming != "delivered" and stage == "smtp-end-of-data":
        rules |= {f"{typed.name}.{facts.bcc.incoming}"}
    return replace(fault, shows=_shows(scenario, typed, rules), rules=rules)


def _strikes_at(rule: Rule, at: tuple[str, ...]) -> bool:
    """Whether the rule can fire at one of these events or commands."""
    if rule.when.event != "command" or "command" in at:
        return rule.when.event in at
    return rule.when.command is None or any(command in at for command in rule.when.command)


def _shows(scenario: Scenario, typed: Typed, rules: frozenset[str]) -> Shows:
    service = typed.service
    if typed.endpoint.host not in (None, THIS_MACHINE):
        return "never"
    if service.listen != "listening":
        return "knock"
    if rules:
        return "rule"
    if service.certificate not in VALID_PROFILES or service.tls != USUAL_TLS:
        return "tls"
    return "offer" if scenario.cause in _OFFERS else "refusal"


def life_expectation(scenario: Scenario, does: Capabilities = EVERYTHING) -> Expectation:
    """What fails in a life; TLS is asked for only where the customer never types otherwise."""
    assert scenario.life
    fails = fault_expectation(scenario, does)
    typed = (each.facts for each in scenario.life.moments if each.facts)
    asked = map(_tls_services, (scenario.life.begins, *typed))
    return replace(fails, tls_services=fails.tls_services.intersection(*asked))


def _tls_services(facts: Facts) -> frozenset[str]:
    """The services for which the customer asked for TLS."""
    both = (facts.typed("imap"), facts.typed("smtp"))
    return frozenset(typed.name for typed in both if typed.security != "cleartext")
