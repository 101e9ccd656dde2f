"""One meaning is written once: other languages are read in the rules' own words."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.classify.glossary.translation import in_our_words, phrases


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("Der IMAP-Zugang ist nicht aktiviert", "der imap- access is not enabled"),
        ("Неверный логин", "incorrect username"),
        ("密码错误", "password incorrect"),
        ("Mot de passe d'application requis", "app password required"),
        ("Nieprawidłowe hasło", "incorrect password"),
        ("Hesap bloke edildi: gecersiz sifre", "account bloke edildi: incorrect password"),
        ("log on", "login"),
    ],
)
def test_other_words(text: str, ours: str) -> None:
    assert in_our_words(text) == ours


@pytest.mark.parametrize("text", ["please contact us", "a parade", "the postal office", "nothing"])
def test_a_beginning_is_not_found_inside_a_word(text: str) -> None:
    assert in_our_words(text) == text


def test_a_phrase_means_one_thing() -> None:
    known = [phrase.plain for phrase in phrases()]
    assert len(known) > 2500
    assert [phrase for phrase, count in Counter(known).items() if count > 1] == []
