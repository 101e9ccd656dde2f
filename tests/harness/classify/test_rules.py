"""Every rule decides its own examples and leaves its near misses alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, get_args

from harness.classify import classify
from harness.classify.observation import Observation
from harness.classify.rules import ClassificationRule, load_rules, matches, rules_for
from harness.classify.sight import look_at
from harness.contract.diagnosis import Confidence, Diagnosis
from harness.taxonomy import CAUSES, DOCUMENTED_ERRORS, Stage
from tests.table import each_row

RULES = {rule.id: rule for rule in load_rules()}


def _observation(fixture: Mapping[Any, Any]) -> Observation:
    ((stage, seen),) = fixture.items()
    if isinstance(seen, str):
        return Observation(stage=stage, lines=tuple(seen.encode().splitlines()))
    fields = {"raw": "", "lines": (), "capabilities": (), **seen}
    fields["raw"] = fields["raw"].encode("latin-1")
    fields["lines"] = tuple(line.encode() for line in fields["lines"])
    return Observation(stage=stage, **fields)


def _by_rules(seen: Observation) -> Diagnosis:
    """Without the dialects' exact texts, of which some examples are."""
    return classify(seen, rules_for(seen.stage))


def _examples(kind: str) -> list[Any]:
    return [
        (f"{rule.id}-{number}", rule, fixture)
        for rule in RULES.values()
        for number, fixture in enumerate(getattr(rule, kind))
    ]


@each_row(_examples("matches"))
def test_the_rule_decides_its_example(rule: ClassificationRule, fixture: Mapping[str, Any]) -> None:
    diagnosis = _by_rules(_observation(fixture))
    assert diagnosis.rule == rule.id, diagnosis.cause


@each_row(_examples("near_misses"))
def test_the_rule_leaves_its_near_miss_alone(
    rule: ClassificationRule, fixture: Mapping[str, Any]
) -> None:
    seen = _observation(fixture)
    sight = look_at(seen)
    assert seen.stage not in rule.causes or not matches(rule, sight)


def test_ids_are_unique() -> None:
    counts = Counter(rule.id for rule in load_rules())
    assert [name for name, count in counts.items() if count > 1] == []


@each_row(RULES.items())
def test_a_rule_is_complete(rule: ClassificationRule) -> None:
    assert rule.matches and rule.near_misses and rule.source
    assert rule.confidence in get_args(Confidence)
    assert rule.error is None or rule.error in DOCUMENTED_ERRORS
    assert set(rule.candidates) <= set(CAUSES)


@each_row(RULES.items())
def test_a_cause_is_named_where_it_may_occur_only(rule: ClassificationRule) -> None:
    wrong = {stage for stage, cause in rule.causes.items() if stage not in CAUSES[cause].stages}
    assert wrong == set()


@each_row((f"{rule.id}-{stage}", rule, stage) for rule in RULES.values() for stage in rule.causes)
def test_no_rule_is_hidden_by_those_before_it(rule: ClassificationRule, stage: Stage) -> None:
    moved = [_moved(fixture, stage) for fixture in rule.matches]
    assert rule.id in {_by_rules(_observation(fixture)).rule for fixture in moved}


def _moved(fixture: Mapping[Any, Any], stage: Stage) -> Mapping[Any, Any]:
    """The example as it would be met at another stage."""
    ((own, seen),) = fixture.items()
    if isinstance(seen, str):
        tag = "*" if stage == "imap-greeting" else "a1"
        if own.startswith("smtp") and stage.startswith("imap"):
            seen = re.sub(r"^\d+ ([\d.]+ )?", f"{tag} NO ", seen)
        elif own.startswith("imap") and stage.startswith("smtp"):
            seen = re.sub(r"^\S+ (NO|BAD|BYE) (\[.*?\] )?", "550 ", seen)
        else:
            seen = re.sub("^a1 ", f"{tag} ", seen)
    return {stage: seen}
