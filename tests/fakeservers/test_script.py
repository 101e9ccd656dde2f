"""The script's decisions: conditions, order, counting."""

from dataclasses import replace

import pytest

from fakeservers.script import Event, Script, Situation, mismatch
from fakeservers.spec import Rule, When

SITUATION = Situation(
    tls=True,
    logged_in=False,
    logged_in_by=None,
    peer_allowed=True,
    state=frozenset(),
    username_is="account",
    sender_owned=True,
    recipient_local=False,
    connections={"account": 3, "address": 1, "account-and-address": 1, "service": 5},
    failures={"connection": 0, "account": 2, "address": 0, "server": 2},
    scope_keys={"connection": 0, "account": "a", "address": "127.0.0.1", "server": "imap"},
)
LOGIN = Event("login", command="LOGIN", mechanism="LOGIN", username="a", password="account")


def when(**conditions):
    return When.model_validate({"event": "login", **conditions})


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"password": "account"},
        {"password": ["wrong", "account"]},
        {"command": "LOGIN", "mechanism": "LOGIN", "tls": True},
        {"username": "account", "peer": "allowed"},
        {"connections": {"per": "account", "over": 2}},
        {"failures": {"per": "account", "at-least": 2}},
        {"sender": "owned", "recipient": "remote"},
        {"argument": ""},
    ],
)
def test_conditions_that_hold(conditions):
    assert mismatch(when(**conditions), LOGIN, SITUATION) is None


@pytest.mark.parametrize(
    ("name", "conditions"),
    [
        ("event", {"event": "greeting"}),
        ("command", {"command": "AUTHENTICATE"}),
        ("mechanism", {"mechanism": "PLAIN"}),
        ("password", {"password": "app-password"}),
        ("username", {"username": "address"}),
        ("peer", {"peer": "not-allowed"}),
        ("tls", {"tls": False}),
        ("state", {"state": "outage"}),
        ("sender", {"sender": "foreign"}),
        ("recipient", {"recipient": "local"}),
        ("argument", {"argument": "INBOX*"}),
        ("connections", {"connections": {"per": "account", "over": 3}}),
        ("failures", {"failures": {"per": "account", "at-least": 3}}),
        ("hello-over", {"hello-over": 0}),
    ],
)
def test_the_condition_that_does_not_hold_is_named(name, conditions):
    assert mismatch(when(**conditions), LOGIN, SITUATION) == name


def test_an_argument_is_a_pattern_in_any_case():
    select = Event("command", command="SELECT", argument="inbox")
    condition = When.model_validate({"event": "command", "argument": "IN*"})
    assert mismatch(condition, select, SITUATION) is None


def rule(then="close", **extra):
    return Rule.model_validate({"when": {"event": "login"}, "then": then, **extra})


def test_the_first_rule_that_fits_fires():
    script = Script([rule({"text": "one"}), rule({"text": "two"})])
    label, _ = script.decide(LOGIN, SITUATION)
    assert label == "rules[0]"


def test_a_rule_fires_only_so_many_times_in_its_scope():
    script = Script([rule(times=2, scope="account")])
    other = replace(SITUATION, scope_keys={**SITUATION.scope_keys, "account": "b"})
    fired = [
        script.decide(LOGIN, facts) is not None
        for facts in (SITUATION, SITUATION, SITUATION, other)
    ]
    assert fired == [True, True, False, True]


def test_a_spent_rule_makes_way_for_the_next():
    script = Script([rule(times=1), rule({"text": "then"})])
    tried = [script.decide(LOGIN, SITUATION)[0] for _ in range(3)]
    assert tried == ["rules[0]", "rules[1]", "rules[1]"]


def test_an_added_rule_comes_first_and_leaves_the_others_their_labels():
    script = Script([rule({"text": "own"})])
    first, second = script.add(rule(times=1)), script.add(rule({"text": "two"}, times=1))
    tried = [script.decide(LOGIN, SITUATION)[0] for _ in range(3)]
    assert tried == [first, second, "rules[0]"]
    del script.added[first]
    assert script.add(rule()) not in (first, second)


def test_a_script_that_has_forgotten_counts_anew():
    script = Script([rule(times=1)])
    assert script.decide(LOGIN, SITUATION) and not script.decide(LOGIN, SITUATION)
    assert script.times_fired("rules[0]") == 1
    script.forget()
    assert script.times_fired("rules[0]") == 0 and script.decide(LOGIN, SITUATION)


@pytest.mark.parametrize(
    ("conditions", "situation"),
    [
        ({"sender": "owned"}, replace(SITUATION, sender_owned=False)),
        ({"recipient": "remote"}, replace(SITUATION, recipient_local=True)),
        ({"peer": "allowed"}, replace(SITUATION, peer_allowed=False)),
        ({"tls": True}, replace(SITUATION, tls=False)),
        ({"username": "account"}, replace(SITUATION, username_is="other")),
    ],
)
def test_what_holds_of_one_does_not_hold_of_another(conditions, situation):
    [name] = conditions
    assert mismatch(when(**conditions), LOGIN, situation) == name
