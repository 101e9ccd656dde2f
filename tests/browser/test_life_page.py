"""The page of a mailbox with a life: what the product shows is clicked, and so are steps; the time
line is drawn as it goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.checker import check
from harness.contract.settings import ConnectionSettings
from harness.serving.scenario_library import Library
from tests.browser.conftest import opened
from tests.browser.contrast import ENOUGH, contrast
from tests.browser.serving import Serving
from tests.harness.serving.lives import ID, NAME, lives


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Library(others=lives(tmp_path_factory.mktemp("lives")))


def see(page: Any, stand: Serving) -> Any:
    """The page of the life, once it is live."""
    if not len(stand.stand):
        stand.start(ID)
    page.goto(f"{stand.api.url}/s/{NAME}")
    page.locator("#live[data-state=live]").wait_for()
    return page


def checked(settings: ConnectionSettings) -> str:
    """What a product says that has these; not in the thread of the browser's event loop."""
    with ThreadPoolExecutor() as pool:
        return pool.submit(check, settings).result().error


def at(page: Any, step: str) -> None:
    page.locator(".life-at", has_text=step).wait_for()


def until_it_is_broken(page: Any, stand: Serving) -> None:
    assert checked(stand.settings(ID)) == "connected"
    page.get_by_role("button", name="connected", exact=True).click()
    at(page, "seen: all")
    page.locator("#seen-1").click()
    at(page, "says: unauthorized")
    assert checked(stand.settings(ID)) == "unauthorized"
    page.select_option("[name=error]", "unauthorized")
    page.get_by_role("button", name="failing", exact=True).click()
    at(page, "wait-s")


def test_a_life_is_clicked_from_its_beginning_to_its_verdict(entered: Any, stand: Serving) -> None:
    page = see(entered, stand)
    at(page, "until: connected")
    assert "is to connect" in page.locator("#life-now").inner_text()
    until_it_is_broken(page, stand)
    assert "Send an e-mail" in page.locator(".orders").inner_text()
    before = page.locator("#field-password").inner_text()
    page.get_by_role("button", name="Do it now: Confirm").click()
    at(page, "says: connected")
    page.locator(".orders", has_text="Type the settings anew").wait_for()
    page.locator("#field-password", has_not_text=before).wait_for()
    assert page.locator(".changed .mark").count() == 1
    assert checked(stand.settings(ID)) == "connected"
    page.get_by_role("button", name="connected", exact=True).click()
    page.locator(".life-at .verdict.good", has_text="passed").wait_for()
    assert page.locator("#next-step").count() == 0
    page.locator(".life-panel").get_by_role("button", name="Begin anew").click()
    at(page, "until: connected")


def test_the_time_line_is_drawn_live(entered: Any, stand: Serving) -> None:
    page = see(entered, stand)
    assert page.locator(".life-drawn .span").count() == 0
    until_it_is_broken(page, stand)
    drawn = page.locator(".life-drawn")
    assert drawn.locator(".span.connected").count() == 1
    assert drawn.locator(".span.failing").count() == 1
    assert drawn.locator(".tick.accepted").count() >= 1
    assert drawn.locator(".tick.refused").count() >= 1
    assert drawn.locator(".step.awaited").count() == 1
    assert page.locator(".life-rows .awaited .note", has_text="awaited").count() == 1


def test_what_is_given_up_was_not_so_and_is_marked(entered: Any, stand: Serving) -> None:
    page = see(entered, stand)
    page.locator("#next-step").click()
    page.locator(".life-at .verdict.doubtful", has_text="not-exercised").wait_for()
    assert page.locator(".life-drawn .step.unmet").count() == 1
    assert page.locator(".life-rows .unmet .note", has_text="not met").count() == 1


def test_the_focus_stays_where_it_was(entered: Any, stand: Serving) -> None:
    page = see(entered, stand)
    page.locator("#next-step").focus()
    stand.run(stand.stand.get(ID).begin_anew())
    at(page, "until: connected")
    page.wait_for_function("document.activeElement.id === 'next-step'")


LOOKS = [("light", 1300, "en"), ("dark", 1300, "fr"), ("light", 375, "fr"), ("dark", 375, "en")]


@pytest.mark.parametrize(("scheme", "width", "language"), LOOKS)
def test_it_can_be_read_in_every_light_at_every_width_in_both_languages(
    browser: Any, stand: Serving, scheme: str, width: int, language: str, tmp_path: Path
) -> None:
    size = {"width": width, "height": 900}
    with opened(browser, color_scheme=scheme, viewport=size, locale=language) as page:
        page.goto(stand.api.page)
        see(page, stand)
        page.locator("#next-step").click()
        page.locator(".life-at .verdict").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        where = page.locator(".life-drawn").bounding_box()
        for mark in page.locator(".life-drawn .step circle").all():
            box = mark.bounding_box()
            assert where["x"] <= box["x"] and box["x"] + box["width"] <= where["x"] + where["width"]
        for name in (".life-at", ".life-rows .unmet .text", ".life-rows time", ".life-rows .note"):
            assert contrast(page, name) >= ENOUGH, name
        words = page.locator(".life-panel").inner_text()
        assert ("La vie est terminée" in words) == (language == "fr")
        assert page.locator(".life-drawn").get_attribute("aria-label")
