"""A log as it was before somebody pasted it: without the marks of mails, of web pages and of other
loggers, and not wrapped. What cannot be told is left as it is.
"""

from __future__ import annotations

import contextlib
import functools
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, Final

from fakeservers.files.patterns import kept_regex
from harness.reproducing.forms.fields import parsed
from harness.reproducing.forms.grammar import from_client, from_server
from harness.reproducing.forms.leads import TIME
from harness.reproducing.forms.pasted import wrapped

Pasted = list[str]

_QUOTED: Final = kept_regex(r"\s*>(?: |$|(?=>))")
_OTHER_MARK: Final = kept_regex(r"\s*<+ ")
_FEWEST_QUOTED: Final = 2
_ENTITY: Final = kept_regex(r"&(?:lt|gt|quot|amp|nbsp|#\d{2,4}|#x[0-9a-fA-F]{2,4});")
_ANCHOR: Final = kept_regex(r"<a href=[\"']mailto:[^<>]*>([^<>]*)</a>")
_LINKED: Final = kept_regex(r"\[(<?[^\s\[\]]+@[^\s\[\]]+)\]\(mailto:[^\s()]*\)")
_MARKUP: Final = kept_regex(r"</?(?:pre|code|p|div|span|tt|font|b|i|em|strong)\b[^>]*>|<br ?/?>")
_BREAK: Final = kept_regex(r"<br ?/?>|</(?:p|div|pre)>")
_BREAKS: Final = kept_regex(r"(?:<br ?/?>.*){2}")
_MESSAGES: Final = ("log", "message", "msg", "MESSAGE", "@message", "textPayload", "short_message",
                    "text", "event", "line", "output", "error", "debug")  # fmt: skip
"""Where collectors of logs put what a program wrote."""
_ERRORS: Final = (
    "err", "error", "exception", "cause", "previous", "exc_info", "traceback", "stack",
    "stack_trace", "stacktrace", "error.message", "error.stack_trace", "@x", "full_message",
)  # fmt: skip
"""Where loggers put what was thrown, as an object or a text beside the message."""
_OF_AN_ANSWER: Final = frozenset(("error_description", "error_codes", "error_uri", "suberror"))
_OBJECT: Final = kept_regex(r'\{(?=\s*")')
_BROKEN: Final = kept_regex(r"\s*\n\s*")
_SENTENCE: Final = kept_regex(r"(?:[^\W\d_]{2,} ){2,}[^\W\d_]{2,}\W*$")
"""Three words, with nothing but spaces between them."""
_DEEP: Final = 6
_FENCE: Final = kept_regex(r"\s*(?:```+|~~~+)\w*\s*$")


def as_written(lines: Sequence[str]) -> Pasted:
    """The lines as the program wrote them."""
    found = list(lines)
    for step in _STEPS:
        found = step(found)
    return found


def _without_fences(lines: Pasted) -> Pasted:
    return [line for line in lines if not _FENCE.match(line)]


def _without_quotes(lines: Pasted) -> Pasted:
    """Quoted mail: nearly every line begins with the mark, once for each answer."""
    for _ in range(9):
        full = [line for line in lines if line.strip()]
        marked = sum(_QUOTED.match(line) is not None for line in full)
        if len(full) < 2 or marked < 0.9 * len(full):
            return lines
        lines = [_QUOTED.sub("", line, count=1) for line in lines]
    return lines


def _without_quoted_parts(lines: Pasted) -> Pasted:
    """A part that is quoted within a text: several lines with the mark, in none of which a client
    speaks that marks its lines so, nor a server behind the other mark."""
    if any(_OTHER_MARK.match(line) for line in lines):
        return lines
    found: Pasted = []
    for quoted, part in groupby(lines, lambda line: _QUOTED.match(line) is not None):
        plain = [_QUOTED.sub("", line, count=1) if quoted else line for line in part]
        full = [line for line in plain if line.strip()]
        if quoted and (len(full) < _FEWEST_QUOTED or any(from_client(line) for line in full)):
            return lines
        found += plain
    return found


