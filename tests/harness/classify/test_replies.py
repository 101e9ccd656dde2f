"""Replies that real servers gave: the documented error and the cause of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.classify import explain
from harness.taxonomy import CAUSES

REPLIES = [
    json.loads(line)
    for line in Path(__file__).with_name("replies.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("reply", REPLIES, ids=[reply["id"] for reply in REPLIES])
def test_a_real_reply_is_understood(reply: dict[str, Any]) -> None:
    diagnosis = explain(reply["protocol"], reply["stage"], reply["reply"])
    assert (diagnosis.error, diagnosis.cause) == (reply["error"], reply["cause"]), diagnosis.rule
    assert diagnosis.ask_password == CAUSES[reply["cause"]].ask


def test_there_are_enough() -> None:
    assert len(REPLIES) >= 1000
