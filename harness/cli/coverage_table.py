"""The coverage table, for a person and for machines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from harness.scenario.coverage import MODES, Row

_CAUSE_WIDTH: Final = 33
_DIALECTS_WIDTH: Final = 58
_INDENT: Final = "    "


def coverage_lines(rows: Sequence[Row]) -> Iterator[str]:
    """The rows by documented error and stage: cases in all and by security mode, and dialects."""
    yield "cases by security mode: " + ", ".join(MODES)
    for error, of_error in groupby(rows, key=lambda row: row.error):
        yield f"\n{error}"
        for stage, of_stage in groupby(of_error, key=lambda row: row.stage):
            yield f"  {stage}"
            for row in of_stage:
                yield from _row_lines(row)
    yield f"\n{summary(rows)}"


def _row_lines(row: Row) -> Iterator[str]:
    counts = "".join(f"{row.modes[mode] or '·':>4}" for mode in MODES)
    first, *rest = textwrap.wrap(_about(row), _DIALECTS_WIDTH, break_on_hyphens=False)
    yield f"{_INDENT}{row.cause:<{_CAUSE_WIDTH}}{counts}  {first}"
    indent = " " * (len(_INDENT) + _CAUSE_WIDTH + 4 * len(MODES) + 2)
    yield from (f"{indent}{line}" for line in rest)


def _about(row: Row) -> str:
    if row.cases:
        return ", ".join(row.dialects)
    return f"not reproduced: {row.reason}" if row.reason else "EMPTY"


def summary(rows: Sequence[Row]) -> str:
    """How many rows have cases, how many cannot have any, and how many are empty."""
    covered = [row for row in rows if row.cases]
    impossible = [row for row in rows if row.reason]
    dialects = {dialect for row in rows for dialect in row.dialects}
    cases = sum(row.cases for row in rows)
    return (
        f"{cases} cases in {len(covered)} rows, {len(dialects)} dialects; "
        f"{len(impossible)} rows cannot be reproduced; "
        f"{len(rows) - len(covered) - len(impossible)} rows are empty"
    )


def coverage_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """An object for each row."""
    return [
        {
            "error": row.error,
            "stage": row.stage,
            "cause": row.cause,
            "cases": row.cases,
            "modes": dict(row.modes),
            "dialects": list(row.dialects),
            "reason": row.reason,
        }
        for row in rows
    ]
