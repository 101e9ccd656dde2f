"""QUOTA (RFC 9208): what is used is what the store holds."""

import re

import pytest
from talk import selected, tagged, untagged


def used(line):
    return [int(number) for number in re.findall(r"(?:STORAGE|MESSAGE) (\d+)", line)]


def test_the_figures_follow_the_store():
    before, root, after = untagged(
        b'GETQUOTA "User quota"',
        b"APPEND Sent {2048+}\r\n" + b"x" * 2048,
        b"GETQUOTAROOT INBOX",
        setup=b"NOOP",
    )
    assert root == 'QUOTAROOT INBOX "User quota"'
    storage, messages = used(before)
    assert used(after) == [storage + 2, messages + 1]
    assert messages == 2


def test_the_root_is_called_as_the_dialect_calls_it():
    lines = selected(b'GETQUOTA ""', setup=b"NOOP", dialect="gmail")
    assert lines[0].startswith(b'* QUOTA "" (STORAGE ')


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"GETQUOTA nonsuch", "NO"),
        (b"GETQUOTAROOT nonsuch", "OK"),
        (b'SETQUOTA "User quota" (STORAGE 1)', "NO"),
        (b"SETQUOTA x", "BAD"),
        (b"SETQUOTA x (STORAGE)", "BAD"),
        (b"GETQUOTA", "BAD"),
    ],
)
def test_what_may_be_asked(command, answer):
    assert tagged(command, setup=b"NOOP") == [answer]