def _without_entities(lines: Pasted) -> Pasted:
    """Text that was copied out of a web page's source, or that a program has made a page of."""
    if not any(_ENTITY.search(line) or _BREAKS.search(line) for line in lines):
        return lines
    text = _BREAK.sub("\n", "\n".join(lines))
    return [html.unescape(_MARKUP.sub("", line)) for line in text.split("\n")]


def _without_links(lines: Pasted) -> Pasted:
    """An address that a tracker has made a link of is what is shown of it."""
    return [_LINKED.sub(r"\1", _ANCHOR.sub(r"\1", line)) for line in lines]


_OF_A_FORUM: Final = kept_regex(
    r"\[/?(b|i|u|color|size|font|quote|code|url|highlight|indent|list)(?:=[^\[\]\n]*)?\]", re.I
)


def _without_bbcode(lines: Pasted) -> Pasted:
    """Marks of a forum, where one is closed that was opened: in brackets loggers have levels."""
    text = "\n".join(lines)
    closed = {name.lower() for name in re.findall(r"\[/([a-z]+)\]", text, re.I)}
    opened = {mark[1].lower() for mark in _OF_A_FORUM.finditer(text) if mark[0][1] != "/"}
    both = closed & opened

    def unmarked(mark: re.Match[str]) -> str:
        return "" if mark[1].lower() in both else mark[0]

    return [_OF_A_FORUM.sub(unmarked, line) for line in lines] if both else lines


def _without_objects(lines: Pasted) -> Pasted:
    """What collectors write: a JSON object round each line, or one round all of them."""
    whole = _object("\n".join(lines)) if lines and lines[0].lstrip()[:1] in ("{", "[") else None
    if whole:
        return whole
    found: Pasted = []
    for line in lines:
        entry = parsed(line)
        texts = _messages(entry, line) if entry else []
        found += [*_sentence_before(line), *texts] if texts else [line]
    return found


def _sentence_before(line: str) -> Pasted:
    """What a logger says before an object that only has the details, as Monolog and zap do."""
    before = line[: line.index("{")].rstrip()
    return [before] if _SENTENCE.search(before) else []


def _object(text: str) -> Pasted:
    try:
        return list(_texts(json.loads(text), text))
    except (ValueError, RecursionError):
        return []


def _is_answer(entry: dict[str, Any]) -> bool:
    """Whether it is what a token endpoint answered (RFC 6749, 5.2), which no logger writes."""
    return isinstance(entry.get("error"), str) and not _OF_AN_ANSWER.isdisjoint(entry)


def _answer(entry: dict[str, Any], source: str) -> str:
    """What a token endpoint answered, as it stands in the text that was read, on one line."""
    same = (text for found, text in _answers(source) if found == entry)
    return next(same, json.dumps(entry, ensure_ascii=False))


@functools.lru_cache(maxsize=4)
def _answers(source: str) -> list[tuple[Any, str]]:
    """All answers in a text, and how they are written there."""
    decoder, answers, end = json.JSONDecoder(), [], 0
    for place in _OBJECT.finditer(source):
        if place.start() < end:
            continue
        with contextlib.suppress(ValueError, RecursionError):
            found, after = decoder.raw_decode(source, place.start())
            if _is_answer(found):
                end = after
                answers.append((found, _BROKEN.sub(" ", source[place.start() : end])))
    return answers


def _messages(entry: dict[str, Any], source: str) -> Pasted:
    """The texts of one entry, and those of the error that it has; a text may be an entry again.
    `source`: the text that it was read from."""
    if _is_answer(entry):
        return [_answer(entry, source)]
    told = next((entry[name] for name in _MESSAGES if isinstance(entry.get(name), str)), None)
    return [*_texts(told, source), *_errors(entry, [told])]


def _errors(entry: dict[str, Any], told: Sequence[Any]) -> Iterator[str]:
    """What an entry says of what was thrown, unless it is `told` already."""
    for thrown in map(entry.get, _ERRORS):
        if not any(thrown is each for each in told):
            yield from _all_texts(thrown)


