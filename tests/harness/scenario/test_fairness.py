"""What the catalogue expects is fair: it holds however a connector checks."""

from __future__ import annotations

from tests.catalogue import whole_catalogue

SCENARIOS = whole_catalogue()


def test_no_fault_heals_by_itself() -> None:
    """A second try 5 ms later is refused, as at a real server, until the remedy is followed.
    Whoever stays connected meets what is over in a moment, too."""
    healing = [
        scenario.id
        for scenario in SCENARIOS
        if not scenario.life
        for service in scenario.facts.all_services().values()
        if any(rule.times is not None for rule in service.rules)
    ]
    assert healing == []
