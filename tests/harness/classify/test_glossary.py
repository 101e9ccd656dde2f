"""One meaning is written once: other languages are read in the rules' own words."""

from __future__ import annotations

import pytest

from harness.classify.glossary import in_our_words


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
