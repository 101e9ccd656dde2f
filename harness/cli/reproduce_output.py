"""What `badinbox reproduce` prints of a finding, in the order in which it is acted on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness.cli.shared.wrapping import fitted
from harness.reports.result_text import visible
from harness.reproducing.file import command_for
from harness.taxonomy import DOCUMENTED_ERRORS
from harness.texts import load_texts

if TYPE_CHECKING:
    from harness.reproducing.finding import Finding

_SURE: Final = {
    "structured": "sure: the code or the signal says so",
    "provider-text": "sure: these are the words of a known server",
    "generic-text": "likely: general words say so",
    "inferred": "not sure: nothing says it, it follows from the stage",
    None: "the ticket does not tell more",
}
_WIDTH: Final = 10


def finding_lines(finding: Finding) -> Iterator[str]:
    """The finding as lines, wrapped where a terminal shows them."""
    for name, value in _rows(finding):
        yield fitted(f"{name:<{_WIDTH}}  {value}".rstrip())


def _rows(finding: Finding) -> Iterator[tuple[str, str]]:
    texts = load_texts("en")
    yield "error", f"{finding.error}: {DOCUMENTED_ERRORS[finding.error].title_en}"
    yield "stage", finding.stage or "not told"
    cause = finding.cause
    yield "cause", f"{cause}: {texts['causes'][cause]}" if cause else "not told"
    yield "password", "may be asked for again" if finding.ask_password else "is not asked for"
    yield "how sure", _SURE[finding.confidence]
    if finding.candidates:
        yield "or else", ", ".join(finding.candidates)
    yield from _said(finding)
    yield from (("not known", each) for each in finding.assumed)
    yield from (("taken over", each) for each in finding.taken_over)
    yield from (("advice", texts["advice"][each]) for each in finding.advice)
    if finding.scenario:
        yield "written", finding.scenario
        yield "run it", command_for(Path(finding.scenario))
    else:
        yield "written", "nothing: no scenario makes this happen again"
    yield from (("nearest", f"{each.id}: {'; '.join(each.reasons)}") for each in finding.nearest)


def _said(finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.reply is None:
        yield "reply", "no server's words are in it"
    for number, line in enumerate(finding.reply or []):
        where = f"line {finding.line}: " if finding.line and not number else ""
        yield "reply" if not number else "", f"{where}{visible(line)}"
    if finding.ended:
        yield "then", finding.ended
