"""Whatever stands where something else is due: what is said of it has an end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from harness.files.elsewhere import all_places
from harness.files.explanations import explained
from harness.files.problems import KeyPath
from harness.mapping import Mapping
from harness.results.baseline import Baseline
from harness.scenario.dialect_files import _DialectFile
from harness.scenario.living.breaks_into import BreaksInto
from harness.scenario.model import CaseFile

WRONG = (None, True, False, 5, 0.5, "yes please", [], ["no such thing"], {}, {"nonsense": 1}, [[]])
OPEN = re.compile(r"(?:\b(?:one of|an?|as|expected|mean|not|or|write)|[,;:])\s*$")


def placed(path: KeyPath, value: Any) -> Any:
    """The data of a file that has the value there, and nothing else."""
    for key in reversed(path):
        value = [value] if isinstance(key, int) else {key: value}
    return value


def told(model: type[BaseModel]) -> Iterator[tuple[KeyPath, object, str]]:
    """Where what stood, and what was said of that."""
    for path in all_places(model):
        for value in WRONG:
            try:
                model.model_validate(placed(path, value), by_alias=True, by_name=False)
            except ValidationError as error:
                for _, message in explained(error, model):
                    yield path, value, message


@pytest.mark.parametrize("model", [CaseFile, BreaksInto, Mapping, Baseline, _DialectFile])
def test_every_message_has_an_end(model: type[BaseModel]) -> None:
    every = list(told(model))
    assert len(every) > 20 and [each for each in every if OPEN.search(each[2])] == []
