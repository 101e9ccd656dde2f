"""20,000 inputs, always the same ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.dialogues import DIALOGUES
from tests.fuzz.mailboxes import drive
from tests.fuzz.texts import READERS, read_damaged

SEEDS = range(3)
OF_DIALOGUES = {"imap": 1500, "smtp": 1500, "tls": 1000, "proxied": 1000}
"""With each seed; and of these all with one."""
OF_TEXTS = {"scenario": 1000, "mapping": 3500, "log": 500}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", DIALOGUES)
def test_nothing_that_clients_say_is_a_fault_of_ours(name: str, seed: int) -> None:
    drive(name, OF_DIALOGUES[name], seed)


@pytest.mark.parametrize("kind", READERS)
def test_no_file_is_a_fault_of_ours(kind: str, tmp_path: Path) -> None:
    read_damaged(kind, OF_TEXTS[kind], SEEDS[0], tmp_path)


def test_they_are_20_000() -> None:
    dialogues = len(SEEDS) * sum(OF_DIALOGUES[name] for name in DIALOGUES)
    assert dialogues + sum(OF_TEXTS[kind] for kind in READERS) == 20_000
