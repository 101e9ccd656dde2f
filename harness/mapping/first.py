"""A first mapping, from what a connector said in every scenario: for a person to correct.

A code that was always given for one documented error means that error. A code given for several
means the one it was given for most often; words in its messages that tell one of the others get a
rule of their own, before it. Pure.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import yaml

from harness.runner.events import CaseResult
from harness.taxonomy import DOCUMENTED_ERRORS

MOST_PHRASES = 12
"""Rules for the words of one code; what is more is no mapping that a person would go through."""
LONGEST = 5
"""Words of a phrase."""
PURITY = 0.9
"""The share of a phrase's messages that must be of one kind."""
_VARIES = re.compile(r"(?=[0-9a-f]*\d)[0-9a-f]{8,}|@|(\d+\.){3}\d|\d\d:\d\d|example\.test")
"""In words that are others each time: numbers of sessions, addresses, times, hosts."""
_HEADER = """\
# What the connector's codes and messages mean: the first rule that fits decides. Written from one
# run; the comments say for which documented errors a code, or its message with these words, was
# given. Correct what is wrong: a rule may accept several errors,
# `means: [unauthorized, imap-authentication-error]`, or others in scenarios of one cause,
# `for-cause: {rate-limited: imap-authentication-error}`."""


@dataclass
class _Code:
    """What was said with one code: per documented error how often, and with which messages."""

    errors: Counter[str] = field(default_factory=Counter)
    messages: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def first_mapping(results: Sequence[CaseResult], connector: str) -> str:
    """The text of a mapping file, from the fault phases of a run."""
    codes: dict[str, _Code] = defaultdict(_Code)
    silent = 0
    for result in results:
        if result.said is None or not result.said.error:
            silent += 1
            continue
        code = codes[result.said.error]
        code.errors[result.reproduces] += 1
        code.messages[result.said.message][result.reproduces] += 1
    own = sorted(codes.keys() - DOCUMENTED_ERRORS)  # documented errors need no mapping
    lines = [_HEADER, f"connector: {_quoted(connector)}", "rules:" if own else "rules: []"]
    for name in own:
        lines += _rules(name, codes[name])
    if silent:
        lines.append(f"# In {silent} scenarios it gave no answer that could be read.")
    return "\n".join(lines) + "\n"


def _rules(name: str, code: _Code) -> Iterator[str]:
    usual = code.errors.most_common(1)[0][0]
    for phrase in telling_phrases(code.messages, usual, MOST_PHRASES):
        yield f"  - code: {_quoted(name)}"
        yield f"    message: {_quoted(_pattern(phrase.text))}"
        yield f"    means: {phrase.kind}  # {_counted(Counter(phrase.kinds))}"
    yield f"  - code: {_quoted(name)}"
    yield f"    means: {usual}  # {_counted(code.errors)}"


def _pattern(text: str) -> str:
    """The text as a regular expression, with no more backslashes than it needs."""
    return re.sub(r"[\\.^$*+?{}\[\]|()]", r"\\\g<0>", text)


def _counted(errors: Counter[str]) -> str:
    times = ((f"{n} times" if n > 1 else "once", error) for error, n in errors.most_common())
    return ", ".join(map(" ".join, times))


def _quoted(text: str) -> str:
    """The text as one YAML scalar on one line."""
    return yaml.safe_dump(text, width=10**9, default_style='"').strip()


@dataclass(frozen=True)
class Phrase:
    """Words that stand together in messages, and how many of each kind have them."""

    text: str
    kinds: Mapping[str, int]

    @property
    def kind(self) -> str:
        """Of which kind most of them are."""
        return max(self.kinds, key=self.kinds.__getitem__)

    @property
    def gain(self) -> int:
        """How much better it is to have it than to have not."""
        right = self.kinds[self.kind]
        return right - 2 * (sum(self.kinds.values()) - right)

    @property
    def pure(self) -> bool:
        return self.kinds[self.kind] >= PURITY * sum(self.kinds.values())


def telling_phrases(messages: Mapping[str, Counter[str]], usual: str, most: int) -> list[Phrase]:
    """At most so many phrases, each of which tells a kind that is not the usual one.

    `messages`: how often each was given for each kind. Whoever looks for the phrases in the order
    given, and takes the usual kind where none is found, is right as often as phrases can make him.
    """
    left = dict(messages)
    found: list[Phrase] = []
    while len(found) < most and (best := _best(left, usual)):
        found.append(best)
        left = {text: kinds for text, kinds in left.items() if best.text not in text}
    return found


def _best(messages: Mapping[str, Counter[str]], usual: str) -> Phrase | None:
    """The one that gains most; of several the longest."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for text, kinds in messages.items():
        for phrase in set(_phrases(text)):
            counted[phrase].update(kinds)
    candidates = [Phrase(text, kinds) for text, kinds in counted.items()]
    candidates.sort(key=lambda each: (-each.gain, -len(each.text), each.text))
    for candidate in candidates:
        # Words are looked for as text, which may be found inside other words too.
        holding = (kinds for message, kinds in messages.items() if candidate.text in message)
        as_text = Phrase(candidate.text, sum(holding, Counter()))
        if as_text.kind != usual and as_text.pure and as_text.gain > 0:
            return as_text
    return None


def _phrases(message: str) -> Iterator[str]:
    for line in message.splitlines():
        for telling, run in groupby(line.split(" "), _tells):
            words = list(run) if telling else []
            for start in range(len(words)):
                for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
                    phrase = " ".join(words[start:end]).rstrip("'\"),;:")
                    if any(map(str.isalnum, phrase)):
                        yield phrase


def _tells(word: str) -> bool:
    """Whether a word is the same each time."""
    return bool(word) and not _VARIES.search(word)
