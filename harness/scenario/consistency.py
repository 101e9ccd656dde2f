"""What is wrong with a scenario whose every value is right: parts that do not go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fakeservers.dialects.dialect import Dialect, UnknownName, load_dialect
from fakeservers.spec import Service
from harness.files.problems import Path, did_you_mean
from harness.scenario.dead_rules import dead_rules
from harness.scenario.model import CaseFile, Facts
from harness.taxonomy import (
    CAUSES,
    CERTIFICATE_CAUSES,
    STAGE_GROUPS,
    DocumentedError,
    Stage,
    family,
)

Finding = tuple[Path, str]

_FAULT_KEYS: Final = ("stage", "cause")


def errors_at(stage: Stage) -> set[DocumentedError]:
    """The documented errors that a failure at this stage may be."""
    errors = {family(stage)}
    if stage in STAGE_GROUPS["tls"]:
        errors.add("unauthorized-untrusted-certificate")
    if stage == "imap-greeting":
        errors.add("imap-settings-incorrect")
    if stage in STAGE_GROUPS["login"]:
        errors |= {"unauthorized", "unauthorized-app-password-required"}
    return errors


def outcome_findings(case: CaseFile) -> Iterator[Finding]:
    """Documented error, stage, cause and remedy must fit the taxonomy."""
    if case.reproduces == "connected":
        for key in (*_FAULT_KEYS, "remedy"):
            if getattr(case, key):
                yield (key,), "a mailbox that reproduces 'connected' has none"
        return
    for key in _FAULT_KEYS:
        if getattr(case, key) is None:
            yield (key,), "required"
    if not case.remedy:
        yield ("remedy",), "required: at least one, so that the cure can be tried"
    if case.stage is not None:
        yield from _stage_findings(case, case.stage)


def _stage_findings(case: CaseFile, stage: Stage) -> Iterator[Finding]:
    possible = errors_at(stage)
    if case.reproduces not in possible:
        errors = ", ".join(sorted(possible))
        yield ("stage",), f"{stage} never gives {case.reproduces!r}; it gives: {errors}"
        return
    if case.cause is None:
        return
    if stage not in CAUSES[case.cause].stages:
        stages = ", ".join(CAUSES[case.cause].stages)
        yield ("cause",), f"{case.cause!r} is not possible at {stage}; possible at: {stages}"
        return
    untrusted = case.reproduces == "unauthorized-untrusted-certificate"
    if untrusted != (case.cause in CERTIFICATE_CAUSES):
        yield ("cause",), f"{case.cause!r} never gives {case.reproduces!r}"
    app_password = case.reproduces == "unauthorized-app-password-required"
    if app_password != (case.cause == "app-password-required"):
        yield ("cause",), f"{case.cause!r} never gives {case.reproduces!r}"


def facts_findings(facts: Facts) -> Iterator[Finding]:
    """Names must stand for something: dialects, replies, services."""
    yield from _dialect_findings(("dialect",), facts.dialect)
    for name in ("imap", "smtp"):
        if name in facts.services:
            yield ("services", name), f"written as {name!r} at the top of the file"
        endpoint = getattr(facts.customer, name)
        if endpoint.service is not None and endpoint.service not in facts.all_services():
            hint = did_you_mean(endpoint.service, facts.all_services())
            message = f"no service is called {endpoint.service!r}{hint}"
            yield ("customer", name, "service"), message
    for path, service in located_services(facts):
        if service.dialect is not None:
            yield from _dialect_findings((*path, "dialect"), service.dialect)
        yield from _reply_findings(path, service, service.dialect or facts.dialect)


def located_services(facts: Facts) -> Iterator[tuple[Path, Service]]:
    """Every service and where it is written."""
    yield ("imap",), facts.imap
    yield ("smtp",), facts.smtp
    for name, service in facts.services.items():
        yield ("services", name), service


def _dialect_findings(path: Path, name: str) -> Iterator[Finding]:
    try:
        load_dialect(name)
    except UnknownName as unknown:
        hint = did_you_mean(name, unknown.known)
        yield path, f"no dialect is called {name!r}{hint}"


def _reply_findings(path: Path, service: Service, dialect_name: str) -> Iterator[Finding]:
    try:
        dialect = load_dialect(dialect_name)
    except UnknownName:
        return
    for number, rule in enumerate(service.rules):
        for position, action in enumerate(rule.then):
            name = getattr(action, "reply", None)
            if name is not None and (problem := _unknown_reply(dialect, service, name)):
                yield (*path, "rules", number, "then", position, "reply"), problem


def _unknown_reply(dialect: Dialect, service: Service, name: str) -> str | None:
    protocol = service.protocol
    if protocol not in ("imap", "smtp"):
        return f"no dialect speaks {protocol.upper()}: write the words with text or raw"
    if dialect.knows(protocol, name):
        return None
    own = getattr(dialect, protocol)
    faults = ", ".join(sorted(own.faults)) if own else ""
    hint = did_you_mean(name, dialect.side(protocol).replies).partition("; known")[0]
    return (
        f"the dialect {dialect.name!r} has no {protocol.upper()} reply {name!r}{hint}"
        f"; its faults: {faults or 'none'}"
    )


def rule_findings(case: CaseFile, every: list[Facts]) -> Iterator[Finding]:
    """Rules must be able to fire. `every`: the facts of the case and those of each remedy."""
    states = {state for facts in every for state in facts.state}
    listed = any(facts.allow_list is not None for facts in every)
    for path, service in located_services(case):
        for number, rule in enumerate(service.rules):
            when = (*path, "rules", number, "when")
            if rule.when.state is not None and rule.when.state not in states:
                hint = did_you_mean(rule.when.state, states)
                yield (*when, "state"), f"state never holds {rule.when.state!r}{hint}"
            if rule.when.peer == "not-allowed" and not listed:
                yield (*when, "peer"), "never: there is no allow-list"
        for number, message in dead_rules(service):
            yield (*path, "rules", number), message
