"""What a run found, in place of one paragraph for each case: checks that came out alike, grouped by
what was said, what was expected, and what was done on the way; the largest group first. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.contract.answer import ONE_CHECK, Output, tells_error
from harness.judging.policy import SEVERITIES, severity
from harness.judging.verdict import VERDICTS, Verdict
from harness.judging.violations import sentence
from harness.reports.tables import named_rightly
from harness.runner.events import CaseResult
from harness.taxonomy import DOCUMENTED_ERRORS
from harness.texts import load_report_texts, retold
from harness.texts.escaping import visible

ASKED_IN_VAIN = "password-asked-in-vain"
LONGEST_MESSAGE = 60
"""Characters of a message that are quoted."""
MOST_CODES = 6
"""Codes of its own that are named."""
_RANK = {name: place for place, name in enumerate(dict.fromkeys(SEVERITIES.values()))}
OF_LIVES: frozenset[Verdict] = frozenset(
    {"unnoticed", "late", "hammered", "lost-mail", "duplicated-mail", "not-recovered"}
)
"""Verdicts of lives alone."""
_SAYS: frozenset[Verdict] = OF_LIVES | {
    *("crashed", "timed-out", "not-exercised", "missed", "harness-error")
}
"""At which its own words say nothing of a connector."""


@dataclass(frozen=True)
class Finding:
    """Checks that came out alike.

    - ``kind``: their verdict; of a violation its severity.
    - ``what``: what the connector says or does there, as the predicate of a sentence.
    - ``of``: how many checks there were of that phase and that documented error; of a violation,
      how many in all. ``where``: which those are.
    - ``results``: in the order of the catalogue.
    - ``violation``: its id, where the finding is one.
    - ``language``: in which it is told.
    """

    kind: str
    what: str
    of: int
    where: str
    results: tuple[CaseResult, ...]
    violation: str = ""
    language: str = "en"

    @property
    def headline(self) -> str:
        """One line: what, and in how many."""
        count = _phrases(self.language)["count"].format(number=len(self.results), of=self.of)
        return f"{self.what} {self.where.format(count=count)}"

    @property
    def parts(self) -> list[tuple[str, int]]:
        """How many there are of each cause, the most frequent first; of a violation, of each
        documented error."""
        names = (each.reproduces if self.violation else _cause(each) for each in self.results)
        return [(name, count) for name, count in Counter(names).most_common() if name]

    @property
    def example(self) -> CaseResult:
        """The first one of the most frequent cause; if possible one that shows something."""
        main = max(Counter(map(_cause, self.results)).items(), key=lambda item: item[1])[0]
        of_it = [each for each in self.results if _cause(each) == main]
        shown = [each for each in of_it if any(record.lines for record in each.transcript)]
        return (shown or of_it)[0]

    def text(self, most: int = 8) -> str:
        """The headline, and at most so many parts."""
        parts = self.parts
        if len(parts) < 2 and (self.violation or not parts):
            return self.headline
        named = [f"{name} {count}" for name, count in parts[:most]]
        more = len(parts) - most
        rest = _phrases(self.language)["more"].format(number=more) if more > 0 else ""
        told = f"{', '.join(named)}{rest}"
        return _phrases(self.language)["parts"].format(headline=self.headline, parts=told)


def findings(results: Sequence[CaseResult], language: str = "en") -> list[Finding]:
    """What was said wrongly, or not said, by all that failed; the largest first. Those that are
    `misbehaved` said the right thing: see `violation_findings`."""
    alike: dict[tuple[str, ...], list[CaseResult]] = defaultdict(list)
    for result in results:
        if result.failed and result.judgement.verdict not in ("misbehaved", "not-applicable"):
            alike[_likeness(result)].append(result)
    sizes = Counter[tuple[str, str]]((each.phase, each.reproduces) for each in applicable(results))
    found = [_finding(group, sizes, language) for group in alike.values()]
    return sorted(found, key=lambda each: (-len(each.results), VERDICTS.index(_verdict(each))))


def violation_findings(results: Sequence[CaseResult], language: str = "en") -> list[Finding]:
    """What it should not have done; the worst first, of those the most frequent."""
    alike: dict[str, list[CaseResult]] = defaultdict(list)
    for result in results:
        for name in () if result.accepted else result.judgement.violations:
            alike[name].append(result)
    of, where = len(applicable(results)), _phrases(language)["in-checks"]
    found = [
        Finding(severity(name), name, of, where, tuple(group), name, language)
        for name, group in alike.items()
    ]
    return sorted(found, key=lambda each: (_RANK[severity(each.violation)], -len(each.results)))


def noted(results: Iterable[CaseResult]) -> list[tuple[str, int]]:
    """What is told once for the connector, and in how many checks it was seen."""
    return Counter(name for each in results for name in each.judgement.notes).most_common()


@dataclass(frozen=True)
class Figures:
    """A run in numbers. ``named``: fault phases in which the documented error was right, whatever
    else was not; ``connected``: remedies after which it connected. ``asked_in_vain``: checks in
    which it asked for a password that was right."""

    checks: int
    scenarios: int
    failed: int
    accepted: int
    not_applicable: int
    named: int
    faults: int
    connected: int
    remedies: int
    asked_in_vain: int

    def all_well(self, language: str = "en") -> str:
        """How it is said that nothing failed."""
        none = self.checks == self.not_applicable
        text: str = load_report_texts(language)["console"]["none-applies" if none else "all-passed"]
        return text


def figures(results: Sequence[CaseResult]) -> Figures:
    counted = applicable(results)
    faults = [each for each in counted if each.phase == "fault"]
    remedies = [each for each in counted if each.phase == "remedy"]
    return Figures(
        checks=len(results),
        scenarios=len({each.id for each in results}),
        failed=sum(each.failed or bool(each.accepted) for each in results),
        accepted=sum(bool(each.accepted) for each in results),
        not_applicable=len(results) - len(counted),
        named=sum(map(named_rightly, faults)),
        faults=len(faults),
        connected=sum(map(named_rightly, remedies)),
        remedies=len(remedies),
        asked_in_vain=sum(
            ASKED_IN_VAIN in (*each.judgement.violations, *each.judgement.notes) for each in results
        ),
    )


def applicable(results: Iterable[CaseResult]) -> list[CaseResult]:
    """Those that the connector could have passed."""
    return [each for each in results if each.applies]


def left_out(results: Iterable[CaseResult], language: str = "en") -> str:
    """Why what does not apply to the connector does not, and how often, in one line."""
    reasons = Counter(
        retold("why", each.judgement.why, language) for each in results if not each.applies
    )
    return ", ".join(f"{why} ({count})" for why, count in reasons.most_common())


def about_codes(results: Sequence[CaseResult], language: str = "en") -> str:
    """Where it has codes that nobody reads, or one for whatever is wrong; else empty."""
    failures = [each for each in results if each.said and each.expected.error != "connected"]
    codes = {each.said.error for each in failures if each.said and each.said.error}
    unread = {each.said.error for each in failures if each.said and not each.diagnosis} & codes
    texts: dict[str, str] = load_report_texts(language)["codes"]
    if unread:
        shown = ", ".join(map(visible, sorted(unread)[:MOST_CODES]))
        return texts["unread"].format(codes=shown, mapping=texts["mapping"])
    if len(codes) == 1 and len({each.expected.error for each in failures}) > 1:
        return texts["one"].format(code=visible(*codes), mapping=texts["mapping"])
    return ""


def explained(finding: Finding) -> str:
    """What a violation means, or a verdict on a life; empty for others."""
    if finding.violation:
        return sentence(finding.violation, finding.language)
    of_lives: dict[str, str] = load_report_texts(finding.language)["of-lives"]
    return of_lives.get(finding.kind, "")


def _phrases(language: str) -> dict[str, str]:
    phrases: dict[str, str] = load_report_texts(language)["findings"]
    return phrases


def _finding(group: list[CaseResult], sizes: Counter[tuple[str, str]], language: str) -> Finding:
    first, phrases = group[0], _phrases(language)
    where = phrases["in-fault" if first.phase == "fault" else "after-remedy"]
    return Finding(
        kind=first.judgement.verdict,
        what=_what(group, phrases),
        of=sizes[first.phase, first.reproduces],
        where=where.replace("{error}", first.reproduces),
        results=tuple(group),
        language=language,
    )


def _verdict(finding: Finding) -> Verdict:
    return finding.results[0].judgement.verdict


def _cause(result: CaseResult) -> str:
    if result.phase == "remedy":
        return result.remedy or ""
    return result.expected.cause or ""


def _likeness(result: CaseResult) -> tuple[str, ...]:
    """What is the same of results that are one finding."""
    verdict = result.judgement.verdict
    same = (verdict, result.phase, result.reproduces)
    if verdict in ("not-exercised", "harness-error") or verdict in OF_LIVES:
        return same
    if verdict == "crashed":
        return (*same, _without_numbers(_died_of(result)))
    return (*same, _code(result), _named(result))


def _died_of(result: CaseResult) -> str:
    """The error that its process printed; empty where it named none. What it was waited for in
    vain."""
    if result.judgement.why.endswith(ONE_CHECK):
        return result.judgement.why
    line = visible(Output(stderr=result.said.stderr).decisive) if result.said else ""
    return line[:LONGEST_MESSAGE] if tells_error(line) else ""


def _code(result: CaseResult) -> str:
    return result.said.error if result.said else ""


def _named(result: CaseResult) -> str:
    """The documented error; where that is right, what else was named wrongly."""
    diagnosis = result.diagnosis
    if diagnosis is None:
        return ""
    if diagnosis.error != result.expected.error or result.judgement.verdict != "wrong":
        return diagnosis.error
    details = (f"{diagnosis.stage}" if diagnosis.stage else "", f"{diagnosis.cause or ''}")
    return f"{diagnosis.error} ({', '.join(filter(None, details))})"


def _what(group: list[CaseResult], phrases: dict[str, str]) -> str:
    first = group[0]
    verdict, code, named = first.judgement.verdict, _code(first), _named(first)
    if verdict == "not-exercised" and first.life:
        return phrases["never-comes-to-it"]
    if verdict == "not-exercised" and first.expected.error == "connected":
        return phrases["never-comes"]
    if verdict in _SAYS:
        died = _died_of(first) if verdict == "crashed" else ""
        return phrases["died"].format(error=died) if died else phrases[verdict]
    if not code:
        return phrases["says"].format(named=named) if named else phrases["unreadable"]
    message, always = _usual_message(group)
    known = code in DOCUMENTED_ERRORS or code == named
    so = _so(group, named, phrases)
    if message and always:
        meaning = named if known else phrases["code"].format(code=visible(code), so=so)
        return phrases["message"].format(message=message, meaning=meaning)
    own = named or visible(code) if known else f"{visible(code)} ({so})"
    mostly = phrases["mostly"].format(message=message) if message else ""
    return phrases["says"].format(named=own) + mostly


def _so(group: list[CaseResult], named: str, phrases: dict[str, str]) -> str:
    """What its own code was taken for, and by which rule of the mapping."""
    if not named:
        return phrases["unread"]
    rules = {each.diagnosis.rule for each in group if each.diagnosis}
    by = phrases["by"].format(rule=rules.pop()) if len(rules) == 1 and None not in rules else ""
    return phrases["so"].format(named=named) + by


def _usual_message(group: list[CaseResult]) -> tuple[str, bool]:
    """The message that was given most often, numbers aside, and whether it always was; empty where
    no two are alike."""
    messages = [visible(" ".join(each.said.message.split())) for each in group if each.said]
    alike = Counter(map(_without_numbers, messages))
    [(usual, count)] = alike.most_common(1)
    if count < min(2, len(group)):
        return "", False
    first = next(text for text in messages if _without_numbers(text) == usual)
    if len(first) > LONGEST_MESSAGE:
        first = f"{first[:LONGEST_MESSAGE]}…"
    return first, count == len(group)


def _without_numbers(text: str) -> str:
    return re.sub(r"\d+", "#", text)
