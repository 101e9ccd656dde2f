"""Every id has a text in both languages, and every diagnosis a paragraph."""

from __future__ import annotations

import pytest

from harness.contract.diagnosis import Diagnosis
from harness.taxonomy import ADVICE, CAUSES, DOCUMENTED_ERRORS
from harness.texts import LANGUAGES, load_texts, render


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_id_has_a_sentence(language: str) -> None:
    texts = load_texts(language)
    assert set(texts["errors"]) == set(DOCUMENTED_ERRORS)
    assert set(texts["causes"]) == set(CAUSES)
    assert set(texts["advice"]) == set(ADVICE)
    for group in ("errors", "causes", "advice"):
        assert all(text.endswith(".") for text in texts[group].values())


def test_french_uses_the_articles_titles() -> None:
    for error, info in DOCUMENTED_ERRORS.items():
        assert load_texts("fr")["errors"][error].startswith(info.title_fr), error


def test_a_paragraph_names_error_cause_candidates_and_advice() -> None:
    text = render(
        Diagnosis(
            error="unauthorized",
            cause="bad-credentials",
            candidates=["bad-credentials", "smtp-auth-disabled"],
            advice=["confirm-address-and-password"],
        )
    )
    english = load_texts("en")
    assert text["en"].startswith(english["errors"]["unauthorized"])
    assert english["causes"]["smtp-auth-disabled"].rstrip(".") in text["en"]
    assert text["fr"].endswith(load_texts("fr")["advice"]["confirm-address-and-password"])


def test_only_the_error_is_enough() -> None:
    assert render(Diagnosis(error="connected"))["fr"].startswith("Connecté")
