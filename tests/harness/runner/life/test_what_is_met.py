"""The lives of the catalogue in which nothing fails for good: where their rules are there from the
beginning, no verdict tells whether the built-in connector, which passes, has met them."""

from __future__ import annotations

import badinbox
from harness.scenario.model import Scenario
from tests.catalogue import whole_catalogue

FOR_WHO_DOES_WRONG = {"life/one-connection-left"}
"""Its rule strikes those only who open more connections than they need."""


def rules(scenario: Scenario) -> set[str]:
    """Their names, as results have them."""
    return {
        f"{name}.rules[{number}]"
        for name, service in scenario.facts.all_services().items()
        for number, _ in enumerate(service.rules)
    }


def test_the_rules_of_lives_that_stay_connected_fire() -> None:
    lives = [
        each
        for each in whole_catalogue()
        if each.life and each.reproduces == "connected" and rules(each)
    ]
    results = badinbox.run("builtin", lives, jobs=len(lives))
    unmet = {case.id for case in results.cases if not case.fired}
    assert len(lives) > 10 and unmet == FOR_WHO_DOES_WRONG
