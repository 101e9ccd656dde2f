"""How runtimes and libraries say that something failed: the files below `harness/known/errors/`.

No server says these words. Each text is a template in which `{word}` and `{words}` stand for any,
`{number}` for OpenSSL's number, and `{a|b}` for either; upper and lower case are alike. What a
text says is a signal (a refused port, an alert, a certificate), or only which command or which
protocol it is about, as a frame of a traceback does.
"""

import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import pydantic
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from fakeservers.files.kept import kept
from fakeservers.files.packaged import packaged_yaml
from fakeservers.files.patterns import kept_regex
from harness.taxonomy import STAGES, Protocol

FOLDER: Final = Path(__file__).parents[1] / "known" / "errors"

Signal = Literal[
    "verify-error", "tls-alert", "tls-error", "handshake-timeout", "dns-temporary",
    "dns-not-found", "refused", "unreachable", "connect-timeout", "connect-failed", "timeout",
    "not-offered", "other-protocol", "not-told", "token-refused", "read-timeout", "reset", "closed",
]  # fmt: skip
"""What happened, in the order in which they tell most. `connect-failed`: nobody says why.
`not-told`: a command was refused, in words that the client keeps to itself. `token-refused`: a
token endpoint gave none (RFC 6749), and the words around it are its own. `timeout`: while
connecting, or wherever the dialogue stood; `read-timeout`, `reset`, `closed`: the latter."""
Where = Literal[
    "greeting", "ehlo", "starttls", "tls", "login", "confirm", "mail", "rcpt", "data", "end-of-data"
]
"""A stage without its protocol."""
Reach = Literal["around", "said", "nearby"]
_ORDER: Final = {"verify-error": 0, "tls-alert": 1, "tls-error": 1, "handshake-timeout": 1}
_LAST: Final = {"timeout": 3, "read-timeout": 3, "reset": 4, "closed": 5}
_BESIDE: Final = kept_regex(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
"""A letter of languages that write words side by side, foreign ones among them."""
_LETTER: Final = kept_regex(rf"(?!{_BESIDE.pattern})[^\W_]")
_WORD: Final = kept_regex(r"[^\W_]+")
"""Underscores part words: those around one are Markdown's."""
_PLACEHOLDER: Final = {
    "{words}": ".{0,200}?", "{word}": r"\S+", "{number}": r"(?P<number>[1-9]\d?)(?!\d)",
}  # fmt: skip
_CHOICE: Final = kept_regex(r"\{([^{}]*\|[^{}]*)\}")
_PLACEHOLDERS: Final = kept_regex(r"(\{(?:words?|number)\})")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _each_way(value: Any) -> Any:
    return [way for text in _listed(value) for way in ways_of(text)]


def ways_of(text: str) -> list[str]:
    """The texts that one stands for: `cannot {find|see} {the|an|} end` for six of them."""
    parts = _CHOICE.split(text)
    ways = itertools.product(
        *(part.split("|") if at % 2 else [part] for at, part in enumerate(parts))
    )
    return ["".join(way).replace("  ", " ") for way in ways] if len(parts) > 1 else [text]


Wordings = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Ways = Annotated[tuple[str, ...], BeforeValidator(_each_way)]


class KnownError(BaseModel):
    """One thing that is said, in all its wordings.

    - ``signal``: what happened. ``where``, ``protocol``: at which command, of which protocol.
    - ``verify_code``: OpenSSL's number (X509_V_ERR), where ``{number}`` does not say it.
      ``alert``: a TLS alert (RFC 8446, 6). ``reason``: OpenSSL's reason. ``missing``: the
      capability that is not offered.
    - ``general``: it counts only where no other text says more.
    - ``scope``: the text is so common that it names a command only *around* a reply, in the
      sentence that quotes it, or only where the server has *said* it; *nearby*: around it, unless
      what the server said names another.
    - ``quotes``: what follows the text are a server's words, without code or status.
    - ``example``: a line in which it is said. ``near_miss``: one, much like it, in which it is not.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-")
    )

    text: Ways = Field(min_length=1)
    signal: Signal | None = None
    where: Where | None = None
    protocol: Protocol | None = None
    verify_code: int | None = None
    alert: str | None = None
    reason: str | None = None
    missing: str | None = None
    general: bool = False
    scope: Reach | None = None
    quotes: bool = False
    source: str | None = None
    example: str
    near_miss: str


class Runtime(BaseModel):
    """A file of `known/errors/`. ``source``: whose code says so, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    source: Wordings
    errors: tuple[KnownError, ...] = Field(min_length=1)


def _letters(text: str) -> int:
    return len(_PLACEHOLDERS.sub("", text))


@functools.cache
def pattern_of(text: str) -> re.Pattern[str]:
    """What finds a text in a line, as words of their own."""
    parts = _PLACEHOLDERS.split(text)
    inner = "".join(_PLACEHOLDER.get(part) or re.escape(part) for part in parts)
    before = r"(?<![^\W_]|-)" if _LETTER.match(text) else ""
    after = r"(?![^\W_])" if _LETTER.match(text[-1]) else ""
    return re.compile(before + inner + after, re.IGNORECASE)


@functools.cache
def _parts(text: str) -> tuple[str, ...]:
    """What stands between the placeholders of a text, in small letters."""
    return tuple(p.lower() for p in _PLACEHOLDERS.split(text) if p and p not in _PLACEHOLDER)


def place_in(line: str, lower: str, text: str) -> re.Match[str] | None:
    """Where a text stands in a line, `lower` in small letters. Its pattern takes a hundred times as
    long, and is seldom needed."""
    if not all(part in lower for part in _parts(text)):
        return None
    found = pattern_of(text).search(line)
    if found or not text.isascii() or line.isascii():
        return found
    return pattern_of(text).search(_BESIDE.sub("\u3000", line))


@functools.cache
def runtimes() -> dict[str, Runtime]:
    """All of the folder, by the names of the files."""
    return kept("runtimes", _read_runtimes, pydantic.VERSION)


def _read_runtimes() -> dict[str, Runtime]:
    return {
        file.stem: Runtime.model_validate(packaged_yaml(file))
        for file in sorted(FOLDER.rglob("*.yaml"), key=lambda each: each.stem)
    }


@functools.cache
def _errors(scope: Reach | None) -> tuple[KnownError, ...]:
    every = (error for runtime in runtimes().values() for error in runtime.errors)
    return tuple(error for error in every if error.scope == scope)


@functools.cache
def _by_word() -> dict[str, list[tuple[str, int]]]:
    """The texts, each with the place of its error among all, by the rarest of its words: of most
    lines no word is among them."""
    return kept("texts", _read_by_word, pydantic.VERSION)


def _read_by_word() -> dict[str, list[tuple[str, int]]]:
    every = [(text, place) for place, error in enumerate(_errors(None)) for text in error.text]
    common = Counter(word for text, _ in every for word in _whole_words(text))
    found: dict[str, list[tuple[str, int]]] = {}
    for text, place in every:
        rarest = min(sorted(_whole_words(text)), key=common.__getitem__)
        found.setdefault(rarest, []).append((text, place))
    return found


@functools.cache
def _whole_words(text: str) -> set[str]:
    """Those that stand in every line with the text: no placeholder touches them."""
    return _words(re.sub(r"\w*\{\w+\}\w*", " ", text))


@functools.lru_cache(maxsize=4096)
def _texts_in(line: str) -> tuple[tuple[str, re.Match[str], KnownError], ...]:
    """The texts that stand in a line, and where: asked more than once of each line."""
    lower, said, by_word, errors = line.lower(), _words(line), _by_word(), _errors(None)
    candidates = (each for word in said for each in by_word.get(word, ()))
    fitting = ((text, errors[at]) for text, at in candidates if _whole_words(text) <= said)
    found = ((text, place_in(line, lower, text), error) for text, error in fitting)
    return tuple((text, place, error) for text, place, error in found if place)


def _words(line: str) -> set[str]:
    """Where nothing parts words, each letter is one."""
    lower = line.lower()
    return set(_WORD.findall(lower if lower.isascii() else _BESIDE.sub(r" \g<0> ", lower)))


def _within(place: re.Match[str], others: Iterable[tuple[str, re.Match[str], KnownError]]) -> bool:
    """Whether a text stands inside a longer one that says word for word what happened, as
    `unexpected EOF while reading` does in `Unexpected EOF while reading SMTP greeting`."""
    first, last = place.span()
    return any(
        other.start() <= first and last <= other.end() and other.span() != place.span()
        for text, other, error in others
        if error.signal and not error.general and "{" not in text
    )


def _said_in(line: str, *, outer: bool = False) -> Iterator[tuple[KnownError, int]]:
    """What a line says, and how many letters of it say so. `outer`: without what stands inside
    a longer text."""
    every = _texts_in(line)
    for text, place, error in every:
        if outer and _within(place, every):
            continue
        number = place.groupdict().get("number")
        code = {"verify_code": int(number)} if number else {}
        yield error.model_copy(update=code) if code else error, _letters(text)


@functools.lru_cache(maxsize=4096)
def signal_in(line: str) -> KnownError | None:
    """What a line says that happened: the text that tells most, and of these the longest."""
    found = [(error, letters) for error, letters in _said_in(line, outer=True) if error.signal]
    return min(found, key=lambda each: (*rank(each[0]), -each[1]))[0] if found else None


def rank(error: KnownError) -> tuple[bool, int]:
    """The less, the more it tells."""
    order = _ORDER.get(error.signal or "", _LAST.get(error.signal or "", 2))
    return error.general, min(order, 2) if error.where else order


def where_in(lines: Iterable[str]) -> Where | None:
    """The command that the innermost of some lines names: the last, of frames that begin with the
    innermost the first. What somebody shows of a program in C's syntax is no frame."""
    apart = (frame for line in lines for frame in _ON_ONE_LINE.split(line))
    found: Where | None = _last("where", (line for line in apart if not _STATEMENT.search(line)))
    return found


def protocol_in(lines: Iterable[str]) -> Protocol | None:
    """The protocol that the innermost of some lines is about."""
    found: Protocol | None = _last("protocol", lines)
    return found


def where_scoped(scope: Reach, text: str, protocol: Protocol) -> Where | None:
    """The command that words around a reply name, or its own; the first entry that fits."""
    lower = text.lower()
    for error in _errors(scope):
        fits = error.protocol in (None, protocol) and f"{protocol}-{error.where}" in STAGES
        if fits and any(place_in(text, lower, each) for each in error.text):
            return error.where
    return None


def quoted_after(line: str) -> tuple[KnownError, int] | None:
    """Behind which text of a line a server's words stand, and where they begin."""
    found = [(error, place.end()) for _, place, error in _texts_in(line) if error.quotes]
    return max(found, key=lambda each: each[1], default=None)


_FRAME: Final = kept_regex(
    r"[\s>]*(?:at (?:async )?[\w$.<>`/\[\]]+[(:. ]|#\d+ (?:/|[A-Z]:|\[internal)"
    r"|(?:from )?\S+\.rb:\d+:in [`']|\w+::\S*\w\(.*\) called at )"
)
"""A frame of .NET, Java, JavaScript, PHP, Ruby or Perl, which begin with the innermost, as it is or
quoted."""


_ON_ONE_LINE: Final = kept_regex(r"(?<=\S) (?=at (?:[\w$`]+\.){2,}\w+\()")
"""Between the frames of Java and .NET, where somebody lost the ends of their lines."""
_STATEMENT: Final = kept_regex(r"\(.*\) *; *(?://.*)?$")
"""A call that ends as a statement does: no runtime's trace has one."""


def _outermost_first(lines: Iterable[str]) -> Iterator[str]:
    frames: list[str] = []
    for line in lines:
        if _FRAME.match(line):
            frames.append(line)
            continue
        yield from reversed(frames)
        frames.clear()
        yield line
    yield from reversed(frames)


def _last(name: str, lines: Iterable[str]) -> Any:
    for line in reversed(list(_outermost_first(lines))):
        found = [(letters, getattr(error, name)) for error, letters in _said_in(line)]
        told = [each for each in found if each[1]]
        if told:
            return max(told)[1]
    return None
