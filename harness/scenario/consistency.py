"""What is wrong with a scenario whose every value is right: parts that do not go together."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from fakeservers.actions.words.answer_http import AnswerHttp
from fakeservers.actions.words.literal_text import Text
from fakeservers.actions.words.named_reply import NamedReply
from fakeservers.actions.words.say import SayFirst
from fakeservers.content import MailboxContent
from fakeservers.dialects.dialect import (
    UnknownName,
    dialect_names,
    dialect_protocol,
    is_path,
    load_dialect,
)
from fakeservers.dialects.http_answer import wrong_in_answer
from fakeservers.dialects.providers import provider_named
from fakeservers.dialects.template import wrong_braces, wrong_lines
from fakeservers.spec import Service
from harness.files.problems import KeyPath, did_you_mean
from harness.scenario.dialect_files import validated_dialect
from harness.scenario.model import AlsoAccepted, CaseFile, Facts, OAuthService
from harness.taxonomy import (
    CAUSES,
    STAGE_GROUPS,
    Stage,
    errors_at,
    errors_of,
    protocol_of,
)

Inconsistency = tuple[KeyPath, str]

_AXIS: Final = re.compile(r"[${%]+([\w-]+)[}%]*")
"""A placeholder as others write it."""
_SHOWN: Final = {"imap": "IMAP", "smtp": "SMTP", "oauth": "OAuth"}
_FAULT_KEYS: Final = ("stage", "cause")


_LOCAL: Final = frozenset(
    {"text", "say", "dialect", "event", "command", "recipient", "sender", "mechanism", "password"}
)
_DECIDING: Final = frozenset({"security", "mechanisms", "protocol", "services", "imap", "smtp"})


def is_local(path: KeyPath, pruned: Iterable[KeyPath]) -> bool:
    """Whether what is wrong there is wrong whatever else the file says, but for what was `pruned`
    of it."""
    keys = [part for part in path if isinstance(part, str)]
    local = "http" in keys or bool(_LOCAL & {*keys[-1:]})
    return local and not any(_DECIDING & {p[-1]} for p in pruned)


def causes_at(stage: object) -> str | None:
    """What to say of a cause that there is not, where the stage is known."""
    possible = [cause for cause, info in CAUSES.items() if stage in info.stages]
    return (
        f"no cause is called so; at {stage} there are: {', '.join(possible)}" if possible else None
    )


def advice_on(cause: object) -> str | None:
    """What to say of an advice that there is not, where the cause is known."""
    known = next((info.advice for name, info in CAUSES.items() if name == cause), ())
    return f"no advice is called so; on {cause} there is: {', '.join(known)}" if known else None


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
    if case.reproduces not in errors_of(case.cause, stage):
        yield ("cause",), f"{case.cause!r} never gives {case.reproduces!r}"


def reached_findings(case: CaseFile) -> Iterator[Inconsistency]:
    """The stage must be one that a check of this service, as it was typed, can come to."""
    stage = case.stage
    if stage is None:
        return
    if stage in STAGE_GROUPS["token"]:
        if case.customer.oauth2 is None:
            yield ("stage",), f"{stage} is never reached: `customer` has no `oauth2`"
        return
    typed = case.typed(protocol_of(stage))
    service, security = typed.service, typed.security
    told = f"{stage} is never reached: "
    if stage in STAGE_GROUPS["connect"]:
        return
    if service.listen != "listening":
        yield ("stage",), f"{told}the port of {typed.name} is {service.listen}"
    elif stage in STAGE_GROUPS["starttls"] and security != "starttls":
        yield ("stage",), f"{told}the security of {typed.name} is {security}, not starttls"
    elif stage in STAGE_GROUPS["tls"] and security == "cleartext":
        yield ("stage",), f"{told}the security of {typed.name} is cleartext"
    elif service.protocol not in ("imap", "smtp") and stage in STAGE_GROUPS["login"]:
        yield ("stage",), f"{told}{typed.name} speaks {service.protocol.upper()}"


def facts_findings(facts: Facts) -> Iterator[Inconsistency]:
    """Names must stand for something: dialects, replies, services, placeholders."""
    yield from _dialect_findings(("dialect",), facts.dialect)
    yield from _token_findings(facts)
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
        if not ipaddress.ip_address(service.bind).is_loopback:
            why = f"{service.bind} is no loopback address, as 127.0.0.1 and ::1 are"
            yield (*path, "bind"), why
        before.append(str(path[-1]))
        if service.dialect is not None:
            yield from _dialect_findings((*path, "dialect"), service.dialect)
    for path, service, name in _said(facts, NamedReply):
        if problem := _unknown_reply(service, service.dialect or facts.dialect, name):
            yield path, problem
    for path, service, text in _said(facts, Text):
        for problem in wrong_braces(text):
            yield path, problem
        if service.protocol in ("imap", "smtp"):
            for problem in wrong_lines(text, dialect_protocol(service.protocol)):
                yield path, problem
    for path, _, answer in _said(facts, AnswerHttp):
        for place, problem in wrong_in_answer(answer):
            yield (*path, *place), problem
    for path, _, text in _said(facts, SayFirst):
        for problem in wrong_braces(text):
            yield path, problem
    yield from _content_findings(facts.mailbox)


def _token_findings(facts: Facts) -> Iterator[Inconsistency]:
    """Whoever has tokens typed no password; and only they have an authorization server."""
    if facts.customer.oauth2 is None:
        if facts.oauth != OAuthService():
            yield ("oauth",), "never asked: `customer` has no `oauth2`"
        return
    if facts.customer.password != "account":
        yield ("customer", "password"), "nobody types one who has tokens (`oauth2`)"
    if facts.oauth.protocol == "oauth" and facts.oauth.security != "implicit-tls":
        yield ("oauth", "security"), "a token endpoint has implicit-tls (RFC 6749, 3.2)"


def _content_findings(content: MailboxContent) -> Iterator[Inconsistency]:
    """Every folder is there once, and so is that of each message."""
    names: set[str] = set()
    for number, folder in enumerate(content.folders or []):
        if folder.name in names:
            yield ("mailbox", "folders", number), f"{folder.name!r} is there already"
        names.add(folder.name)
    known = {folder.name for folder in content.all_folders if folder.selectable}
    for number, message in enumerate(content.messages or []):
        if message.folder not in known:
            hint = did_you_mean(message.folder, known)
            where = ("mailbox", "messages", number, "folder")
            yield where, f"no folder is called {message.folder!r}{hint}"


def located_services(facts: Facts) -> Iterator[tuple[KeyPath, Service]]:
    """Every service and where it is written."""
    yield ("imap",), facts.imap
    yield ("smtp",), facts.smtp
    if facts.oauth != OAuthService():
        yield ("oauth",), facts.oauth
    for name, service in facts.services.items():
        yield ("services", name), service


def _dialect_findings(path: KeyPath, name: str) -> Iterator[Inconsistency]:
    """The mistakes of a file that it is are its own. Raises BadInput with them."""
    if is_path(name):
        file = Path(name)
        if os.path.isfile(file):
            validated_dialect(name, file.stat().st_mtime_ns)
        else:
            yield path, f"no such file: {name}"
    elif name not in dialect_names():
        meant = provider_named(name)
        hint = f"; did you mean {meant!r}?" if meant else did_you_mean(name, dialect_names())
        if axis := _AXIS.fullmatch(name):
            hint = f"; an axis of the matrix is written <{axis[1]}>"
        elif name.startswith("<"):
            hint = "; no axis of the matrix is called so"
        hint = hint or "; `badinbox list --dialects` shows all"
        yield path, f"no dialect is called {name!r}{hint}"
    else:
        load_dialect(name)


def _said(
    facts: Facts, action: type[NamedReply | Text | SayFirst | AnswerHttp]
) -> Iterator[tuple[KeyPath, Service, Any]]:
    """What rules have servers say by an action of this kind: where, at which service, and what."""
    key = next(iter(action.model_fields))
    for path, service in located_services(facts):
        for number, rule in enumerate(service.rules):
            for position, each in enumerate(rule.then):
                if isinstance(each, action):
                    where = (*path, "rules", number, "then", position, key)
                    yield where, service, getattr(each, key)


def _unknown_reply(service: Service, dialect_name: str, name: str) -> str | None:
    protocol = service.protocol
    if protocol not in ("imap", "smtp", "oauth"):
        return f"no dialect speaks {protocol.upper()}: write the words with text or raw"
    try:
        dialect = load_dialect(dialect_name)
    except UnknownName:  # a finding of its own
        return None
    if dialect.knows(protocol, name):
        return None
    told = f"the dialect {dialect.name!r} has no {_SHOWN[protocol]} reply {name!r}"
    hint = did_you_mean(name, dialect.side(protocol).replies).partition("; known")[0]
    if hint:
        return told + hint
    own = getattr(dialect, protocol)
    faults = ", ".join(sorted(own.faults)) if own else ""
    return f"{told}; its faults: {faults or 'none'}"


def reply_sources(facts: Facts) -> Iterator[str]:
    """The sources of the dialects' replies that the rules use; unknown names have none."""
    for _, service, name in _said(facts, NamedReply):
        try:
            dialect = load_dialect(service.dialect or facts.dialect)
            protocol = dialect_protocol(service.protocol)
            source = dialect.reply(protocol, name).source or dialect.source
        except UnknownName:
            continue
        if source:
            yield source
