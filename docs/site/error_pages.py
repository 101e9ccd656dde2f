"""A page for each documented error, in English and French, made of the data: what it is, how it
shows on the wire, in whose words, what to tell the customer, what cures it, the scenarios."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from docs.site.markdown import block, cell, code, page_text, prose, table, words
from docs.site.server_words import words_of, words_table
from harness.check_report.explanation import why_for_customer
from harness.contract.diagnosis import Diagnosis
from harness.reports.transcripts import transcript_line
from harness.runner.events import CaseResult
from harness.runner.runner import Runner
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect
from harness.scenario.model import Scenario
from harness.scenario.sample import sample
from harness.taxonomy import CAUSES, DOCUMENTED_ERRORS, RETRYING, STAGES, Cause, DocumentedError
from harness.texts import LANGUAGES, load_texts

_PLACES: Final = {"en": "errors", "fr": "fr/errors"}
"""The folder of pages in each language."""
_NEITHER: Final = ("connected", "unclassified")
_ERRORS: Final = tuple(error for error in DOCUMENTED_ERRORS if error not in _NEITHER)
_JOBS: Final = 8


@dataclass(frozen=True)
class _Page:
    """What a page is made of."""

    error: DocumentedError
    language: str
    checks: Sequence[Scenario]
    lives: Sequence[Scenario]
    shown: Sequence[tuple[Scenario, CaseResult]]
    """Some of the checks, as they were run."""

    @property
    def words(self) -> dict[str, Any]:
        """What such pages say."""
        found: dict[str, Any] = _words()[self.language]
        return found

    @property
    def texts(self) -> dict[str, Any]:
        """What badinbox says."""
        return load_texts(self.language)


def pages() -> dict[str, str]:
    """By their names. Some scenarios are run, to show what is on the wire."""
    scenarios = [each for each in collect([builtin_path()]) if each.reproduces in _ERRORS]
    ran = asyncio.run(_run(_examples(scenarios)))
    made = {}
    for language in LANGUAGES:
        folder = _PLACES[language]
        made[f"{folder}/index"] = page_text(_index(scenarios, language))
        for error in _ERRORS:
            its = [each for each in scenarios if each.reproduces == error]
            checks = [each for each in its if not each.life]
            lives = [each for each in its if each.life]
            shown = [(each, ran[each.id]) for each in checks if each.id in ran]
            page = _Page(error, language, checks, lives, shown)
            made[f"{folder}/{error}"] = page_text(_page(page))
    return made


@cache
def _words() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(
        Path(__file__).with_name("words.yaml").read_text("utf-8")
    )
    return loaded


def _examples(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Of each error, one at each protocol, of those that stand for all."""
    found: dict[tuple[str, str], Scenario] = {}
    for each in sample(scenarios):
        if each.stage and words_of(each):
            found.setdefault((each.reproduces, STAGES[each.stage].protocol), each)
    for each in sample(scenarios):
        if each.stage and not any(error == each.reproduces for error, _ in found):
            found[each.reproduces, ""] = each
    return list(found.values())


async def _run(scenarios: Iterable[Scenario]) -> dict[str, CaseResult]:
    async with Runner(jobs=_JOBS) as runner:
        ran = await asyncio.gather(*(runner.run_case(each, "fault") for each in scenarios))
    return {result.id: result for [result] in ran}


def _title(error: DocumentedError, language: str) -> str:
    info = DOCUMENTED_ERRORS[error]
    return info.title_fr if language == "fr" else info.title_en


def _other(language: str) -> str:
    return next(each for each in LANGUAGES if each != language)


def _switch(language: str, name: str) -> str:
    """A link to the same page in the other language."""
    up = "../" * (1 + _PLACES[language].count("/"))
    said: str = _words()[language]["other"]
    return said.format(page=f"{up}{_PLACES[_other(language)]}/{name}.md")


