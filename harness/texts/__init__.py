"""Readable texts, in English and French, for documented errors, causes and advice."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from harness.contract.diagnosis import Diagnosis

LANGUAGES: Final = ("en", "fr")


def load_texts(language: str) -> dict[str, Any]:
    """The texts of one language: ``errors``, ``causes``, ``advice`` by id, and ``phrases``."""
    return _load(f"{language}.yaml")


def load_check_texts(language: str) -> dict[str, Any]:
    """What ``badinbox check`` says besides the diagnosis, in one language."""
    return _load(f"check.{language}.yaml")


def load_page_texts(language: str) -> dict[str, Any]:
    """What the page of `badinbox serve` says that stands in no template of it, in one language."""
    return _load(f"page.{language}.yaml")


def load_report_texts(language: str) -> dict[str, Any]:
    """What the results of a run are told with, in one language."""
    return _load(f"report.{language}.yaml")


def load_command_texts(language: str) -> dict[str, Any]:
    """What `badinbox reproduce`, `explain`, `show` and `list` print, in one language."""
    return _load(f"commands.{language}.yaml")


RetoldKind = Literal[
    "happened", "why", "preflight", "baseline", "reproduced", "explained", "reach", "coverage"
]


def retold(kind: RetoldKind, text: str, language: str) -> str:
    """A sentence that is made in English elsewhere, in one language: what happened to a connection
    (the lines of a transcript with `*`), why a verdict was given, what a preflight found, what is
    wrong with a baseline, what `reproduce` found and assumed, by what a rule of the classification
    matched, how a mailbox is chosen at the common ports and why not, what no scenario covers.
    English where the language has no such sentence; a part of it that is called `inner` is a
    sentence of the same kind."""
    before, _, last = text.rpartition("; ")
    # What was added to a sentence comes first: the sentence may end with whatever it quotes.
    if before and (added := _retold_whole(kind, last, language)) is not None:
        return f"{retold(kind, before, language)} ; {added}"
    if (whole := _retold_whole(kind, text, language)) is not None:
        return whole
    first, separator, rest = text.partition("; ")
    if not (separator and load_report_texts(language).get(kind)):
        return text
    return f"{retold(kind, first, language)} ; {retold(kind, rest, language)}"


def _retold_whole(kind: RetoldKind, text: str, language: str) -> str | None:
    texts = load_report_texts(language)
    for said, told in (*texts.get(kind, {}).items(), *texts.get("hint", {}).items()):
        if matched := re.fullmatch(said, text, re.DOTALL):
            parts = [matched.expand(part) for part in told.split(r"\g<inner>")]
            inner = matched.groupdict().get("inner", "")
            return retold(kind, inner, language).join(parts) if inner else parts[0]
    return None


def preflight_line(line: str, language: str) -> str:
    """A line of a preflight; what the connector does, and why it is not fit, is told in parts."""
    head, _, rest = line.partition(": ")
    told = retold("preflight", head, language)
    if not rest or told == head:
        return retold("preflight", line, language)
    if head == "preflight":
        parts = ", ".join(preflight_line(each, language) for each in rest.split(", "))
        return f"{told} : {parts}"
    return f"{told} : {retold('why', rest, language)}"


@cache
def _load(name: str) -> dict[str, Any]:
    from fakeservers.files.kept import kept  # only now: a shell that completes wants no texts
    from fakeservers.files.packaged import packaged_yaml

    file = Path(__file__).with_name(name)
    texts: dict[str, Any] = kept(f"texts-{name}", lambda: packaged_yaml(file))
    return texts


def counted(number: int, noun: str) -> str:
    """`1 check`, `2 checks`: of how many, in English; a noun whose plural has an `s`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def number_of(number: int, noun: str, language: str) -> str:
    """The same in one language, of what runs are told with: `check`, `scenario`, `finding`."""
    texts = load_report_texts(language)["console"]
    one, several = texts[noun]
    form: str = one if number in texts["one-means"] else several
    return form.format(number=number)


def render(diagnosis: Diagnosis) -> dict[str, str]:
    """One readable paragraph by language: what happened, why, and what to do about it."""
    return {language: _paragraph(diagnosis, load_texts(language)) for language in LANGUAGES}


def _paragraph(diagnosis: Diagnosis, texts: dict[str, Any]) -> str:
    unsent = "test-email-not-sent" in diagnosis.warnings and diagnosis.error == "connected"
    sentences = [texts["phrases"]["unsent"] if unsent else texts["errors"][diagnosis.error]]
    if diagnosis.cause is not None:
        sentences.append(texts["causes"][diagnosis.cause])
    others = [texts["causes"][name] for name in diagnosis.candidates if name != diagnosis.cause]
    if others:
        sentences.append(_possibilities(others, texts["phrases"]))
    sentences.extend(texts["advice"][item] for item in diagnosis.advice)
    return " ".join(sentences)


def _possibilities(others: list[str], phrases: dict[str, str]) -> str:
    quoted = [phrases["cause"].format(text=text.rstrip(".")) for text in others]
    return phrases["candidates"].format(candidates=phrases["or"].join(quoted))
