"""Which words tell messages of one kind from those of others. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

LONGEST = 5
"""Words of a phrase."""
PURITY = 0.9
"""The share of a phrase's messages that must be of one kind."""
_VARIES = re.compile(r"(?=[0-9a-f]*\d)[0-9a-f]{8,}|@|(\d+\.){3}\d|\d\d:\d\d|example\.test")
"""In words that are others each time: numbers of sessions, addresses, times, hosts."""


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
        as_text = Phrase(candidate.text, _holding(messages, candidate.text))
        if as_text.kind != usual and as_text.pure and as_text.gain > 0:
            return as_text
    return None


def _holding(messages: Mapping[str, Counter[str]], text: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for message, kinds in messages.items():
        if text in message:
            counted.update(kinds)
    return counted


def _phrases(message: str) -> Iterator[str]:
    for line in message.splitlines():
        for words in _runs(line.split(" ")):
            for start in range(len(words)):
                for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
                    phrase = " ".join(words[start:end]).rstrip("'\"),;:")
                    if any(map(str.isalnum, phrase)):
                        yield phrase


def _runs(words: Sequence[str]) -> Iterator[list[str]]:
    """The stretches between words that vary."""
    run: list[str] = []
    for word in words:
        if word and not _VARIES.search(word):
            run.append(word)
        elif run:
            yield run
            run = []
    if run:
        yield run
