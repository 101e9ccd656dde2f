"""Rules read meanings: the same in other words, word orders and languages is the same cause."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.classify import explain
from harness.taxonomy import CAUSES, protocol_of

PHRASINGS = yaml.safe_load(Path(__file__).with_name("phrasings.yaml").read_text("utf-8"))
MEANINGS = [*PHRASINGS["english"], *PHRASINGS["other-languages"]]


def _sentences(meaning: dict[str, Any]) -> Iterator[str]:
    for parts in itertools.product(*meaning["parts"]) if "parts" in meaning else ():
        words = " ".join(part for part in parts if part)
        yield words.replace(" ,", ",").replace(" ;", ";").replace(" .", ".")
    for beginnings, endings in meaning.get("sentences", []):
        for beginning, ending in itertools.product(beginnings.split("|"), endings.split("|")):
            # Chinese and Japanese put no space between words, Korean none before a particle.
            joined = not ending or ending[0] in ",\uff0c\u3002" or ord(beginning[-1]) > 0x3000
            yield f"{beginning}{'' if joined else ' '}{ending}"


@pytest.mark.parametrize("meaning", MEANINGS, ids=[f"{m['cause']}-{m['stage']}" for m in MEANINGS])
def test_all_ways_of_saying_it_are_understood(meaning: dict[str, Any]) -> None:
    stage, cause = meaning["stage"], meaning["cause"]
    misread = {}
    for sentence in _sentences(meaning):
        diagnosis = explain(protocol_of(stage), stage, meaning["start"] + sentence)
        if (diagnosis.cause, diagnosis.ask_password) != (cause, CAUSES[cause].ask):
            misread[sentence] = (diagnosis.cause, diagnosis.rule)
    assert misread == {}
