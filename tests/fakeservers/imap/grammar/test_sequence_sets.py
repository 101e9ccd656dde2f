"""Sequence sets: what is one, which messages it means, and how one is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import selected

from fakeservers.imap.grammar.sequence_sets import sequence_set, written


@pytest.mark.parametrize(
    "text",
    [b"", b"0", b"1:0", b"01", b"1,", b",1", b"1::2", b"1:2:3", b"a", b"$,1", b"-1", b"4294967296",
     b"9" * 5000, b"1 2", b"*:"],
)  # fmt: skip
def test_what_is_none(text):
    assert sequence_set(text) is None


@pytest.mark.parametrize(
    "text", [b"1", b"*", b"5:*", b"*:5", b"*:*", b"4294967295", b"3:1,2", b"$"]
)
def test_what_is_one(text):
    assert sequence_set(text) is not None


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), min_size=1))
def test_ranges_are_put_in_order_and_joined(pairs):
    found = sequence_set(b",".join(b"%d:%d" % pair for pair in pairs))
    meant = [number for each in found.resolved(30) for number in each]
    assert meant == sorted({n for a, b in pairs for n in range(min(a, b), max(a, b) + 1)})


@given(st.lists(st.integers(1, 60), unique=True))
def test_what_is_written_means_the_same_again(numbers):
    text = written(sorted(numbers))
    found = sequence_set(text.encode())
    assert (found is None) == (not numbers)
    meant = {number for each in (found.resolved(60) if found else []) for number in each}
    assert meant == set(numbers)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"FETCH * UID", b"t BAD"),
        (b"FETCH 1:* UID", b"t BAD"),
        (b"FETCH 1 UID", b"t BAD"),
        (b"STORE * FLAGS ()", b"t BAD"),
        (b"COPY 1:* Sent", b"t BAD"),
        (b"UID FETCH * FLAGS", b"t OK "),
        (b"UID FETCH 1:* FLAGS", b"t OK "),
        (b"UID STORE 4294967295 FLAGS ()", b"t OK "),
        (b"UID COPY 5:* Sent", b"t OK "),
        (b"UID MOVE * Sent", b"t OK "),
        (b"UID EXPUNGE *", b"t OK "),
        (b"SEARCH *", b"* SEAR"),
        (b"SEARCH 1:*", b"* SEAR"),
    ],
)
def test_in_an_empty_mailbox_no_message_has_a_number(command, answer):
    assert selected(command, setup=b"SELECT Sent")[0][: len(answer)] == answer
    if answer == b"* SEAR":
        assert selected(command, setup=b"SELECT Sent")[0] == b"* SEARCH"


@pytest.mark.parametrize(
    ("command", "numbers"),
    [
        (b"FETCH 2:1 UID", [1, 2]),
        (b"FETCH *:1 UID", [1, 2]),
        (b"FETCH 2,1,2 UID", [1, 2]),
        (b"UID FETCH 4294967295:* UID", [2]),
        (b"UID FETCH 9:7 UID", []),
        (b"UID FETCH *:* UID", [2]),
    ],
)
def test_a_set_has_no_order_and_nothing_twice(command, numbers):
    lines = selected(command)
    assert lines[:-1] == [b"* %d FETCH (UID %d)" % (number, number) for number in numbers]
