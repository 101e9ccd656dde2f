"""What people and products say in a sentence of their own, in whatever language: that a log-in
failed, or a connection, of which protocol. For where nothing else is found in a text.

The sentences are those of `harness/known/sentences.yaml`.
"""

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from fakeservers.files.packaged import packaged_yaml
from fakeservers.files.patterns import kept_regex
from harness.classify.glossary.translation import in_our_words
from harness.reproducing.dialogue import Utterance
from harness.reproducing.forms.leads import LogLine
from harness.taxonomy import Protocol

FILE: Final = Path(__file__).parents[2] / "known" / "sentences.yaml"

_ENDS: Final = kept_regex(r"(?<=[.!?:;])\s+|[\u3002\uff01\uff1f\uff1b]\s*")
_QUOTED: Final = kept_regex(r"[\"`\u201c]\s*([^\"`\u201c\u201d]{10,200}?)[\"`\u201d]")
"""What somebody quotes is a sentence of its own, whatever stands around it."""
_BETWEEN: Final = r"\W*(?:[^\W_]+\W+){0,6}?"
"""Some words, so that what failed is what is named."""
_IS_NOT_SAID: Final = kept_regex(
    r"\b(?:must|if|when(?! (?:send|connect|fetch|receiv|log)\w*ing\b)|whenever|after|before|should"
    r"|would|expected|feature|support for|wenn|falls|si_"
    r"|quand|lorsque|cuando|если|quando|如果|success\w*|succeed\w*)\b"
)
"""What may happen, or ought to, has not."""
_OF_A_PERSON: Final = kept_regex(r"\b(?:i|we|ich|wir|je|nous)\b")
_VAGUE: Final = ("login failed", "connection failed", "folder not opened")
"""Who says that he cannot log in may mean any of it."""
_NAMES: Final = kept_regex(r"(?<![a-z])(imap|smtp)(?![a-z])")
_PORT: Final = kept_regex(r"\bports?\b[^.]{0,25}?\b(993|143|465|587|25)\b")
_PORTS: Final = {"993": "imap", "143": "imap", "465": "smtp", "587": "smtp", "25": "smtp"}
_SENDS: Final = kept_regex(
    r"\b(?:send\w*|sent|envoi\w*|envoy\w*|senden|versand\w*|enviar\w*|inviare|invio|отправ\w*)"
    r"|发送|發送|送信|보내"
)


class Sentence(BaseModel):
    """What is said with some words.

    - ``says``: of each of these some word, in any order, with up to six others between, or
      ``in_order``. ``means``: the text of `errors/words/general.yaml` that tells the same, behind
      the name of a protocol. ``protocol``: about another it is not said.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-")
    )

    says: Annotated[list[str], Field(min_length=1, max_length=3)]
    means: str
    in_order: bool = False
    protocol: Protocol | None = None


class Sentences(BaseModel):
    """The file. ``words``: what stands for what; `*`: any ending."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: dict[str, list[str]]
    sentences: list[Sentence]


@functools.cache
def sentences() -> Sentences:
    """All that are known."""
    return Sentences.model_validate(packaged_yaml(FILE))


@functools.cache
def _patterns() -> tuple[tuple[Sentence, re.Pattern[str]], ...]:
    return tuple((each, re.compile(_pattern(each))) for each in sentences().sentences)


def _pattern(sentence: Sentence) -> str:
    parts = [_any_of(sentences().words[name]) for name in sentence.says]
    orders = [parts] if sentence.in_order else itertools.permutations(parts)
    return "|".join(_BETWEEN.join(order) for order in orders)


def _any_of(words: Iterable[str]) -> str:
    ways = (re.escape(word.removesuffix("*")) + r"\w*" * word.endswith("*") for word in words)
    return rf"(?<![^\W_])(?:{'|'.join(ways)})(?![^\W_])"


def read_sentences(lines: Iterable[LogLine]) -> list[Utterance]:
    """What such sentences tell of a failure, in the words of `general.yaml`."""
    found = list(lines)
    every = words_of(found)
    return [each for line in found for each in _in_line(line, every)]


def protocol_of(line: str, every: Callable[[], str]) -> Protocol | None:
    """The protocol that a line is about, as it or all of a text tells; of both, that which is
    checked first."""
    words = in_our_words(line)
    told = _protocol(words, words, every)
    return told or ("imap" if "imap" in _named(every()) else None)


def words_of(lines: Sequence[LogLine]) -> Callable[[], str]:
    """All of a text in our words, once somebody asks for them."""

    @functools.cache
    def every() -> str:
        return " ".join(in_our_words(line.text) for line in lines)

    return every


def _in_line(line: LogLine, every: Callable[[], str]) -> Iterator[Utterance]:
    quoted = (found[1] for found in _QUOTED.finditer(line.text))
    for said in (*_ENDS.split(line.text), *quoted):
        words = in_our_words(said)
        fitting = [each for each, pattern in _patterns() if pattern.search(words)]
        if _OF_A_PERSON.search(words):
            fitting = [each for each in fitting if each.means not in _VAGUE]
        if not fitting or _IS_NOT_SAID.search(words):
            continue  # most say nothing: what they are about costs more to find out
        protocol = _protocol(words, in_our_words(line.text), every)
        means = (each.means for each in fitting if each.protocol in (None, protocol))
        if protocol and (meant := next(means, None)):
            about = f"{protocol.upper()} {meant}"
            yield Utterance("*", "failed", about=about, protocol=protocol, number=line.number)


def _protocol(sentence: str, line: str, every: Callable[[], str]) -> Protocol | None:
    """The one that the sentence names, else all that the text does; where its line is about
    sending, SMTP."""
    names = _named(sentence) or _named(every())
    if len(names) == 1:
        return "imap" if names == {"imap"} else "smtp"
    return "smtp" if _SENDS.search(line) else None


def _named(words: str) -> set[str]:
    return set(_NAMES.findall(words)) or {_PORTS[port] for port in _PORT.findall(words)}
