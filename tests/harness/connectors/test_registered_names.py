"""Names that another package gives to its connectors, by an entry point."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.connectors import ENTRY_POINTS, UnknownConnector, connector_named
from harness.contract.answer import Report, Reported

from .conftest import answers, asked

MODULE = 'def check(settings):\n    return {"error": "unauthorized", "message": settings.email}\n'
NAMES = "tiny = tiny_product:check\ntiny-but-gone = tiny_product:left\n"


@pytest.fixture(autouse=True)
def tiny_product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package as an installer leaves it: the module, and beside it what it is and registers."""
    (tmp_path / "tiny_product.py").write_text(MODULE)
    about = tmp_path / "tiny_product-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-product\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\n{NAMES}")
    monkeypatch.syspath_prepend(str(tmp_path))


def test_a_registered_name_is_run() -> None:
    [answer] = answers("tiny")
    assert isinstance(answer, Reported)
    assert answer.report == Report(error="unauthorized", message="anna@example.test")


def test_a_registered_name_with_nothing_behind_it() -> None:
    with pytest.raises(UnknownConnector, match=r"tiny_product:left: cannot load .* 'left'"):
        asyncio.run(asked(connector_named("tiny-but-gone")))


def test_a_name_that_nobody_registered() -> None:
    with pytest.raises(UnknownConnector, match="unknown connector 'tiny-typo'"):
        connector_named("tiny-typo")
