"""What servers, logs and files say is data wherever it is shown: one function for each medium.

HTML has none here: Jinja2 escapes all that a page is given (`harness.reports.html`), and `visible`
only spells out what would not be seen there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

_COMMANDS: Final = (
    "error|warning|notice|debug|group|endgroup|echo|add-mask|add-path|add-matcher|remove-matcher"
    "|set-output|set-env|save-state|stop-commands"
)
_NOT_PLAIN: Final = re.compile("[^ -~]")
"""All that may have to be spelled out: in a long text few letters are looked at one by one."""
_MISLEADING: Final = re.compile(
    rf"[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]|::(?=(?:{_COMMANDS})\b)|##(?=\w*\[)",
    re.IGNORECASE,
)
"""Letters that leave a gap or nothing at all, and what the log of a CI takes for a command to it:
GitHub `::error::` at the beginning of a line, wherever we break it, and `##[error]` anywhere, as
Azure `##vso[…]`."""


def visible(text: str) -> str:
    """For terminals, and the logs of a CI: one line, in which nothing moves the cursor, is hidden,
    or changes the direction (C0, C1 and DEL, `\\n` too; what Unicode calls format characters, such
    as U+202E and zero-width ones; lone surrogates): it is spelled out, as in Python."""
    return _spelled(text, lambda c: f"\\x{ord(c):02x}" if c in ":#" else _as_python(c))


def visible_lines(text: str) -> str:
    """The same of a text of several lines, which stay. Also for XML, which allows fewer characters
    (XML 1.0, 2.2), in attributes and text; the markup itself is escaped by whoever writes it."""
    return "\n".join(map(visible, text.split("\n")))


def json_text(data: Any, indent: int | None = None) -> str:
    """For JSON: the same characters, as JSON spells them (RFC 8259, 7), so that what is read from
    it is what was said; all others stay readable."""
    import json  # only now: most of what is shown is for people

    text = json.dumps(data, indent=indent, ensure_ascii=False)
    return _lines_spelled(text, lambda c: _as_json(c) if ord(c) < 0x10000 else json.dumps(c)[1:-1])


def yaml_text(text: str) -> str:
    """For YAML, where it has them in double quotes only: the same (YAML 1.2, 5.7)."""
    return _lines_spelled(text, lambda c: _as_json(c) if ord(c) < 0x10000 else _as_python(c))


def markdown(text: str) -> str:
    """For Markdown: on one line, and nothing in it is markup, wherever a line or a cell of a table
    may begin with it (CommonMark 2.4; GitHub's tables, mentions and references)."""
    escaped = re.sub(r"([\\`*_\[\]<>#|&@~])", r"\\\1", visible(" ".join(text.split())))
    return re.sub(r"^(\d+(?=[.)](?:\s|$))|(?=[-+=]))", r"\1\\", escaped)


def markdown_code(text: str) -> str:
    """For Markdown: a code span that holds whatever the text holds (CommonMark 6.1); not in a
    table, where `|` ends the cell even here."""
    text = visible(" ".join(text.split())) or " "
    marks = "`" * (_longest_run(text) + 1)
    space = " " if "`" in text else ""
    return f"{marks}{space}{text}{space}{marks}"


def markdown_block(lines: Iterable[str]) -> list[str]:
    """For Markdown: lines as they are, in a fence that none of them ends (CommonMark 4.5)."""
    shown = [visible(line) for line in lines]
    fence = "`" * max(3, _longest_run("\n".join(shown)) + 1)
    return [f"{fence}text", *shown, fence]


def github_annotation(title: str, text: str) -> str:
    """For GitHub Actions: the line that makes an annotation (a workflow command), whose text may
    have several lines."""
    return f"::error title={_percent(title, ':,')}::{_percent(visible_lines(text))}"


def _percent(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _lines_spelled(text: str, spell: Callable[[str], str]) -> str:
    return "\n".join(_spelled(line, spell) for line in text.split("\n"))


def _spelled(text: str, spell: Callable[[str], str]) -> str:
    text = _NOT_PLAIN.sub(
        lambda found: found[0] if found[0].isprintable() else spell(found[0]), text
    )
    return _MISLEADING.sub(lambda found: spell(found[0][0]) + found[0][1:], text)


def _as_python(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _as_json(character: str) -> str:
    return f"\\u{ord(character):04x}"
