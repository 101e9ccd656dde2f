"""The page that `badinbox run --html` writes, as a person uses it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harness.reports.html import results_html
from tests.browser.contrast import ENOUGH, contrast
from tests.harness.reports.test_tables import RESULTS, RUN


@pytest.fixture
def opened(page: Any, tmp_path: Path) -> Any:
    file = tmp_path / "results.html"
    text = results_html(RUN, "node <b>check.js", datetime(2026, 11, 26, tzinfo=UTC))
    file.write_text(text, encoding="utf-8")
    page.goto(file.as_uri())
    return page


def shown(page: Any) -> list[str]:
    ids = page.locator(".check:not([hidden]) .id")
    return [text.strip() for text in ids.all_text_contents()]


def test_it_begins_with_what_did_not_pass(opened: Any) -> None:
    assert shown(opened) == ["imap-authentication-error/plain", "a/b"]
    assert opened.locator("h1").inner_text() == "badinbox node <b>check.js"
    opened.select_option("#show", "all")
    assert len(shown(opened)) == len(RESULTS)


def test_a_cell_of_the_confusion_matrix_filters(opened: Any) -> None:
    opened.get_by_role("button", name="1 checks: imap-authentication-error, unauthorized").click()
    assert shown(opened) == ["imap-authentication-error/plain"]
    assert "1 of 4 checks" in opened.locator("#count").inner_text()
    opened.get_by_role("button", name="Reset").click()
    opened.locator("#count", has_text="2 of 4 checks").wait_for()


def test_it_is_used_by_keyboard(opened: Any) -> None:
    opened.keyboard.press("/")
    opened.keyboard.type("a/b")
    assert shown(opened) == ["a/b"]
    opened.locator(".check:not([hidden]) summary").focus()
    opened.keyboard.press("Enter")
    opened.locator("details[open] .sequence").wait_for()


def test_what_a_server_says_is_text(opened: Any) -> None:
    opened.locator("summary").first.click()
    line = opened.locator("details[open] .sequence .S .text").first
    assert "<script>alert(1)</script>" in line.inner_text()
    fired = opened.locator("details[open] .fired .text")
    assert fired.first.inner_text() == "imap.rules[0] fired at login"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_light_and_dark(opened: Any, scheme: str) -> None:
    opened.emulate_media(color_scheme=scheme)
    for selector in (
        "body",
        ".check .verdict",
        ".counts .bad",
        ".counts .doubtful",
        ".doubtful",
        ".when",
        ".sequence .C .text",
    ):
        assert contrast(opened, selector) >= ENOUGH, selector


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_fits_a_narrow_screen(page: Any, tmp_path: Path, language: str) -> None:
    file = tmp_path / "results.html"
    when = datetime(2026, 11, 26, tzinfo=UTC)
    file.write_text(results_html(RUN, "node check.js", when, language), encoding="utf-8")
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(file.as_uri())
    page.locator(".check:not([hidden]) summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = """[...document.querySelectorAll('.sequence li, .findings li, .filter *, dd')]
      .filter((each) => each.offsetParent && each.getBoundingClientRect().left < 0).length"""
    assert page.evaluate(cut) == 0
    shown = page.locator("details[open] .sequence time").first
    assert not shown.is_visible()


def test_a_finding_leads_to_its_example_and_to_all_of_them(opened: Any) -> None:
    finding = opened.locator(".findings li").filter(has_text="says ").first
    finding.get_by_role("link").click()
    opened.locator("details[open] .sequence").wait_for()
    assert (
        opened.locator("details[open] .id").inner_text() == finding.get_by_role("link").inner_text()
    )


def test_what_was_encrypted_is_marked_without_an_emoji_font(opened: Any) -> None:
    opened.locator("summary").first.click()
    mark = "element => getComputedStyle(element, '::before').content"
    line = opened.locator("details[open] .sequence .tls .text").first
    assert line.evaluate(mark) == '"tls"'
