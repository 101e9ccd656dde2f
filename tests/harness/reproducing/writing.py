"""Writes a dialogue as a client of some form would log it: the forms' own templates, the other way
round."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.reproducing.forms.form import Form
from harness.reproducing.forms.line_template import literal_of, written
from harness.taxonomy import Protocol


@dataclass(frozen=True)
class Said:
    """A turn: one command, or one reply with all its lines."""

    who: str
    lines: tuple[str, ...]


def client(*lines: str) -> Said:
    return Said("C", lines)


def server(*lines: str) -> Said:
    return Said("S", lines)


def can_be_written(form: Form) -> bool:
    """Logs of servers tell of refusals only: they are not dialogues."""
    return bool(form.heard or form.headings or form.fields)


def write(form: Form, said: Sequence[Said], protocol: Protocol) -> list[str]:
    """The lines of the log, without anything before them."""
    return [line for turn in said for line in _turn(form, turn, protocol)]


def _turn(form: Form, turn: Said, protocol: Protocol) -> Iterator[str]:
    if form.fields:
        speaker = (form.fields.heard if turn.who == "S" else form.fields.sent)[0]
        entry = {"level": 20, form.fields.speaker[0]: speaker, "cid": "q7"}
        for line in turn.lines:
            yield json.dumps({**entry, form.fields.line: line})
    elif form.headings:
        heading = (form.headings.heard if turn.who == "S" else form.headings.sent)[0]
        yield written(heading, "", protocol)
        first, *more = [*form.headings.below, form.headings.below[0]]
        for number, line in enumerate(turn.lines):
            yield written(more[0] if number else first, line, protocol)
    elif turn.who == "C":
        for line in turn.lines:
            yield _marked(form, _template(form.sent, protocol), line, protocol)
    else:
        yield from _reply(form, turn.lines, protocol)


def _reply(form: Form, lines: Sequence[str], protocol: Protocol) -> Iterator[str]:
    template = _template(form.heard, protocol)
    if form.reply_lines == "following" and protocol == "smtp":
        yield _marked(form, template, lines[0], protocol)
        yield from lines[1:]
    elif form.reply_lines == "joined" and protocol == "smtp":
        yield _marked(form, template, " ".join(lines), protocol)
    else:
        for line in lines:
            yield _marked(form, template, line, protocol)


def _template(templates: Sequence[str], protocol: Protocol) -> str:
    """The client's own for this protocol, where it has more than one."""
    other = "SMTP" if protocol == "imap" else "IMAP"
    mine = [each for each in templates if other not in literal_of(each)]
    named = [each for each in mine if protocol.upper() in literal_of(each)]
    return (named or mine)[0]


def _marked(form: Form, template: str, line: str, protocol: Protocol) -> str:
    if form.quoting == "escapes":
        line = line.replace("\\", "\\\\").replace('"', '\\"') + "\\r\\n"
    if form.quoting == "list" and "{tag}" in template:
        tag, status, rest = [*line.split(" ", 2), "", ""][:3]
        code = re.match(r"(\[[^\]]*\]) ", rest)
        parts = [status, code[1], rest[code.end() :]] if code else [status, rest]
        return written(template.replace("{tag}", tag), ", ".join(parts), protocol)
    return written(template, line, protocol)
