"""What the built-in checker meets in each case of the catalogue: the table that says on what each
rests is up to date, and no case is a copy of another with only the title changed.

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
from pathlib import Path

import pytest

from harness.results.fairness import COMMAND, READING, grounds, met, table
from harness.runner.events import CaseResult
from harness.runner.records import ConnectionRecord
from harness.scenario import builtin_path
from harness.scenario.coverage import fault_of
from harness.scenario.loading import load
from harness.scenario.model import Scenario
from harness.taxonomy import protocol_of
from tests.catalogue import whole_catalogue

GOODBYE = re.compile(r"(\S+ LOGOUT|QUIT)$", re.IGNORECASE)
TAG = re.compile(r"^[A-Z]{4}\d+ ")
ID = re.compile(r"(?=[\w.-]*\d)[\w.-]{14,}")
"""Tags, ids and dates differ from one run to the next."""


@pytest.fixture(scope="module")
def faulty() -> list[Scenario]:
    """All in which something is wrong; without lives, which break into others."""
    every = whole_catalogue()
    return [scenario for scenario in every if scenario.stage and not scenario.life]


@pytest.fixture(scope="module")
def results(faulty: list[Scenario]) -> dict[str, CaseResult]:
    return asyncio.run(met(faulty, jobs=8))


def copies(scenarios: list[Scenario], results: dict[str, CaseResult]) -> list[list[str]]:
    """The ids of the cases that are one and the same."""
    groups = defaultdict(list)
    for scenario in scenarios:
        groups[fingerprint(scenario, results[scenario.id])].append(scenario.id)
    return [group for group in groups.values() if len(group) > 1]


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


def test_no_case_is_a_copy_of_another(
    faulty: list[Scenario], results: dict[str, CaseResult]
) -> None:
    assert copies(faulty, results) == []


def test_the_table_is_up_to_date(faulty: list[Scenario], results: dict[str, CaseResult]) -> None:
    """Otherwise: badinbox list --fairness > scenarios/FAIRNESS.md"""
    written = Path(builtin_path(), "FAIRNESS.md").read_text(encoding="utf-8")
    assert COMMAND in written
    found = table(faulty, results)
    if found != written:  # on a busy machine a server of the fakes may have been too late
        doubtful = [each for each in faulty if grounds(each, results[each.id]).rests_on == READING]
        found = table(faulty, results | asyncio.run(met(doubtful, jobs=1)))
    assert found == written


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
    both = [*first, *second]
    assert len(copies(both, asyncio.run(met(both, jobs=2)))) == expected
