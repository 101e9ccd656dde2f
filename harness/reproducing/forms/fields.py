"""Reads a form in which each line is a JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from harness.reproducing.below import happened
from harness.reproducing.dialogue import Utterance
from harness.reproducing.forms.form import Fields, Form
from harness.reproducing.forms.leads import LogLine


def parsed(line: str) -> dict[str, Any] | None:
    """The object in a line, whatever stands before it."""
    start = line.find("{")
    if start < 0 or not line.rstrip().endswith("}"):
        return None
    try:
        entry = json.loads(line[start:])
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def read_fields(form: Form, lines: Sequence[LogLine]) -> list[Utterance]:
    """What was said and what happened."""
    assert form.fields is not None
    only = form.speaks[0] if len(form.speaks) == 1 else None
    said = (
        replace(each, number=line.number, protocol=each.protocol or only)
        for line in lines
        for each in _line(form.fields, line.text)
    )
    return list(said)


def _line(fields: Fields, line: str) -> Iterator[Utterance]:
    entry = parsed(line)
    if entry is None:
        return
    message = entry.get(fields.line)
    connection = next((str(entry[name]) for name in fields.connection if entry.get(name)), "")
    speaker = next((str(entry[name]) for name in fields.speaker if entry.get(name)), "")
    if not isinstance(message, str) or message in fields.left_out:
        return
    if speaker in fields.heard:
        yield from (Utterance("S", each, connection) for each in message.splitlines() or [""])
    elif speaker in fields.sent:
        yield from (Utterance("C", each, connection) for each in message.splitlines() or [""])
    elif "ecure" in message and "connection" in message.lower():
        yield Utterance("*", "tls", connection)
    else:
        yield from (replace(each, connection=connection) for each in happened(line))
