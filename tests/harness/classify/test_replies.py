"""Replies that real servers gave: the documented error and the cause of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.unseen import measure, unseen
from harness.classify import explain
from harness.taxonomy import CAUSES
from tests.table import each_row

REPLIES = [
    json.loads(line)
    for line in Path(__file__).with_name("replies.jsonl").read_text("utf-8").splitlines()
]


@each_row((reply["id"], reply) for reply in REPLIES)
def test_a_real_reply_is_understood(reply: dict[str, Any]) -> None:
    diagnosis = explain(reply["protocol"], reply["stage"], reply["reply"])
    assert (diagnosis.error, diagnosis.cause) == (reply["error"], reply["cause"]), diagnosis.rule
    assert diagnosis.ask_password == CAUSES[reply["cause"]].ask


def test_there_are_enough() -> None:
    assert len(REPLIES) >= 1000


@pytest.mark.parametrize("name", sorted({reply["set"] for reply in unseen()}))
def test_replies_never_seen_are_understood(name: str) -> None:
    """Labelled before they were first asked about; what was read then is in the history."""
    misses: list[str] = []
    figures = measure([reply for reply in unseen() if reply["set"] == name], misses)
    told = "\n".join(misses)
    assert figures.asked_in_vain == 0, told
    assert figures.error >= 0.99 * figures.total, told
    assert figures.cause >= 0.92 * figures.total, told
    assert figures.certainly_wrong <= 0.03 * figures.total, told
