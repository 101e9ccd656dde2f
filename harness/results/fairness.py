"""On what the expectation of each case rests, and what else is right there: for those who review
the catalogue, or are told by it that they are wrong.

The built-in checker meets every case; how it comes to its diagnosis is what there is to go by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from harness.contract.capabilities import Capabilities
from harness.contract.diagnosis import Confidence
from harness.runner.events import CaseResult
from harness.runner.runner import Runner
from harness.scenario.model import AlsoAccepted, Scenario

COMMAND: Final = "badinbox list --fairness"
READING: Final = "our reading"
_RESTS_ON: Final[Mapping[Confidence | None, str]] = {
    "structured": "signal",
    "provider-text": "its own words",
    "generic-text": "words",
    "inferred": READING,
    None: READING,
}
_SHORT_HELLO: Final = Capabilities(hello_bytes=512)
"""The table is the same wherever it is made: from 3.5 on OpenSSL's ClientHello is long."""
_HEAD: Final = f"""\
# On what each case rests

Written by `{COMMAND} > scenarios/FAIRNESS.md`; a test holds it. The built-in checker met every
case. The table says by what it can be told, and what else a connector may rightly say: whoever
thinks that a case is unfair to them finds here what to doubt.

- **signal**: something structured: a reply code, a response code, a certificate, a TLS alert, an
  error of the network, silence, a capability that is offered or not
- **its own words**: words that this one provider or server is known for
- **words**: words that any server may use
- **{READING}**: nothing on the wire says so: the stage alone decides, or one signal has several
  causes, and this is one of them
- *not exact*: the article's text does not cover it word for word, and the error is the nearest

Lives (`life/`) have no rows: most break into a case that has one."""


@dataclass(frozen=True)
class Grounds:
    """What the expectation of a case rests on. `rule`: of the checker; empty: the stage alone.
    `others`: causes that the same signal may have."""

    rests_on: str
    exact: bool
    cause: str
    rule: str
    others: tuple[str, ...]
    also: tuple[AlsoAccepted, ...]


async def fairness(scenarios: Sequence[Scenario], jobs: int) -> str:
    """The whole table, as Markdown, of the scenarios in which something is wrong, lives apart."""
    faulty = [scenario for scenario in scenarios if scenario.stage and not scenario.life]
    return table(faulty, await met(faulty, jobs))


async def met(scenarios: Sequence[Scenario], jobs: int) -> dict[str, CaseResult]:
    """What the built-in checker meets in each, by id, without the remedies."""
    async with Runner(jobs=jobs, does=_SHORT_HELLO, keeps_basis=False) as runner:
        return {
            result.id: result
            async for event in runner.run(scenarios, "fault")
            for result in getattr(event, "results", ())
        }


def table(faulty: Sequence[Scenario], results: Mapping[str, CaseResult]) -> str:
    """The table of what was met in these scenarios."""
    bases = {each.id: grounds(each, results[each.id]) for each in faulty}
    return "\n".join(_lines(faulty, bases)) + "\n"


def grounds(scenario: Scenario, result: CaseResult) -> Grounds:
    """On what it rests that a connector should say what the scenario expects."""
    diagnosis = result.diagnosis
    if diagnosis is None:
        return Grounds(READING, True, str(scenario.cause), "", (), scenario.also_accepted)
    named = diagnosis.error == scenario.reproduces and diagnosis.cause == scenario.cause
    others = [each for each in (diagnosis.cause, *diagnosis.candidates) if each]
    return Grounds(
        rests_on=_RESTS_ON[diagnosis.confidence] if named else READING,
        exact=diagnosis.exact,
        cause=str(scenario.cause),
        rule=diagnosis.rule or "",
        others=tuple(dict.fromkeys(each for each in others if each != scenario.cause)),
        also=scenario.also_accepted,
    )


def _lines(scenarios: Sequence[Scenario], bases: Mapping[str, Grounds]) -> Iterator[str]:
    yield _HEAD
    yield from ("", "| | cases | of these with another right answer |", "|---|---|---|")
    for kind in dict.fromkeys(_RESTS_ON.values()):
        found = [each for each in bases.values() if each.rests_on == kind]
        yield f"| {kind} | {len(found)} | {sum(bool(each.also) for each in found)} |"
    for error, of_error in groupby(scenarios, key=lambda each: each.reproduces):
        yield from ("", f"## {error}", "")
        yield "| scenario | cause | rests on | by rule | may as well be | also right |"
        yield "|---|---|---|---|---|---|"
        for stem, of_stem in groupby(of_error, key=lambda each: each.id.partition("[")[0]):
            yield from _rows(stem, list(of_stem), bases)


def _rows(stem: str, cases: Sequence[Scenario], bases: Mapping[str, Grounds]) -> Iterator[str]:
    """Cases of a file that rest on the same are one row."""
    alike: dict[Grounds, list[str]] = {}
    for each in cases:
        alike.setdefault(bases[each.id], []).append(each.id.partition("[")[2].rstrip("]"))
    for found, names in alike.items():
        which = f" [{', '.join(names)}]" if len(alike) > 1 else ""
        name = f"{stem.partition('/')[2]}{which}"
        if len(names) > 1 and not which:
            name += f" ({len(names)} cases)"
        rests_on = found.rests_on + ("" if found.exact else ", *not exact*")
        others = ", ".join(found.others) or "-"
        rule, also = found.rule or "-", "; ".join(map(_worded, found.also)) or "-"
        yield f"| {name} | {found.cause} | {rests_on} | {rule} | {others} | {also} |"


def _worded(also: AlsoAccepted) -> str:
    cause = f" ({also.cause})" if also.cause else ""
    return f"**{also.error}**{cause}: {also.reason}"
