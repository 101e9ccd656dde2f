"""Who lies is caught by whichever way it stays: behind HTTP, or as an async iterator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.connectors import connector_named
from harness.connectors.staying import Staying
from tests.harness.runner.life import products
from tests.harness.runner.life.lived import verdict

CAUGHT = [
    ("honest", "restart", "passed"),
    ("alarm_at_mail", "restart", "wrong"),
    ("asks_at_mail", "renewed", "wrong"),
    ("wrong_cause_first", "limit", "wrong"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with products.behind_http() as there:
        yield there


@pytest.mark.parametrize(("liar", "name", "expected"), CAUGHT)
def test_behind_http(liar: str, name: str, expected: str, address: str, tmp_path: Path) -> None:
    assert _verdict(f"{address}/{liar}", name, tmp_path) == expected


@pytest.mark.parametrize(("liar", "name", "expected"), CAUGHT)
def test_as_an_async_iterator(liar: str, name: str, expected: str, tmp_path: Path) -> None:
    assert _verdict(f"{products.__name__}:{liar}", name, tmp_path) == expected


def _verdict(named: str, name: str, folder: Path) -> str:
    connector = connector_named(named)
    assert isinstance(connector, Staying)
    return verdict(connector, name, folder)[0]
