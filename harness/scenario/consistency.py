"""What is wrong with a scenario whose every value is right: parts that do not go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, get_args

from fakeservers.actions.named_reply import NamedReply
from fakeservers.dialects.dialect import DialectProtocol, UnknownName, load_dialect
from fakeservers.spec import Rule, Service, When
from fakeservers.wire import EventName
from harness.files.problems import KeyPath, did_you_mean
from harness.scenario.model import AlsoAccepted, CaseFile, Facts
from harness.taxonomy import (
    CAUSES,
    CERTIFICATE_CAUSES,
    STAGE_GROUPS,
    DocumentedError,
    Stage,
    family,
)

Inconsistency = tuple[KeyPath, str]

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


def outcome_findings(case: CaseFile) -> Iterator[Inconsistency]:
    """Documented error, stage, cause and remedy must fit the taxonomy."""
    if case.reproduces == "connected":
        for key in (*_FAULT_KEYS, "remedy", "also-accepted"):
            if getattr(case, key.replace("-", "_")):
                yield (key,), "a mailbox that reproduces 'connected' has none"
        return
    for key in _FAULT_KEYS:
        if getattr(case, key) is None:
            yield (key,), "required"
    if not case.remedy:
        yield ("remedy",), "required: at least one, so that the cure can be tried"
    if case.stage is None:
        return
    yield from _stage_findings(case, case.stage)
    for number, also in enumerate(case.also_accepted):
        for key, message in _also_findings(case, case.stage, also):
            yield ("also-accepted", number, key), message


def _also_findings(case: CaseFile, stage: Stage, also: AlsoAccepted) -> Iterator[tuple[str, str]]:
    """It must be possible, and say something else than the case itself."""
    if also.error == "connected":
        for key in _FAULT_KEYS:
            if getattr(also, key):
                yield key, "whoever says 'connected' names none"
        return
    own = (also.error, also.stage or stage, also.cause or case.cause)
    if own == (case.reproduces, stage, case.cause):
        yield "error", f"the case reproduces {case.reproduces!r} anyway"
    elif also.error not in (possible := errors_at(own[1])):
        errors = ", ".join(sorted(possible))
        yield "error", f"{own[1]} never gives {also.error!r}; it gives: {errors}"
    elif own[2] is not None and own[1] not in CAUSES[own[2]].stages:
        stages = ", ".join(CAUSES[own[2]].stages)
        yield "cause", f"{own[2]!r} is not possible at {own[1]}; possible at: {stages}"


def _stage_findings(case: CaseFile, stage: Stage) -> Iterator[Inconsistency]:
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


def facts_findings(facts: Facts) -> Iterator[Inconsistency]:
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
    before: list[str] = []
    for path, service in located_services(facts):
        if service.port_of is not None and service.port_of not in before:
            hint = did_you_mean(service.port_of, before)
            yield (*path, "port-of"), f"no service above is called {service.port_of!r}{hint}"
        before.append(str(path[-1]))
        if service.dialect is not None:
            yield from _dialect_findings((*path, "dialect"), service.dialect)
    for path, service, name in _named_replies(facts):
        if problem := _unknown_reply(service, service.dialect or facts.dialect, name):
            yield path, problem


def located_services(facts: Facts) -> Iterator[tuple[KeyPath, Service]]:
    """Every service and where it is written."""
    yield ("imap",), facts.imap
    yield ("smtp",), facts.smtp
    for name, service in facts.services.items():
        yield ("services", name), service


def _dialect_findings(path: KeyPath, name: str) -> Iterator[Inconsistency]:
    try:
        load_dialect(name)
    except UnknownName as unknown:
        hint = did_you_mean(name, unknown.known)
        yield path, f"no dialect is called {name!r}{hint}"


def _named_replies(facts: Facts) -> Iterator[tuple[KeyPath, Service, str]]:
    """The replies of dialects that rules name: where, at which service, and the name."""
    for path, service in located_services(facts):
        for number, rule in enumerate(service.rules):
            for position, action in enumerate(rule.then):
                if isinstance(action, NamedReply):
                    where = (*path, "rules", number, "then", position, "reply")
                    yield where, service, action.reply


def _unknown_reply(service: Service, dialect_name: str, name: str) -> str | None:
    protocol = service.protocol
    if protocol not in ("imap", "smtp"):
        return f"no dialect speaks {protocol.upper()}: write the words with text or raw"
    try:
        dialect = load_dialect(dialect_name)
    except UnknownName:  # a finding of its own
        return None
    if dialect.knows(protocol, name):
        return None
    own = getattr(dialect, protocol)
    faults = ", ".join(sorted(own.faults)) if own else ""
    hint = did_you_mean(name, dialect.side(protocol).replies).partition("; known")[0]
    return (
        f"the dialect {dialect.name!r} has no {protocol.upper()} reply {name!r}{hint}"
        f"; its faults: {faults or 'none'}"
    )


def reply_sources(facts: Facts) -> Iterator[str]:
    """The sources of the dialects' replies that the rules use; unknown names have none."""
    for _, service, name in _named_replies(facts):
        protocol: DialectProtocol = "imap" if service.protocol == "imap" else "smtp"
        try:
            dialect = load_dialect(service.dialect or facts.dialect)
            source = dialect.reply(protocol, name).source or dialect.source
        except UnknownName:
            continue
        if source:
            yield source


