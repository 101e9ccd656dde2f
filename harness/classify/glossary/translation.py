"""Puts what servers say into the rules' own words, so that each meaning is written once, in
English, in ``rules/``.

The files beside this one have the words. Left: how the rules say it. Right: how servers say it,
with `` | `` between; a word may have several lines. Case and accents do not matter, and what has an
umlaut is found with an ``e`` in its place, too. Up to three letters are a whole word, longer ones
the beginning of a word (with ``_`` at the end, a whole word too); Chinese and Japanese match
anywhere. The longest match wins. ``compounds.txt`` has second parts of German, Dutch and Swedish
compounds, before which a word is cut where the glossary does not know it as a whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from fakeservers.files.kept import kept
from fakeservers.files.patterns import kept_regex

_ASIAN: Final = kept_regex("[\u3040-\u30ff\u3400-\u9fff]")
_BETWEEN_SCRIPTS: Final = kept_regex(
    f"(?<=[a-z0-9])(?={_ASIAN.pattern})|(?<={_ASIAN.pattern})(?=[a-z0-9])"
)
# Polish l with a stroke, Turkish dotless i.
_NOT_DECOMPOSED: Final = str.maketrans("\u0142\u0141\u0131", "lli")
_UMLAUTS: Final = str.maketrans({"\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue"})
_WHOLE_WORD: Final = 3  # letters; so short a beginning would be found in too many words
_FIRST_PART: Final = 4  # letters that a compound has at least before its second part
# A name of an error, written as one word: invalidCredentials.
_CAMEL: Final = kept_regex(r"(?<![^\W\d_])([a-z]{3,})(?=[A-Z][a-z])")
# An article that French and Italian leave at the next word.
_ELIDED: Final = kept_regex(r"(?<!\w)(?:[dl]|dell|all|nell|dall|sull|un)'(?=\w)")
_COMPOUNDS: Final = "compounds.txt"
# The first letters of a word; in scripts without spaces, each character.
_BEGINS: Final = kept_regex(rf"{_ASIAN.pattern}|(?<!\w)(?:(?!{_ASIAN.pattern})\w){{1,3}}")


class Translation(NamedTuple):
    """What to look for, the same as it is written in the file, and the English for it; `begins`:
    how a word begins, or a character, without which it is not there."""

    plain: str
    written: str
    english: str
    begins: str


def in_our_words(text: str) -> str:
    """``text`` with what the glossary knows put in English; lower case, without accents."""
    text = _BETWEEN_SCRIPTS.sub(" ", _fold(_CAMEL.sub(r"\1 ", text)))
    text = _long_word().sub(_cut, text)
    place: int | None = 0
    while place is not None:
        text, place = _next_translated(text, place)
    return " ".join(_ELIDED.sub("", text).split())


def _next_translated(text: str, place: int) -> tuple[str, int | None]:
    """With the first phrase translated that stands in it, of those from a place on, and the place
    after that; none where there is no more. What is put in may begin another one."""
    for at in sorted(
        at
        for begins in set(_BEGINS.findall(text))
        for at in _places().get(begins, ())
        if at >= place
    ):
        phrase = phrases()[at]
        if phrase.plain in text:
            text, count = _pattern(phrase.written).subn(f" {phrase.english} ", text)
            if count:
                return text, at + 1
    return text, None


@cache
def phrases() -> tuple[Translation, ...]:
    """All that the glossary knows, the longest first."""
    return kept("glossary", _read_phrases)


@cache
def _places() -> dict[str, list[int]]:
    """Where among the phrases those stand that begin so: of thousands, few may be in a text."""
    places: dict[str, list[int]] = {}
    for place, phrase in enumerate(phrases()):
        places.setdefault(phrase.begins, []).append(place)
    return places


def _read_phrases() -> tuple[Translation, ...]:
    found = []
    for file in sorted(Path(__file__).parent.glob("*.txt")):
        if file.name != _COMPOUNDS:
            for line in _lines(file):
                english, _, right = line.partition(": ")
                found += [_translation(phrase, english) for phrase in _ways_of_writing(right)]
    return tuple(sorted(found, key=lambda phrase: -len(phrase.plain)))


def _translation(written: str, english: str) -> Translation:
    plain = written.rstrip("_")
    begins = (_ASIAN.search(plain) or _BEGINS.findall(plain))[0]
    return Translation(plain, written, english, begins)


def _ways_of_writing(right: str) -> Iterator[str]:
    for phrase in right.casefold().split(" | "):
        yield from dict.fromkeys([_fold(phrase), _fold(phrase.translate(_UMLAUTS))])


def _lines(file: Path) -> Iterator[str]:
    return (line for line in file.read_text("utf-8").splitlines() if line[0] != "#")


@cache
def _second_parts() -> re.Pattern[str]:
    parts = (
        part
        for line in _lines(Path(__file__).with_name(_COMPOUNDS))
        for part in _ways_of_writing(line)
    )
    return re.compile(rf"(?<=\w{{{_FIRST_PART}}})(?={'|'.join(parts)})")


@cache
def _long_word() -> re.Pattern[str]:
    return re.compile(rf"[^\W\d_]{{{_FIRST_PART * 2},}}")


@cache
def _known_compounds() -> tuple[str, ...]:
    return tuple(each.plain for each in phrases() if _second_parts().search(each.plain))


def _cut(word: re.Match[str]) -> str:
    """A compound cut into its parts: ``datenbankfehler`` is said of ``datenbank``."""
    if word.group().startswith(_known_compounds()):
        return word.group()
    return _second_parts().sub(" ", word.group())


@cache
def _pattern(written: str) -> re.Pattern[str]:
    phrase = written.rstrip("_")
    pattern = re.escape(phrase)
    if not _ASIAN.search(phrase):
        whole = written.endswith("_") or len(phrase) <= _WHOLE_WORD
        rest = r"(?!\w)" if whole else r"\w*" if phrase[-1].isalnum() else ""
        pattern = rf"(?<!\w){pattern}{rest}"
    return re.compile(pattern)


def _fold(text: str) -> str:
    """Lower case, without accents and the like."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in decomposed if not unicodedata.combining(char))
        text = text.translate(_NOT_DECOMPOSED)
    return text.casefold()
