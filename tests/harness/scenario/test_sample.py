"""The scenarios that stand for all."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from harness.scenario.catalogue import collect, select
from harness.scenario.sample import COMMON, sample
from tests.catalogue import whole_catalogue


@pytest.fixture(scope="module")
def catalogue():
    return whole_catalogue()


@pytest.fixture(scope="module")
def chosen(catalogue):
    return sample(catalogue)


def test_it_is_small_and_in_the_order_of_the_catalogue(catalogue, chosen):
    assert 55 <= len(chosen) <= 75
    assert chosen == [scenario for scenario in catalogue if scenario in chosen]


def test_each_cause_and_each_stage_and_each_documented_error_are_in_it(catalogue, chosen):
    for name in ("cause", "stage", "reproduces"):
        assert {getattr(s, name) for s in chosen} == {getattr(s, name) for s in catalogue}
    counted = Counter(scenario.cause for scenario in chosen if scenario.cause)
    assert sum(counted.values()) - len(counted) <= 4, "hardly a cause is there twice"


def test_what_customers_meet_most_often_is_in_it(chosen):
    places = {(scenario.stage, scenario.cause) for scenario in chosen}
    assert {("imap-login", "bad-credentials"), ("smtp-login", "bad-credentials")} <= places
    assert {"connected/working[implicit-tls]", "connected/working[starttls]"} <= {
        scenario.id for scenario in chosen
    }


def test_dialects_are_common_ones_or_plain(catalogue, chosen):
    counted = Counter(scenario.dialect for scenario in chosen)
    assert set(counted) <= {*COMMON, "plain"}
    assert counted["gmail"] and counted["outlook"] and counted["dovecot"] and counted["postfix"]


def test_it_is_the_same_in_whatever_order_they_come(catalogue, chosen):
    shuffled = list(catalogue)
    random.Random(7).shuffle(shuffled)
    assert {s.id for s in sample(shuffled)} == {s.id for s in chosen}


def test_lives_are_in_it_only_where_they_alone_are_chosen(catalogue, chosen):
    lives = [scenario for scenario in catalogue if scenario.life]
    assert not any(scenario.life for scenario in chosen)
    assert 30 <= len(sample(lives)) < len(lives)
    assert {s.cause for s in sample(lives)} == {s.cause for s in lives}


def test_it_is_taken_of_what_is_chosen(catalogue):
    some = select(catalogue, ["service=imap"])
    assert {s.cause for s in sample(some)} == {s.cause for s in some}
    assert {s.stage for s in sample(some)} == {s.stage for s in some}
    assert sample([]) == []


REFUSED = """\
title: Refused
reproduces: {error}
stage: {stage}
cause: server-unavailable
source: RFC 5321
state: [outage]
smtp:
  rules: [{{when: {{event: {event}, state: outage}}, then: {then}}}]
remedy: {{advice: retry-later, apply: {{state: []}}}}
"""
GREETING = {"error": "smtp-settings-incorrect", "stage": "smtp-greeting", "event": "greeting"}
EHLO = {**GREETING, "stage": "smtp-ehlo", "event": "command"}


def test_a_stage_without_a_cause_of_its_own_is_there_too(write, tmp_path):
    for name in ("a", "b"):
        write(REFUSED.format(**GREETING, then="[close]"), f"greeting-{name}.yaml")
    write(REFUSED.format(**EHLO, then="[close]"), "ehlo.yaml")
    found = sample(collect([tmp_path]))
    assert [scenario.stage for scenario in found] == ["smtp-ehlo", "smtp-greeting"]


def test_one_that_does_not_wait_is_taken(write, tmp_path):
    write(REFUSED.format(**GREETING, then="[{delay-s: 5}, close]"), "a-slow.yaml")
    write(REFUSED.format(**GREETING, then="[close]"), "b-quick.yaml")
    [scenario] = sample(collect([tmp_path]))
    assert scenario.id == "smtp-settings-incorrect/b-quick"
