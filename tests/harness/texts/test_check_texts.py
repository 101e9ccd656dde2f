"""Every id has a text in both languages, and both languages speak of the same facts."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from harness.check_report.explanation import REASONS
from harness.checker.second_look import Outcome
from harness.checker.steps import StepName
from harness.taxonomy import CAUSES
from harness.taxonomy.ids import Owner
from harness.texts import LANGUAGES, load_check_texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_id_has_a_text(language: str) -> None:
    texts = load_check_texts(language)
    assert set(texts["probes"]) == set(get_args(Outcome))
    assert set(texts["steps"]) == set(get_args(StepName))
    assert set(texts["customer"]["owner"]) == set(get_args(Owner))
    assert set(texts["customer"]["reasons"]) == set(REASONS.values())


def test_every_cause_has_a_reason() -> None:
    assert set(REASONS) == set(CAUSES)


def _flat(texts: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(texts, dict):
        for key, value in texts.items():
            yield from _flat(value, f"{path}/{key}")
    else:
        yield path, texts


def _facts(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things() -> None:
    english, french = (dict(_flat(load_check_texts(language))) for language in LANGUAGES)
    assert english.keys() == french.keys()
    assert {key: _facts(text) for key, text in english.items()} == {
        key: _facts(text) for key, text in french.items()
    }
