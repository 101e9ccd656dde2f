"""All that was found out about a mailbox: the check, the second look, what is known besides."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace

from fakeservers.dialects.dialect import Dialect
from fakeservers.dialects.providers import typed_for, with_host
from harness.check_report.greetings import that_greets
from harness.checker import CheckStep, OnStep, SpokenLine, check
from harness.checker.dialling import local_address
from harness.checker.second_look import Probe, narrowed, probe, server_of
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.reproducing.nearest import nearest
from harness.taxonomy import Advice, Cause, protocol_of

_TELLING = 3
"""A name as short as this stands in too many words by chance."""


@dataclass(frozen=True)
class CheckFindings:
    """One check and the second look at what failed in it.

    ``said``: the dialogue, masked. ``narrowed``: the candidates of the diagnosis that the probes
    speak for. ``provider``: whose server it is, if that was recognised. ``scenario``: the id of the
    most similar one.
    """

    settings: ConnectionSettings
    diagnosis: Diagnosis
    steps: tuple[CheckStep, ...] = ()
    said: tuple[SpokenLine, ...] = ()
    probes: tuple[Probe, ...] = ()
    narrowed: tuple[Cause, ...] = ()
    provider: Dialect | None = None
    scenario: str | None = None

    @property
    def server(self) -> ServerSettings:
        """The server at which the check failed; IMAP's if that is not known."""
        stage = self.diagnosis.stage
        return server_of(self.settings, protocol_of(stage) if stage else "imap")

    @property
    def source(self) -> str | None:
        """The address from which this machine connects to that server; None: not known."""
        server = self.server
        return server.source_address or local_address(server)

    @property
    def reproduce_command(self) -> str | None:
        return f"badinbox serve {shlex.quote(self.scenario)}" if self.scenario else None

    def help_page(self, advice: Advice) -> str | None:
        """The provider's own page on how to follow the advice."""
        return self.provider.help.get(advice) if self.provider else None


def gather(settings: ConnectionSettings, on_step: OnStep | None = None) -> CheckFindings:
    """Check the mailbox, then look again at what failed. One log-in on each server, one e-mail.

    Raises OSError if ``settings.ca_file`` cannot be read.
    """
    steps: list[CheckStep] = []
    said: list[SpokenLine] = []

    def note(step: CheckStep) -> None:
        if step.state != "started":
            steps.append(step)
        if on_step:
            on_step(step)

    held = [settings.oauth2]
    diagnosis = check(settings, on_step=note, on_said=said.append, on_tokens=held.append)
    settings = settings.model_copy(update={"oauth2": held[-1]})
    probes = probe(settings, diagnosis, imap_accepted=_imap_accepted(steps))
    findings = CheckFindings(
        settings=settings,
        diagnosis=diagnosis,
        steps=tuple(steps),
        said=tuple(said),
        probes=tuple(probes),
        narrowed=tuple(narrowed(diagnosis, probes)),
        provider=_recognised(settings, said),
    )
    return replace(findings, scenario=_most_similar(findings))


def _recognised(settings: ConnectionSettings, said: list[SpokenLine]) -> Dialect | None:
    """The provider, by the servers' names, else their greetings, else the address."""
    for server in (settings.imap, settings.smtp):
        if found := with_host(server.host):
            return found
    greetings = [line for line in said if line.direction == "S"]
    for protocol in ("imap", "smtp"):
        first = next((line.text for line in greetings if line.protocol == protocol), "")
        if found := that_greets(protocol, first):
            return found
    by_address = typed_for(settings.email)
    return by_address[0] if by_address else None


def _imap_accepted(steps: list[CheckStep]) -> bool:
    """Was there a log-in to IMAP, and not a server that wants none (PREAUTH)?"""
    done = (step for step in steps if (step.name, step.state) == ("log-in-imap", "done"))
    return any(step.detail != "PREAUTH" for step in done)


def _most_similar(findings: CheckFindings) -> str | None:
    """The id of the catalogue's scenario that fails most like this."""
    diagnosis = findings.diagnosis
    if diagnosis.stage is None:
        return None
    dialect = findings.provider.name if findings.provider else "plain"
    found = nearest(diagnosis, diagnosis.evidence.lines, dialect, findings.server.security)
    return found[0].scenario.id if found else None


def without_user(findings: CheckFindings) -> CheckFindings:
    """The same, without the user's name: of an address only the domain is left."""
    hide = _hiding(findings.settings)
    settings, diagnosis = findings.settings, findings.diagnosis
    username = settings.username and hide(settings.username)
    lines = [hide(line) for line in diagnosis.evidence.lines]
    evidence = diagnosis.evidence.model_copy(update={"lines": lines})
    return replace(
        findings,
        settings=settings.model_copy(update={"email": hide(settings.email), "username": username}),
        diagnosis=diagnosis.model_copy(update={"evidence": evidence}),
        said=tuple(replace(line, text=hide(line.text)) for line in findings.said),
        probes=tuple(_without_names(probe, hide) for probe in findings.probes),
    )


def _without_names(probe: Probe, hide: Callable[[str], str]) -> Probe:
    """The same; of the user whom a token names, only the domain is left, whoever it is."""
    facts = {name: hide(fact) for name, fact in probe.facts.items()}
    if user := probe.facts.get("user"):
        facts["user"] = f"***{''.join(user.rpartition('@')[1:])}" if "@" in user else "***"
    return probe.model_copy(update={"facts": facts})


def _hiding(settings: ConnectionSettings) -> Callable[[str], str]:
    names = {settings.email, settings.login, settings.bcc_address or settings.email}
    names |= {name.rpartition("@")[0] for name in names if "@" in name}
    words = [
        rf"{re.escape(name.removesuffix(domain))}(?={re.escape(domain)})"
        if (domain := f"@{name.rpartition('@')[2]}") in name
        else rf"(?<!\w){re.escape(name)}(?!\w)"
        for name in sorted(names, key=len, reverse=True)
        if "@" in name or len(name) > _TELLING or name == settings.username
    ]
    pattern = re.compile("|".join(words), re.IGNORECASE)
    return lambda text: pattern.sub("***", text)
