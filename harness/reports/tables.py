"""The tables of a run: errors by verdict, what was expected by what was said, violations; which
checks took longest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from harness.judging.interpret import SERVER_WORDS
from harness.judging.verdict import VERDICTS, Verdict
from harness.runner.events import CaseResult
from harness.taxonomy import DOCUMENTED_ERRORS
from harness.texts import load_report_texts, number_of

NOTHING = "nothing"
"""What was said where nothing could be read."""


@dataclass(frozen=True)
class Table:
    """Counts by row and column; rows and columns without any are left out."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Counter[tuple[str, str]]


def verdict_table(results: Sequence[CaseResult]) -> Table:
    """Checks, of both phases, by documented error and verdict."""
    pairs = ((result.reproduces, result.judgement.verdict) for result in results)
    return _table(pairs, tuple(DOCUMENTED_ERRORS), tuple(reversed(VERDICTS)))


def confusion_table(results: Sequence[CaseResult]) -> Table:
    """Checks of the fault phase: the documented error that was expected, by what was said."""
    pairs = ((each.expected.error, said_error(each)) for each in results if each.phase == "fault")
    return _table(pairs, tuple(DOCUMENTED_ERRORS), (*DOCUMENTED_ERRORS, SERVER_WORDS, NOTHING))


_RIGHT_OF_LIVES: Final[tuple[Verdict, ...]] = (
    *("late", "hammered", "lost-mail", "duplicated-mail", "not-recovered"),
)
"""Verdicts on a life that may have named its error rightly."""
NAMED = ("right", SERVER_WORDS, "wrong", "missed", "unclear", "unmet", "silent", "other")
_NAMED = {
    **{"passed": "right", "misbehaved": "right", "wrong": "wrong", "missed": "missed"},
    **{"unclear": "unclear", "not-exercised": "unmet", "crashed": "silent", "timed-out": "silent"},
    **{"unnoticed": "missed", "late": "right"},
}


def naming_table(results: Sequence[CaseResult]) -> Table:
    """Checks of the fault phase by documented error and how it was named, whatever else was not as
    it should be. `server-words`: it claimed nothing, and showed them; `unmet`: the fault was not;
    `silent`: it crashed, or did not answer in time."""
    pairs = [
        (each.reproduces, _naming(each))
        for each in results
        if each.phase == "fault" and each.judgement.verdict != "not-applicable"
    ]
    return _table(pairs, tuple(DOCUMENTED_ERRORS), NAMED)


def _naming(result: CaseResult) -> str:
    if claims_nothing(result):
        return SERVER_WORDS
    return "right" if named_rightly(result) else _NAMED.get(result.judgement.verdict, "other")


def named_rightly(result: CaseResult) -> bool:
    """Whether it met the fault and named the documented error that was expected: a wrong stage or
    cause, and whatever it did on the way, are other matters."""
    if claims_nothing(result):
        return False
    if result.judgement.verdict in ("passed", "misbehaved"):
        return True
    right = result.diagnosis is not None and result.diagnosis.error == result.expected.error
    return result.judgement.verdict in ("wrong", *_RIGHT_OF_LIVES) and right


def claims_nothing(result: CaseResult) -> bool:
    """Whether it named no error, and showed what the server said: neither right nor wrong."""
    judgement = result.judgement
    return "claims-nothing" in (*judgement.notes, *judgement.violations)


def said_error(result: CaseResult) -> str:
    """The documented error that a connector named; that it showed the server's words; `NOTHING`. Of
    a life in which nothing is to be named: what it said last."""
    if claims_nothing(result):
        return SERVER_WORDS
    views = [each.state for each in result.life if each.state in ("connected", "failing")]
    unnamed = result.diagnosis is None or result.expected.error == "connected"
    if unnamed and views[-1:] == ["connected"]:
        return "connected"
    return result.diagnosis.error if result.diagnosis else NOTHING


def confused(table: Table) -> bool:
    """Whether anything stands off the diagonal."""
    return any(row != column for row, column in table.counts)


def _table(
    pairs: Iterable[tuple[str, str]], rows: tuple[str, ...], columns: tuple[str, ...]
) -> Table:
    counts = Counter(pairs)
    return Table(
        tuple(row for row in rows if any(pair[0] == row for pair in counts)),
        tuple(column for column in columns if any(pair[1] == column for pair in counts)),
        counts,
    )


def duration_lines(results: Sequence[CaseResult], most: int, language: str = "en") -> Iterator[str]:
    """The slowest, the slowest first, with the seconds that each took."""
    slowest = sorted(results, key=lambda result: -result.seconds)[:most]
    texts: dict[str, str] = load_report_texts(language)["durations"]
    if slowest:
        checks = number_of(len(results), "check", language)
        yield texts["slowest"].format(number=len(slowest), checks=checks)
    for result in slowest:
        remedy = texts["remedy"].format(remedy=result.remedy) if result.remedy else ""
        yield f"{result.seconds:8.2f} s  {result.id}{remedy}"
