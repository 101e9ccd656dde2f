"""The words that tell messages of one kind from others."""

from __future__ import annotations

from collections import Counter

from harness.mapping.first import telling_phrases

MESSAGES = {
    "Login failed: 535 5.7.8 wrong password": Counter(password=4),
    "Login failed: 535 5.7.8 no such user": Counter(password=2),
    "Login failed: 454 4.7.0 come back later (a1b2c3d4e5f6)": Counter(wait=2),
    "Login failed: 454 4.7.0 come back soon (0123456789ab)": Counter(wait=1),
    "Login failed": Counter(password=1, wait=1),
}


def told(messages: dict[str, Counter[str]], usual: str, most: int = 9) -> list[tuple[str, str]]:
    return [(each.text, each.kind) for each in telling_phrases(messages, usual, most)]


def test_the_longest_words_that_all_of_them_share() -> None:
    assert told(MESSAGES, "password") == [("Login failed: 454 4.7.0 come", "wait")]


def test_what_is_another_each_time_is_no_word() -> None:
    one = {"busy a1b2c3d4e5f6 now": Counter(wait=1), "no": Counter(password=2)}
    assert told(one, "password") == [("busy", "wait")]
    only = {"a1b2c3d4e5f6 192.0.2.1 anna@example.test": Counter(wait=1)}
    assert told(only, "password") == []


def test_a_word_that_others_use_as_well_tells_nothing() -> None:
    both = {"denied": Counter(wait=1, password=1)}
    assert told(both, "password") == []


def test_a_word_inside_another_word_counts() -> None:
    inside = {"is": Counter(wait=1), "this": Counter(password=5)}
    assert told(inside, "password") == []


def test_no_more_than_asked_for() -> None:
    many = {word: Counter(wait=1) for word in ("ab", "cd", "ef")}
    assert len(told(many, "password", most=2)) == 2