def rule_findings(case: CaseFile, every: list[Facts]) -> Iterator[Inconsistency]:
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


_IMPLICIT: Final[tuple[EventName, ...]] = get_args(EventName)
# With STARTTLS, greeting and commands come before the handshake.
_STARTTLS: Final[tuple[EventName, ...]] = ("connect", "greeting", "command", "tls", *_IMPLICIT[4:])
_ONE_OF: Final = ("command", "mechanism", "password")
_EQUAL: Final = ("username", "peer", "tls", "state", "sender", "recipient", "argument")


def dead_rules(service: Service) -> Iterator[tuple[int, str]]:
    """The position of each rule that can never fire, and why."""
    for later, rule in enumerate(service.rules):
        if service.listen != "listening":
            yield later, f"never fires: the port is {service.listen}"
            continue
        for earlier, before in enumerate(service.rules[:later]):
            if before.times is None and covers(before.when, rule.when):
                yield later, f"never fires: rules[{earlier}] fires first whenever it could"
                break
        else:
            if (ender := _ended_before(service, rule)) is not None:
                yield later, f"never fires: rules[{ender}] ends every connection before"


def covers(earlier: When, later: When) -> bool:
    """Whether the earlier conditions hold wherever the later ones do."""
    if earlier.event != later.event:
        return False
    return (
        all(_within(getattr(later, name), getattr(earlier, name)) for name in _ONE_OF)
        and all(getattr(earlier, name) in (None, getattr(later, name)) for name in _EQUAL)
        and _as_strict(later.connections, earlier.connections, "over")
        and _as_strict(later.failures, earlier.failures, "at_least")
    )


def _within(narrow: list[str] | None, wide: list[str] | None) -> bool:
    return wide is None or (narrow is not None and set(narrow) <= set(wide))


def _as_strict(narrow: Any, wide: Any, number: str) -> bool:
    if wide is None:
        return True
    if narrow is None or narrow.per != wide.per:
        return False
    return bool(getattr(narrow, number) >= getattr(wide, number))


def _ended_before(service: Service, rule: Rule) -> int | None:
    """The position of a rule that ends every connection before the event of this one."""
    order = _STARTTLS if service.security == "starttls" else _IMPLICIT
    for position, other in enumerate(service.rules):
        unconditional = other.times is None and other.when == When(event=other.when.event)
        if not unconditional or not any(action.ends for action in other.then):
            continue
        if other.when.event in order[: order.index(rule.when.event)]:
            return position
    return None
