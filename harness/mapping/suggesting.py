"""Which rule, added to a mapping, makes most answers of a recorded run mean what is right. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from harness.contract.answer import Reported
from harness.judging.basis import Basis
from harness.judging.interpret import interpret
from harness.mapping import Mapping
from harness.mapping.first import quoted
from harness.mapping.mapping_rule import MappingRule
from harness.mapping.phrases import as_pattern, telling_phrases
from harness.taxonomy import DOCUMENTED_ERRORS

MOST_OF_A_CODE: Final = 5
"""Rules that are tried for the words of one code."""
_RIGHT: Final = "right"
"""The kind of a message that means what it should already."""


@dataclass(frozen=True)
class SuggestedRule:
    """A rule, the number of the one that it is to stand before, and what it changes: how many
    answers would mean what is right, and how many no longer."""

    code: str
    pattern: str | None
    means: str
    before: int
    better: int = 0
    worse: int = 0

    @property
    def gain(self) -> int:
        return self.better - self.worse

    def as_yaml(self) -> str:
        """As it stands in a mapping."""
        message = f"    message: {quoted(self.pattern)}\n" if self.pattern else ""
        return f"  - code: {quoted(self.code)}\n{message}    means: {self.means}\n"

    def added_to(self, mapping: Mapping) -> Mapping:
        keys = {"code": self.code, "message": self.pattern, "means": self.means}
        said = {key: value for key, value in keys.items() if value is not None}
        rules = [*mapping.rules]
        rules.insert(self.before, MappingRule.model_validate(said))
        return Mapping(rules=rules)


def suggestions(bases: Iterable[Basis], mapping: Mapping) -> list[SuggestedRule]:
    """The rules that gain anything, the one that gains most first."""
    codes: defaultdict[str, list[Basis]] = defaultdict(list)
    for basis in bases:
        if isinstance(basis.answer, Reported):
            codes[basis.answer.report.error].append(basis)
    connected = {code: sum(map(_connects, given)) for code, given in codes.items()}
    success = max(connected, key=connected.__getitem__, default="")
    found: list[SuggestedRule] = []
    for code, given in codes.items():
        if code not in DOCUMENTED_ERRORS:
            # A code for failures means none, whatever the connector lacks where it ought to work.
            told = given if code == success else [each for each in given if not _connects(each)]
            found += _of_code(code, told, mapping)
    return sorted(found, key=lambda each: (-each.gain, each.pattern or "", each.code))


def _of_code(code: str, given: Sequence[Basis], mapping: Mapping) -> Iterator[SuggestedRule]:
    right = [is_right(basis, mapping) for basis in given]
    missed = [basis for basis, is_it in zip(given, right, strict=True) if not is_it]
    kinds = Counter(basis.expected.error for basis in missed)
    if not kinds:
        return
    messages: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for basis, is_it in zip(given, right, strict=True):
        if is_it or basis.expected.error in kinds:
            messages[_message(basis)][_RIGHT if is_it else basis.expected.error] += 1
    before = min(_deciding(basis, mapping) for basis in missed)
    tried = [SuggestedRule(code, None, kinds.most_common(1)[0][0], before)]
    for phrase in telling_phrases(messages, _RIGHT, MOST_OF_A_CODE):
        tried.append(SuggestedRule(code, as_pattern(phrase.text), phrase.kind, before))
    simpler = (0, "")
    for rule in tried:
        changed = rule.added_to(mapping)
        now = [is_right(basis, changed) for basis in given]
        better = sum(new and not old for new, old in zip(now, right, strict=True))
        worse = sum(old and not new for new, old in zip(now, right, strict=True))
        if better > worse and not (simpler[1] == rule.means and simpler[0] >= better - worse):
            yield SuggestedRule(code, rule.pattern, rule.means, before, better, worse)
            simpler = (better - worse, rule.means)


def is_right(basis: Basis, mapping: Mapping) -> bool:
    """Whether the answer means what is right; one that claims nothing is left alone."""
    expected = basis.expected
    read = interpret(basis.answer, mapping, expected.errors, expected.cause)
    named = getattr(read, "error", "")
    return named in expected.errors or getattr(read, "shows", None) is not None


def _connects(basis: Basis) -> bool:
    return basis.expected.error == "connected"


def _message(basis: Basis) -> str:
    return (basis.answer.report.message or "") if isinstance(basis.answer, Reported) else ""


def _deciding(basis: Basis, mapping: Mapping) -> int:
    """The number of the rule that decides; where none does, the end."""
    assert isinstance(basis.answer, Reported)
    try:
        number = mapping.deciding(basis.answer.report)
    except TimeoutError:
        number = 0
    return len(mapping.rules) if number is None else number