def _index(scenarios: Sequence[Scenario], language: str) -> Iterator[str]:
    texts = _words()[language]
    numbers: Counter[str] = Counter(each.reproduces for each in scenarios)
    yield from (f"# {texts['errors']}", "", _switch(language, "index"), "", texts["about"], "")
    rows = (
        (
            code(error),
            f"[{_title(error, language)}]({error}.md)",
            cell(_title(error, _other(language))),
            str(numbers[error]),
        )
        for error in _ERRORS
    )
    yield from table(texts["columns"], rows)
    yield from ("```{toctree}", ":hidden:", ":titlesonly:", "", *_ERRORS, "```")


def _page(page: _Page) -> Iterator[str]:
    texts, info = page.words, DOCUMENTED_ERRORS[page.error]
    yield from (f"# {_title(page.error, page.language)}", "")
    yield from (_switch(page.language, page.error), "")
    yield from (prose(page.texts["errors"][page.error]), "")
    titles = [_title(page.error, _other(page.language)), *info.also_titled]
    listed = ", ".join(f"“{prose(title)}”" for title in titles)
    yield from (texts["id"].format(id=page.error, titles=listed), "")
    yield from (f"## {texts['where']}", "")
    numbers = Counter(each.stage for each in page.checks)
    yield from table(texts["stage"], ((code(s), str(numbers[s])) for s in STAGES if numbers[s]))
    yield from (f"## {texts['cure']}", "", texts["advised"], "")
    for number, advice in enumerate(info.advice, 1):
        yield f"{number}. {prose(page.texts['advice'][advice])}"
    yield from ("", f"## {texts['wire']}", "")
    for scenario, result in page.shown:
        yield from _example(scenario, result, page)
    yield from (f"## {texts['causes']}", "", texts["varies"], "")
    by_cause: defaultdict[Cause, list[Scenario]] = defaultdict(list)
    for each in page.checks:
        if each.cause:
            by_cause[each.cause].append(each)
    for cause in sorted(by_cause, key=lambda cause: -len(by_cause[cause])):
        yield from _cause(cause, by_cause[cause], page)
    if page.lives:
        yield from _lives(page)


def _example(scenario: Scenario, result: CaseResult, page: _Page) -> Iterator[str]:
    texts = page.words
    yield from (texts["example"].format(title=words(scenario.title), id=scenario.id), "")
    lines = [
        transcript_line(line, page.language)[9:]  # without the seconds
        for record in result.transcript
        if scenario.stage is None or record.protocol == STAGES[scenario.stage].protocol
        for line in record.lines
    ]
    yield from (block(lines), "")
    yield from (texts["try"].format(command=f"badinbox serve '{scenario.id}'"), "")


def _cause(cause: Cause, scenarios: Sequence[Scenario], page: _Page) -> Iterator[str]:
    texts, info, retrying = page.words, CAUSES[cause], RETRYING[cause]
    yield from (f"### `{cause}`", "", prose(page.texts["causes"][cause]), "")
    told = " ".join(why_for_customer(_diagnosed(cause, scenarios[0]), page.language, password=True))
    yield f"- {texts['customer'].format(text=prose(told))}"
    if advised := " ".join(page.texts["advice"][each] for each in info.advice):
        yield f"- {texts['cured'].format(text=prose(advised))}"
    manner = texts["manners"][retrying.manner]
    yield f"- {texts['why'].format(manner=manner, why=prose(retrying.why))}"
    stages = ", ".join(code(stage) for stage in STAGES if any(s.stage == stage for s in scenarios))
    yield from (f"- {texts['at'].format(stages=stages)}", "")
    yield from words_table(scenarios, texts)


def _diagnosed(cause: Cause, scenario: Scenario) -> Diagnosis:
    """As the built-in checker says it, where it knows no more than the cause."""
    info = CAUSES[cause]
    return Diagnosis(
        error=scenario.reproduces,
        stage=scenario.stage,
        cause=cause,
        retryable=info.retry is True,
        ask_password=info.ask,
        owner=next(iter(info.owners), None),
        advice=list(info.advice),
    )


def _lives(page: _Page) -> Iterator[str]:
    texts = page.words
    yield from (f"## {texts['lives']}", "")
    yield from (texts["lived"].format(number=len(page.lives), id=page.error), "")
    yield from table(texts["life"], ((code(each.id), words(each.title)) for each in page.lives))
