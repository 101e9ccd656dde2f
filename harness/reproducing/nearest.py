"""What the catalogue has for a failure: scenarios near to it; and whose words a server's are."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from fakeservers.dialects.dialect import dialect_names, dialect_text
from fakeservers.files.kept import kept
from fakeservers.files.patterns import kept_regex
from fakeservers.security import Security
from harness.contract.diagnosis import Diagnosis
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect
from harness.scenario.choosing.summaries import kept_of_catalogue
from harness.scenario.model import Scenario
from harness.scenario.search import replies_of
from harness.taxonomy import DocumentedError, protocol_of

MOST: Final = 5
ALIKE: Final = 0.6
"""From here on a server is taken to speak a dialect."""
_WORD: Final = kept_regex(r"\{\w+\}|[a-z0-9]+(?:[.'-][a-z0-9]+)*")


def words_of(text: str) -> frozenset[str]:
    """The words of a text, without placeholders and without the tag."""
    return frozenset(word for word in _WORD.findall(text.lower()) if not word.startswith("{"))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 to 1: the share of words that both have."""
    return len(one & other) / len(one | other) if one and other else 0.0


def dialect_of(texts: Sequence[str]) -> tuple[str, float]:
    """The dialect that has the words of these texts, best taken together, and how alike it is.

    It goes by the lines of the files, as reading fifty dialects takes a second; their words are
    kept for the next process.
    """
    wanted = [words for text in texts if (words := words_of(text))]
    if not wanted:
        return "plain", 0.0
    scores = {name: _score(wanted, lines) for name, lines in _dialects().items()}
    best = max(scores, key=lambda name: (scores[name], name == "dovecot", name == "postfix"))
    return (best, scores[best]) if scores[best] >= ALIKE else ("plain", scores[best])


def _score(wanted: Sequence[frozenset[str]], lines: Sequence[frozenset[str]]) -> float:
    found = (max((likeness(words, line) for line in lines), default=0.0) for words in wanted)
    return sum(found) / len(wanted)


@functools.cache
def _dialects() -> dict[str, list[frozenset[str]]]:
    return kept("dialect-words", _read_dialects)


def _read_dialects() -> dict[str, list[frozenset[str]]]:
    return {name: _lines(dialect_text(name)) for name in dialect_names()}


def _lines(text: str) -> list[frozenset[str]]:
    lines: Iterable[str] = (line.strip() for line in text.splitlines())
    texts = (re.sub(r"^(?:text|[\w@-]+):\s+", "", line) for line in lines)
    return [words for line in texts if (words := words_of(line))]


@dataclass(frozen=True)
class Near:
    """A scenario, how near it is (only the order means something), and the reasons in words."""

    scenario: Scenario
    score: float
    reasons: tuple[str, ...]


def nearest(
    diagnosis: Diagnosis, lines: Sequence[str], dialect: str, security: Security | None = None
) -> list[Near]:
    """The nearest scenarios of the same documented error, the nearest first.

    ``lines``: what the server said. ``security``: as typed for the server that failed.
    """
    wanted = words_of(" ".join(lines))
    outlines = _outlines(diagnosis.error)
    found = [(*_score_of(each, diagnosis, wanted, dialect, security), each) for each in outlines]
    found.sort(key=lambda each: (-each[0], each[2].id.partition("[")))
    best = found[:MOST]
    read = {each.id: each for each in collect({outline.file for *_, outline in best})}
    return [Near(read[each.id], score, why) for score, why, each in best if each.id in read]


class _Outline(NamedTuple):
    """What of a scenario is compared. `security`: as typed for the server that fails; `replies`:
    the words of each."""

    id: str
    file: Path
    stage: str | None
    cause: str | None
    dialect: str
    security: Security | None
    advice: str | None
    replies: tuple[frozenset[str], ...]


@functools.cache
def _outlines(error: DocumentedError) -> list[_Outline]:
    """Of the catalogue's scenarios of one error: reading them all takes much longer."""
    folder = builtin_path() / error

    def make() -> list[_Outline]:
        return [_outline(each) for each in collect([folder]) if each.reproduces == error]

    return kept_of_catalogue(f"outlines-{error}", make) if folder.is_dir() else []


def _outline(scenario: Scenario) -> _Outline:
    stage = scenario.stage
    return _Outline(
        scenario.id,
        scenario.file,
        stage,
        scenario.cause,
        scenario.dialect,
        scenario.facts.typed(protocol_of(stage)).security if stage else None,
        scenario.remedies[0].advice if scenario.remedies else None,
        tuple(map(words_of, replies_of(scenario))),
    )


def _score_of(
    outline: _Outline,
    diagnosis: Diagnosis,
    wanted: frozenset[str],
    dialect: str,
    security: Security | None,
) -> tuple[float, tuple[str, ...]]:
    reasons: list[str] = []
    score = 0.0
    advice = diagnosis.advice[0] if diagnosis.advice else None
    for name, weight, ours, theirs in (
        ("stage", 2.0, diagnosis.stage, outline.stage),
        ("cause", 3.0, diagnosis.cause, outline.cause),
        ("dialect", 1.0, dialect, outline.dialect),
        ("security", 0.5, security, outline.security),
        ("advice", 0.25, advice, outline.advice),
    ):
        if ours and ours == theirs and (name, ours) != ("dialect", "plain"):
            score += weight
            reasons.append(f"the same {name}, {ours}")
    alike = max((likeness(wanted, words) for words in outline.replies), default=0.0)
    if alike >= 0.3:
        score += 2 * alike
        reasons.append(f"its reply is {alike:.0%} alike")
    return score, tuple(reasons)
