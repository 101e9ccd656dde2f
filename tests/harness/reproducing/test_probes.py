"""What runtimes and libraries say, collected from their own sources (`probes.yaml`)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.reproducing.failure import find_failure
from harness.reproducing.material import lines_of, read

SOURCES = yaml.safe_load(Path(__file__).with_name("probes.yaml").read_text("utf-8"))


def test_there_are_many_of_many_runtimes():
    assert sum(len(each["said"]) for each in SOURCES) >= 150
    assert len(SOURCES) >= 12


@pytest.mark.parametrize("probes", SOURCES, ids=lambda each: each["source"])
def test_the_stage_and_the_cause_are_those_that_it_tells(probes):
    wrong = []
    for text, stages, causes in probes["said"]:
        found = find_failure(read(lines_of(text.encode())))
        told = (found.stage, found.diagnosis.cause) if found else (None, None)
        if told[0] not in stages.split(", ") or told[1] not in causes.split(", "):
            wrong.append((text, told))
    assert wrong == []
