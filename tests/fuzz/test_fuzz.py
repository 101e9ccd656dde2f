"""A share of the inputs, always the same ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.dialogues import DIALOGUES
from tests.fuzz.mailboxes import drive
from tests.fuzz.texts import READERS, read_damaged

SEED = 0
OF_TEXTS = {"scenario": 400, "mapping": 1500, "log": 400}


@pytest.mark.parametrize("name", DIALOGUES)
def test_nothing_that_clients_say_is_a_fault_of_ours(name: str) -> None:
    drive(name, 1000, SEED)


@pytest.mark.parametrize("kind", READERS)
def test_no_file_is_a_fault_of_ours(kind: str, tmp_path: Path) -> None:
    read_damaged(kind, OF_TEXTS[kind], SEED, tmp_path)
