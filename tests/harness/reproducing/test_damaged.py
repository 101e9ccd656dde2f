"""Logs that are cut, mixed and damaged: a scenario that is one, or one line why there is none."""

from __future__ import annotations

import random

import pytest

from harness.files.problems import BadInput
from harness.reproducing.failure import find_failure
from harness.reproducing.making.compose import compose
from harness.reproducing.making.file import check_text, scenario_text
from harness.reproducing.material import lines_of, read
from harness.reproducing.placeholders import ours_in
from tests.harness.reproducing.conftest import LOGS

WHOLE = [file.read_bytes() for file in sorted(LOGS.glob("*.log"))]


def cut(chance: random.Random, log: bytes) -> bytes:
    place = chance.randrange(len(log))
    return log[place:] if chance.random() < 0.5 else log[:place]


def shuffled(chance: random.Random, log: bytes) -> bytes:
    lines = log.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


def thinned(chance: random.Random, log: bytes) -> bytes:
    return b"\n".join(line for line in log.split(b"\n") if chance.random() < 0.6)


def overwritten(chance: random.Random, log: bytes) -> bytes:
    damaged = bytearray(log)
    for _ in range(20):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


@pytest.mark.parametrize("damage", [cut, shuffled, thinned, overwritten])
def test_a_damaged_log_makes_a_scenario_or_is_refused_in_a_line(damage):
    chance, made = random.Random(5), 0
    for _ in range(60):
        log = damage(chance, b"\n".join(chance.sample(WHOLE, chance.choice([1, 1, 2]))))
        evidence = read(lines_of(log))
        failure = find_failure(evidence)
        if failure is None:
            continue
        try:
            composed = compose(failure, ours_in(evidence.dialogues, evidence.text), "a log")
        except BadInput as bad:
            assert str(bad).startswith("no scenario can be written of it")
            continue
        check_text(scenario_text(composed.data, [*composed.taken, *composed.unknown]))
        made += 1
    assert made > 30
