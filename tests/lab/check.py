"""A check: the built-in checker runs against the real server and against the fake of a case."""

from __future__ import annotations

import asyncio
import contextlib
import re
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fakeservers.mailbox import open_mailbox
from fakeservers.security import Security
from fakeservers.spec import Account, MailboxSpec
from fakeservers.wire.certificates import process_authority
from harness.checker import check
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.taxonomy import Cause, DocumentedError, Stage
from tests.lab.cases import PASSWORD, USER, Case
from tests.lab.client import TLS, Address, Unread, held
from tests.lab.client import Protocol as MailProtocol
from tests.lab.compare import RealServer, fake_spec, mask

_TAG = re.compile(r"S: [A-P]{4}\d+ ")
"""imaplib's tags are random."""
RECIPIENT = "out@elsewhere.test"
TIMEOUT_S = 15.0
TRIES = 5
SOURCES = "127.2"
"""Servers hold failures against addresses: those of the checks are not those of the dialogues."""


@dataclass(frozen=True)
class Expected:
    """What is to be said in the case of this name, and what makes its check other than the
    dialogue."""

    failure: str
    error: DocumentedError
    stage: Stage | None = None
    cause: Cause | None = None
    typed: Mapping[str, Any] = field(default_factory=dict)
    """What the customer typed, where the steps of the case do not tell: `password`, `security` …"""
    case: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the case that are otherwise: steps that others took before, the fake's rules."""

    may_lose_words: bool = False
    """The real server's last words do not always arrive: where nothing did, it is asked again."""

    @property
    def said(self) -> tuple[DocumentedError, Stage | None, Cause | None]:
        return self.error, self.stage, self.cause


@dataclass(frozen=True)
class Typed:
    """What the customer typed, host and port apart."""

    security: Security
    user: str = USER
    password: str = PASSWORD
    sender: str = ""
    recipient: str = RECIPIENT
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True)
class Diagnosed:
    """What the checker said of both."""

    expected: Expected
    real: Diagnosis
    fake: Diagnosis

    @property
    def difference(self) -> str:
        """What is not as it should be; empty: both say what is expected, and the same."""
        real, fake = facts(self.real), facts(self.fake)
        for key in real:
            if real[key] != fake[key]:
                return f"{key}: real {real[key]!r}, fake {fake[key]!r}"
        said = (self.real.error, self.real.stage, self.real.cause)
        return "" if said == self.expected.said else f"both say {said}"


def facts(diagnosis: Diagnosis) -> dict[str, Any]:
    """All that a diagnosis says, without what differs from run to run, and without how it was
    known: a fake says the dialect's very words, which the checker knows; a real server, more."""
    found = diagnosis.model_dump(
        exclude={"text", "message_id", "confidence", "rule", "other_rules"}
    )
    evidence = found.pop("evidence")
    lines = [_TAG.sub("S: <tag> ", f"S: {line}") for line in evidence.pop("lines")]
    return {**found, **evidence, "lines": mask(lines, capabilities=False)}


def typed_in(case: Case, changes: Mapping[str, Any]) -> Typed:
    """What a customer who meets this case has typed, read off its steps."""
    script = "\n".join(step for step in case.steps if isinstance(step, str))
    found: dict[str, Any] = {"security": _security(case, script)}
    if login := re.search(r"(?m)^\w+ LOGIN (\S+) (\S+)$", script):
        found |= {"user": login[1], "password": login[2]}
    if plain := re.search(r"(?m)(?:AUTH|AUTHENTICATE) PLAIN (\S{8,})$", script):
        _, found["user"], found["password"] = b64decode(plain[1]).decode().split("\0")
    for key, command in (("sender", "MAIL FROM"), ("recipient", "RCPT TO")):
        if addresses := re.findall(rf"(?m)^{command}:<(\S+)>", script):
            found[key] = addresses[-1]
    return Typed(**{**found, **changes})


def _security(case: Case, script: str) -> Security:
    if case.steps[:1] == (TLS,):
        return "implicit-tls"
    if re.search(r"(?m)^(a0 )?STARTTLS$", script):
        return "starttls"
    if case.steps and isinstance(case.steps[0], Unread):
        return "cleartext"
    security: Security = case.service.get("security", "implicit-tls")
    return security


def diagnose(expected: Expected, case: Case, server: RealServer, number: int) -> Diagnosed:
    """Check both, at the same time. Raises LabError where the lab fails."""
    case = replace(case, **expected.case)
    source = case.source or f"{SOURCES}.{number // 200}.{number % 200 + 2}"
    typed = typed_in(case, expected.typed)

    async def checked(subject: Address, other: Address) -> Diagnosis:
        return await asyncio.to_thread(_checked, case, typed, server.protocol, subject, other)

    async def both() -> Diagnosed:
        async with (
            _companion(typed, server.protocol) as other,
            _fake(case, server, source) as fake,
        ):
            real = server.address(case, source)
            return Diagnosed(
                expected, *await asyncio.gather(checked(real, other), checked(fake, other))
            )

    diagnosed = asyncio.run(both())
    for _ in range(TRIES if expected.may_lose_words else 0):
        if diagnosed.real.cause != "dropped":
            break
        diagnosed = asyncio.run(both())
    return diagnosed


def said_of(subject: Address, typed: Typed, protocol: MailProtocol) -> Diagnosis:
    """What the checker says of a server, its companion being a fake that works."""

    async def checked() -> Diagnosis:
        async with _companion(typed, protocol) as other:
            return await asyncio.to_thread(check, _settings(typed, protocol, subject, other))

    return asyncio.run(checked())


@contextlib.asynccontextmanager
async def _companion(typed: Typed, protocol: MailProtocol) -> AsyncIterator[Address]:
    """The mailbox's other server, which works: a fake to which all that was typed is right."""
    other = "smtp" if protocol == "imap" else "imap"
    account = Account(address=typed.user, password=typed.password)
    spec = {"account": account, "services": {other: {"protocol": other}}}
    async with open_mailbox(MailboxSpec.model_validate(spec)) as mailbox:
        service = mailbox.services[other]
        yield Address(service.port, service.host)


@contextlib.asynccontextmanager
async def _fake(case: Case, server: RealServer, source: str) -> AsyncIterator[Address]:
    async with open_mailbox(fake_spec(case, server.dialect, server.protocol)) as mailbox:
        service = mailbox.services[server.protocol]
        yield Address(service.port, service.host, source, process_authority().ca_file)
        assert not mailbox.evidence.faults, mailbox.evidence.faults


def _checked(
    case: Case, typed: Typed, protocol: MailProtocol, subject: Address, other: Address
) -> Diagnosis:
    with contextlib.ExitStack() as stack:
        for _ in range(case.held):
            stack.enter_context(held(subject, protocol, case.held_steps))
        return check(_settings(typed, protocol, subject, other))


def _settings(
    typed: Typed, protocol: MailProtocol, subject: Address, other: Address
) -> ConnectionSettings:
    tested = ServerSettings(
        host=subject.host,
        port=subject.port,
        security=typed.security,
        source_address=subject.source,
    )
    works = ServerSettings(host=other.host, port=other.port)
    return ConnectionSettings(
        email=typed.sender or typed.user,
        username=typed.user,
        password=typed.password,
        imap=tested if protocol == "imap" else works,
        smtp=tested if protocol == "smtp" else works,
        bcc_address=typed.recipient,
        ca_file=process_authority().ca_file,
        timeout_s=typed.timeout_s,
    )
