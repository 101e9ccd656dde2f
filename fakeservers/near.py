"""The known words that an unknown one may stand for."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable
from typing import Final

_ALIKE: Final = 0.75
"""What is less alike is another word: nothing is suggested then."""
_SURE: Final = 0.85
_TURNED: Final = 0.6
"""The same of words with the same letters, such as `sned` for `sends`."""
_MANY: Final = 3
_LETTERS: Final = 4


def near(word: object, known: Iterable[str]) -> list[str]:
    """The one that is spelled otherwise (capitals, `_` for `-`, plural, parts in another order);
    else those of which the word is a part (`login`: `imap-login`, `smtp-login`), if they are few;
    else the one that is most alike."""
    own = _folded(str(word))
    folded: dict[str, str] = {}
    for each in sorted(known):
        folded.setdefault(_folded(each), each)
    if own in folded:
        return [folded[own]]
    if singular := [each for each in folded if own and _singular(each) == _singular(own)]:
        return [folded[singular[0]]]
    if turned := [each for each in folded if sorted(each.split("-")) == sorted(own.split("-"))]:
        return [folded[turned[0]]]
    alike = [
        (ratio, each)
        for each in difflib.get_close_matches(own, folded, n=3, cutoff=_TURNED)
        if (ratio := difflib.SequenceMatcher(a=own, b=each).ratio()) >= _ALIKE
        or _turned(own, each)
        or _one_letter_off(own, each)
    ]
    parts = [each for each in folded if own and _is_part(own, each)]
    if parts and not (alike and alike[0][0] >= _SURE):
        return [folded[each] for each in parts] if len(parts) <= _MANY else []
    begun = [
        each
        for each in folded
        if min(len(each), len(own)) >= _LETTERS and (own.startswith(each) or each.startswith(own))
    ]
    return [folded[each] for each in ([each for _, each in alike[:1]] or begun[:1])]


def _folded(word: str) -> str:
    return word.strip().casefold().replace("_", "-").replace(" ", "-")


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _is_part(own: str, whole: str) -> bool:
    return whole.startswith(f"{own}-") or whole.endswith(f"-{own}")


def _one_letter_off(own: str, other: str) -> bool:
    """Of short words, too, in which one letter is a third of all: `rum` for `run`."""
    return len(own) == len(other) > 2 and sum(map(str.__ne__, own, other)) == 1


def _turned(own: str, other: str) -> bool:
    """Whether one has the letters of the other, and at most one more."""
    less, more = sorted((Counter(own), Counter(other)), key=Counter.total)
    return less <= more and more.total() - less.total() <= 1