def _all_texts(value: Any, depth: int = 0) -> Iterator[str]:
    """All that an error holds: its causes, too, and the reply where that stands in parts."""
    if isinstance(value, dict) and depth < _DEEP:
        yield from _reply_in_parts(value)
    if isinstance(value, dict | list) and depth < _DEEP:
        for each in value.values() if isinstance(value, dict) else value:
            yield from _all_texts(each, depth + 1)
    elif isinstance(value, str):
        yield from value.rstrip("\n").split("\n")


def _reply_in_parts(error: dict[str, Any]) -> Pasted:
    """ImapFlow's errors have the server's line in parts; and some only there."""
    status, text = error.get("responseStatus"), error.get("responseText")
    told = isinstance(error.get("response"), str)
    if told or not isinstance(text, str) or status not in ("NO", "BAD"):
        return []
    code, sent = error.get("serverResponseCode"), error.get("executedCommand")
    command = re.match(r"\S+ ([A-Z ]+?)(?= [^A-Z]|$)", sent) if isinstance(sent, str) else None
    to = f" to {command[1]}" if command else ""
    return [f"response{to}: {status} [{code}] {text}" if code else f"response{to}: {status} {text}"]


_PART: Final = kept_regex(
    r"(?:.*[\s{])?[\"']?(response\w*|serverResponse\w*|executedCommand)[\"']?: "
    r"(?:(['\"`])(.*)\2,?$)?"
)
_PARTS_END: Final = kept_regex(r"(?:.*\s)?\}[\s,}]*$")


def _without_parts(lines: Pasted) -> Pasted:
    """The reply of an error that was printed with its parts, one on each line."""
    found: Pasted = []
    parts: dict[str, Any] = {}
    for line in lines:
        if part := _PART.match(line):
            parts.setdefault(part[1], part[3])
        elif _PARTS_END.match(line):
            found += _reply_in_parts(parts)
            parts = {}
        found.append(line)
    return found


def _texts(value: Any, source: str, depth: int = 0) -> Iterator[str]:
    if isinstance(value, dict) and _is_answer(value):
        yield _answer(value, source)
    elif isinstance(value, dict) and depth < _DEEP:
        told = [value[name] for name in _MESSAGES if name in value]
        thrown = list(_errors(value, [each for each in told if isinstance(each, str)]))
        for each in told or ([] if thrown else value.values()):
            yield from () if thrown and isinstance(each, dict) else _texts(each, source, depth + 1)
        yield from thrown
    elif isinstance(value, list) and depth < _DEEP:
        for each in value:
            yield from _texts(each, source, depth + 1)
    elif isinstance(value, str):
        inner = parsed(value) if value.lstrip()[:1] == "{" else None
        yield from _messages(inner, value) if inner else value.rstrip("\n").split("\n")


_WIDE: Final = kept_regex(
    r"(?:(?<=\bNO )|(?<=\bOK )|(?<=\bBAD )|(?<=\bBYE ))\uff3b([A-Z/-]+)\uff3d"
)


def _narrowed(lines: Pasted) -> Pasted:
    """No server writes its response codes in the brackets of another script."""
    return [_WIDE.sub(r"[\1]", line) for line in lines]


_MANY_TIMES: Final = 4
_LONG: Final = 200
_STAMP: Final = kept_regex(rf"(?<=\s)(?={TIME.pattern})(?=\S*[\d:]{{4}})")


def _unflattened(lines: Pasted) -> Pasted:
    """A log that a browser showed as one paragraph: it begins anew at each time."""
    found: Pasted = []
    for line in lines:
        pieces = _STAMP.split(line) if len(line) > _LONG else [line]
        found += pieces if len(pieces) > _MANY_TIMES else [line]
    return found


_MARKS: Final = ((">>", "<<"), ("->", "<-"), ("-->", "<--"), (">", "<"), ("C:", "S:"))
"""What stands before a line of the client's, and of the server's."""
_REMARKS: Final = ("!!", "++")
"""Before what Swift Mailer says itself."""


