"""A documented error by its title, as people write it: with and without accents, inside a sentence.

Two texts are the same title where their words are, without accents, case, punctuation and the small
words of a language; a misspelt word is taken for the one that it is nearest to.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from harness.taxonomy.errors import DOCUMENTED_ERRORS
from harness.taxonomy.ids import DocumentedError

LONGEST: Final = 2_000
"""Letters of a text in which a title is looked for: what is longer is a log."""
_ALIKE: Final = 0.8
"""From here on a word is a misspelling of another."""
_OPENING: Final = 2
"""Letters that are never taken for misspelt: `incorrect` is not `correct`."""
_SMALL: Final = frozenset((
    "a", "an", "and", "are", "be", "been", "for", "has", "have", "in", "is", "of", "on", "the",
    "to", "was", "were", "au", "aux", "d", "de", "des", "du", "est", "et", "l", "la", "le", "les",
    "pour", "sont", "un", "une",
))  # fmt: skip
_NO_TITLE: Final = re.compile(
    r"\b401\W+unauthori[sz]ed|unauthori[sz]ed\W+401\b"
    r"|\b(?:am|are|is|was|were|be|been|being|sommes|suis|est|sont)\s+"
    r"(?:unauthori[sz]ed|non autorise)"
)
"""What a web server says (RFC 9110, section 15.5.2), and what somebody says of himself."""
_WORD: Final = re.compile(r"[a-z0-9]+")


def folded(text: str) -> str:
    """The text without accents and case."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _plain_words(text: str) -> list[str]:
    """The words of a text, without accents, case, punctuation and small words."""
    bare = re.sub(r"\be[^a-z0-9]mail", "email", _NO_TITLE.sub(" ", folded(text)))
    return [word for word in _WORD.findall(bare) if word not in _SMALL]


def error_titled(text: str) -> DocumentedError | None:
    """The documented error whose title stands in a text, the longest; None: no title does.

    >>> error_titled("HubSpot says: Parametres SMTP incorrects!")
    'smtp-settings-incorrect'
    """
    said = _plain_words(text[:LONGEST])
    return next((error for title, error in _titles() if _stands_in(title, said)), None)


@cache
def _titles() -> Sequence[tuple[list[str], DocumentedError]]:
    """The words of every title, the longest first, as one title may be the beginning of another."""
    found = [(_plain_words(title), error) for title, error in _every_title()]
    return sorted(found, key=lambda each: -len(" ".join(each[0])))


def _every_title() -> Iterator[tuple[str, DocumentedError]]:
    for error, info in DOCUMENTED_ERRORS.items():
        if error not in ("connected", "unclassified"):
            for title in (error, info.title_en, info.title_fr, *info.also_titled):
                yield title, error


def _stands_in(title: Sequence[str], said: Sequence[str]) -> bool:
    starts = range(len(said) - len(title) + 1)
    return any(all(map(_same, title, said[start:])) for start in starts)


def _same(word: str, said: str) -> bool:
    if word == said:
        return True
    if word[:_OPENING] != said[:_OPENING] or abs(len(word) - len(said)) > _OPENING:
        return False
    return difflib.SequenceMatcher(None, word, said).ratio() >= _ALIKE
