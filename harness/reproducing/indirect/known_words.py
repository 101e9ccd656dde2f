"""Words of servers that stand alone: a product may show nothing else of a reply.

They are found where a dialect has them, word for word; only where nothing else is found in a log.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from fakeservers.dialects.dialect import dialect_names, dialect_text
from fakeservers.files.patterns import kept_regex
from harness.classify.runtimes import quoted_after
from harness.reproducing.dialogue import Utterance
from harness.reproducing.forms.leads import LogLine
from harness.reproducing.indirect.sentences import protocol_of, words_of

_REFUSES: Final = kept_regex(
    r"(?m)^ *(?:[\w-]+: |- )?['\"]?"
    r"(?:(?:\{tag\}|\*) (?P<status>NO|BAD|BYE) (?:\[[^\]]*\] )?|[45]\d\d[ -](?:[45]\.\d+\.\d+ )?)"
    r"(?:<?[\w\[]*\{\w+\}[\]>]*: |\{command\} |SMTP; )?(?P<words>[^{}\n]+)"
)
_WORD: Final = kept_regex(r"[^\W_]+")
_PROTOCOL: Final = kept_regex(r"imap|smtp", re.IGNORECASE)
_FEWEST_WORDS: Final = 3
_FEWEST_LETTERS: Final = 16
_SHORTEST_SENTENCE: Final = 24
"""In letters: clients head their messages with shorter ones."""
_SHORTEST_LINE: Final = 12
"""In letters: what is a line of its own may have fewer words."""
_IS_NONE: Final = kept_regex(
    r"(?:please|for|learn|see|visit|go|contact|try|check|you|internal)\b(?!(?: \S+){6})"
    r"|(?:\S+ ){1,2}(?:for|of|to|by|from|in|on|at|with|is|the)$",
    re.I,
)
"""How short sentences begin that clients say to their users, too; what breaks off soon."""
_FIRST_SENTENCE: Final = kept_regex(r"[^.:]+(?=[.:] )|.+?(?= https?:)")
"""What stands before an address, which servers change, or before advice."""


@dataclass(frozen=True)
class _Words:
    text: str
    status: str | None
    """Of IMAP; None: of SMTP."""


@functools.cache
def _known() -> dict[tuple[str, ...], list[_Words]]:
    """What the dialects say where they refuse, up to the first placeholder; by its first words."""
    found: dict[tuple[str, ...], list[_Words]] = {}
    for name in dialect_names():
        for match in _REFUSES.finditer(dialect_text(name)):
            for text in _sentences(match["words"]):
                words = tuple(_WORD.findall(text.lower()))
                if len(text) >= _SHORTEST_LINE and words and not _IS_NONE.match(text):
                    known = _Words(text, match["status"])
                    found.setdefault(words[:_FEWEST_WORDS], []).append(known)
    return {begin: sorted(set(each), key=_length, reverse=True) for begin, each in found.items()}


def _sentences(said: str) -> Iterator[str]:
    """All that is said, and the first sentence of it, which a client may show alone."""
    whole = said.strip(" .:;,<>[]()'\"")
    yield whole
    first = _FIRST_SENTENCE.match(whole)
    if first and len(first[0]) >= _SHORTEST_SENTENCE and first[0][0].isupper():
        yield first[0]


def _length(words: _Words) -> tuple[int, str, bool, str]:
    """The longest last; of the same words, BAD, which says what is wrong with a command itself
    (RFC 9051, 7.1.3): most servers do."""
    return len(words.text), words.text, words.status == "BAD", words.status or ""


def read_known(lines: Iterable[LogLine]) -> list[Utterance]:
    """The words of a server in these lines, as they stand there: without tag, status and code. Of a
    text that names no protocol but IMAP, they are an IMAP server's, whoever says so else; of
    one that names none but SMTP, short ones are an SMTP server's."""
    found = list(lines)
    names = {name.lower() for line in found for name in _PROTOCOL.findall(line.text)}
    every = words_of(found)
    only: str | None = names.pop() if len(names) == 1 else None
    return [said for line in found for said in _in_line(line, only, every)]


def _in_line(line: LogLine, only: str | None, every: Callable[[], str]) -> Iterator[Utterance]:
    # Where a text quotes, what stands before is the client's own.
    quoting = quoted_after(line.text)
    places = list(_WORD.finditer(line.text, quoting[1] if quoting else 0))
    words = [place[0].lower() for place in places]
    for number, place in enumerate(places):
        for size in range(1, _FEWEST_WORDS + 1):
            known = _known().get(tuple(words[number : number + size]), ())
            said = [(each, _said(each, line.text, place.start())) for each in known]
            if told := [(each, words) for each, words in said if words]:
                yield _utterance(*_most_likely(told, line, every), line, only)
                return


def _most_likely(
    told: list[tuple[_Words, str]], line: LogLine, every: Callable[[], str]
) -> tuple[_Words, str]:
    """The longest; of the same words, those of SMTP where the line is about that, or all of the
    text and they are few."""
    text = every if len(told[0][1]) < _SHORTEST_SENTENCE else str
    of_smtp = [each for each in told if each[1] == told[0][1] and each[0].status is None]
    return of_smtp[0] if of_smtp and protocol_of(line.text, text) == "smtp" else told[0]


def _said(known: _Words, text: str, start: int) -> str | None:
    """The words as they stand there, if they say enough to be taken for a server's, or are all
    that the line says."""
    found = _pattern(known.text).match(text, start)
    if not found or text[found.end() : found.end() + 1].isalnum():
        return None
    end = found.end()
    long = len(known.text) >= _FEWEST_LETTERS and known.text.count(" ") >= _FEWEST_WORDS - 1
    alone = text.strip(" .'\"") == text[start:end] or _is_quoted(text, start, end)
    if not long and not alone:
        return None
    closing = ")" if known.text.count("(") > known.text.count(")") else ""
    end += len(closing) if text.startswith(closing, end) else 0
    return text[start : end + text.startswith(".", end)]


@functools.cache
def _pattern(words: str) -> re.Pattern[str]:
    """Finds the words, upper and lower case alike, and any numbers in place of theirs: a server
    has been given other limits."""
    return re.compile(re.sub(r"\d+", r"\\d+", re.escape(words)), re.IGNORECASE)


def _is_quoted(text: str, start: int, end: int) -> bool:
    """Whether the words, more than one, are all that a quotation has."""
    return (
        " " in text[start:end]
        and text[start - 1 : start] in tuple("'\"`")
        and bool(re.match(r"\.?['\"`]", text[end:]))
    )


def _utterance(known: _Words, said: str, line: LogLine, only: str | None) -> Utterance:
    # Longer ones are one server's own, whatever a text names.
    of_smtp = only == "smtp" and len(said) < _SHORTEST_SENTENCE
    if of_smtp or (known.status is None and only != "imap"):
        return Utterance("S", said, about=line.text, protocol="smtp", number=line.number)
    begin = "* BYE" if known.status == "BYE" else f"a1 {known.status or 'NO'}"
    return Utterance("S", f"{begin} {said}", about=line.text, protocol="imap", number=line.number)
