"""Run a case against both servers and compare the two dialogues, what varies being masked."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal, Protocol

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import Account, MailboxSpec
from fakeservers.wire.certificates import process_authority
from tests.lab.cases import PASSWORD, Case
from tests.lab.client import Address, connected, held
from tests.lab.client import Protocol as MailProtocol

Outcome = Literal["equal", "differs", "not reproducible"]

_MASKS: Sequence[tuple[str, str]] = (
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "<time>"),
    (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "<date>"),
    (r"\(\d+\.\d{3}( \+ \d+\.\d{3})+ secs\)", "(<timing>)"),
    (r"\[[\w.-]+:<time>\]", "[<host>:<time>]"),
    (r"queued as \w+", "queued as <id>"),
    (r"2\.0\.0 \w+ Message accepted", "2.0.0 <id> Message accepted"),
    (r"SESSIONID=<[^>]*>", "SESSIONID=<id>"),
    (r"\[MAILBOXID \(\w+\)\]", "[MAILBOXID (<id>)]"),
    (r"(\(|in )\d+\.\d{3} (secs?)", r"\1<timing> \2"),
    (r"\bid=[\w-]+", "id=<id>"),
    (r"([\[(])(UIDVALIDITY|APPENDUID|COPYUID|HIGHESTMODSEQ) \d+", r"\1\2 <id>"),
)
_CAPABILITIES = (
    (r"CAPABILITY [^\]]*\]", "CAPABILITY <list>]"),
    (r"^(S: \* CAPABILITY) .*", r"\1 <list>"),
)


@dataclass(frozen=True)
class Result:
    """What came of a case: both dialogues, masked, and the first lines that differ."""

    case: Case
    real: tuple[str, ...] = ()
    fake: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        if not self.case.reproducible:
            return "not reproducible"
        return "equal" if self.real == self.fake else "differs"

    @property
    def lines_alike(self) -> tuple[int, int]:
        """How many of the servers' lines are alike, in their order, and of how many."""
        real, fake = (
            [line for line in said if line[:3] != "C: "] for said in (self.real, self.fake)
        )
        blocks = SequenceMatcher(None, real, fake, autojunk=False).get_matching_blocks()
        return sum(block.size for block in blocks), max(len(real), len(fake))

    @property
    def pair(self) -> tuple[str, str]:
        """The first line that the real server and the fake do not have in common."""
        lines = zip_longest(self.real, self.fake, fillvalue="(nothing)")
        return next((pair for pair in lines if pair[0] != pair[1]), ("", ""))

    def explain(self) -> str:
        """Both dialogues, one under the other."""
        real, fake = "\n  ".join(self.real), "\n  ".join(self.fake)
        return f"{self.case.failure}\nreal:\n  {real}\nfake:\n  {fake}"


class RealServer(Protocol):
    """What a server of the lab offers; see `tests.lab.servers`."""

    dialect: str
    protocol: MailProtocol

    def address(self, case: Case, source: str) -> Address:
        """Where the case's port is."""


def mask(lines: Sequence[str], *, capabilities: bool) -> tuple[str, ...]:
    """The dialogue without what differs from run to run."""
    masks = (*_MASKS, *(() if capabilities else _CAPABILITIES))
    masked = []
    for line in lines:
        for pattern, by in masks:
            line = re.sub(pattern, by, line)
        masked.append(line)
    return tuple(masked)


def source_of(case: Case, number: int) -> str:
    """An address of 127/8 that no other case uses, as servers hold failures against addresses."""
    return case.source or f"127.1.{number // 200}.{number % 200 + 2}"


def dialogue(case: Case, address: Address, protocol: MailProtocol) -> list[str]:
    """Drive one server through the case."""
    with contextlib.ExitStack() as stack:
        for _ in range(case.held):
            stack.enter_context(held(address, protocol, case.held_steps))
        client = stack.enter_context(connected(address, protocol))
        client.run(case.steps)
        return client.lines


def fake_spec(case: Case, dialect: str, protocol: MailProtocol) -> MailboxSpec:
    """The mailbox that stands for the real server in this case."""
    service = {"protocol": protocol, "dialect": dialect, **case.service}
    return MailboxSpec.model_validate(
        {
            "account": Account(address=case.user, password=PASSWORD),
            "services": {protocol: service},
        }
    )


async def _dialogue(case: Case, server: RealServer, address: Address) -> tuple[str, ...]:
    lines = await asyncio.to_thread(dialogue, case, address, server.protocol)
    return mask(lines, capabilities=case.capabilities)


async def _fake_dialogue(case: Case, server: RealServer, source: str) -> tuple[str, ...]:
    async with open_mailbox(fake_spec(case, server.dialect, server.protocol)) as mailbox:
        running = mailbox.services[server.protocol]
        address = Address(running.port, running.host, source, ca_file=process_authority().ca_file)
        lines = await _dialogue(case, server, address)
        assert not mailbox.evidence.faults, mailbox.evidence.faults
        return lines


def compare(case: Case, server: RealServer, number: int) -> Result:
    """Both dialogues of a case, at the same time. Raises LabError where the lab fails."""
    if not case.reproducible:
        return Result(case)
    source = source_of(case, number)

    async def both() -> Result:
        real = _dialogue(case, server, server.address(case, source))
        return Result(case, *await asyncio.gather(real, _fake_dialogue(case, server, source)))

    return asyncio.run(both())
