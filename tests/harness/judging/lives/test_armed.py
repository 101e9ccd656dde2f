"""Whether what a change was made for came about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakeservers.wire.transcript import Step, Transcript
from harness.contract.staying import Pace
from harness.judging.evidence import CheckEvidence
from harness.judging.expectation import Expectation
from harness.judging.lives.armed import Armed, armed, unmet_change
from harness.judging.lives.diary import Diary, Happened, LifeSight
from harness.judging.lives.life_verdict import life_judgement
from harness.judging.lives.steps_met import Unmet
from harness.scenario.loading import load

HEADER = "# yaml-language-server: $schema=scenario.schema.json\n"
SLOW = "- {when: {event: command, command: NOOP, state: limited}, then: {delay-s: 0.1}}"


def rules_of(tmp_path: Path, *changes: str, rule: str = SLOW) -> Armed:
    """Those that these changes arm, where the mailbox has this rule from the beginning."""
    file = tmp_path / "life" / "one.yaml"
    file.parent.mkdir()
    steps = "".join(f"  - change: {each}\n" for each in changes)
    file.write_text(
        f"{HEADER}title: One\nreproduces: connected\nsource: a test\n"
        f"imap:\n  rules:\n    {rule}\nlife:\n  - until: connected\n{steps}"
        "  - cut: fin\n  - says: connected\n"
    )
    [scenario] = load(file)
    assert scenario.life
    return armed(scenario.life)


def test_a_state_arms_the_rules_that_wait_for_it(tmp_path: Path) -> None:
    assert rules_of(tmp_path, "{state: [limited]}") == {1: {"imap.rules[0]"}}


def test_so_do_rules_that_are_new(tmp_path: Path) -> None:
    rule = "{smtp: {rules: [{when: {event: greeting}, then: {delay-s: 0.1}}]}}"
    assert rules_of(tmp_path, rule, "{state: [limited]}") == {
        1: {"smtp.rules[0]"},
        2: {"imap.rules[0]"},
    }


def test_what_began_so_is_no_change_to_be_met(tmp_path: Path) -> None:
    rule = "- {when: {event: greeting}, then: {delay-s: 0.1}}"
    assert rules_of(tmp_path, "{imap: {rules: []}}", "as-it-began", rule=rule) == {}


def test_what_others_do_and_what_a_certificate_is_leaves_no_trace(tmp_path: Path) -> None:
    guard = "- {when: {event: login, connections: {per: account, over: 15}}, then: close}"
    changes = ("{imap: {occupied: 14}}", "{imap: {certificate: valid-with-intermediate}}")
    assert rules_of(tmp_path, *changes, rule=guard) == {}


def test_a_rule_that_fires_only_from_some_number_on_need_not(tmp_path: Path) -> None:
    nine = "failures: {per: account, at-least: 9}"
    guard = f"- {{when: {{event: login, state: limited, {nine}}}, then: close}}"
    assert rules_of(tmp_path, "{state: [limited]}", rule=guard) == {}


def sight(*rules_at: tuple[str, float], fired: tuple[str, ...] = ()) -> LifeSight:
    """A connection at which these rules fired, and one that began after the change."""
    steps = [Step("command", "NOOP", at_s=at_s, rules=[label]) for label, at_s in rules_at]
    links = (
        Transcript(0, "imap", "imap", "127.0.0.1:1", began_s=0.0, steps=steps),
        Transcript(1, "imap", "imap", "127.0.0.1:1", began_s=6.0, fired=[*fired]),
    )
    return LifeSight(9.0, Diary(happened=[Happened(5.0, 1, "change")]), links)


ARMED: dict[int, frozenset[str]] = {1: frozenset({"imap.rules[0]", "imap.rules[1]"})}
WHY = "nothing of the change in step 2 was met: no rule of it has fired"


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (sight(), WHY),
        (sight(("imap.rules[1]", 5.5)), ""),
        (sight(("imap.rules[1]", 4.5)), WHY),  # it was before
        (sight(("imap.rules[2]", 5.5)), WHY),
        (sight(fired=("imap.rules[0]",)), ""),  # its steps were forgotten
    ],
)
def test_one_of_them_has_to_fire(there: LifeSight, why: str) -> None:
    assert unmet_change(ARMED, there) == why


def judged(unmet: Unmet | None, rules: Any) -> str:
    return life_judgement(
        Expectation("connected"), unmet, sight(), CheckEvidence(), Pace(), rules=rules
    ).verdict


def test_else_the_life_has_not_come_to_its_point() -> None:
    assert judged(None, ARMED) == "not-exercised"
    assert judged(None, {}) == "passed"
    assert judged(Unmet("lost-mail", "x"), ARMED) == "lost-mail", "it says more"
