"""The words that tell messages of one kind from others."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from harness.mapping.phrases import as_pattern, general, telling_phrases

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
    assert told(MESSAGES, "password") == [("Login failed: 454 4.7.0 come back", "wait")]


def test_what_is_another_each_time_is_no_word() -> None:
    one = {"busy a1b2c3d4e5f6 now": Counter(wait=1), "no": Counter(password=2)}
    assert told(one, "password") == [("busy", "wait")]
    only = {"a1b2c3d4e5f6 192.0.2.1 anna@example.test": Counter(wait=1)}
    assert told(only, "password") == []


@pytest.mark.parametrize("word", ["failed", "Error:", "(refused)", "no", "EAI"])
def test_a_word_of_any_failure_is_no_rule(word: str) -> None:
    messages = {f"{word} a1b2c3d4e5f6": Counter(wait=9), "oops 0123456789ab": Counter(password=99)}
    assert told(messages, "password") == []
    longer = {f"{word} again a1b2c3d4e5f6": Counter(wait=9), "oops": Counter(password=99)}
    assert len(told(longer, "password")) == 1


def test_a_word_that_others_use_as_well_tells_nothing() -> None:
    both = {"denied": Counter(wait=1, password=1)}
    assert told(both, "password") == []


def test_a_word_inside_another_word_counts() -> None:
    inside = {"is": Counter(wait=1), "this": Counter(password=5)}
    assert told(inside, "password") == []


def test_no_phrase_takes_a_text_of_another_kind() -> None:
    """Be it of many: the next best is taken, or none; nor one that an earlier phrase has found."""
    near = {f"quota {n} exceeded, box {n}": Counter(full=1) for n in range(20)}
    near |= {f"quota {n} spent, box {n}": Counter(full=1) for n in range(20)}
    other = {"quota 3 unknown, box 4": Counter(password=1), "wrong": Counter(password=99)}
    assert told({**near, **other}, "password") == [
        ("exceeded, box", "full"),
        ("spent, box", "full"),
    ]
    earlier = {
        "over quota, busy": Counter(wait=9),
        "over quota": Counter(full=4),
        "no": Counter(x=99),
    }
    assert told(earlier, "x") == [("over quota, busy", "wait")]


def test_the_same_words_for_two_kinds_are_the_more_frequent_one() -> None:
    same = {"busy 17": Counter(wait=5), "busy 9": Counter(password=1), "no": Counter(password=9)}
    assert told(same, "password") == [("busy", "wait")]


def test_no_more_than_asked_for() -> None:
    many = {word: Counter(wait=1) for word in ("busy", "full", "gone")}
    assert len(told(many, "password", most=2)) == 2


@pytest.mark.parametrize(
    ("message", "same"),
    [
        ("535 5.7.8 no, id 17", "535 5.7.8 no, id *"),
        ("connect ECONNREFUSED 127.0.0.1:40993", "connect ECONNREFUSED *"),
        ("can't find mail.example.test  here", "can't find * here"),
        ("user 'Anna B' is <anna@example.test>: deadbeef", "user * is *: *"),
        ("see https://support.example/x for it\n\n[AUTH] at 12:03:44", "see * for it\n[AUTH] at *"),
    ],
)
def test_what_varies(message: str, same: str) -> None:
    assert general(message) == same
    assert re.search(as_pattern(same.partition("\n")[0]), message.partition("\n")[0])


def test_a_phrase_is_readable_and_may_have_a_gap() -> None:
    shapes = {f"it is in use by {n} of the others": Counter(wait=1) for n in range(3)} | {
        "in use": Counter(password=9),
        "others": Counter(password=9),
        "it is": Counter(password=9),
    }
    assert told(shapes, "password") == [("use by * of the others", "wait")]
