"""The part of a transcript at which it happened: the fault, or else the end."""

from __future__ import annotations

from harness.runner.events import CaseResult, ConnectionRecord, Line

BEFORE = 3
AFTER = 4


def excerpt(result: CaseResult) -> tuple[ConnectionRecord, tuple[Line, ...]] | None:
    """The connection on which a fault was delivered, and the lines around it; where none was, the
    end of the last connection; None without any connection."""
    for record in result.transcript:
        for number, line in enumerate(record.lines):
            if is_fired(line):
                return record, record.lines[max(0, number - BEFORE) : number + AFTER + 1]
    if not result.transcript:
        return None
    last = result.transcript[-1]
    return last, last.lines[-(BEFORE + AFTER) :]


def is_fired(line: Line) -> bool:
    """Whether the line says that a fault was delivered."""
    return line.direction == "*" and " fired" in line.text
