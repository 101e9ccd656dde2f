"""The checker says the same of a real server as of the fake, and says what is documented."""

from __future__ import annotations

import pytest

from tests.lab.table import recorded
from tests.lab.world import SERVERS

CHECKS = [
    pytest.param(name, number, id=f"{name}: {expected.failure}")
    for name, entry in SERVERS.items()
    for number, expected in enumerate(entry.checks)
]


@pytest.mark.parametrize(("name", "number"), CHECKS)
def test_says_the_same_of_both_and_what_is_documented(diagnosed, name, number):
    assert diagnosed(name)(number).difference == ""


def test_the_table_has_every_check_and_none_that_went_wrong():
    columns = ("failure", "error", "stage", "cause")
    wanted = [
        " | ".join(["| " + name, *(getattr(one, column) or "" for column in columns), "yes |"])
        for name, entry in SERVERS.items()
        for one in entry.checks
    ]
    assert recorded("diagnoses")[2:] == wanted, "`python -m tests.lab --write`?"
