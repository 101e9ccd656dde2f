"""How well are replies of a provider understood whose replies we have never seen?

    python -m bench.left_out [--by-provider] [--misses]

Rules written by hand cannot be trained again without a provider, so what was written because of it
is taken away. For each provider in turn:

- A *piece* is one alternative of a rule's words (cut at its top-level ``|``), or a whole rule that
  looks at codes or URLs only.
- A piece *belongs* to a provider if, of all recorded replies, it decides replies of that provider
  only. It may have been written for that one, so it is switched off for that one's replies; rules
  that have no words left are gone. Pieces that decide replies of others too, or no recorded reply
  at all, were not written for this provider and stay; so does what a standard says of codes (a rule
  without words whose source is an RFC). The exact texts of the dialects are all switched off.

So the figure errs on the low side where a general piece happens to have met one provider yet. It
errs on the high side where rules were put in order, or given an ``unless``, because of a reply, and
where the glossary of other languages learned a word from it. Replies of unnamed providers are left
out by their source.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from harness.classify import classify
from harness.classify.observation import Observation
from harness.classify.pasted import observe
from harness.classify.rules import ClassificationRule, load_rules, matches, rules_for
from harness.classify.sight import look_at
from harness.contract.diagnosis import Diagnosis
from harness.taxonomy import CAUSES

REPLIES = Path(__file__).parents[1] / "tests" / "harness" / "classify" / "replies.jsonl"

Reply = Mapping[str, Any]
Piece = tuple[str, str]  # the rule's id; the alternative, "" for the whole rule


@dataclass
class Score:
    """How many of ``total`` replies were right, and how often the password was blamed wrongly."""

    total: int = 0
    error: int = 0
    cause: int = 0
    asked: int = 0

    def add(self, reply: Reply, diagnosis: Diagnosis) -> bool:
        """Count one; true if all of it is right."""
        asked = diagnosis.ask_password and not CAUSES[reply["cause"]].ask
        right = (diagnosis.error == reply["error"], diagnosis.cause == reply["cause"], not asked)
        self.total += 1
        self.error += right[0]
        self.cause += right[1]
        self.asked += asked
        return all(right)

    def __str__(self) -> str:
        error, cause = (100 * part / self.total for part in (self.error, self.cause))
        return f"error {error:5.1f} %  cause {cause:5.1f} %  asked wrongly {self.asked}"


def alternatives(pattern: str) -> list[str]:
    """``pattern`` cut at the ``|`` that stand in no group and no class."""
    parts, depth, in_class, start, position = [], 0, False, 0, 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\":
            position += 1
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and depth == 0:
            parts.append(pattern[start:position])
            start = position + 1
        position += 1
    return [*parts, pattern[start:]]


@cache
def _pieces(rule_id: str) -> Mapping[Piece, ClassificationRule]:
    """The rule as rules of one piece each."""
    rule = next(rule for rule in load_rules() if rule.id == rule_id)
    words = [part for pattern in rule.words for part in alternatives(pattern)]
    if not words:
        return {(rule.id, ""): rule}
    return {(rule.id, part): replace(rule, words=(part,)) for part in words}


def _standard(rule_id: str) -> bool:
    return all(
        not rule.words and rule.source.startswith("RFC") for rule in _pieces(rule_id).values()
    )


def owners(replies: Iterable[Reply]) -> Mapping[Piece, set[str]]:
    """Of each piece that decides a reply, the providers whose replies it decides."""
    found: dict[Piece, set[str]] = defaultdict(set)
    for reply in replies:
        seen = _seen(reply)
        decided_by = classify(seen, rules_for(seen.stage)).rule
        if decided_by is None or _standard(decided_by):
            continue
        sight = look_at(seen)
        for piece, rule in _pieces(decided_by).items():
            if matches(rule, sight):
                found[piece].add(reply["provider"])
    return found


def rules_without(provider: str, owned: Mapping[Piece, set[str]]) -> list[ClassificationRule]:
    """All rules, without the pieces that belong to ``provider`` alone."""
    rules = []
    for rule in load_rules():
        kept = [piece for piece in _pieces(rule.id) if owned.get(piece) != {provider}]
        if len(kept) == len(_pieces(rule.id)):
            rules.append(rule)
        elif kept:
            rules.append(replace(rule, words=tuple(words for _, words in kept)))
    return rules


def measure(replies: Sequence[Reply], misses: list[str]) -> Mapping[str, Score]:
    """The score of each provider's replies without the pieces that belong to it."""
    owned = owners(replies)
    scores: dict[str, Score] = {}
    for provider in sorted({reply["provider"] for reply in replies}):
        rules = rules_without(provider, owned)
        score = scores[provider] = Score()
        for reply in replies:
            if reply["provider"] == provider:
                seen = _seen(reply)
                diagnosis = classify(seen, [rule for rule in rules if seen.stage in rule.causes])
                if not score.add(reply, diagnosis):
                    misses.append(_miss(reply, diagnosis))
    return scores


def total(scores: Iterable[Score]) -> Score:
    """All scores together."""
    counts = [(score.total, score.error, score.cause, score.asked) for score in scores]
    return Score(*map(sum, zip(*counts, strict=True)))


def _seen(reply: Reply) -> Observation:
    return observe(reply["protocol"], reply["stage"], reply["reply"])


def _miss(reply: Reply, diagnosis: Diagnosis) -> str:
    text = reply["reply"].replace("\n", r"\n")
    wanted = f"{reply['error']} {reply['cause']}"
    return f"{reply['stage']}: {text}\n  {wanted}; got {diagnosis.error} {diagnosis.cause}"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser("python -m bench.left_out", description=__doc__)
    parser.add_argument("--by-provider", action="store_true", help="one line for each provider")
    parser.add_argument("--misses", action="store_true", help="what is misread without them")
    arguments = parser.parse_args()
    replies = [json.loads(line) for line in REPLIES.read_text("utf-8").splitlines()]
    misses: list[str] = []
    scores = measure(replies, misses)
    if arguments.misses:
        print(*misses, "", sep="\n")
    if arguments.by_provider:
        width = max(map(len, scores))
        for provider, score in scores.items():
            print(f"{provider:<{width}} {score.total:4}  {score}")
    everything = total(scores.values())
    print(
        f"{len(scores)} providers, each left out in turn, {everything.total} replies: {everything}"
    )


if __name__ == "__main__":
    main()
