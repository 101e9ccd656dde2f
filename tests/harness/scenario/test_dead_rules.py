"""Rules that cannot fire because of an earlier one."""

from __future__ import annotations

from typing import Any

import pytest

from fakeservers.spec import Service
from harness.scenario.firing import dead_rules

FIVE = {"per": "account", "over": 5}
TEN = {"per": "account", "over": 10}
PEER_TEN = {"per": "address", "over": 10}
LOGIN = {"event": "login"}


def dead(*whens: dict[str, Any], then: Any = "close", **service: Any) -> list[int]:
    rules = [{"when": when, "then": then} for when in whens]
    made = Service.model_validate({"protocol": "imap", "rules": rules, **service})
    return [position for position, _ in dead_rules(made)]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (LOGIN, LOGIN),
        (LOGIN, LOGIN | {"password": "account"}),
        (LOGIN | {"password": ["account", "wrong"]}, LOGIN | {"password": "wrong"}),
        (LOGIN | {"state": "outage"}, LOGIN | {"state": "outage", "tls": True}),
        (LOGIN | {"connections": FIVE}, LOGIN | {"connections": TEN}),
        (
            {"event": "command", "command": ["SELECT", "EXAMINE"]},
            {"event": "command", "command": "SELECT", "argument": "*inbox*"},
        ),
        (
            {"event": "command", "command": ["NOOP", "FETCH"]},
            {"event": "command", "command": ["UID FETCH", "NOOP"]},
        ),
        (
            {"event": "command", "command": "UID"},
            {"event": "command", "command": ["UID FETCH", "UID STORE"]},
        ),
    ],
)
def test_a_later_rule_that_asks_for_no_less_is_dead(earlier, later):
    assert dead(earlier, later) == [1]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (LOGIN | {"password": "account"}, LOGIN),
        (LOGIN | {"password": "account"}, LOGIN | {"password": ["account", "wrong"]}),
        (LOGIN | {"state": "outage"}, LOGIN | {"state": "storage-full"}),
        (LOGIN | {"connections": TEN}, LOGIN | {"connections": FIVE}),
        (LOGIN | {"connections": FIVE}, LOGIN | {"connections": PEER_TEN}),
        ({"event": "data"}, LOGIN | {"tls": True}),
        ({"event": "greeting", "state": "outage"}, LOGIN),
        ({"event": "command", "command": "UID FETCH"}, {"event": "command", "command": "FETCH"}),
    ],
)
def test_a_later_rule_that_may_fire_is_alive(earlier, later):
    assert dead(earlier, later) == []


def test_nothing_fires_after_the_end_of_every_connection():
    assert dead({"event": "greeting"}, LOGIN) == [1]
    assert dead(LOGIN, {"event": "greeting"}) == [0]


def test_a_rule_that_lets_the_connection_live_kills_no_later_event():
    assert dead({"event": "greeting"}, LOGIN, then={"delay-s": 1}) == []


def test_with_starttls_the_greeting_comes_before_the_handshake():
    assert dead({"event": "tls"}, {"event": "greeting"}) == [1]
    assert dead({"event": "tls"}, {"event": "greeting"}, security="starttls") == [0]


def test_a_rule_that_is_spent_makes_way():
    first = {"when": LOGIN, "then": "close", "times": 2}
    second = {"when": LOGIN, "then": "reset"}
    service = Service.model_validate({"protocol": "imap", "rules": [first, second]})
    assert list(dead_rules(service)) == []


def test_where_nothing_listens_no_rule_fires():
    assert dead(LOGIN, listen="black-hole") == [0]
