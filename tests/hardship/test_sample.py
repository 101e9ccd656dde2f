"""Some hardships, at a few scenarios: with waits on which a verdict rests, and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hardship.hardships import HARDSHIPS, Hardship
from tests.hardship.running import Ran, complaints, run

SOME = (
    "connected/working[cleartext]",
    "imap-settings-incorrect/silent-server[cleartext]",
    "imap-settings-incorrect/starttls-silent",
)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    ran = run(Hardship(), tmp_path_factory.mktemp("calm"), SOME)
    assert set(ran.verdicts.values()) == {"passed"}, ran
    return ran


@pytest.mark.parametrize("name", ["64 open files", "LANG=C", "a connector is killed"])
def test_the_verdicts_are_those_of_a_calm_run(name: str, calm: Ran, tmp_path: Path) -> None:
    hardship = HARDSHIPS[name]
    assert list(complaints(hardship, run(hardship, tmp_path, SOME), calm)) == []
