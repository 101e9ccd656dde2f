"""Says a server's text in the rules' own English words, whatever the language it is in."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_BETWEEN_SCRIPTS = re.compile(
    f"(?<=[a-z0-9])(?={_ASIAN.pattern})|(?<={_ASIAN.pattern})(?=[a-z0-9])"
)
# Polish l with a stroke, Turkish dotless i.
_NOT_DECOMPOSED = str.maketrans("\u0142\u0141\u0131", "lli")
_WHOLE_WORD = 3  # letters; so short a beginning would be found in too many words


def in_our_words(text: str) -> str:
    """``text`` with what the glossary knows put in English; lower case, without accents."""
    text = _BETWEEN_SCRIPTS.sub(" ", _fold(text))
    for phrase, written, english in _phrases():
        if phrase in text:
            text = _pattern(written).sub(f" {english} ", text)
    return " ".join(text.split())


@cache
def _phrases() -> tuple[tuple[str, str, str], ...]:
    """What to look for, the same as it is written in the file, and the English for it.

    The longest come first.
    """
    found = []
    file = Path(__file__).with_name("glossary.txt")
    for line in _fold(file.read_text("utf-8")).splitlines():
        english, colon, phrases = line.partition(": ")
        if colon and not line.startswith("#"):
            found += [(phrase.rstrip("_"), phrase, english) for phrase in phrases.split(" | ")]
    return tuple(sorted(found, key=lambda phrase: -len(phrase[0])))


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
