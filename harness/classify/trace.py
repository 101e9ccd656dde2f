"""Why a diagnosis came out as it did: which rules matched, by what, and in which order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.classify.diagnose import barred, matching, seen
from harness.classify.known_texts import KNOWN_TEXT
from harness.classify.observation import Observation
from harness.classify.rules import ClassificationRule, met, rules_for
from harness.classify.sight import Sight
from harness.taxonomy import Cause


@dataclass(frozen=True)
class Match:
    """A rule that matched. Of several, the first that is not ``barred`` decides.

    ``place``: where it stands among the rules of this stage, from 1; 0 for the exact text of a
    dialect. ``signals``: what of it was
    found. ``barred``: it would ask for the password, and the refusal is temporary, so it is passed
    over.
    """

    rule: ClassificationRule
    cause: Cause
    place: int
    signals: tuple[str, ...]
    barred: bool


def trace(observation: Observation) -> list[Match]:
    """All rules that match, in the order in which they are tried."""
    sight = seen(observation)
    stage = sight.observation.stage
    places = {rule.id: place for place, rule in enumerate(rules_for(stage), start=1)}
    return [
        Match(
            rule,
            rule.causes[stage],
            places.get(rule.id, 0),
            tuple(_signals(rule, sight)),
            barred(rule, sight),
        )
        for rule in matching(sight)
    ]


def _signals(rule: ClassificationRule, sight: Sight) -> Iterator[str]:
    for name, values in met(rule, sight):
        yield f"{name.replace('_', ' ')} {' '.join(values)}"
    if rule.words_pattern:
        yield _found("words", rule.words_pattern, sight.reply.words)
    if rule.urls_pattern:
        yield _found("URL with", rule.urls_pattern, sight.reply.urls)
    if rule.tier == KNOWN_TEXT:
        yield "the whole text"
    elif not rule.signals and not rule.words and not rule.urls:
        yield "any refusal at this stage"


def _found(what: str, pattern: re.Pattern[str], text: str) -> str:
    """The words as the server wrote them or, if they were not found there, as they are read."""
    match = pattern.search(text)
    assert match is not None, "the rule matched"
    reading = " as read:" if "\n" in text[: match.start()] else ""
    return f'{what}{reading} "{match.group().strip()}"'
