"""Real products' own checks: what is ours of them is sound, and results.md is what was stored."""

from __future__ import annotations

from typing import Any

import pytest

from examples.products.survey import HERE, PRODUCTS, ROOT, Product, figures, fits, page
from harness.connectors import connector_named
from harness.mapping import load_mapping
from tests.catalogue import whole_catalogue

FOLDERS = sorted(each.name for each in HERE.iterdir() if (each / "install.sh").is_file())
CASE: dict[str, Any] = {
    "id": "unauthorized/bad-password-imap[gmail]",
    "expected": {"error": "unauthorized", "stage": "imap-login", "cause": "bad-credentials"},
    "said": {"error": "imap", "message": "Command failed"},
    "verdict": "unclear",
    "violations": ["repeated-refused-password"],
    "notes": ["connection-left-open"],
    "seconds": 2.5,
    "transcript": [{"lines": [{"direction": "S", "text": "a NO Invalid credentials"}]}],
}


def test_every_folder_is_a_product_that_was_run() -> None:
    assert len(PRODUCTS) >= 3
    assert [each.name for each in PRODUCTS] == FOLDERS
    assert sorted(figures()) == FOLDERS


def test_the_page_is_what_is_stored() -> None:
    assert page() == (HERE / "results.md").read_text("utf-8")


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda each: each.name)
def test_its_mapping_says_how_it_is_run_and_what_its_words_mean(product: Product) -> None:
    mapping = load_mapping(ROOT / product.mapping)
    assert mapping.connector and f"examples/products/{product.name}/check." in mapping.connector
    assert connector_named(mapping.connector)
    assert mapping.rules


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda each: each.name)
def test_each_finding_was_seen_and_can_be_seen_again(product: Product) -> None:
    stored, known = figures()[product.name], {each.id for each in whole_catalogue()}
    assert stored["version"] == product.about["version"]
    assert list(stored["findings"]) == [each["title"] for each in product.findings]
    assert all(stored["findings"].values())
    assert {each["example"] for each in product.findings} <= known


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda each: each.name)
def test_the_readme_says_what_of_it_is_ours(product: Product) -> None:
    assert f"\n| `{product.name}` | " in (HERE / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("when", "shown"),
    [
        ({"verdict": "unclear", "error": ["unauthorized", "connected"]}, True),
        ({"verdict": "unclear", "error": "connected"}, False),
        ({"message": "^Command"}, True),
        ({"message": "^failed"}, False),
        ({"server-said": "^a NO"}, True),
        ({"server-said": "BYE"}, False),
        ({"id": ["connected/*", "unauthorized/*[gmail]"]}, True),
        ({"id": "unauthorized/bad"}, False),
        ({"seconds-over": 2, "note": "connection-left-open"}, True),
        ({"seconds-over": 3}, False),
        ({"violation": ["password-sent", "repeated-refused-password"]}, True),
    ],
)
def test_a_finding_counts_the_checks_that_show_it(when: dict[str, Any], shown: bool) -> None:
    assert fits(CASE, when) is shown
