"""No case of the catalogue is a copy of another with only the title changed.

Two cases are copies when a connector meets the same thing in both: the same documented error, stage
and cause, the same settings typed, the same way of listening, of TLS and of pausing, and at the
fault the same bytes: what the client said last, all that the server answered, and how it ended the
connection. Greetings and capability lists do not count: another dialect's greeting before the same
words is no other failure. What cures it, and what is typed then, does: that the article has several
advices for one failure is what such a pair is there to show.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from harness.runner.events import CaseResult, ConnectionRecord
from harness.runner.runner import Runner
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect
from harness.scenario.coverage import fault_of
from harness.scenario.loading import load
from harness.scenario.model import Scenario
from harness.taxonomy import protocol_of

GOODBYE = re.compile(r"(\S+ LOGOUT|QUIT)$", re.IGNORECASE)
TAG = re.compile(r"^[A-Z]{4}\d+ ")
ID = re.compile(r"(?=[\w.-]*\d)[\w.-]{14,}")
"""Tags, ids and dates differ from one run to the next."""


def copies(scenarios: list[Scenario]) -> list[list[str]]:
    """The ids of the cases that are one and the same."""
    groups = defaultdict(list)
    for scenario, result in zip(scenarios, asyncio.run(met(scenarios)), strict=True):
        groups[fingerprint(scenario, result)].append(scenario.id)
    return [group for group in groups.values() if len(group) > 1]


async def met(scenarios: list[Scenario]) -> list[CaseResult]:
    """What the built-in checker meets in each, without the remedies."""
    async with Runner(jobs=8) as runner:
        results = {
            result.id: result
            async for event in runner.run(scenarios, "fault")
            for result in getattr(event, "results", ())
        }
    return [results[scenario.id] for scenario in scenarios]


def fingerprint(scenario: Scenario, result: CaseResult) -> tuple[object, ...]:
    fault = fault_of(scenario)
    assert fault
    protocol = protocol_of(fault.stage)
    service = scenario.facts.all_services()[protocol]
    records = [record for record in result.transcript if record.protocol == protocol]
    return (
        (fault.error, fault.stage, fault.cause, fault.mode),
        (service.listen, service.bind, service.certificate, service.tls, service.pauses),
        scenario.customer.model_dump_json(),
        frozenset(
            (remedy.advice, remedy.keep_mailbox, remedy.facts.customer.model_dump_json())
            for remedy in scenario.remedies
        ),
        tuple(last_exchange(records[-1])) if records else None,
    )


def last_exchange(record: ConnectionRecord) -> Iterator[str]:
    """From the last line of the client's on, log-out apart."""
    lines = [line for line in record.lines if " fired at " not in line.text]
    if record.protocol == "oauth":  # one request, whose answer tells when it was given
        lines = [each for each in lines if each.direction in "S*" and "Date: " not in each.text]
    said = [number for number, line in enumerate(lines) if line.direction == "C"]
    if said and GOODBYE.match(lines[said[-1]].text):
        del lines[said.pop() :]
    for line in lines[said[-1] if said else 0 :]:
        yield f"{line.direction} {ID.sub('#', TAG.sub('', line.text))}"
    yield f"{record.ended_by} {record.ended_how}"


def test_no_case_is_a_copy_of_another() -> None:
    every = [scenario for scenario in collect([builtin_path()]) if fault_of(scenario)]
    scenarios = [scenario for scenario in every if not scenario.life]  # these break into others
    assert copies(scenarios) == []


GREETING = """\
title: {title}
reproduces: smtp-settings-incorrect
stage: smtp-greeting
cause: greeting-refused
source: RFC 5321
dialect: {dialect}
state: [shut]
smtp:
  security: {security}
  rules: [{{when: {{event: greeting, state: shut}}, then: {{text: 554 {words}}}}}]
remedy: {{advice: {advice}, apply: {{state: []}}}}
"""
FIRST = {
    "title": "First",
    "dialect": "plain",
    "security": "cleartext",
    "words": "No service",
    "advice": "retry-later",
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"title": "Second"}, 1),
        ({"dialect": "postfix"}, 1),
        ({"words": "No such service"}, 0),
        ({"security": "starttls"}, 0),
        ({"advice": "contact-it-or-provider"}, 0),
    ],
)
def test_what_makes_a_copy(write, changed: dict[str, str], expected: int) -> None:
    first = load(write(GREETING.format(**FIRST), "first.yaml"))
    second = load(write(GREETING.format(**FIRST | changed), "second.yaml"))
    assert len(copies([*first, *second])) == expected
