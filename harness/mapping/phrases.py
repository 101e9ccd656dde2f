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
_OF_ANY_FAILURE: Final = frozenset(
    """
    auth authenticate authentication cannot command connect connection denied error errors exception
    fail failed failure host imap invalid log login mail mailbox message password refused rejected
    reply response send server smtp socket unable unexpected unknown user
    """.split()  # noqa: SIM905
)
_SHORTEST: Final = 4
"""Letters of a word that stands alone."""


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


def telling_phrases(messages: Mapping[str, Counter[str]], usual: str, most: int) -> list[Phrase]:
    """At most so many phrases, each of which tells a kind that is not the usual one.

    `messages`: how often each was given for each kind. Whoever looks for the phrases in the order
    given, and takes the usual kind where none is found, is right as often as phrases can make him.
    None is found in a message of another kind, unless the same words were given for its own more
    often: these no phrase tells apart. Those that were seen once come last.
    """
    every = _by_general_text(messages)
    written = {message: every[general(message)] for message in messages}
    found: list[Phrase] = []
    left: Mapping[str, Counter[str]] = every
    while len(found) < most and (best := _best(left, usual, written)):
        found.append(best)
        left = {k: v for k, v in left.items() if best.text not in k}
    return found


def _by_general_text(messages: Mapping[str, Counter[str]]) -> Mapping[str, Counter[str]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for message, kinds in messages.items():
        found[general(message)].update(kinds)
    return found


def _takes_only_its_own(phrase: Phrase, written: Mapping[str, Counter[str]]) -> bool:
    """`written`: every message, and how often its words were given for each kind."""
    pattern = re.compile(as_pattern(phrase.text))
    kind = phrase.kind
    return all(
        kinds[kind] == max(kinds.values())
        for message, kinds in written.items()
        if pattern.search(message)
    )


def _best(
    messages: Mapping[str, Counter[str]], usual: str, written: Mapping[str, Counter[str]]
) -> Phrase | None:
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
        if as_text.kind != usual and as_text.gain > 0 and _takes_only_its_own(as_text, written):
            return as_text
    return None


def _phrases(message: str) -> Iterator[str]:
    for line in message.splitlines():
        words = line.split(" ")
        for start in range(len(words)):
            for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
                part = words[start:end]
                if _is_edge(part[0]) or _is_edge(part[-1]) or not any(map(_tells, part)):
                    continue
                if len(part) > 1 or _tells_alone(part[0]):
                    yield _trimmed(" ".join(part))


def _tells_alone(word: str) -> bool:
    """Whether a rule may look for this word and no other: messages of any failure have `failed`."""
    bare = word.strip(_EDGES)
    long = sum(map(str.isalpha, bare)) >= _SHORTEST
    return bool(_CODE.fullmatch(bare)) or (long and bare.lower() not in _OF_ANY_FAILURE)


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
