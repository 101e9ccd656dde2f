"""How alike two texts of servers are, and whose words a server's are."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import fakeservers

ALIKE: Final = 0.6
"""From here on a server is taken to speak a dialect."""
_WORD: Final = re.compile(r"\{\w+\}|[a-z0-9]+(?:[.'-][a-z0-9]+)*")


def words_of(text: str) -> frozenset[str]:
    """The words of a text, without placeholders and without the tag."""
    return frozenset(word for word in _WORD.findall(text.lower()) if not word.startswith("{"))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 to 1: the share of words that both have."""
    return len(one & other) / len(one | other) if one and other else 0.0


def dialect_of(texts: Sequence[str]) -> tuple[str, float]:
    """The dialect that has the words of these texts, best taken together, and how alike it is.

    It goes by the lines of the files, as reading fifty dialects takes a second.
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
    folder = Path(fakeservers.__file__).with_name("dialects")
    return {file.stem: _lines(file.read_text("utf-8")) for file in sorted(folder.glob("*.yaml"))}


def _lines(text: str) -> list[frozenset[str]]:
    lines: Iterable[str] = (line.strip() for line in text.splitlines())
    texts = (re.sub(r"^(?:text|[\w@-]+):\s+", "", line) for line in lines)
    return [words for line in texts if (words := words_of(line))]
