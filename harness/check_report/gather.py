"""The check, the second look, and what is known of such a mailbox besides."""

from __future__ import annotations

from fakeservers.dialects.dialect import Dialect
from harness.check_report.findings import Findings
from harness.check_report.providers import that_greets, typed_for, with_host
from harness.checker import OnStep, Said, Step, check
from harness.checker.probes import narrowed, probe
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.reproducing.nearest import nearest
from harness.taxonomy import protocol_of


def gather(settings: ConnectionSettings, on_step: OnStep | None = None) -> Findings:
    """Check the mailbox, then look again at what failed. One log-in on each server, one e-mail.

    Raises OSError if ``settings.ca_file`` cannot be read.
    """
    steps: list[Step] = []
    said: list[Said] = []

    def note(step: Step) -> None:
        steps.append(step)
        if on_step:
            on_step(step)

    diagnosis = check(settings, on_step=note, on_said=said.append)
    ended = tuple(step for step in steps if step.state != "started")
    probes = probe(settings, diagnosis, imap_accepted=_imap_accepted(ended))
    provider = recognised(settings, said)
    return Findings(
        settings=settings,
        diagnosis=diagnosis,
        steps=ended,
        said=tuple(said),
        probes=tuple(probes),
        narrowed=tuple(narrowed(diagnosis, probes)),
        provider=provider,
        scenario=_scenario(settings, diagnosis, provider),
    )


def recognised(settings: ConnectionSettings, said: list[Said]) -> Dialect | None:
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


def _imap_accepted(steps: tuple[Step, ...]) -> bool:
    """Was there a log-in to IMAP, and not a server that wants none (PREAUTH)?"""
    done = (step for step in steps if (step.name, step.state) == ("log-in-imap", "done"))
    return any(step.detail != "PREAUTH" for step in done)


def _scenario(
    settings: ConnectionSettings, diagnosis: Diagnosis, provider: Dialect | None
) -> str | None:
    """The id of the catalogue's scenario that fails most like this."""
    if diagnosis.stage is None:
        return None
    server = settings.imap if protocol_of(diagnosis.stage) == "imap" else settings.smtp
    dialect = provider.name if provider else "plain"
    found = nearest(diagnosis, diagnosis.evidence.lines, dialect, server.security)
    return found[0].scenario.id if found else None
