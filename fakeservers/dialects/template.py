"""Texts of servers with placeholders in them: `{tag} NO {user} is unknown`.

PLACEHOLDERS are replaced, `{{` and `}}` stand for a brace; a number in braces, as before a literal
of IMAP (`{5}`), stays. There are no other braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from fakeservers.files.patterns import kept_regex
from fakeservers.near import near

_WORDS = (
    "tag|host|peer|user|sender|recipient|domain|date|id|limit|capabilities|command|text|"
    "mailbox|enabled|keywords|keywords_first|exists|recent|unseen|uidvalidity|uidnext|size|total|"
    "verb|client|scope|access_token|refresh_token|expires_in|guid|timestamp"
)
PLACEHOLDERS = frozenset(_WORDS.split("|"))
DialectProtocol = Literal["imap", "smtp", "oauth"]
Words = Mapping[str, str | None]
"""What stands for each placeholder; None: there is no such thing now."""

_BRACED = kept_regex(rf"(?P<brace>{{{{|}}}})|{{(?P<word>{_WORDS})}}")
_LINE_BREAKS = kept_regex(r"[\r\n]+")
_BRACES = kept_regex(r"\{\{|\}\}|\$?\{([^{}\n]*)\}|[{}]")
_NUMBER = kept_regex(r"\d+[+-]?")
_LITERAL_FOLLOWS = kept_regex(r"\{\d+[+-]?\}$")
_UNTAGGED = kept_regex(r"(OK|NO|BAD)\b")
_STATUS = kept_regex(r"(OK|NO|BAD)( |$)", re.IGNORECASE)
_OTHER_TAG = kept_regex(r"(?![*+] )(\S+) (OK|NO|BAD)\b")
_CODE = kept_regex(r"[2-5]\d\d([ -]|$)")


def fill(text: str, words: Words) -> str:
    """The text with its placeholders replaced.

    Line breaks inside a word become spaces, so that no client can put a line of its own into the
    server's mouth. Raises KeyError where the text wants a placeholder that `words` does not have.
    """

    def one(found: re.Match[str]) -> str:
        if found["brace"]:
            return found["brace"][0]
        return _LINE_BREAKS.sub(" ", words[found["word"]] or "")

    return _BRACED.sub(one, text)


def encode(text: str, words: Words, encoding: str = "utf-8") -> bytes:
    """The filled-in text as it goes over the wire: every line of it ended by CRLF, and without
    those that want a word that is None."""
    if "{" not in text and "}" not in text:
        return "".join(f"{line}\r\n" for line in text.removesuffix("\n").split("\n")).encode(
            encoding, errors="replace"
        )
    lines = [
        f"{fill(line, words)}\r\n"
        for line in text.removesuffix("\n").split("\n")
        if not lacks(line, words)
    ]
    return "".join(lines).encode(encoding, errors="replace")


def lacks(text: str, words: Words) -> bool:
    """Whether it wants a word that is None."""
    return any(words[found["word"]] is None for found in _BRACED.finditer(text) if found["word"])


def escaped(text: str) -> str:
    """A text as a template that says just this."""
    return text.replace("{", "{{").replace("}", "}}")


def with_single_braces(text: str) -> str:
    """A template as people read it."""
    return _BRACED.sub(lambda found: found["brace"][0] if found["brace"] else found[0], text)


def wrong_braces(text: str) -> Iterator[str]:
    """What is wrong with the placeholders of a text."""
    for found in _BRACES.finditer(text):
        word, whole = found[1], found[0]
        if word is None:
            if whole in "{}":
                yield f"a brace that is no placeholder's is written twice: {whole * 2}"
        elif whole.startswith("$"):
            yield f"write {whole[1:]} for {whole}: the dollar sign would be said"
        elif word not in PLACEHOLDERS and not _NUMBER.fullmatch(word):
            meant = near(word, PLACEHOLDERS)
            hint = (
                f"did you mean {meant[0]!r}?"
                if meant
                else f"known: {', '.join(sorted(PLACEHOLDERS))}"
            )
            yield f"no placeholder is called {word!r}; {hint} For a brace write {{{{ or }}}}"


def wrong_lines(text: str, protocol: DialectProtocol) -> Iterator[str]:
    """What no server of this protocol says: lines that are no part of a reply."""
    inside_literal = False
    for line in text.removesuffix("\n").split("\n"):
        if protocol == "smtp":
            if not _CODE.match(line):
                begins = f"begins with three digits, not {_beginning(line)}"
                yield f"a reply of SMTP {begins}{_OTHER_BYTES}"
        elif not inside_literal and (wrong := _wrong_in_imap(line)):
            yield wrong
        inside_literal = bool(_LITERAL_FOLLOWS.search(line))


_OTHER_BYTES = "; for other bytes there is `raw`"


def _wrong_in_imap(line: str) -> str | None:
    if line.startswith("{tag} ") and not _STATUS.match(line[6:]):
        return f"after {{tag}} comes OK, NO or BAD, not {_beginning(line[6:])}{_OTHER_BYTES}"
    if line.startswith(("{tag} ", "* ", "+ ")) or line == "+":
        return None
    if found := _UNTAGGED.match(line):
        return f"begins with {found[1]}: put {{tag}} before it, in a greeting *"
    if found := _OTHER_TAG.match(line):
        return f"the tag is the client's: write {{tag}} {found[2]}, not {found[1]} {found[2]}"
    if _CODE.match(line):
        return f"{line[:3]} is a code of SMTP; a refusal in IMAP begins with {{tag}} NO"
    return f"a line of IMAP begins with {{tag}}, * or +, not {_beginning(line)}{_OTHER_BYTES}"


def _beginning(line: str) -> str:
    return repr(line.split(" ")[0][:20]) if line else "with nothing"
