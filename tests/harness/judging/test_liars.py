"""No liar is believed: who stops before the stage of a case cannot have met what makes it fail.

Over the whole catalogue: for every failing case there is a connector that goes as far as the stage
before its own, breaks off, and says what is right; in one case of each kind others break off
earlier, at every stage: what they see is the beginning of what it sees.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from itertools import takewhile
from urllib.parse import urlsplit

import pytest

from harness.connectors.inprocess import InProcess
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.judging.expectation import fault_expectation
from harness.runner.events import CaseResult
from harness.runner.trial import run_trial
from harness.scenario.catalogue import checked
from harness.scenario.model import Scenario
from harness.taxonomy import DOCUMENTED_ERRORS, protocol_of
from tests.catalogue import whole_catalogue

ALL = [each for each in checked(whole_catalogue()) if each.stage]
AT_A_TIME = 16
TRIES = 3
Liar = Callable[[ConnectionSettings], None]
Lie = tuple[Scenario, str, Liar]
STAGES = {
    ("imap", "implicit-tls"): "connect tls greeting login confirm",
    ("imap", "starttls"): "connect greeting starttls tls login confirm",
    ("imap", "cleartext"): "connect greeting login confirm",
    ("smtp", "implicit-tls"): "connect tls greeting ehlo login mail rcpt data end-of-data",
    ("smtp", "starttls"): "connect greeting ehlo starttls tls login mail rcpt data end-of-data",
    ("smtp", "cleartext"): "connect greeting ehlo login mail rcpt data end-of-data",
    ("oauth", "implicit-tls"): "connect tls token",
    ("oauth", "cleartext"): "connect token",
}


class Walk:
    """Goes through the stages of one service, as far as it is told."""

    def __init__(self, settings: ConnectionSettings, server: ServerSettings, name: str) -> None:
        self.settings, self.server, self.imap = settings, server, name == "imap"
        family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
        self.sock = socket.socket(family)
        self.file = self.sock.makefile("rb")

    def go(self, stages: Iterator[str]) -> None:
        try:
            for stage in stages:
                getattr(self, "do_" + stage.replace("-", "_"))()
        finally:
            self.file.close()
            self.sock.close()

    def say(self, text: str) -> None:
        """Send a line and read its answer. Raises EOFError, ValueError where it is refused."""
        self.sock.sendall(f"{'a1 ' if self.imap else ''}{text}\r\n".encode())
        self.hear(b"a1 OK" if self.imap else b"23")

    def hear(self, yes: bytes) -> None:
        while line := self.file.readline():
            if line.startswith((yes, b"a1 ")) if self.imap else line[3:4] != b"-":
                if line.startswith(yes) or (not self.imap and line[:1] in b"23"):
                    return
                raise ValueError(line)
        raise EOFError

    def do_connect(self) -> None:
        self.sock.settimeout(0.5)
        self.sock.connect((self.server.host, self.server.port))

    def do_tls(self) -> None:
        context = ssl.create_default_context(cafile=self.settings.ca_file)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.file.close()
        self.sock = context.wrap_socket(self.sock)
        self.file = self.sock.makefile("rb")
        if self.server.security == "starttls" and not self.imap:
            self.do_ehlo()

    def do_greeting(self) -> None:
        self.hear(b"* OK" if self.imap else b"220")

    def do_ehlo(self) -> None:
        self.say("EHLO liar.example.test")

    def do_starttls(self) -> None:
        self.say("STARTTLS")

    def do_login(self) -> None:
        if tokens := self.settings.oauth2:
            said = f"user={self.settings.login}\1auth=Bearer {tokens.access_token}\1\1"
            verb = "AUTHENTICATE" if self.imap else "AUTH"
            self.say(f"{verb} XOAUTH2 {base64.b64encode(said.encode()).decode()}")
            return
        user, password = self.settings.login, self.settings.password
        if self.imap:
            quoted = password.replace("\\", "\\\\").replace('"', '\\"')
            self.say(f'LOGIN "{user}" "{quoted}"')
        else:
            plain = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
            self.say(f"AUTH PLAIN {plain}")

    def do_mail(self) -> None:
        self.say(f"MAIL FROM:<{self.settings.email}>")

    def do_rcpt(self) -> None:
        self.say(f"RCPT TO:<{self.settings.bcc_address}>")

    def do_data(self) -> None:
        self.say("DATA")


def order(scenario: Scenario) -> list[str]:
    """The stages of the protocol that fails, in the order of what the customer typed."""
    assert scenario.stage
    protocol = protocol_of(scenario.stage)
    return STAGES[protocol, scenario.facts.typed(protocol).security].split()


def stages_before(scenario: Scenario) -> list[str]:
    """Those at which nobody can have met the fault: it strikes later."""
    own = _first_struck(scenario)
    stages = order(scenario)
    return list(takewhile(lambda stage: stage != own, stages)) if own in stages else []


def _first_struck(scenario: Scenario) -> str:
    """The stage at which the fault strikes; it may be noticed at a later one only."""
    fault = fault_expectation(scenario).fault
    assert fault
    own = fault.stage.partition("-")[2]
    if fault.shows == "offer":
        return "greeting" if fault.stage.startswith("imap") else "ehlo"
    if fault.shows == "tls":
        return "tls"
    if fault.shows != "rule":
        return own
    service = scenario.facts.all_services()[fault.service]
    labels = [label for label in fault.rules if "[" in label]  # the others are no rules
    rules = [service.rules[int(label.partition("[")[2][:-1])] for label in labels]
    if any(rule.when.event == "connect" and rule.then[0].ends for rule in rules):
        return "connect"
    if own == "confirm" and any(rule.when.event == "login" for rule in rules):
        return "login"
    if own == "starttls" and any("EHLO" in (rule.when.command or ()) for rule in rules):
        return "ehlo"
    return own


def broken_off(error: str) -> Iterator[tuple[Scenario, str]]:
    """The failing cases of an error, and at which stages it is broken off in each."""
    kinds = set()
    for scenario in ALL:
        if scenario.reproduces == error:
            stages = stages_before(scenario)
            kind = _kind(scenario)
            yield from ((scenario, each) for each in (stages[-1:] if kind in kinds else stages))
            kinds.add(kind)


def _kind(scenario: Scenario) -> tuple[object, ...]:
    """Cases that have this in common are proven alike."""
    fault = fault_expectation(scenario).fault
    assert fault and scenario.stage
    security = scenario.facts.typed(protocol_of(scenario.stage)).security
    tokens = scenario.customer.oauth2 is not None
    return scenario.stage, security, fault.shows, _first_struck(scenario), tokens


def goes_up_to(scenario: Scenario, last: str) -> Liar:
    def lie(settings: ConnectionSettings) -> None:
        assert scenario.stage
        protocol = protocol_of(scenario.stage)
        stages = order(scenario)
        walk = Walk(settings, server_of(settings, protocol), protocol)
        walk.go(iter(stages[: stages.index(last) + 1]))

    return lie


def server_of(settings: ConnectionSettings, protocol: str) -> ServerSettings:
    """Where the settings point a protocol."""
    if protocol != "oauth":
        server: ServerSettings = getattr(settings, protocol)
        return server
    assert settings.oauth2
    endpoint = urlsplit(settings.oauth2.token_endpoint)
    assert endpoint.hostname and endpoint.port
    return ServerSettings(host=endpoint.hostname, port=endpoint.port)


def never_connects(settings: ConnectionSettings) -> None:
    """Says what is right all the same."""


def tries_anybody(settings: ConnectionSettings) -> None:
    """Is refused at both services, for a reason of its own: nobody has that name."""
    nobody = settings.model_copy(update={"username": "nobody@else.test", "password": "none"})
    for protocol in ("imap", "smtp"):
        server = getattr(nobody, protocol)
        stages = STAGES[protocol, server.security].split()
        with contextlib.suppress(OSError, EOFError, ValueError):
            Walk(nobody, server, protocol).go(iter(stages[: stages.index("login") + 1]))


async def tell(scenario: Scenario, liar: Liar) -> tuple[CaseResult, bool]:
    """The verdict, and whether something stopped the liar on its way."""
    stopped = False

    def check(settings: ConnectionSettings) -> Diagnosis:
        nonlocal stopped
        try:
            liar(settings)
        except (OSError, EOFError, ValueError):
            stopped = True
        return Diagnosis(error=scenario.reproduces, stage=scenario.stage, cause=scenario.cause)

    result = await run_trial(InProcess(check), scenario, None, 20.0)
    return result, stopped


async def tell_all(lies: list[Lie]) -> list[Lie]:
    """The lies that were believed, except where the liar was stopped on its way: a fault that
    strikes before its stage has been met there."""
    room = asyncio.Semaphore(AT_A_TIME)

    async def is_believed(lie: Lie) -> bool:
        async with room:
            result, stopped = await tell(lie[0], lie[2])
        return not stopped and result.judgement.verdict not in ("not-exercised", "harness-error")

    told = await asyncio.gather(*map(is_believed, lies))
    return [lie for lie, was_believed in zip(lies, told, strict=True) if was_believed]


def believed(lies: list[Lie]) -> list[tuple[str, str]]:
    """The cases and lies that are believed each time. On a busy machine a server may learn so late
    that somebody has left that it seems to have been waited for; not every time."""
    for _ in range(TRIES):
        lies = asyncio.run(tell_all(lies))
    return [(scenario.id, name) for scenario, name, _ in lies]


FAILING = [error for error in DOCUMENTED_ERRORS if any(s.reproduces == error for s in ALL)]


@pytest.mark.parametrize("error", FAILING)
def test_who_stops_before_the_stage_is_not_believed(error: str) -> None:
    lies = [(scenario, stage, goes_up_to(scenario, stage)) for scenario, stage in broken_off(error)]
    assert len(lies) > 10
    assert believed(lies) == []


def test_who_never_connects_is_not_believed() -> None:
    """But where nothing can be seen: a name that is not found, and without raw sockets a port that
    refuses."""
    found = {id for id, _ in believed([(each, "never", never_connects) for each in ALL])}
    names = {f"imap-settings-incorrect/{name}" for name in ("host-not-found", "host-unreachable")}
    ports = {f"imap-settings-incorrect/port-refused[{how}]" for how in ("implicit-tls", "starttls")}
    assert names <= found <= names | (set() if os.geteuid() == 0 else ports)


def test_who_meets_another_fault_is_not_believed() -> None:
    """Nobody's name is refused where the typed one was to be; at MAIL nothing was declared."""

    def at_login_or_mail(scenario: Scenario) -> bool:
        fault = fault_expectation(scenario).fault
        if fault is None or not fault.stage.endswith(("login", "mail")):
            return False
        rules = scenario.facts.all_services()[fault.service].rules
        by_rule = fault.shows == "rule" and all(rule.when.event == "login" for rule in rules)
        return fault.shows == "refusal" or by_rule

    lies = [(each, "anybody", tries_anybody) for each in ALL if at_login_or_mail(each)]
    assert len(lies) > 200
    assert believed(lies) == []