def _one_each(lines: Pasted) -> Pasted:
    """A dialogue that stands on one line, as it was shown to somebody."""
    return [piece for line in lines for piece in _spoken(line)]


def _spoken(line: str) -> Pasted:
    for sent, heard in _MARKS:
        if f"{sent} " not in line or not any(f"{mark} " in line for mark in (heard, *_REMARKS)):
            continue
        marks = "|".join(map(re.escape, (sent, heard, *_REMARKS)))
        places = list(re.finditer(rf"(?<!\S)(?:{marks}) (?=\S)", line))
        starts = [found.start() for found in places]
        if sum(_is_of_mail(line, found, sent) for found in places) > 1:
            return [line[a:b].rstrip() for a, b in pairwise([0, *starts, len(line)]) if b > a]
    return [line]


def _is_of_mail(line: str, found: re.Match[str], sent: str) -> bool:
    """Whether a command follows the client's mark, or a reply the server's."""
    said = line[found.end() :]
    return bool(from_client(said) if found[0].startswith(sent) else from_server(said))


_ESCAPED_END: Final = kept_regex(r"(?:\\r)?\\n")
_ESCAPED_MARK: Final = kept_regex(r"(?:>>>|<<<) ?")


def _unescaped(lines: Pasted) -> Pasted:
    """A dialogue in the text of an exception, with `\\n` where its lines end, as Twisted's has, or
    a chain of causes, as Rust's anyhow prints it."""
    return [piece for line in lines for piece in _pieces(line)]


def _pieces(line: str) -> Pasted:
    if "\\n\\nCaused by:" in line:
        return _ESCAPED_END.split(line)
    if "<<< " not in line:
        return [line]
    pieces = _ESCAPED_END.split(line)
    return pieces if sum(map(bool, map(_ESCAPED_MARK.match, pieces))) > 1 else [line]


_COMMAND_OF_A_SHELL: Final = kept_regex(r"(?:^|\s)(?:e?grep|rg|awk) .*\|")


def _without_searches(lines: Pasted) -> Pasted:
    """The command that looked for something in a log names what it looked for."""
    return ["" if _COMMAND_OF_A_SHELL.search(line) else line for line in lines]


_STEPS: Final[tuple[Callable[[Pasted], Pasted], ...]] = (
    _without_fences,
    _without_searches,
    _narrowed,
    _without_quotes,
    _without_quoted_parts,
    _without_entities,
    _without_links,
    _without_bbcode,
    _without_objects,
    _without_parts,
    _unflattened,
    wrapped.without_padding,
    _unescaped,
    _one_each,
    wrapped.unwrapped,
    wrapped.bounces_unwrapped,
    wrapped.exim_unwrapped,
    wrapped.codes_unwrapped,
    wrapped.alerts_unwrapped,
)

_MISREAD: Final = str.maketrans({"O": "0", "o": "0", "Q": "0", "l": "1", "I": "1", "|": "1",
                                 "S": "5", "s": "5", "B": "8"})  # fmt: skip
_CODE: Final = kept_regex(
    r"(?<![\w.])(?=[^\s]*\d)([2-5S][0-5OoQlIS][\dOoQlIS])(?=[ -])(?: ([245S][.,][\dlISOo]{1,3}[.,]"
    r"[\dlISOo]{1,3})(?=\s))?"
)


def as_recognised(lines: Sequence[str]) -> Pasted:
    """Text that a machine read off a picture: full-width characters, and letters for digits where
    a reply has its codes. For where nothing else is found."""
    narrow = [_narrow(line) for line in lines]
    return [_CODE.sub(_digits, line) for line in narrow]


def _narrow(line: str) -> str:
    wide = (unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" else c for c in line)
    return "".join(wide).replace("\u3000", " ")


def _digits(found: re.Match[str]) -> str:
    code = found[1].translate(_MISREAD)
    return f"{code} {found[2].translate(_MISREAD).replace(',', '.')}" if found[2] else code
