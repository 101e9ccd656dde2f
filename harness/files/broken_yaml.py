"""What is no YAML, in our words: where, and its usual cause.

The parser says where it could not go on; what is wrong often stands a line before. So the lines
there are looked at for what people write by mistake, one look for each kind, the surest first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import yaml

_BREAK: Final = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_LINE: Final = re.compile(
    r"""(?P<indent>[ ]*)(?P<dashes>(?:-[ ]+)*)
        (?:(?P<key>[^\s'"\#{}\[\],:][^:'"\#{}\[\]]*|'[^']*'|"[^"]*"):(?:[ ]+|$))?(?P<value>.*)""",
    re.VERBOSE,
)
_QUOTED: Final = re.compile(r"""(?<![^\s\[{,:])(?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")""")
_BLOCK_TEXT: Final = re.compile(r"[|>][-+0-9]*(\s+#.*)?")
_ODD_SPACES: Final = "\u00a0\u2002\u2003\u2009\u200b\u202f\u3000\ufeff"
_ODD_QUOTES: Final = "\u201c\u201d\u201e\u2018\u2019«»"
_ODD_DASHES: Final = "\u2013\u2014\u2212\u2022\u00b7"
_PAIRS: Final = {"{": "}", "[": "]"}


class Broken(NamedTuple):
    """Line and column count from 1."""

    line: int
    column: int
    message: str


class _Line:
    """One line, taken apart."""

    def __init__(self, number: int, text: str) -> None:
        found = _LINE.fullmatch(text)
        assert found
        self.number, self.text = number, text
        self.key, self.value = (found["key"] or "").strip(), found["value"].rstrip()
        self.dashed = bool(found["dashes"])
        self.indent = len(found["indent"])
        self.starts = self.indent + len(found["dashes"])
        self.value_at = found.start("value")
        self.bare = _QUOTED.sub(lambda quoted: '"' * len(quoted[0]), text)
        """With what is in quotes blotted out."""

    def said(self, message: str, column: int | None = None) -> Broken:
        return Broken(self.number + 1, (self.starts if column is None else column) + 1, message)


@dataclass
class _Text:
    """The lines that are written, without empty ones, comments and the insides of block texts."""

    lines: list[_Line]
    at: int
    """Of the line where the parser stopped, its number; from 0."""
    began: int
    """Of the line where what it was reading began."""
    problem: str

    def before(self, line: _Line) -> _Line | None:
        return next((each for each in reversed(self.lines) if each.number < line.number), None)

    def after(self, line: _Line) -> _Line | None:
        return next((each for each in self.lines if each.number > line.number), None)

    def suspects(self) -> Iterator[_Line]:
        """Where the cause may stand, the likeliest first."""
        seen: set[int] = set()
        here = max((line.number for line in self.lines if line.number <= self.at), default=0)
        before = max((line.number for line in self.lines if line.number < here), default=0)
        for number in (self.began, here, before):
            for line in self.lines:
                if line.number == number and number not in seen:
                    seen.add(number)
                    yield line


def cause_of(error: yaml.YAMLError, text: str) -> Broken:
    """Where `text` is no YAML, and why."""
    rows = _BREAK.split(text)
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return _unreadable(error, text)
    at = min(mark.line, len(rows) - 1)
    began = getattr(error, "context_mark", None)
    context = str(getattr(error, "context", None) or "")
    read = any(word in context for word in ("simple key", "flow", "quoted"))
    problem = str(getattr(error, "problem", None) or error).partition("\n")[0]
    if "depth" in problem:
        return Broken(at + 1, mark.column + 1, "too many or too deeply nested values")
    found = _Text(list(_written(rows, at)), at, began.line if began and read else at, problem)
    for look in _LOOKS_AT_ALL:
        if cause := look(found):
            return cause
    for looks in (_SURE, _LIKELY):
        for line in found.suspects():
            for look_at in looks:
                if cause := look_at(found, line):
                    return cause
    return Broken(
        at + 1,
        mark.column + 1,
        "not YAML from here on: look for a quote, a bracket or a "
        "comma that is missing, and at the indentation",
    )


def _written(rows: list[str], at: int) -> Iterator[_Line]:
    """Up to the line behind the one at which the parser stopped."""
    inside = -1
    for number, row in enumerate(rows[: at + 2]):
        line = _Line(number, row)
        if not row.strip() or row.lstrip(" ").startswith("#"):
            continue
        if 0 <= inside < line.indent and number != at:
            continue
        inside = line.indent if _BLOCK_TEXT.fullmatch(line.value) else -1
        yield line


def _unreadable(error: yaml.YAMLError, text: str) -> Broken:
    """A character that may not stand in YAML at all."""
    found = re.search("[^\t\n\r\x20-\x7e\x85\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    if not found:
        return Broken(1, 1, f"not YAML: {str(error).partition(chr(10))[0]}")
    before = _BREAK.split(text[: found.start()])
    message = f"the character U+{ord(found[0]):04X} is not allowed; in double quotes write it \\x…"
    return Broken(len(before), len(before[-1]) + 1, message)


def _escape(text: _Text) -> Broken | None:
    if "escape" not in text.problem and "decimal" not in text.problem:
        return None
    line = next((each for each in text.lines if each.number == text.at), None)
    message = "a backslash in double quotes begins an escape: write \\\\, or use single quotes"
    return line.said(message, max(line.text.find("\\"), 0)) if line else None


def _quote_left_open(text: _Text) -> Broken | None:
    for line in text.lines:
        quote = line.value[:1]
        following = text.after(line)
        if (
            line.number > text.at
            or quote not in ('"', "'")
            or line.bare[line.value_at :][1:2] == '"'
        ):
            continue
        ends = following is None or (following.key and following.starts <= line.starts)
        if ends and not re.search(r"(?<!\\)" + quote, line.value[1:]):
            return line.said(f"the quote {quote} is not closed on this line", line.value_at)
    return None


def _pasted(text: _Text, line: _Line) -> Broken | None:
    """What came along from elsewhere."""
    if re.match(r"(<{7}|={7}|>{7})( |$)", line.text):
        return line.said("a conflict of git is not resolved here", 0)
    if line.text.startswith("```"):
        return line.said("``` is Markdown: take the line out", 0)
    return None


def _indented_with(text: _Text, line: _Line) -> Broken | None:
    if found := re.match(r"[ -]*\t", line.text):
        return line.said("a tab; YAML is indented with spaces", found.end() - 1)
    if found := re.match(f"[ -]*([{_ODD_SPACES}])", line.text):
        name = "a no-break space" if found[1] == "\u00a0" else f"the space U+{ord(found[1]):04X}"
        return line.said(f"{name}; YAML is indented with plain spaces", found.end() - 1)
    return None


def _dash(text: _Text, line: _Line) -> Broken | None:
    rest = line.text[line.indent :]
    if rest and (rest[0] in _ODD_DASHES or re.match(r"\* [\w-]+:( |$)", rest)):
        return line.said(f"{rest[0]!r} begins no entry of a list; write '- '", line.indent)
    if found := re.match(r"-([A-Za-z][\w-]*:(?: .*)?)$", rest):
        return line.said(f"no space after the dash; write '- {found[1]}'", line.indent)
    return None


def _colon(text: _Text, line: _Line) -> Broken | None:
    rest = line.text[line.starts :].rstrip()
    if line.key:
        return None
    if found := re.fullmatch(r"([\w-]+):([^\s/:].*)", rest):
        said = f"no space after the colon; write '{found[1]}: {found[2]}'"
        return line.said(said, line.starts + len(found[1]) + 1)
    if found := re.fullmatch(r"([\w-]+)\s*=\s*(\S.*)", rest):
        return line.said(f"'=' gives no value; write '{found[1]}: {found[2]}'")
    return None


def _block_text(text: _Text, line: _Line) -> Broken | None:
    before = text.before(line)
    if line.key or before is None or not _BLOCK_TEXT.fullmatch(before.value):
        return None
    said = f"the lines of a block text must be indented further than line {before.number + 1}"
    return line.said(said)


def _begins_badly(text: _Text, line: _Line) -> Broken | None:
    """A plain text begins with what means something else."""
    value, at = line.value, line.value_at
    first = value[:1]
    if found := re.search(f"[{_ODD_QUOTES}]", line.bare):
        what = f"{found[0]} is no quote in YAML; write \" or '"
        return line.said(what, found.start())
    if value.startswith(("- ", "? ")) and line.key:
        return line.said(f"a text that begins with {value[:2]!r} must be in quotes", at)
    if first and first in "@`%*&!":
        return line.said(f"a text that begins with {first!r} must be in quotes", at)
    found = re.search(r"(?<![\w$\"])(\{[\w-]+\}|\[[\w -]+\]) *[^\s,}\]#:]", line.bare)
    if found and not re.match(r" *[\w-]+:( |$)", line.bare[found.end(1) :]):
        return line.said(f"a text with {found[1]} in it must be in quotes", found.start())
    return None


def _goes_on(text: _Text, line: _Line) -> Broken | None:
    """Something stands behind a value that is over."""
    value, at = line.value, line.value_at
    if (quote := value[:1]) in ("'", '"') and (closed := _QUOTED.match(value)):
        rest = value[closed.end() :].lstrip()
        if rest and not rest.startswith("#"):
            twice = "''" if quote == "'" else '\\"'
            return line.said(f"the text goes on after the quote {quote}; inside, write {twice}", at)
    found = re.search(r"[}\]] +([\w-]+):( |$)", line.bare[at:])
    if found and value[:1] in _PAIRS:
        return line.said(f"{found[1]!r} must begin a line of its own", at + found.start(1))
    if line.key and value[:1] not in ("'", '"', "{", "[") and ": " in line.bare[at:] + " ":
        said = (
            f"a second ': ' in this line: put the text in quotes, or what belongs below "
            f"{line.key!r} on a line of its own"
        )
        return line.said(said, at + (line.bare[at:] + " ").index(": "))
    return None


def _bracket(text: _Text, line: _Line) -> Broken | None:
    open_ones: list[tuple[str, int]] = []
    for position, letter in enumerate(line.bare):
        if letter in _PAIRS:
            open_ones.append((letter, position))
        elif letter in _PAIRS.values() and open_ones:
            open_ones.pop()
    following = text.after(line)
    if open_ones and (following is None or following.key or following.dashed):
        opened, position = open_ones[-1]
        return line.said(f"{opened} is not closed: {_PAIRS[opened]} is missing", position)
    found = re.search(r"[^\s,\[{] +(?=[\w-]+: )", line.bare[line.value_at :])
    if "',' or" in text.problem and not open_ones and found:
        place = line.value_at + found.end()
        name = line.text[place:].partition(":")[0]
        return line.said(f"a comma is missing before {name!r}", place)
    return None


def _indentation(text: _Text, line: _Line) -> Broken | None:
    if line.number != text.at or not (line.key or line.dashed):
        return None
    before = text.before(line)
    if before is None:
        return None
    earlier = [each for each in text.lines if each.number < line.number]
    if line.indent > before.starts and before.value:
        if ended := _ended_list(earlier, before, line):
            return ended
        said = f"indented further than line {before.number + 1}, though nothing is opened there"
        return line.said(said + _goes_on_in(earlier, line), line.indent)
    columns, lowest = set(), before.indent + 1
    for each in reversed(earlier):
        if each.indent < lowest:
            columns |= {each.indent, each.starts}
            lowest = each.indent
    if line.indent not in columns:
        said = "the indentation fits no line before: one level is one column"
        return line.said(said + _goes_on_in(earlier, line), line.indent)
    return _mixed(earlier, line)


def _ended_list(earlier: list[_Line], before: _Line, line: _Line) -> Broken | None:
    """A key of an entry is indented so little that it ends the list, which then goes on."""
    entry = _sibling([each for each in earlier if each.number < before.number], line)
    if not (line.dashed and entry and before.key and before.indent < line.indent):
        return None
    return before.said(
        f"{before.key!r} ends the list that goes on below: begin it in column {entry.starts + 1} "
        f"to belong to the entry above it"
    )


def _sibling(earlier: list[_Line], line: _Line) -> _Line | None:
    """The entry of a list in the same column, which nothing has ended by then."""
    last = next((each for each in reversed(earlier) if each.indent <= line.indent), None)
    return last if last and last.dashed and last.indent == line.indent else None


def _goes_on_in(earlier: list[_Line], line: _Line) -> str:
    """The end of a message: where such a line is due."""
    if not line.dashed:
        key, column = earlier[-1].key, earlier[-1].starts
        return f"; beside {key!r} it begins in column {column + 1}" if key else ""
    for each in reversed(earlier):
        if each.dashed:
            return f"; as an entry of the list above it begins in column {each.indent + 1}"
        if each.indent <= line.indent:
            break
    return ""


def _mixed(earlier: list[_Line], line: _Line) -> Broken | None:
    """A key in the column of a list, or an entry of a list in that of keys."""
    entry = _sibling(earlier, line)
    if line.dashed == bool(entry):
        return None
    said = "entries with '- ' and without it do not go together"
    if entry is None:
        where = _goes_on_in(earlier, line) or ": look at the indentation"
        return line.said(said + where, line.indent)
    top = ", or begin it in column 1" if line.indent else ""
    return line.said(
        f"{said}: indent {line.key!r} by {entry.starts - line.indent} to belong to the entry "
        f"above it, or write '- ' before it{top}"
    )


def _colon_in_braces(text: _Text, line: _Line) -> Broken | None:
    found = re.search(r"[{,] *([\w-]+):(?=[\[{\"'])", line.bare)
    if not found:
        return None
    return line.said(f"no space after the colon of {found[1]!r}", found.end() - 1)


def _no_key(text: _Text, line: _Line) -> Broken | None:
    if line.key or line.value[:1] in _PAIRS or not line.value:
        return None
    shown = line.value if len(line.value) <= 40 else line.value[:39] + "…"
    said = f"{shown!r} is no key with a colon; a text that goes on must be indented further"
    return line.said(said)


_LOOKS_AT_ALL: Final[tuple[Callable[[_Text], Broken | None], ...]] = (_escape, _quote_left_open)
_SURE: Final[tuple[Callable[[_Text, _Line], Broken | None], ...]] = (
    _pasted,
    _indented_with,
    _dash,
    _colon,
    _block_text,
)
_LIKELY: Final[tuple[Callable[[_Text, _Line], Broken | None], ...]] = (
    _begins_badly,
    _goes_on,
    _bracket,
    _indentation,
    _colon_in_braces,
    _no_key,
)
