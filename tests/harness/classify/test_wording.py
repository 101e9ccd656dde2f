"""What of a server's texts is read as words."""

from __future__ import annotations

import pytest

from harness.classify import explain
from harness.classify.wording import searchable

# Each of them cost the square of its length: a word, and what may be hosts and addresses.
LONG = ["a", "a.", "a-", "1.", "a@", "not a ", "too many "]


@pytest.mark.parametrize("piece", LONG)
def test_what_is_longer_than_any_reply_costs_no_more(piece: str) -> None:
    lengths = {len(searchable([piece * (size // len(piece))])) for size in (20_000, 40_000)}
    assert max(lengths) < 20_000
    assert max(lengths) < 1.01 * min(lengths)


@pytest.mark.parametrize("piece", LONG)
def test_what_is_said_around_it_is_read(piece: str) -> None:
    reply = f"a1 NO IMAP access is disabled {piece * 20_000}"
    assert explain("imap", "imap-login", reply).cause == "imap-disabled"
    reply = f"a1 NO {piece * 20_000} IMAP access is disabled"
    assert explain("imap", "imap-login", reply).cause == "imap-disabled"
