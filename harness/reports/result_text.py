"""One result in words: what was expected, what was said, why it did not pass, the transcript."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.contract.answer import tells_error
from harness.contract.diagnosis import Diagnosis
from harness.judging.verdict import Judgement
from harness.judging.violations import sentence
from harness.reports.lives.time_line import time_line
from harness.reports.tables import said_error
from harness.reports.transcripts import transcript_lines
from harness.runner.events import CaseResult, Said
from harness.runner.records import ConnectionRecord, Line
from harness.taxonomy import protocol_of
from harness.texts import load_report_texts, retold
from harness.texts.escaping import visible

SHOWN_STDERR = 10
"""Lines."""
COLUMN = 12
"""Characters of a label, and what stands before the next column."""
BEFORE = 3
AFTER = 4
"""Lines round a fault, in an excerpt."""


def explain_failure(result: CaseResult) -> str:
    """A paragraph for people: `badinbox run` and the pytest plugin print the same."""
    return "\n".join([f"{title(result)}: {result.judgement.verdict}", *details(result)])


def title(result: CaseResult, language: str = "en") -> str:
    """The case and the phase, on one line."""
    if result.phase == "fault":
        return visible(result.id)
    after: str = load_report_texts(language)["after"]
    return after.format(id=visible(result.id), remedy=result.remedy or "-")


def details(result: CaseResult, language: str = "en") -> Iterator[str]:
    """What was expected and said of a check, why it came out so, and what passed."""
    texts: dict[str, str] = load_report_texts(language)["details"]
    for name, text in _rows(result, texts, language):
        yield f"  {texts[name]:{COLUMN}}{text}".rstrip()
    if result.life:
        yield from _of_life(result, texts, language)
        return
    for record in result.transcript:
        yield from (f"    {line}" for line in transcript_lines(record, language=language))


def _of_life(result: CaseResult, texts: Mapping[str, str], language: str) -> Iterator[str]:
    """The lines round the fault, and how many connections there were besides; the time line."""
    if found := excerpt(result):
        record, lines = found
        yield from (
            f"    {line}" for line in transcript_lines(replace(record, lines=lines), None, language)
        )
    life: dict[str, Any] = load_report_texts(language)["life"]
    if len(result.transcript) > 1:
        others = life["other-transcripts"].format(number=len(result.transcript) - 1)
        yield f"    {others}"
    yield f"  {life['title']}"
    yield from (f"   {line}" for line in time_line(result, language))


def _rows(result: CaseResult, texts: Mapping[str, str], language: str) -> Iterator[tuple[str, str]]:
    """A label, by its id, and what stands behind it."""
    expected, diagnosis = result.expected, result.diagnosis
    yield "expected", named(expected.error, expected.stage, expected.cause, language)
    mapped = diagnosis.rule if result.said and diagnosis else None
    if result.judgement.verdict not in ("crashed", "timed-out"):
        by = texts["by"].format(rule=visible(mapped)) if mapped else ""
        yield "said", said_in(result, language) + by
    yield from _own_words(result.said, texts)
    yield "why", visible(why_in(result.judgement, language)) or texts["as-expected"]
    if result.judgement.violations:
        yield "violations", ", ".join(result.judgement.violations)
    if result.fired:
        yield "fired", ", ".join(result.fired)
    if diagnosis:
        yield from (("evidence", visible(line)) for line in diagnosis.evidence.lines)
        if command := _asked_again(result, diagnosis):
            yield "see-why", command
    yield "transcript", "" if result.transcript else texts["no-connection"]


def _asked_again(result: CaseResult, diagnosis: Diagnosis) -> str:
    """Of what was named wrongly after a reply: how to have it explained."""
    said = "\\n".join(map(visible, diagnosis.evidence.lines))
    stage = diagnosis.stage
    if result.judgement.verdict != "wrong" or not (stage and said):
        return ""
    where = f"--protocol {protocol_of(stage)} --stage {stage}"
    return f"badinbox explain {where} {shlex.quote(said)}"


def _own_words(said: Said | None, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a connector of others said in its own words, and left behind."""
    if said is None:
        return
    if said.error:
        message = f": {visible(said.message)}" if said.message else ""
        yield "answered", f"{visible(said.error)}{message}"
    if said.exit_code:
        yield "exit-code", str(said.exit_code)
    if said.before:
        yield "before", texts["asked-anew"].format(why=visible(said.before))
    yield from (("stderr", visible(line)) for line in telling_lines(said.stderr))


def why_in(judgement: Judgement, language: str = "en") -> str:
    """Why the verdict was given; empty: nothing is to be said."""
    if judgement.verdict == "misbehaved":
        return " ".join(sentence(each, language) for each in judgement.violations)
    return retold("why", judgement.why, language)


def telling_lines(stderr: str) -> list[str]:
    """Of what a process printed, as many lines as are shown: those that name an error before
    others, then the first and the last; `…` where some are left out."""
    lines = stderr.splitlines()
    order = sorted(
        range(len(lines)),
        key=lambda place: (not tells_error(lines[place]), min(place, 2 * (len(lines) - 1 - place))),
    )
    found: list[str] = []
    before = -1
    for place in sorted(order[:SHOWN_STDERR]):
        found += ["…"] * (place > before + 1 and lines[place] != "…") + [lines[place]]
        before = place
    return found


def named(error: str, stage: str | None, cause: str | None, language: str = "en") -> str:
    """An error, with the stage and the cause where they are known."""
    texts = load_report_texts(language)["named"]
    at = texts["at"].format(stage=stage) if stage else ""
    because = texts["cause"].format(cause=cause) if cause else ""
    return f"{error}{at}{because}"


def said(diagnosis: Diagnosis | None, language: str = "en") -> str:
    """What a connector named, on one line."""
    texts = load_report_texts(language)["named"]
    if diagnosis is None:
        nothing: str = texts["nothing"]
        return nothing
    names = ", ".join(diagnosis.candidates)
    also = texts["candidates"].format(names=names) if names else ""
    return named(diagnosis.error, diagnosis.stage, diagnosis.cause, language) + also


def said_in(result: CaseResult, language: str = "en") -> str:
    """The same of a result: who named no failure in a life has said that it is connected."""
    connected = result.diagnosis is None and said_error(result) == "connected"
    return "connected" if connected else said(result.diagnosis, language)


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
