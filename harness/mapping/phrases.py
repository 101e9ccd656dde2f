"""Words that tell the messages of one kind from those of others, whatever varies in them. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

WILD: Final = "*"
"""In a phrase: what is another text each time."""
LONGEST: Final = 6
"""Words of a phrase."""
PURITY: Final = 0.9
"""The share of a phrase's messages that must be of one kind."""

_QUOTED: Final = re.compile(
    r"""(?<![^\s(:=\[])(?:"[^"\n]+"|'[^'\n]+'|`[^`\n]+`|<[^<>\n]+>)(?=[\s.,;:)\]]|$)"""
)
_CODE: Final = re.compile(r"[245]\d\d|[245]\.\d{1,3}\.\d{1,3}|\[[A-Z-]+\]")
"""What says the same each time although it has digits: reply codes (RFC 5321) and enhanced status
codes (RFC 3463); and response codes (RFC 9051)."""
_VARIES: Final = re.compile(
    r"\d|@|://|^[0-9a-f]{6,}$|(?:[A-Za-z0-9-]+\.)+(?:test|com|net|org|invalid|example|localdomain)"
    r"|^localhost\b"
)
"""In words that are others each time: numbers, addresses, ids, hosts."""
_EDGES: Final = "'\"`<>(),;:.!?"
_STOP: Final = frozenset(
    """
    a an and are as at be been by can did do does for from had has have if in
    into is it its may more of on or please see so than that the their then there this
    to try was we were will with you your
    """.split()  # noqa: SIM905 - as a list it is 60 lines
)
"""Words that tell nothing alone, and with which no readable phrase begins or ends."""


def general(message: str) -> str:
    """The message with one `*` for each thing in it that varies; line by line, single spaces."""
    lines = (_QUOTED.sub(WILD, line).split() for line in message.splitlines())
    return "\n".join(" ".join(map(_general_word, words)) for words in lines if words)


def _general_word(word: str) -> str:
    bare = word.strip(_EDGES)
    return WILD if not _CODE.fullmatch(bare) and _VARIES.search(bare) else word


def as_pattern(phrase: str) -> str:
    """As a regular expression, with no more backslashes than it needs."""
    escaped = re.sub(r"[\\.^$+?{}\[\]|()]", r"\\\g<0>", phrase)
    return re.sub(r"\*+(?: \*+)*", ".+?", escaped)


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
    def right(self) -> int:
        """How many are of that kind."""
        return self.kinds[self.kind]

    @property
    def gain(self) -> int:
        """How much better it is to have it than to have not."""
        return self.right - 2 * (sum(self.kinds.values()) - self.right)

    @property
    def pure(self) -> bool:
        return self.right >= PURITY * sum(self.kinds.values())


def telling_phrases(messages: Mapping[str, Counter[str]], usual: str, most: int) -> list[Phrase]:
    """At most so many phrases, each of which tells a kind that is not the usual one.

    `messages`: how often each was given for each kind. Whoever looks for the phrases in the order
    given, and takes the usual kind where none is found, is right as often as phrases can make him.
    Those that were seen once come last.
    """
    left: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for message, kinds in messages.items():
        left[general(message)].update(kinds)
    found: list[Phrase] = []
    while len(found) < most and (best := _best(left, usual)):
        found.append(best)
        left = defaultdict(Counter, {k: v for k, v in left.items() if best.text not in k})
    return found


def _best(messages: Mapping[str, Counter[str]], usual: str) -> Phrase | None:
    """The one that gains most; of several the longest of those in which the least varies."""
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, kinds in messages.items():
        for phrase in set(_phrases(text)):
            counted[phrase].update(kinds)
    candidates = [Phrase(text, kinds) for text, kinds in counted.items()]
    candidates.sort(
        key=lambda each: (-each.gain, each.text.count(WILD), -len(each.text), each.text)
    )
    for candidate in candidates:
        # Words are looked for as text, which may be found inside other words too.
        holding = (kinds for message, kinds in messages.items() if candidate.text in message)
        as_text = Phrase(candidate.text, sum(holding, Counter()))
        if as_text.kind != usual and as_text.pure and as_text.gain > 0:
            return as_text
    return None


def _phrases(message: str) -> Iterator[str]:
    for line in message.splitlines():
        words = line.split(" ")
        for start in range(len(words)):
            for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
                part = words[start:end]
                if not (_is_edge(part[0]) or _is_edge(part[-1])) and any(map(_tells, part)):
                    yield _trimmed(" ".join(part))


def _trimmed(phrase: str) -> str:
    phrase = phrase.strip("'\"`<>,;:").removesuffix(".")
    if phrase.count("(") != phrase.count(")"):
        phrase = phrase.removeprefix("(").removesuffix(")")
    return phrase.strip("'\"`<>,;:")


def _is_edge(word: str) -> bool:
    return WILD in word or word.strip(_EDGES).lower() in _STOP or not word.strip(_EDGES)


def _tells(word: str) -> bool:
    """Whether a word alone tells something."""
    bare = word.strip(_EDGES)
    return bool(_CODE.fullmatch(bare)) or (len(bare) > 1 and bare.lower() not in _STOP)
