"""What is begun first, and what is told of it in the end."""

from __future__ import annotations

from harness.runner.runner import Agenda
from harness.scenario.model import Scenario
from tests.harness.conftest import REFUSED, WORKING

from .conftest import Write

SLOW = WORKING + "imap: {rules: [{when: {event: greeting}, then: {delay-s: 3}}]}\n"


def ids(agenda: Agenda) -> list[str]:
    found = []
    while (following := agenda.next()) is not None:
        found.append(following[1].id)
    return found


def scenarios(write: Write) -> list[Scenario]:
    silent = REFUSED + "timeout-s: 5\n"
    texts = {"a": WORKING, "b": SLOW, "c": WORKING}
    found = [write(text, name)[0] for name, text in texts.items()]
    return [*found, write(silent, "d")[0]]


def test_long_waits_are_begun_first(write: Write) -> None:
    assert ids(Agenda(scenarios(write), stop_early=False)) == [
        "unauthorized-app-password-required/d",
        "connected/b",
        "connected/a",
        "connected/c",
    ]


def test_patience_is_told_to_those_who_need_none(write: Write) -> None:
    from harness.judging.expectation import expects_timeout

    assert [expects_timeout(scenario) for scenario in scenarios(write)] == [
        False,
        False,
        False,
        True,
    ]
